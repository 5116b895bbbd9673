"""Write the corpus of the speed benchmark: articles as files, their passages, questions, terms."""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import TextIO

from speed_corpus import Corpus, Size

from index.analysis.index_terms import context_of, passage_terms
from index.analysis.passages import split_article
from index.analysis.reader import TextReader
from index.evaluation import load_data_set
from index.loaders import LOADERS
from index.model import Article, Passage
from index.query.question import QuestionReader
from index.query.search_terms import question_terms

_RECOMBINED = 3
"""Passages of an article that is made of halves of others."""
_CLAUSE = re.compile(r"[^。!?;,、:\uff0c\uff1b\uff1a\uff01\uff1f\s]{8,25}")
_NUMBER = re.compile(r"\d[\d.]*")


@dataclass(frozen=True, slots=True)
class GivenArticle:
    """An article as the benchmark is given it; the title may be empty."""

    title: str
    text: str

    @property
    def content(self) -> str:
        """What its file holds."""
        return f"{self.title}\n\n{self.text}" if self.title else self.text


@dataclass(frozen=True, slots=True)
class Source:
    """What further articles and questions are made of.

    Attributes:
        texts: of the passages that were given; none of those made of them.
        titles: that were given.
        random: the same choices each time.
    """

    texts: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    random: Random = field(default_factory=lambda: Random(2017))  # noqa: S311 - chooses, no secret

    def article(self) -> GivenArticle:
        """A further article: halves of titles and of passages, put together anew."""
        title = self._recombined(self.titles) if self.titles else ""
        return GivenArticle(
            title, "\n".join(self._recombined(self.texts) for _ in range(_RECOMBINED))
        )

    def _recombined(self, parts: Sequence[str]) -> str:
        """The first half of one with the second half of another."""
        one, other = self.random.choice(parts), self.random.choice(parts)
        return (one[: len(one) // 2] + other[len(other) // 2 :]).replace("\n", " ")

    def questions(self) -> Iterator[str]:
        """Questions about passages and titles, without end.

        A clause that holds a number asks for it; another, and a title, asks what it is about.
        """
        for turn in cycle(range(4)):
            if self.titles and turn == 0:
                yield f"{self.random.choice(self.titles)}是怎么回事?"
                continue
            text = self.random.choice(self.texts)
            clause = self.random.choice(_CLAUSE.findall(text) or [text[:25]])
            number = _NUMBER.search(clause)
            if number:
                yield f"{clause[: number.start()]}多少{clause[number.end() :]}?"
            else:
                yield f"{clause}是什么?"


def prepare(
    corpus: Corpus, articles: Path, passages: int, questions: int, queries: Sequence[Path] = ()
) -> Size:
    """Write articles that give at least `passages` passages, and questions about them.

    Args:
        corpus: its folder is empty.
        articles: JSON lines `{id, title, text}`, plain or zipped with gzip.
        questions: how many.
        queries: data sets (see `index.evaluation`) from which half of the questions are taken.
    """
    source = Source()
    with corpus.passages.open("w", encoding="utf-8") as lines:
        writer = _Writer(corpus, lines)
        for given in read_articles(articles):
            if writer.passages >= passages:
                break
            source.titles.extend(filter(None, [given.title]))
            source.texts.extend(passage.text for passage in writer.write(given))
        originals = writer.articles
        while writer.passages < passages:
            writer.write(source.article())
    asked = list(islice(source.questions(), questions))
    if queries:
        taken = [query.text for folder in queries for query in load_data_set(folder).queries]
        half = source.random.sample(taken, min(len(taken), questions // 2))
        asked[: len(half)] = half
    _write_questions(corpus, asked)
    size = Size(writer.articles, writer.passages, writer.articles - originals, len(asked))
    corpus.keep_size(size)
    return size


class _Writer:
    """Writes articles as files, and their passages as lines."""

    def __init__(self, corpus: Corpus, lines: TextIO) -> None:
        self._corpus = corpus
        self._lines = lines
        self.articles = 0
        self.passages = 0

    def write(self, given: GivenArticle) -> list[Passage]:
        """Write an article; returns its passages."""
        path = self._corpus.article(self.articles)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = given.content.encode()
        path.write_bytes(content)
        article = load(content, path.stem)
        passages = split_article(article, self.passages)
        for passage in passages:
            context = context_of(article.title, passage.headings, passage.byline)
            self._lines.write(json.dumps([passage.text, context], ensure_ascii=False) + "\n")
        self.articles += 1
        self.passages += len(passages)
        return passages


def read_articles(path: Path) -> Iterator[GivenArticle]:
    """The articles of a file of JSON lines; those without text are left out."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            fields = json.loads(line)
            if fields["text"].strip():
                yield GivenArticle(str(fields.get("title", "")), str(fields["text"]))


def load(content: bytes, name: str) -> Article:
    """What a build makes of the bytes of a text file of this name."""
    draft = LOADERS[".txt"](content)
    return Article(
        id=name,
        title=draft.title or name,
        source=draft.source,
        published=draft.published,
        url=draft.url,
        digest="",
        text=draft.text,
        blocks=draft.blocks,
    )


def cut_passages(corpus: Corpus) -> None:
    """Write the terms of each passage."""
    reader = TextReader()
    with corpus.terms.open("w", encoding="utf-8") as lines:
        for text, context in corpus.texts_with_context():
            lines.write(" ".join(passage_terms(text, context, reader)) + "\n")


def _write_questions(corpus: Corpus, texts: Sequence[str]) -> None:
    reader = QuestionReader(TextReader())
    with corpus.questions.open("w", encoding="utf-8") as lines:
        for text in texts:
            terms = [(term.key, term.weight) for term in question_terms(reader.read(text))]
            lines.write(json.dumps([text, terms], ensure_ascii=False) + "\n")
