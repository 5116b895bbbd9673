"""Measures how often the right passage ranks first, and how well unanswerable questions are
refused.

A data set is a folder with `docs.jsonl[.gz]` (`{id, title, text, date?}`) and `queries.jsonl[.gz]`
(`{id, text, relevant: [document ids], answers: [strings], exclude?: [document ids]}`).
"""

import gzip
import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from index.analysis.reader import TextReader
from index.engines import PACKS
from index.errors import DataSetError
from index.indexing.index_article import index_articles
from index.lexicon.synonyms import Synonyms
from index.lexicon.user_dictionary import UserDictionary
from index.model import MOST_POSSIBLE, Answer, Article, Block, BlockKind, Hit, Progress, Stage
from index.query.question import QuestionReader
from index.ranking.answering import Answerer, Eligible
from index.ranking.judge import BESIDE_POSSIBLE, Judge
from index.ranking.ranking import CANDIDATES
from index.ranking.weights import Weights
from index.storage.repository import Repository
from index.storage.snapshot import PlacedPassage, Snapshot

Item = TypeVar("Item")

UNANSWERABLE_CANDIDATES = 5 * CANDIDATES
"""Passages to look at when relevant ones are taken out, so that enough others are left."""

_SHOWN = 5
"""Passages of an answer, as a reader gets them."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question and what answers it.

    Attributes:
        relevant: ids of the documents that answer it.
        answers: strings any of which is the answer.
        excluded: ids of documents that must not count as wrong when it is made unanswerable.
    """

    id: str
    text: str
    relevant: frozenset[str]
    answers: tuple[str, ...]
    excluded: frozenset[str]


@dataclass(frozen=True, slots=True)
class JudgedPassage:
    """A passage given for a query.

    Attributes:
        confidence: how likely it answers, 0 to 1.
        right: whether it is of a relevant document, or holds an answer.
    """

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one query.

    Attributes:
        documents: ids of the documents found, best first, each once.
        answer_found, sentence_found: whether the first passage, and its sentence, has an answer.
        passages: the best ones, at most `MOST_POSSIBLE`, best first.
        unanswerable: the confidence with all that answers removed.
        milliseconds: from the question to the judged answer.
    """

    query: Query
    documents: tuple[str, ...]
    answer_found: bool
    sentence_found: bool
    passages: tuple[JudgedPassage, ...]
    unanswerable: float
    milliseconds: float

    @property
    def answerable(self) -> float:
        """The confidence as asked; 0 where nothing is found."""
        return self.passages[0].confidence if self.passages else 0.0

    @property
    def right(self) -> bool:
        """Whether the first passage answers."""
        return bool(self.passages) and self.passages[0].right

    def right_among(self, threshold: float) -> bool:
        """Whether one of the passages that a possible answer shows does."""
        least = BESIDE_POSSIBLE * threshold
        return any(judged.right for judged in self.passages if judged.confidence >= least)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome of a data set."""

    outcomes: tuple[Outcome, ...]
    passages: int
    build_seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """How many queries have been asked, after the documents are indexed."""

    done: int
    total: int
    stage: Literal["asking"] = "asking"


@dataclass(frozen=True, slots=True)
class DataSet:
    """Documents and queries."""

    documents: tuple[Article, ...]
    queries: tuple[Query, ...]


def load_data_set(folder: Path, limit: int | None = None) -> DataSet:
    """Reads a data set, at most the first `limit` queries.

    Raises:
        DataSetError: a file is missing, or a line is not what it should be.
    """
    documents = tuple(_each_line(folder, "docs", _document))
    queries = tuple(_each_line(folder, "queries", _query))
    if not documents or not queries:
        raise DataSetError(f"{folder} holds no documents or no queries.")
    if len({document.id for document in documents}) < len(documents):
        raise DataSetError(f"{folder}: two documents have the same id.")
    if len({query.id for query in queries}) < len(queries):
        raise DataSetError(f"{folder}: two queries have the same id.")
    return DataSet(documents, queries[:limit])


def evaluate(
    data: DataSet,
    repository: Repository,
    reader: TextReader,
    sure: float,
    synonyms: Synonyms | None = None,
) -> Generator[Progress | Asked, None, Evaluation]:
    """Indexes the documents and asks every query, as people ask; yields its progress.

    Args:
        repository: an empty one.
        sure: the confidence below which a query is asked as it may be spelt, too.
    """
    started = time.perf_counter()
    yield from index_documents(data.documents, repository, reader)
    build_seconds = time.perf_counter() - started
    with closing(repository.open(repository.current())) as snapshot:
        asker = _Asker(snapshot, reader, sure, synonyms)
        outcomes = []
        for done, query in enumerate(data.queries, 1):
            outcomes.append(asker.ask(query))
            yield Asked(done, len(data.queries))
        return Evaluation(tuple(outcomes), snapshot.manifest.passages, build_seconds)


