"""Gathers what the models are fitted to: the features of what a library finds for questions."""

import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter
from rich.progress import track
from town_questions import TownQuestion, read_questions

from bot.state.database import Database
from index import Answer, IndexSettings, Turn, build, open_library
from index.analysis.reader import TextReader
from index.evaluation import (
    UNANSWERABLE_CANDIDATES,
    DataSet,
    Query,
    index_documents,
    without_answers,
)
from index.query.question import Question, QuestionReader
from index.ranking.evidence import EngineHit, Weigher
from index.ranking.marking import answering_sentences
from index.ranking.ranking import CANDIDATES, Ranking, rank
from index.ranking.weights import CONFIDENCE_FEATURES, Weights
from index.storage.disk_repository import DiskRepository
from index.storage.disk_snapshot import DiskSnapshot
from index.storage.repositories import open_repository

MOST_PARTS = 30
PART_WEIGHT = 0.2
"""What the parts of a data set count for in the confidence model, against the whole one."""
TOWN_WEIGHT = 0.03
"""What a town counts for: it has a hundred questions or two, and most of them it answers."""

Matrix = NDArray[np.float64]


class Kind(Enum):
    """How a question came to be an example of the confidence model."""

    ANSWERED = "answered"
    WRONG = "answered, but not by the first passage"
    TAKEN_OUT = "taken out"
    SWAPPED = "swapped"
    IN_VAIN = "unanswerable as it is"
    REJECTED = "rated as no answer"


