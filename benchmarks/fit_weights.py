"""Fit `index/ranking/weights.json` to data sets that `python -m index evaluate` reads.

    .venv/bin/python benchmarks/fit_weights.py DIR [DIR ...] [--unanswerable DIR ...]
        [--structured N] [--parts N] [--only MODEL ...] [--write]

Encyclopedias hardly hold rules, notices, lists and tables: with `--structured`, that many generated
articles of these kinds are a further data set (see `structured_articles`).

Three linear models are fitted. The ranking and the sentence model put the right one of several
candidates first (listwise softmax, Cao et al. 2007); the confidence model tells whether the first
passage answers (logistic regression). A question becomes unanswerable in three ways: all that
answers it is taken out of the library; what it asks about, or a name in it, is exchanged for that
of another question. Those of `--unanswerable` are so as they are: people judged that none of the
same documents as in a DIR answers them. With `--parts`, each data set is asked in parts of that
many documents, too: what a passage's evidence is worth depends on the size of the library.
"""

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from scipy.optimize import minimize
from scipy.stats import mannwhitneyu
from structured_articles import generate, unanswerable

from index.analysis.reader import TextReader
from index.evaluation import (
    DataSet,
    Query,
    calibration_error,
    index_documents,
    load_data_set,
    rank_without_answers,
)
from index.query.question import Question, QuestionReader
from index.ranking.evidence import EngineHit, Weigher, confidence_features
from index.ranking.marking import answering_sentences
from index.ranking.ranking import CANDIDATES, Ranking, rank
from index.ranking.weights import (
    CONFIDENCE_FEATURES,
    RANKING_FEATURES,
    SENTENCE_FEATURES,
    Weights,
)
from index.storage.disk_repository import DiskRepository
from index.storage.disk_snapshot import DiskSnapshot

RIDGE = 1e-3
FOLDS = 5
STRUCTURED_SEED = 2
MOST_PARTS = 30
PART_WEIGHT = 0.5
"""What the parts of a data set count for in the confidence model, against the whole one."""
STRUCTURED_WEIGHT = 0.3
"""The same of generated articles: their questions are less like what people ask."""
SWAPPED_WEIGHT = 0.2
"""An unanswerable question of a swapped name against one whose answer was taken out."""
LEAST = {"answerable": 3.0, "provision": 5.0, "same_names": 1.0, "sentence_kind": 0.0}
"""Least coefficients of the confidence model. What is left in these data sets when the answers are
taken out mostly holds some number; yet one without any cannot answer 「多少」. Names of other
things that share a part are rare there, too."""
LEAST_IN_RANKING = {"focus": 1.0, "provision": 8.0, "title": 6.0, "sentence_label": 0.0}
"""Least coefficients of the ranking model. These sets hardly ask short questions such as
「城中区的记者是谁」, where what is asked about decides; it costs them nothing. Nor do they
ask for a provision by its number."""
COEFFICIENTS = Path(__file__).parent.parent / "index" / "ranking" / "weights.json"

Item = TypeVar("Item")
Matrix = NDArray[np.float64]
MODELS = ("ranking", "sentence", "confidence")
CONFIDENCE_NAMES = (*CONFIDENCE_FEATURES, "intercept")


class Kind(Enum):
    """How a question came to be an example of the confidence model."""

    ANSWERED = "answered"
    WRONG = "answered, but not by the first passage"
    TAKEN_OUT = "taken out"
    SWAPPED = "swapped"
    IN_VAIN = "unanswerable as it is"


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
        without = rank_without_answers(question, query, self._snapshot, self._reader, self._weights)
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
        return Example(
            confidence_features(ranking.passages[0].evidence, ranking.passages[0].lead), kind
        )


