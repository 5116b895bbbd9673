"""Compose articles as notices, rules and tables really look, and questions with their answers.

    .venv/bin/python benchmarks/structured_articles.py DIR [--seed N] [--articles M]

Articles come in families of siblings that differ in their place or by a near namesake, so that the
wrong one is always at hand. What they say is drawn from `structured_vocabulary.toml`.
"""

import argparse
import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

from index.evaluation import DataSet, Query
from index.loaders import FileContent, make_article
from index.loaders.sandbox.client import Confined
from index.model import Article

Table = Mapping[str, Any]
"""A table of the vocabulary."""

VOCABULARY = Path(__file__).with_name("structured_vocabulary.toml")
_MOST_SIBLINGS = 4
_DRAWS = 30
"""Attempts at an answer that resembles no other of its family."""
_SLOT = re.compile(r"\{([^{}]+)\}")
_RANGE = re.compile(r"(\d+)-(\d+)")
_MARKED = re.compile("<(.+)>")
_DIGITS = "零一二三四五六七八九"
_CIRCLED = "⑩①②③④⑤⑥⑦⑧⑨"


class Kind(StrEnum):
    """What carries the answers of an article."""

    LABELS = "labels"
    FAQ = "faq"
    LISTS = "lists"
    PROVISIONS = "provisions"
    HEADINGS = "headings"
    TABLES = "tables"


@dataclass(frozen=True, slots=True)
class ComposedFile:
    """The file of an article: its name below the folder of articles, and what it holds."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class ComposedQuestion:
    """A question about an article.

    Attributes:
        file: the name of the article's file.
        answer: a string of the sentence that answers; empty where the article does not.
    """

    kind: Kind
    text: str
    file: str
    answer: str


@dataclass(frozen=True, slots=True)
class _Ask:
    """A question before it is worded.

    Attributes:
        template: its words, with slots for the article's place and thing.
        answer: as in `ComposedQuestion`.
    """

    template: str
    answer: str


_Body = tuple[list[str], list[_Ask]]
"""The blocks of an article, in the markup of its file's suffix, and what they answer."""


def generate(kind: Kind | None, seed: int, articles: int) -> DataSet:
    """Compose articles, of all kinds in turn for None, with questions that they answer."""
    return _data_set(*compose(kind, seed, articles), answered=True)


def unanswerable(kind: Kind | None, seed: int, articles: int) -> DataSet:
    """The articles of `generate`, with questions that none of them answers.

    What is relevant to a question is the article that comes near.
    """
    return _data_set(*compose(kind, seed, articles), answered=False)


def compose(
    kind: Kind | None, seed: int, articles: int
) -> tuple[list[ComposedFile], list[ComposedQuestion]]:
    """The files of the articles, and all questions, answered or not."""
    vocabulary = tomllib.loads(VOCABULARY.read_text("utf-8"))
    towns = ["".join(parts) for parts in product(*vocabulary["towns"].values())]
    Random(f"{seed}").shuffle(towns)  # noqa: S311 - the same articles each time, no secret
    kinds = [kind] if kind else list(Kind)
    files: list[ComposedFile] = []
    questions: list[ComposedQuestion] = []
    number = 0
    while len(files) < articles:
        turn, which = divmod(number, len(kinds))
        first = number * (_MOST_SIBLINGS + 1) % (len(towns) - _MOST_SIBLINGS)
        family = _Family(
            vocabulary,
            Random(f"{seed} {kinds[which]} {turn}"),  # noqa: S311
            kinds[which],
            turn,
            towns[first : first + _MOST_SIBLINGS + 1],
        )
        for file, own in family.members(articles - len(files)):
            files.append(file)
            questions += (question for question in own if _holds(file, question))
        number += 1
    return files, questions


def _holds(file: ComposedFile, question: ComposedQuestion) -> bool:
    """Whether the answer stands in the file exactly once, or the file is known not to answer."""
    return not question.answer or file.content.count(question.answer) == 1