def index_documents(
    documents: Sequence[Article], repository: Repository, reader: TextReader
) -> Iterator[Progress]:
    """Makes `documents` the live generation of a repository; yields its progress."""
    pack = PACKS[repository.engine]
    with repository.drafting() as draft:
        with draft.writer(None) as writer:
            for done, document in enumerate(documents, 1):
                for cut in index_articles([document], reader, pack):
                    writer.add(cut)
                yield Progress(Stage.INDEXING, done, len(documents))
            for done, total in writer.finish(UserDictionary()):
                yield Progress(Stage.WRITING, done, total)
        writer.complete("evaluation")
        draft.publish(None)


def without_answers(query: Query, snapshot: Snapshot) -> Eligible:
    """Returns what leaves out all passages that answer, as if nothing in the library did."""

    def others(hits: Sequence[Hit]) -> Sequence[Hit]:
        placed = snapshot.passages([hit.passage_id for hit in hits])
        kept = [
            hit for hit, passage in zip(hits, placed, strict=True) if not _answers(passage, query)
        ]
        return kept[:CANDIDATES]

    return others


class _Asker:
    """Asks queries of a snapshot, as they are and with all that answers them removed."""

    def __init__(
        self, snapshot: Snapshot, reader: TextReader, sure: float, synonyms: Synonyms | None
    ) -> None:
        self._snapshot = snapshot
        weights = Weights.load()
        # No threshold: both kinds of question get their confidence.
        self._judge = Judge(reader, weights.confidence, threshold=0, sure=sure)
        questions = QuestionReader(reader, synonyms)
        self._answerer = Answerer(snapshot, reader, questions, weights, self._judge)

    def ask(self, query: Query) -> Outcome:
        started = time.perf_counter()
        answered = self._answerer.answer(query.text, _SHOWN)
        milliseconds = 1000 * (time.perf_counter() - started)
        without = self._answerer.answer(
            query.text,
            _SHOWN,
            without_answers(query, self._snapshot),
            UNANSWERABLE_CANDIDATES,
        )
        ranking = answered.ranking
        ranked = ranking.passages if ranking else ()
        ranked_ids = [passage.passage_id for passage in ranked]
        placed = self._snapshot.passages([*ranked_ids, *(ranking.others if ranking else ())])
        result = answered.result
        first = result.citations[0] if isinstance(result, Answer) else None
        passage = first.passage.text if first else ""
        sentence = first.sentence.of(passage) if first else ""
        return Outcome(
            query=query,
            documents=tuple(
                dict.fromkeys(placed_passage.passage.article_id for placed_passage in placed)
            ),
            answer_found=any(answer in passage for answer in query.answers),
            sentence_found=any(answer in sentence for answer in query.answers),
            passages=tuple(
                JudgedPassage(self._judge.confidence(passage), _answers(found, query))
                for passage, found in zip(ranked[:MOST_POSSIBLE], placed, strict=False)
            ),
            unanswerable=without.result.confidence,
            milliseconds=milliseconds,
        )


def _answers(placed: PlacedPassage, query: Query) -> bool:
    document = placed.passage.article_id
    return (
        document in query.relevant
        or document in query.excluded
        or any(answer in placed.passage.text for answer in query.answers)
    )