def fit_choices(
    choices: Sequence[Choice], names: Sequence[str], least: Mapping[str, float]
) -> Matrix:
    """Coefficients that put the right candidates first, none below its `least`."""
    longest = max(len(choice.rows) for choice in choices)
    shape = (len(choices), longest)
    rows = np.zeros((*shape, choices[0].rows.shape[1]))
    right, given = np.zeros(shape, bool), np.zeros(shape, bool)
    for number, choice in enumerate(choices):
        rows[number, : len(choice.rows)] = choice.rows
        right[number, : len(choice.rows)] = choice.right
        given[number, : len(choice.rows)] = True

    def loss(coefficients: Matrix) -> tuple[float, Matrix]:
        scores = np.where(given, rows @ coefficients, -np.inf)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        chances = powers / powers.sum(axis=1, keepdims=True)
        hit = (chances * right).sum(axis=1)
        wanted = np.where(right, chances, 0) / hit[:, None]
        gradient = -((wanted - chances)[:, :, None] * rows).sum(axis=(0, 1)) / len(choices)
        return (
            float(-np.log(hit).mean() + RIDGE * coefficients @ coefficients),
            gradient + 2 * RIDGE * coefficients,
        )

    return _minimum(loss, names, least)


def _minimum(
    loss: Callable[[Matrix], tuple[float, Matrix]], names: Sequence[str], least: Mapping[str, float]
) -> Matrix:
    bounds = [(least.get(name), None) for name in names]
    start = np.zeros(len(names))
    fitted: Matrix = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return fitted


def fit_examples(data: Sequence[Gathered]) -> Matrix:
    """Logistic regression; the coefficients of the features, then the intercept."""
    examples = [example for own in data for example in own.examples]
    matrix = _matrix(examples)
    signs = np.where(_are(examples, Kind.ANSWERED), 1.0, -1.0)
    weights = np.concatenate([own.weight * _example_weights(own.examples) for own in data])
    weights /= weights.sum()

    def loss(coefficients: Matrix) -> tuple[float, Matrix]:
        margins = signs * (matrix @ coefficients)
        slopes = signs * weights / (1 + np.exp(margins))
        return (
            float(weights @ np.logaddexp(0, -margins) + RIDGE / 100 * coefficients @ coefficients),
            2 * RIDGE / 100 * coefficients - matrix.T @ slopes,
        )

    return _minimum(loss, CONFIDENCE_NAMES, LEAST)


def _example_weights(examples: Sequence[Example]) -> Matrix:
    """Weights of the examples of one data set, which add up to 1.

    Both kinds of questions count the same: an even chance is a confidence of one half.
    """
    answered = _are(examples, Kind.ANSWERED)
    weights = np.where(_are(examples, Kind.SWAPPED), SWAPPED_WEIGHT, 1.0)
    for group in (answered, ~answered):
        weights[group] *= 0.5 / weights[group].sum()
    return weights


def report(name: str, fitted_to: Sequence[Gathered], checked_on: Gathered) -> None:
    """Print how well models fitted to some data do on other data."""
    passages = fit_choices(
        [choice for one in fitted_to for choice in one.passages], RANKING_FEATURES, LEAST_IN_RANKING
    )
    sentences = fit_choices(
        [choice for one in fitted_to for choice in one.sentences], SENTENCE_FEATURES, {}
    )
    confidence = fit_examples(fitted_to)
    logits = _matrix(checked_on.examples) @ confidence
    chances = 1 / (1 + np.exp(-logits))
    of_kind = {kind: chances[_are(checked_on.examples, kind)] for kind in Kind}
    answered = of_kind[Kind.ANSWERED]
    at = np.quantile(answered, 0.05)
    error = calibration_error(
        chances,
        _are(checked_on.examples, Kind.ANSWERED).astype(float),
        _example_weights(checked_on.examples),
    )
    print(
        f"{name}: right passage first {_first_right(checked_on.passages, passages):.2%}, "
        f"sentence {_first_right(checked_on.sentences, sentences):.2%}; calibration error "
        f"{error:.3f}; 5 % of the answered have a confidence below {at:.2f}"
    )
    for kind in (Kind.TAKEN_OUT, Kind.SWAPPED, Kind.IN_VAIN):
        others = of_kind[kind]
        if len(others):
            auroc = mannwhitneyu(answered, others).statistic / (len(answered) * len(others))
            print(f"    {kind.value}: AUROC {auroc:.4f}, refused then {np.mean(others < at):.1%}")