def _data_set(
    files: Sequence[ComposedFile], questions: Sequence[ComposedQuestion], *, answered: bool
) -> DataSet:
    with Confined() as confined:
        documents = tuple(_article(file, confined) for file in files)
    queries = (
        Query(
            id=f"{question.file}#{number}",
            text=question.text,
            relevant=frozenset([question.file]),
            answers=(question.answer,) if answered else (),
            excluded=frozenset(),
        )
        for number, question in enumerate(questions)
        if bool(question.answer) is answered
    )
    return DataSet(documents, tuple(queries))


def _article(file: ComposedFile, confined: Confined) -> Article:
    content = file.content.encode()
    digest = hashlib.sha256(content).hexdigest()
    return make_article(FileContent(content, digest), file.name, confined)


class _Phrases:
    """Draws phrases of the vocabulary for one family of articles."""

    def __init__(self, vocabulary: Table, chance: Random) -> None:
        self.chance = chance
        self._words: dict[str, list[str]] = {**vocabulary["words"], **vocabulary["towns"]}
        self._answers: list[str] = []

    def fill(self, template: str, details: Mapping[str, str]) -> str:
        """The template with its slots filled."""

        def filled(slot: re.Match[str]) -> str:
            name = slot[1]
            if name in details:
                return details[name]
            if bounds := _RANGE.fullmatch(name):
                number = self.chance.randint(int(bounds[1]), int(bounds[2]))
                return str(number).zfill(len(bounds[1]) if bounds[1].startswith("0") else 1)
            return self.fill(self.chance.choice(self._words[name]), details)

        return _SLOT.sub(filled, template)

    def answer(self, templates: Sequence[str], details: Mapping[str, str]) -> tuple[str, str]:
        """A text with the answer in it, which if possible holds and is in no other answer."""
        for _ in range(_DRAWS):
            text = self.fill(self.chance.choice(templates), details)
            marked = _MARKED.search(text)
            answer = marked[1] if marked else text.partition("\n")[0].rstrip("。：")
            if not any(answer in other or other in answer for other in self._answers):
                break
        self._answers.append(answer)
        return _MARKED.sub(r"\1", text), answer

    def some(self, items: Sequence[Any], least: int) -> list[Any]:
        """At least `least` of the items, in random order, and not all of them if possible."""
        count = self.chance.randint(min(least, len(items)), max(least, len(items) - 1))
        return self.chance.sample(items, count)


class _Family:
    """Articles of one topic that resemble each other."""

    def __init__(
        self, vocabulary: Table, chance: Random, kind: Kind, turn: int, towns: Sequence[str]
    ) -> None:
        topics = [topic for topic in vocabulary["topics"] if topic["kind"] == kind]
        self._kind, self._turn, self._chance = kind, turn, chance
        self._topic: Table = topics[turn % len(topics)]
        self._vocabulary = vocabulary
        self._phrases = _Phrases(vocabulary, chance)
        things = chance.sample(namesakes := chance.choice(self._topic["things"]), len(namesakes))
        kind_of_place = chance.choice(vocabulary["words"]["district"])
        self._subjects = (
            [_details(towns[0], kind_of_place, thing) for thing in things]
            if chance.random() < 0.5
            else [_details(town, kind_of_place, things[0]) for town in towns]
        )

    def members(self, most: int) -> Iterator[tuple[ComposedFile, list[ComposedQuestion]]]:
        """The files, each with its questions; the first also with those of the missing sibling."""
        *there, missing = self._subjects
        count = min(most, self._chance.randint(2, len(there)))
        for sibling, details in enumerate(there[:count]):
            suffix = self._chance.choices(["txt", "md", "html"], [6, 3, 1])[0]
            name = f"{self._kind}/{self._turn:04}-{sibling}.{suffix}"
            composer = _Composer(self._vocabulary, self._topic, self._phrases, details, suffix)
            blocks, asks = _BODIES[self._kind](composer)
            questions = [self._question(ask, details, name) for ask in asks]
            if sibling == 0:
                answered = [ask for ask in asks if ask.answer]
                questions += [
                    self._question(replace(ask, answer=""), missing, name)
                    for ask in self._chance.sample(answered, min(2, len(answered)))
                ]
            yield ComposedFile(name, composer.file(blocks)), questions

    def _question(self, ask: _Ask, details: Mapping[str, str], name: str) -> ComposedQuestion:
        # How the subject is called is drawn for each question.
        own = {key: value for key, value in details.items() if key != "subject"}
        text = self._phrases.fill(ask.template, own)
        return ComposedQuestion(self._kind, text, name, ask.answer)