def measure(evaluation: Evaluation, threshold: float, sure: float) -> dict[str, float]:
    """Returns the measures by their usual names; shares are 0 to 1, times in the unit named.

    A query for which nothing is found counts as a miss in all of them.

    Args:
        threshold, sure: the confidence from which an answer is given, and is sure.
    """
    # Imported here: nobody who only asks needs the libraries.
    import ir_measures
    from scipy.stats import mannwhitneyu

    outcomes = evaluation.outcomes
    relevant = {o.query.id: dict.fromkeys(o.query.relevant, 1) for o in outcomes}
    run = {
        o.query.id: {document: -float(place) for place, document in enumerate(o.documents)}
        for o in outcomes
    }
    names = {
        "recall@1": ir_measures.Success @ 1,
        "recall@5": ir_measures.Success @ 5,
        "recall@10": ir_measures.Success @ 10,
        "mrr@10": ir_measures.RR @ 10,
    }
    ranked = ir_measures.calc_aggregate(names.values(), relevant, run)
    answerable = np.array([outcome.answerable for outcome in outcomes])
    unanswerable = np.array([outcome.unanswerable for outcome in outcomes])
    times = [outcome.milliseconds for outcome in outcomes]
    wins = mannwhitneyu(answerable, unanswerable).statistic
    return {
        "queries": len(outcomes),
        **{name: ranked[kind] for name, kind in names.items()},
        "answer@1": float(np.mean([outcome.answer_found for outcome in outcomes])),
        "sentence@1": float(np.mean([outcome.sentence_found for outcome in outcomes])),
        "refused_answerable": float(np.mean(answerable < threshold)),
        "refused_unanswerable": float(np.mean(unanswerable < threshold)),
        "auroc": float(wins / len(outcomes) ** 2),
        **_tiers(outcomes, threshold, sure),
        "ms_p50": float(np.percentile(times, 50)),
        "ms_p99": float(np.percentile(times, 99)),
        "passages": evaluation.passages,
        "build_seconds": evaluation.build_seconds,
    }


def _tiers(outcomes: Sequence[Outcome], threshold: float, sure: float) -> dict[str, float]:
    """Returns how many queries are answered surely and possibly, and how often rightly."""
    surely = [outcome for outcome in outcomes if outcome.answerable >= sure]
    possibly = [outcome for outcome in outcomes if threshold <= outcome.answerable < sure]
    count = len(outcomes)
    unanswerable = np.array([outcome.unanswerable for outcome in outcomes])
    chances = np.concatenate([[outcome.answerable for outcome in outcomes], unanswerable])
    happened = np.concatenate([[outcome.right for outcome in outcomes], np.zeros(count)])
    return {
        "sure_answerable": len(surely) / count,
        "sure_unanswerable": float(np.mean(unanswerable >= sure)),
        "sure_right": _share(outcome.right for outcome in surely),
        "possible_answerable": len(possibly) / count,
        "possible_unanswerable": float(
            np.mean((threshold <= unanswerable) & (unanswerable < sure))
        ),
        "possible_right@1": _share(outcome.right for outcome in possibly),
        "possible_right@3": _share(outcome.right_among(threshold) for outcome in possibly),
        "calibration_error": calibration_error(chances, happened, np.ones(2 * count)),
    }


def _share(rightly: Iterable[bool]) -> float:
    """Returns which share is right; 1 of nothing."""
    listed = list(rightly)
    return sum(listed) / len(listed) if listed else 1.0


def calibration_error(
    chances: NDArray[np.float64], happened: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    """Returns the expected calibration error over ten bins of equal width (Guo et al. 2017).

    Args:
        happened: 1 where what was given a chance happened, else 0.
    """
    bins = np.minimum((chances * 10).astype(int), 9)
    gaps = np.bincount(bins, weights * (happened - chances), 10)
    return float(np.abs(gaps).sum() / weights.sum())


def _each_line(folder: Path, name: str, read: Callable[[dict[str, Any]], Item]) -> Iterator[Item]:
    path = folder / f"{name}.jsonl"
    if not path.exists():
        path = folder / f"{name}.jsonl.gz"
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    yield read(json.loads(line))
                except (ValueError, KeyError, TypeError) as error:
                    raise DataSetError(f"{path}, line {number}: {error!r}") from error
    except (OSError, EOFError) as error:
        raise DataSetError(f"{path}: {error}") from error


def _document(fields: dict[str, Any]) -> Article:
    text = str(fields["text"])
    return Article(
        id=str(fields["id"]),
        title=str(fields["title"]),
        source="",
        published=None,
        url="",
        digest=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        blocks=tuple(_paragraphs(text)),
    )


def _paragraphs(text: str) -> Iterator[Block]:
    position = 0
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped:
            start = position + line.index(stripped)
            yield Block(BlockKind.PARAGRAPH, 0, start, start + len(stripped))
        position += len(line) + 1


def _query(fields: dict[str, Any]) -> Query:
    return Query(
        id=str(fields["id"]),
        text=str(fields["text"]),
        relevant=frozenset(map(str, fields["relevant"])),
        answers=tuple(filter(None, map(str, fields["answers"]))),
        excluded=frozenset(map(str, fields.get("exclude", ()))),
    )
