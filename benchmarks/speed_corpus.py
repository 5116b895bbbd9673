"""What the speed benchmark works on: articles as files, their passages, questions, terms."""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

from index.evaluation import load_data_set
from index.loaders import load_article
from index.passages import split_article
from index.question import QuestionReader
from index.terms import WeightedTerm, context_of, passage_terms, question_terms
from index.text import TextReader

_LARGEST_FILE = 300_000_000
_FILES_PER_FOLDER = 1_000
_RECOMBINED = 3
"""Passages of an article that is made of halves of others."""
_CLAUSE = re.compile(r"[^。!?;,、:\uff0c\uff1b\uff1a\uff01\uff1f\s]{8,25}")
_NUMBER = re.compile(r"\d[\d.]*")


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question, and what it asks an engine for."""

    text: str
    terms: tuple[WeightedTerm, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """A folder with all that the engines are given.

    Attributes:
        folder: where it is.
    """

    folder: Path

    @property
    def seeds(self) -> Path:
        """The articles, a text file each."""
        return self.folder / "seeds"

    @property
    def passages(self) -> Path:
        """The texts of the passages with what stands above each, as JSON, one a line."""
        return self.folder / "passages.jsonl"

    @property
    def questions(self) -> Path:
        """The questions with their weighted terms, as JSON, one a line.

        Cut beforehand, so that no engine carries the dictionary of another in its memory.
        """
        return self.folder / "questions.jsonl"

    @property
    def terms(self) -> Path:
        """The terms of each passage, one passage a line, parted by spaces."""
        return self.folder / "terms.txt"

    def texts(self) -> Iterator[str]:
        """The text of each passage."""
        return (text for text, _ in self.texts_with_context())

    def texts_with_context(self) -> Iterator[tuple[str, str]]:
        """The text of each passage, and what stands above it."""
        with self.passages.open(encoding="utf-8") as lines:
            for line in lines:
                text, context = json.loads(line)
                yield text, context

    def asked(self) -> list["AskedQuestion"]:
        """The questions."""
        with self.questions.open(encoding="utf-8") as lines:
            return [
                AskedQuestion(text, tuple(WeightedTerm(*term) for term in terms))
                for text, terms in map(json.loads, lines)
            ]

    def term_lines(self) -> Iterator[str]:
        """See `terms`."""
        with self.terms.open(encoding="utf-8") as lines:
            for line in lines:
                yield line.rstrip("\n")


@dataclass(frozen=True, slots=True)
class Size:
    """How large a corpus is.

    Attributes:
        recombined: how many of the articles were made of halves of passages.
    """

    articles: int
    passages: int
    recombined: int
    questions: int


def prepare(
    corpus: Corpus, articles: Path, passages: int, questions: int, queries: Path | None
) -> Size:
    """Write articles that give at least `passages` passages, and questions about them.

    Args:
        corpus: its folder is empty.
        articles: JSON lines `{id, title, text}`, plain or zipped with gzip.
        questions: how many.
        queries: a data set (see `index.evaluation`) half of whose questions are taken.
    """
    texts: list[str] = []
    titles: list[str] = []
    written = recombined = 0
    with corpus.passages.open("w", encoding="utf-8") as lines:

        def take(title: str, text: str) -> None:
            nonlocal written
            for passage_text, context in _write_article(corpus, written, title, text):
                lines.write(json.dumps([passage_text, context], ensure_ascii=False) + "\n")
                texts.append(passage_text)
            written += 1

        for fields in read_articles(articles):
            if len(texts) >= passages:
                break
            titles.append(fields["title"])
            take(fields["title"], fields["text"])
        source = Random(2017)  # noqa: S311 - the same corpus each time
        originals = tuple(texts)
        while len(texts) < passages:
            take("", "\n".join(recombine(originals, source) for _ in range(_RECOMBINED)))
            recombined += 1
    asked = list(islice(make_questions(originals, titles, source), questions))
    if queries:
        taken = [query.text for query in load_data_set(queries).queries]
        asked[: questions // 2] = source.sample(taken, min(len(taken), questions // 2))
    _write_questions(corpus, asked)
    return Size(written, len(texts), recombined, len(asked))


def read_articles(path: Path) -> Iterator[dict[str, Any]]:
    """The articles of a file of JSON lines."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        for line in lines:
            fields = json.loads(line)
            if fields["text"].strip():
                yield fields


def _write_article(corpus: Corpus, number: int, title: str, text: str) -> Iterator[tuple[str, str]]:
    """Write an article and read it as a build does; gives its passages and what is above them."""
    path = corpus.seeds / f"{number // _FILES_PER_FOLDER:04}" / f"{number:07}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{title}\n\n{text}" if title else text, "utf-8")
    article = load_article(path, path.name, _LARGEST_FILE)
    for passage in split_article(article, 0):
        yield passage.text, context_of(article.title, passage.headings, passage.byline)


def recombine(texts: Sequence[str], source: Random) -> str:
    """The first half of one passage with the second half of another."""
    one, other = source.choice(texts), source.choice(texts)
    return (one[: len(one) // 2] + other[len(other) // 2 :]).replace("\n", " ")


def make_questions(texts: Sequence[str], titles: Sequence[str], source: Random) -> Iterator[str]:
    """Questions about passages and titles, without end.

    A clause that holds a number asks for it; another, and a title, asks what it is about.
    """
    named = [title for title in titles if title]
    for turn in cycle(range(4)):
        if named and turn == 0:
            yield f"{source.choice(named)}是怎么回事?"
            continue
        text = source.choice(texts)
        clause = source.choice(_CLAUSE.findall(text) or [text[:25]])
        number = _NUMBER.search(clause)
        if number:
            yield f"{clause[: number.start()]}多少{clause[number.end() :]}?"
        else:
            yield f"{clause}是什么?"


def cut_passages(corpus: Corpus) -> int:
    """Write the terms of each passage; returns how many passages there are."""
    reader = TextReader()
    done = 0
    with corpus.terms.open("w", encoding="utf-8") as lines:
        for text, context in corpus.texts_with_context():
            lines.write(" ".join(passage_terms(text, context, reader)) + "\n")
            done += 1
    return done


def _write_questions(corpus: Corpus, texts: Sequence[str]) -> None:
    reader = QuestionReader(TextReader())
    with corpus.questions.open("w", encoding="utf-8") as lines:
        for text in texts:
            terms = [(term.key, term.weight) for term in question_terms(reader.read(text))]
            lines.write(json.dumps([text, terms], ensure_ascii=False) + "\n")