def _details(town: str, kind_of_place: str, thing: str) -> dict[str, str]:
    place = town + kind_of_place
    return {"short": town, "place": place, "thing": thing, "subject": place + thing}


class _Composer:
    """Composes one article."""

    def __init__(
        self,
        vocabulary: Table,
        topic: Table,
        phrases: _Phrases,
        details: Mapping[str, str],
        suffix: str,
    ) -> None:
        self._vocabulary, self.topic, self.phrases = vocabulary, topic, phrases
        self.details, self.suffix = details, suffix
        self.chance = phrases.chance

    def layout(self, name: str) -> str:
        """One of the ways in which something is printed in a file of this suffix."""
        layout: str = self.chance.choice(self._vocabulary["layouts"][name][self.suffix])
        return layout

    def ask(self, way: str, answer: str, slot: str, name: str) -> _Ask:
        """One of the ways to ask for something by its name or number."""
        template: str = self.chance.choice(self._vocabulary["asks"][way])
        return _Ask(template.replace(slot, name), answer)

    def unit(self, name: str) -> Table:
        """What may be said under one label, question or heading."""
        unit: Table = self._vocabulary["units"][name]
        return unit

    def choice(self, templates: Sequence[str]) -> str:
        """One of the phrases, filled."""
        return self.phrases.fill(self.chance.choice(templates), self.details)

    def prose(self, name: str) -> str:
        """A paragraph that answers nothing."""
        return self.paragraph(self.choice(self._vocabulary["prose"][name]))

    def with_prose(self, blocks: Sequence[str]) -> list[str]:
        """The blocks with paragraphs around them, and in half of the articles between them."""
        mixed = list(blocks)
        between = self.chance.random() < 0.5
        for passage in self.chance.sample(self._vocabulary["prose"]["passage"], 3):
            place = self.chance.randint(0, len(mixed)) if between else len(mixed)
            mixed.insert(place, self.paragraph(self.choice([passage])))
        return [self.prose("opening"), *mixed, self.prose("closing")]

    def paragraph(self, text: str) -> str:
        """A paragraph in the markup of the file."""
        return f"<p>{text}</p>" if self.suffix == "html" else text + "\n" * (self.suffix == "md")

    def numbered(self, layout: str, number: int, text: str, name: str = "") -> str:
        """A block in a layout with its number, which may be Arabic or Chinese."""
        if self.suffix == "html":
            text = text.replace("\n", "<br>")
        signs = {"n": str(number), "chinese": _chinese(number), "circled": _CIRCLED[number % 10]}
        return self.phrases.fill(layout, {**signs, "name": name, "text": text})

    def numeral(self, number: int) -> str:
        """A number in Chinese or Arabic numerals."""
        return self.chance.choice([str(number), _chinese(number)])

    def list_of(self, lead_in: str, lines: Sequence[str]) -> str:
        """A lead-in with its items."""
        if self.suffix == "html":
            return "\n".join([f"<p>{lead_in}</p>", "<ul>", *lines, "</ul>"])
        return "\n".join([self.paragraph(lead_in), *lines, *[""] * (self.suffix == "md")])

    def table(self, grid: Sequence[Sequence[str]]) -> str:
        """Rows of cells, the first of which names the columns."""
        if self.suffix == "html":
            head, *rows = grid
            lines = [_html_row(head, "th"), *(_html_row(row, "td") for row in rows)]
            return "\n".join(["<table>", *lines, "</table>"])
        if self.suffix == "md":
            lines = [f"| {' | '.join(row)} |" for row in grid]
            return "\n".join([lines[0], "|" + " --- |" * len(grid[0]), *lines[1:], ""])
        return "\n".join("\t".join(row) for row in grid)

    def file(self, blocks: Sequence[str]) -> str:
        """What the file holds."""
        title = self.choice(self.topic["titles"])
        source = [self.prose("source")] if self.chance.random() < 0.3 else []
        body = "\n".join([*source, *blocks])
        if self.suffix == "html":
            head = f'<head><meta charset="utf-8"><title>{title}</title></head>'
            return f"<html>{head}<body><article><h1>{title}</h1>\n{body}</article></body></html>\n"
        return f"# {title}\n\n{body}\n" if self.suffix == "md" else f"{title}\n{body}\n"


