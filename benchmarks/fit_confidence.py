"""Fit the coefficients of `index/confidence.json` to data sets that `index evaluate` reads.

    .venv/bin/python benchmarks/fit_confidence.py DIR [DIR ...] [--write]

A question is an answered example if its first passage answers it. It becomes unanswerable in
three ways: all that answers it is taken out of the library; what it asks about, or a name in it,
is exchanged for that of another question.
"""

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.stats import mannwhitneyu

from index.confidence import FEATURES, features
from index.evaluation import Query, index_documents, load_data_set, rank_without_answers
from index.question import QuestionReader
from index.ranking import Ranking, rank
from index.snapshot import Snapshot
from index.text import TextReader

RIDGE = 1e-5
COEFFICIENTS = Path(__file__).parent.parent / "index" / "confidence.json"


class Kind(Enum):
    """How a question came to be an example."""

    ANSWERED = "answered"
    TAKEN_OUT = "taken out"
    SWAPPED = "swapped"


@dataclass(frozen=True, slots=True)
class Example:
    """A question that was asked, with the features of its first passage."""

    features: tuple[float, ...]
    kind: Kind


def examples(folder: Path, reader: TextReader) -> Iterator[Example]:
    """The examples that a data set gives."""
    data = load_data_set(folder)
    with TemporaryDirectory() as index:
        for _ in index_documents(data.documents, Path(index), reader):
            pass
        with closing(Snapshot(Path(index))) as snapshot:
            questions = QuestionReader(reader)
            read = [questions.read(query.text) for query in data.queries]
            topics = [question.focus[0].text for question in read if question.focus]
            names = [w.text for question in read for w in question.words if reader.is_name(w.text)]
            chance = random.Random(0)  # noqa: S311 - the same examples each time, not a secret
            for query, question in zip(data.queries, read, strict=True):
                ranking = rank(question, snapshot, reader)
                if not _answers(ranking, query):
                    continue
                yield from _example(ranking, Kind.ANSWERED)
                without = rank_without_answers(question, query, snapshot, reader)
                yield from _example(without, Kind.TAKEN_OUT)
                passage = reader.normalise(ranking.passages[0].placed.passage.text).text
                for old, pool in (
                    ([w.text for w in question.focus[:1]], topics),
                    ([w.text for w in question.words if reader.is_name(w.text)], names),
                ):
                    new = chance.choice(pool)
                    if old and old[0] in query.text and new not in passage:
                        other = questions.read(query.text.replace(old[0], new))
                        yield from _example(rank(other, snapshot, reader), Kind.SWAPPED)


def _answers(ranking: Ranking, query: Query) -> bool:
    return bool(ranking.passages) and (
        ranking.passages[0].placed.passage.article_id in query.relevant
    )


def _example(ranking: Ranking, kind: Kind) -> Iterator[Example]:
    if ranking.passages:
        yield Example(features(ranking.passages[0].evidence), kind)


def fit(data: Sequence[Example]) -> NDArray[np.float64]:
    """Logistic regression; the coefficients of the features, then the intercept."""
    matrix = _matrix(data)
    signs = np.where(_are(data, Kind.ANSWERED), 1.0, -1.0)
    # As many answered as unanswerable questions: an even chance is a confidence of one half.
    weights = np.where(signs > 0, 0.5 / np.sum(signs > 0), 0.5 / np.sum(signs < 0))

    def loss(coefficients: NDArray[np.float64]) -> float:
        margins = signs * (matrix @ coefficients)
        return float(weights @ np.logaddexp(0, -margins) + RIDGE * coefficients @ coefficients)

    fitted: NDArray[np.float64] = minimize(loss, np.zeros(matrix.shape[1])).x
    return fitted


def report(name: str, data: Sequence[Example], coefficients: NDArray[np.float64]) -> None:
    """Print how well the coefficients tell answered from unanswerable."""
    logits = _matrix(data) @ coefficients
    right, taken_out, swapped = (logits[_are(data, kind)] for kind in Kind)
    auroc = mannwhitneyu(right, taken_out).statistic / (len(right) * len(taken_out))
    at = np.quantile(right, 0.05)
    print(
        f"{name}: AUROC {auroc:.4f}; refusing 5 % of the answered refuses "
        f"{np.mean(taken_out < at):.1%} of the taken out, {np.mean(swapped < at):.1%} of the "
        f"swapped, at confidence {1 / (1 + np.exp(-at)):.2f}"
    )


def _matrix(data: Sequence[Example]) -> NDArray[np.float64]:
    return np.array([(*example.features, 1.0) for example in data])


def _are(data: Sequence[Example], kind: Kind) -> NDArray[np.bool_]:
    return np.array([example.kind is kind for example in data])


def main() -> None:
    """Fit to each data set, check on the others, then fit to all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--write", action="store_true", help=f"write {COEFFICIENTS.name}")
    parsed = parser.parse_args()
    reader = TextReader()
    data = {folder.name: list(examples(folder, reader)) for folder in parsed.folders}
    for name, fitted_to in data.items():
        coefficients = fit(fitted_to)
        for other, checked_on in data.items():
            report(f"fitted to {name}, on {other}", checked_on, coefficients)
    coefficients = fit([example for fitted_to in data.values() for example in fitted_to])
    named = dict(zip((*FEATURES, "intercept"), coefficients.round(3).tolist(), strict=True))
    print("fitted to all:", json.dumps(named))
    if parsed.write:
        COEFFICIENTS.write_text(json.dumps(named, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