def _first_right(choices: Sequence[Choice], coefficients: Matrix) -> float:
    return float(
        np.mean([choice.right[np.argmax(choice.rows @ coefficients)] for choice in choices])
    )


def _fold(gathered: Gathered, fold: int, inside: bool) -> Gathered:
    """Every fifth of everything, or all but that."""

    def chosen(items: list[Item]) -> list[Item]:
        return [item for number, item in enumerate(items) if (number % FOLDS == fold) is inside]

    return Gathered(
        chosen(gathered.passages),
        chosen(gathered.sentences),
        chosen(gathered.examples),
        gathered.weight,
    )


def _matrix(examples: Sequence[Example]) -> Matrix:
    return np.array([(*example.features, 1.0) for example in examples])


def _are(examples: Sequence[Example], kind: Kind) -> NDArray[np.bool_]:
    return np.array([example.kind is kind for example in examples])


def _named(names: Sequence[str], coefficients: Matrix) -> dict[str, float]:
    return dict(zip(names, coefficients.round(3).tolist(), strict=True))


def main() -> None:
    """Fit to each data set, check on the others, then fit to all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument(
        "--structured", type=int, default=0, help="how many generated articles to fit to, too"
    )
    parser.add_argument(
        "--unanswerable",
        nargs="*",
        type=Path,
        default=[],
        help="folders whose questions the documents of a DIR, the same ones, do not answer",
    )
    parser.add_argument(
        "--parts", type=int, default=0, help="how many documents a part of a data set has"
    )
    parser.add_argument(
        "--only",
        nargs="+",
        choices=MODELS,
        default=MODELS,
        help="the models to fit; the others stay as they are",
    )
    parser.add_argument("--write", action="store_true", help=f"write {COEFFICIENTS.name}")
    parsed = parser.parse_args()
    reader, weights = TextReader(), Weights.load()
    judged = [load_data_set(folder) for folder in parsed.unanswerable]
    data: dict[str, Gathered] = {}
    parts: list[Gathered] = []
    for folder in parsed.folders:
        own = load_data_set(folder)
        vain = [q for other in judged if other.documents == own.documents for q in other.queries]
        data[folder.name] = gather(folder.name, own, vain, reader, weights)
        if parsed.parts:
            parts.append(gather_parts(folder.name, own, vain, reader, weights, parsed.parts))
    if parsed.structured:
        articles = generate(None, STRUCTURED_SEED, parsed.structured)
        in_vain = unanswerable(None, STRUCTURED_SEED, parsed.structured).queries
        generated = gather("structured", articles, in_vain, reader, weights)
        data["structured"] = replace(generated, weight=STRUCTURED_WEIGHT)
    for name, fitted_to in data.items():
        for other, checked_on in data.items():
            report(f"fitted to {name}, on {other}", [fitted_to], checked_on)
    everything = [*data.values(), *parts]
    for name, checked_on in data.items():
        held_out = _fold(checked_on, 0, inside=True)
        others = [_fold(one, 0, inside=False) for one in everything]
        report(f"fitted to four fifths of all, on the fifth of {name}", others, held_out)
    passages = [choice for one in everything for choice in one.passages]
    sentences = [choice for one in everything for choice in one.sentences]
    fits: dict[str, Callable[[], dict[str, float]]] = {
        "ranking": lambda: _named(
            RANKING_FEATURES, fit_choices(passages, RANKING_FEATURES, LEAST_IN_RANKING)
        ),
        "sentence": lambda: _named(
            SENTENCE_FEATURES, fit_choices(sentences, SENTENCE_FEATURES, {})
        ),
        "confidence": lambda: _named(CONFIDENCE_NAMES, fit_examples(everything)),
    }
    coefficients = json.loads(COEFFICIENTS.read_text("utf-8"))
    coefficients |= {name: fit() for name, fit in fits.items() if name in parsed.only}
    print("fitted to all:", json.dumps(coefficients, indent=1))
    if parsed.write:
        COEFFICIENTS.write_text(json.dumps(coefficients, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