def _html_row(cells: Sequence[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def _units(composer: _Composer) -> _Body:
    """Labels, printed questions or headings, each with what it says."""
    kind = composer.topic["kind"]
    layout = composer.layout(kind)
    chosen = composer.phrases.some(composer.topic["units"], 4)
    blocks, asks = [], []
    for number, unit in enumerate(map(composer.unit, chosen), 1):
        name = composer.chance.choice(unit["names"])
        text, answer = composer.phrases.answer(unit["texts"], composer.details)
        blocks.append(composer.numbered(layout, number, text, composer.choice([name])))
        asks.append(_Ask(composer.chance.choice(unit["asks"]), answer))
        if composer.chance.random() < 0.5:
            asks.append(composer.ask(kind, answer, "{name}", name.replace("　", "")))
    for missing in composer.topic["units"]:
        if missing not in chosen and composer.chance.random() < 0.3:
            asks.append(_Ask(composer.chance.choice(composer.unit(missing)["asks"]), ""))
    return (composer.with_prose(blocks), asks)


def _lists(composer: _Composer) -> _Body:
    """Lead-ins with their items: for and against, or what is needed and what is refused."""
    layout = composer.layout(Kind.LISTS)
    blocks, asks = [], []
    for unit in map(composer.unit, composer.phrases.some(composer.topic["units"], 2)):
        items = composer.chance.sample(unit["items"], len(unit["items"]))
        *items, (_, ask_for_missing) = items[: composer.chance.randint(4, len(items))]
        drawn = [_item(composer, *item) for item in items]
        lines = [composer.numbered(layout, n, ask.answer) for n, ask in enumerate(drawn, 1)]
        blocks.append(composer.list_of(composer.choice(unit["names"]), lines))
        asks.append(_Ask(composer.chance.choice(unit["asks"]), drawn[len(drawn) // 2].answer))
        asks += [*composer.chance.sample(drawn, 2), _Ask(ask_for_missing, "")]
    return (composer.with_prose(blocks), asks)


def _item(composer: _Composer, text: str, ask: str) -> _Ask:
    """An item with its question; a slot of both is filled alike."""
    for slot in sorted(set(_SLOT.findall(text)) & set(_SLOT.findall(ask))):
        filled = composer.choice([f"{{{slot}}}"])
        text, ask = (part.replace(f"{{{slot}}}", filled) for part in (text, ask))
    return _Ask(ask, composer.phrases.answer([text], composer.details)[0])


def _provisions(composer: _Composer) -> _Body:
    """Numbered articles in chapters, or numbered sections; sometimes with attachments."""
    chance, topic = composer.chance, composer.topic
    sections = chance.random() < 0.3
    layout = composer.layout("sections" if sections else "provisions")
    chapter_layout = composer.layout("section_chapters" if sections else "chapters")
    number = 1 if sections else chance.choice([1, 1, chance.randint(20, 95)])
    last = number + chance.randint(10, 30)
    blocks: list[str] = []
    asks: list[_Ask] = []
    for chapter, name in enumerate(topic["chapters"], 1):
        blocks.append(composer.numbered(chapter_layout, chapter, "", name))
        share = (last - number + 1) // (len(topic["chapters"]) - chapter + 1)
        for place in range(1, share + 1):
            referred = composer.numeral(chance.randint(1, last))
            details = {
                **composer.details,
                "actor": composer.choice(topic["actors"]),
                "reference": chance.choice(["", f"第{referred}条"]),
            }
            text, answer = composer.phrases.answer(topic["clauses"], details)
            if sections:
                label = f"{chapter}.{place}"
                blocks.append(layout.replace("{n}", label).replace("{text}", text))
                asks.append(composer.ask("section", answer, "{n}", label))
            else:
                blocks.append(composer.numbered(layout, number, text))
                asks += _provision_asks(composer, number, text, answer)
            number += 1
    asks = chance.sample(asks, min(9, len(asks)))
    if sections:
        missing = f"{chapter}.{share + chance.randint(1, 9)}"
        asks.append(composer.ask("section", "", "{n}", missing))
    else:
        missing = composer.numeral(last + chance.randint(1, 40))
        asks.append(composer.ask("provision", "", "{n}", missing))
    more_blocks, more_asks = _attachments(composer) if chance.random() < 0.5 else ([], [])
    return ([*blocks, *more_blocks], [*asks, *more_asks])


def _provision_asks(composer: _Composer, number: int, text: str, answer: str) -> Iterator[_Ask]:
    yield composer.ask("provision", answer, "{n}", composer.numeral(number))
    _, _, paragraph = text.partition("\n　　")
    if paragraph:
        second = paragraph.rstrip("。")
        yield composer.ask("paragraph", second, "{n}", composer.numeral(number))


def _attachments(composer: _Composer) -> _Body:
    blocks, asks = [], []
    count = composer.chance.randint(2, 4)
    for number in range(1, count + 1):
        name, answer = composer.phrases.answer(["{code}{attachment}"], composer.details)
        blocks.append(composer.paragraph(f"附件{number}：{name}"))
        asks.append(composer.ask("attachment", answer, "{n}", str(number)))
    return (blocks, [*asks[1:], composer.ask("attachment", "", "{n}", str(count + 1))])


def _tables(composer: _Composer) -> _Body:
    """A table whose rows have names that are parts of each other."""
    chance, topic = composer.chance, composer.topic
    *rows, missing = chance.sample(topic["rows"], chance.randint(6, 12))
    columns = chance.sample(topic["columns"], chance.randint(2, len(topic["columns"])))
    grid = [[topic["head"], *(chance.choice(column["names"]) for column in columns)]]
    asks = []
    for row in rows:
        cells = [composer.phrases.answer([c["text"]], composer.details)[1] for c in columns]
        grid.append([row, *cells])
        which = chance.randrange(len(columns))
        template = chance.choice(columns[which]["asks"])
        asks.append(_Ask(template.replace("{row}", row), cells[which]))
    template = chance.choice(chance.choice(columns)["asks"])
    asks.append(_Ask(template.replace("{row}", missing), ""))
    return (composer.with_prose([composer.table(grid)]), asks)


_BODIES: dict[Kind, Callable[[_Composer], _Body]] = {
    Kind.LABELS: _units,
    Kind.FAQ: _units,
    Kind.HEADINGS: _units,
    Kind.LISTS: _lists,
    Kind.PROVISIONS: _provisions,
    Kind.TABLES: _tables,
}


def _chinese(number: int) -> str:
    """A number below 200 in Chinese numerals."""
    hundreds, below = divmod(number, 100)
    tens, ones = divmod(below, 10)
    head = "一百" if hundreds else ""
    if not tens:
        return head + ("零" if hundreds and ones else "") + (_DIGITS[ones] if ones else "")
    return (
        head + (_DIGITS[tens] if tens > 1 or hundreds else "") + "十" + _DIGITS[ones] * (ones > 0)
    )


def main() -> None:
    """Write the files of the articles, and the questions for people to read."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--articles", type=int, default=60)
    parsed = parser.parse_args()
    files, questions = compose(None, parsed.seed, parsed.articles)
    for file in files:
        path = parsed.folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(file.content, "utf-8")
    for name, answered in (("questions", True), ("unanswerable", False)):
        lines = (
            json.dumps(_readable(question), ensure_ascii=False) + "\n"
            for question in questions
            if bool(question.answer) is answered
        )
        (parsed.folder / f"{name}.jsonl").write_text("".join(lines), "utf-8")


def _readable(question: ComposedQuestion) -> dict[str, object]:
    return {
        "turns": [question.text],
        "must": {"sentence": [question.answer] if question.answer else []},
        "expected": question.answer,
        "kind": question.kind,
        "article": question.file,
    }


if __name__ == "__main__":
    main()