@dataclass(frozen=True, slots=True)
class Choice:
    """Candidates of one question, a row of features each, and which of them are right."""

    rows: Matrix
    right: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Example:
    """A question, with the features of its first passage."""

    features: tuple[float, ...]
    kind: Kind


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one data set teaches."""

    passages: list[Choice]
    sentences: list[Choice]
    examples: list[Example]
    weight: float = 1.0


def gather(
    name: str, data: DataSet, unanswerable: Sequence[Query], reader: TextReader, weights: Weights
) -> Gathered:
    """Ask every question of a data set, with the weights as they are, and note the features.

    Args:
        unanswerable: questions that nothing in the library answers.
    """
    gathered = Gathered([], [], [])
    with TemporaryDirectory() as index:
        repository = DiskRepository(Path(index), "memory")
        for _ in index_documents(data.documents, repository, reader):
            pass
        with closing(repository.open(repository.current())) as snapshot:
            asker = _Asker(snapshot, reader, weights, data.queries)
            for query in track(data.queries, name):
                asker.ask(query, gathered)
            for query in track(unanswerable, f"{name}, unanswerable"):
                asker.ask_in_vain(query, gathered)
    return gathered


def gather_parts(
    name: str,
    data: DataSet,
    unanswerable: Sequence[Query],
    reader: TextReader,
    weights: Weights,
    size: int,
) -> Gathered:
    """Does the same in libraries of `size` documents each; only examples are kept."""
    examples: list[Example] = []
    for start in range(0, min(len(data.documents), MOST_PARTS * size), size):
        documents = data.documents[start : start + size]
        ids = {document.id for document in documents}
        part = DataSet(documents, tuple(q for q in data.queries if q.relevant & ids))
        in_vain = [query for query in unanswerable if query.relevant & ids]
        title = f"{name}, part from {start}"
        examples += gather(title, part, in_vain, reader, weights).examples
    return Gathered([], [], examples, PART_WEIGHT)


def gather_rated(
    state: Path, settings: IndexSettings, reader: TextReader, weights: Weights
) -> Gathered:
    """Asks the questions whose replies people rated of the live library, and notes the features.

    Skips a question whose first passage is another one today.

    Args:
        state: the bot's state file; it may be in use.

    Raises:
        WenChuError: the state or the library cannot be read.
    """
    rows = Database(state).read(
        "SELECT turn, good FROM feedback JOIN exchange ON exchange.id = feedback.exchange"
    )
    questions, turns = QuestionReader(reader), TypeAdapter(Turn)
    examples = []
    repository = open_repository(settings)
    with closing(repository.open(repository.current())) as snapshot:
        for written, is_good in rows:
            turn = turns.validate_json(str(written))
            if not isinstance(turn.result, Answer):
                continue
            rated = turn.result.citations[0].passage
            ranking = rank(questions.read(turn.understood), snapshot, reader, weights)
            if not ranking.passages:
                continue
            first = ranking.passages[0]
            (placed,) = snapshot.passages([first.passage_id])
            if (placed.passage.article_id, placed.passage.text) == (rated.article_id, rated.text):
                kind = Kind.ANSWERED if is_good else Kind.REJECTED
                examples.append(Example(first.confidence_features, kind))
    return Gathered([], [], examples, PART_WEIGHT)


def gather_town(folder: Path) -> Gathered:
    """Asks the questions of a town's people, turn by turn, and notes the features of each last one.

    Each is asked of all the town's articles, and of the one alone that came first; of each article
    alone, as many are asked that other articles came first for.

    Args:
        folder: `in/` holds its articles, `questions.jsonl` the questions (see `town_questions`).
    """
    questions = read_questions(folder)
    examples = []
    by_article: dict[str, list[TownQuestion]] = {}
    for question, example, article in _ask_people(folder / "in", questions):
        examples.append(example)
        by_article.setdefault(article, []).append(question)
    chance = random.Random(0)  # noqa: S311 - the same examples each time, no secret
    for article, own in by_article.items():
        others = [question for question in questions if question not in own]
        asked = [*own, *chance.sample(others, min(len(own), len(others)))]
        with TemporaryDirectory() as alone:
            shutil.copy(folder / "in" / article, alone)
            examples += [example for _, example, _ in _ask_people(Path(alone), asked)]
    return Gathered([], [], examples, TOWN_WEIGHT)


def _ask_people(
    articles: Path, questions: Sequence[TownQuestion]
) -> Iterator[tuple[TownQuestion, Example, str]]:
    """Yields the questions that find something, each with the id of the article that came first."""
    with TemporaryDirectory() as data:
        settings = IndexSettings(seeds=articles, data=Path(data))
        for _ in build(settings):
            pass
        library = open_library(settings)
        for question in track(questions, str(articles)):
            turn = question.ask(library)
            contributions = library.explain(turn.understood).confidence
            explained = {part.feature: part.value for part in contributions}
            result = turn.result
            shown = result.citations if isinstance(result, Answer) else result.nearest
            if explained and shown:
                features = tuple(explained[name] for name in CONFIDENCE_FEATURES)
                kind = Kind.WRONG if question.sentences else Kind.IN_VAIN
                if question.is_answered_by(shown[0]):
                    kind = Kind.ANSWERED
                yield question, Example(features, kind), shown[0].passage.article_id


class _Asker:
    def __init__(
        self, snapshot: DiskSnapshot, reader: TextReader, weights: Weights, queries: Sequence[Query]
    ) -> None:
        self._snapshot, self._reader, self._weights = snapshot, reader, weights
        self._questions = QuestionReader(reader)
        read = [self._questions.read(query.text) for query in queries]
        self._topics = [question.focus[0].text for question in read if question.focus]
        self._names = [name for question in read for name in self._names_of(question)]
        self._chance = random.Random(0)  # noqa: S311 - the same examples each time, no secret

    def _names_of(self, question: Question) -> list[str]:
        return [word.text for word in question.words if self._reader.is_name(word.text)]

    def ask(self, query: Query, gathered: Gathered) -> None:
        question = self._questions.read(query.text)
        ranking = rank(question, self._snapshot, self._reader, self._weights, CANDIDATES)
        if not ranking.passages:
            return
        self._note_choices(query, ranking, gathered)
        (placed,) = self._snapshot.passages([ranking.passages[0].passage_id])
        is_right = placed.passage.article_id in query.relevant or any(
            answer in placed.passage.text for answer in query.answers
        )
        gathered.examples.append(self._example(ranking, Kind.ANSWERED if is_right else Kind.WRONG))
        without = rank(
            question,
            self._snapshot,
            self._reader,
            self._weights,
            eligible=without_answers(query, self._snapshot),
            candidates=UNANSWERABLE_CANDIDATES,
        )
        if without.passages:
            gathered.examples.append(self._example(without, Kind.TAKEN_OUT))
        (first,) = self._snapshot.normal_passages([ranking.passages[0].passage_id])
        for old, pool in (
            ([word.text for word in question.focus[:1]], self._topics),
            (self._names_of(question), self._names),
        ):
            new = self._chance.choice(pool)
            if old and old[0] in query.text and new not in first.text + first.context:
                swapped = self._questions.read(query.text.replace(old[0], new))
                other = rank(swapped, self._snapshot, self._reader, self._weights)
                if other.passages:
                    gathered.examples.append(self._example(other, Kind.SWAPPED))

    def ask_in_vain(self, query: Query, gathered: Gathered) -> None:
        """Ask what nothing answers."""
        question = self._questions.read(query.text)
        ranking = rank(question, self._snapshot, self._reader, self._weights)
        if ranking.passages:
            gathered.examples.append(self._example(ranking, Kind.IN_VAIN))

    def _note_choices(self, query: Query, ranking: Ranking, gathered: Gathered) -> None:
        placed = self._snapshot.passages([one.passage_id for one in ranking.passages])
        relevant = np.array([one.passage.article_id in query.relevant for one in placed])
        texts = [one.passage.text for one in placed]
        answering = relevant & [any(a in text for a in query.answers) for text in texts]
        right = answering if answering.any() else relevant
        if not right.any():
            return
        rows = [one.evidence.ranking_features for one in ranking.passages]
        gathered.passages.append(Choice(np.array(rows), right))
        chosen = int(np.argmax(right))
        (normal,) = self._snapshot.normal_passages([placed[chosen].passage.id])
        weigher = Weigher(ranking.query_terms, self._weights.sentence)
        features = weigher.sentence_features(weigher.survey(normal, EngineHit(1, 1, 0)))
        outline = normal.roled_sentences
        candidates = answering_sentences(outline, [row[2] for row in features], asks_kind=True)
        spoken = [
            any(answer in outline[number].span.of(texts[chosen]) for answer in query.answers)
            for number in candidates
        ]
        if any(spoken):
            rows = [features[number] for number in candidates]
            gathered.sentences.append(Choice(np.array(rows), np.array(spoken)))

    def _example(self, ranking: Ranking, kind: Kind) -> Example:
        return Example(ranking.passages[0].confidence_features, kind)
