"""Fit `index/ranking/weights.json` to data sets that `python -m index evaluate` reads.

    .venv/bin/python benchmarks/fit_weights.py DIR[:WEIGHT] [...] [--unanswerable DIR ...]
        [--structured N] [--parts N] [--towns DIR ...] [--rated STATE] [--only MODEL ...] [--write]

A data set counts for 1, or for its WEIGHT. The weights of the package were fitted to the
development sets of CMRC 2018, DRCD, half of DuReader-checklist and, for .3, a machine translation
of SQuAD 2.0 (github pluto-junzeng/ChineseSquad); with `--structured 300`, `--parts 40`, and ten
towns: those of `benchmarks/towns`, and one more.

Encyclopedias hardly hold rules, notices, lists and tables: with `--structured`, that many generated
articles of these kinds are a further data set (see `structured_articles`).

Three linear models are fitted. The ranking and the sentence model put the right one of several
candidates first (listwise softmax, Cao et al. 2007); the confidence model tells whether the first
passage answers (logistic regression). A question becomes unanswerable in three ways: all that
answers it is taken out of the library; what it asks about, or a name in it, is exchanged for that
of another question. Those of `--unanswerable` are so as they are: people judged that none of the
same documents as in a DIR answers them. With `--parts`, each data set is asked in parts of that
many documents, too: what a passage's evidence is worth depends on the size of the library. With
`--towns`, the confidence model is fitted to what people ask of small towns' articles as well.

With `--rated`, the questions of a bot's state whose replies people rated are fitted to as well,
asked of the library that INDEX_DATA names; what each data set gains or loses by it is printed
first, and nothing is kept without `--write`.
"""

import argparse
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from fit_gather import (
    Choice,
    Example,
    Gathered,
    Kind,
    Matrix,
    gather,
    gather_parts,
    gather_rated,
    gather_town,
)
from fit_models import (
    CONFIDENCE_NAMES,
    are,
    example_weights,
    feature_matrix,
    fit_choices,
    fit_examples,
)
from scipy.stats import mannwhitneyu
from structured_articles import generate, unanswerable

from index import IndexSettings
from index.analysis.reader import TextReader
from index.evaluation import calibration_error, load_data_set
from index.ranking.weights import RANKING_FEATURES, SENTENCE_FEATURES, Weights

FOLDS = 5
STRUCTURED_SEED = 2
STRUCTURED_WEIGHT = 0.3
"""What generated articles count for: their questions are less like what people ask."""
LEAST_IN_RANKING = {"focus": 1.0, "provision": 8.0, "title": 6.0, "sentence_label": 0.0}
"""Least coefficients of the ranking model. These sets hardly ask short questions such as
「城中区的记者是谁」, where what is asked about decides; it costs them nothing. Nor do they
ask for a provision by its number."""
MODELS = ("ranking", "sentence", "confidence")
COEFFICIENTS = Path(__file__).parent.parent / "index" / "ranking" / "weights.json"

Item = TypeVar("Item")


def report(name: str, fitted_to: Sequence[Gathered], checked_on: Gathered) -> None:
    """Prints how well models fitted to some data do on other data."""
    report_choices(name, fitted_to, checked_on)
    report_confidence(name, fitted_to, checked_on)


def report_choices(name: str, fitted_to: Sequence[Gathered], checked_on: Gathered) -> None:
    """Prints how often the right candidate comes first."""
    passages = fit_choices(
        [choice for one in fitted_to for choice in one.passages], RANKING_FEATURES, LEAST_IN_RANKING
    )
    sentences = fit_choices(
        [choice for one in fitted_to for choice in one.sentences], SENTENCE_FEATURES, {}
    )
    print(
        f"{name}: right passage first {_first_right(checked_on.passages, passages):.2%}, "
        f"sentence {_first_right(checked_on.sentences, sentences):.2%}"
    )


def report_confidence(name: str, fitted_to: Sequence[Gathered], checked_on: Gathered) -> None:
    """Prints how well what answers is told from what does not."""
    report_chances(name, _chances(fit_examples(fitted_to), checked_on.examples), checked_on)


def report_chances(name: str, chances: Matrix, checked_on: Gathered) -> None:
    """Prints how well the chances of some data's examples tell what answers."""
    of_kind = {kind: chances[are(checked_on.examples, kind)] for kind in Kind}
    answered = of_kind[Kind.ANSWERED]
    at = np.quantile(answered, 0.05)
    error = calibration_error(
        chances,
        are(checked_on.examples, Kind.ANSWERED).astype(float),
        example_weights(checked_on.examples),
    )
    print(
        f"{name}: calibration error {error:.3f}; "
        f"5 % of the answered have a confidence below {at:.2f}"
    )
    for kind in (Kind.TAKEN_OUT, Kind.SWAPPED, Kind.IN_VAIN, Kind.REJECTED):
        others = of_kind[kind]
        if len(others):
            auroc = mannwhitneyu(answered, others).statistic / (len(answered) * len(others))
            print(f"    {kind.value}: AUROC {auroc:.4f}, refused then {np.mean(others < at):.1%}")


def cross_validated(everything: Sequence[Gathered]) -> list[Matrix]:
    """Returns the chances of the examples of each data set, each by a model that was fitted to the
    other four fifths of all data sets."""
    chances = [np.zeros(len(data.examples)) for data in everything]
    for fold in range(FOLDS):
        confidence = fit_examples([_fold(data, fold, inside=False) for data in everything])
        for own, data in zip(chances, everything, strict=True):
            own[fold::FOLDS] = _chances(confidence, data.examples[fold::FOLDS])
    return chances


def _chances(confidence: Matrix, examples: Sequence[Example]) -> Matrix:
    chances: Matrix = 1 / (1 + np.exp(-feature_matrix(examples) @ confidence))
    return chances


def _first_right(choices: Sequence[Choice], coefficients: Matrix) -> float:
    return float(
        np.mean([choice.right[np.argmax(choice.rows @ coefficients)] for choice in choices])
    )


def compare_rated(
    data: Mapping[str, Gathered], everything: Sequence[Gathered], rated: Gathered
) -> None:
    """Prints how well the confidence model does without and with the rated questions."""
    print(f"{len(rated.examples)} rated questions whose first passage is still the same")
    if not any(example.kind is Kind.ANSWERED for example in rated.examples):
        return
    for name, checked_on in {**data, "the rated questions": rated}.items():
        report_confidence(f"without them, on {name}", everything, checked_on)
        report_confidence(f"with them, on {name}", [*everything, rated], checked_on)


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


def _named(names: Sequence[str], coefficients: Matrix) -> dict[str, float]:
    return dict(zip(names, coefficients.round(3).tolist(), strict=True))


def main() -> None:
    """Fit to each data set, check on the others, then fit to all."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", nargs="+", metavar="DIR[:WEIGHT]")
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
        "--towns",
        nargs="*",
        type=Path,
        default=[],
        help="folders of articles with what people ask of them",
    )
    parser.add_argument("--rated", type=Path, help="state file of a bot whose replies were rated")
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
    for written in parsed.folders:
        folder, _, weight = written.partition(":")
        name, counts, own = Path(folder).name, float(weight or 1), load_data_set(Path(folder))
        vain = [q for other in judged if other.documents == own.documents for q in other.queries]
        whole = gather(name, own, vain, reader, weights)
        data[name] = replace(whole, weight=counts)
        if parsed.parts:
            in_parts = gather_parts(name, own, vain, reader, weights, parsed.parts)
            parts.append(replace(in_parts, weight=counts * in_parts.weight))
    if parsed.structured:
        articles = generate(None, STRUCTURED_SEED, parsed.structured)
        in_vain = unanswerable(None, STRUCTURED_SEED, parsed.structured).queries
        generated = gather("structured", articles, in_vain, reader, weights)
        data["structured"] = replace(generated, weight=STRUCTURED_WEIGHT)
    for name, fitted_to in data.items():
        for other, checked_on in data.items():
            report(f"fitted to {name}, on {other}", [fitted_to], checked_on)
    towns = {folder.name: gather_town(folder) for folder in parsed.towns}
    everything = [*data.values(), *parts, *towns.values()]
    for name, checked_on in towns.items():
        others = [one for one in everything if one is not checked_on]
        report_confidence(f"fitted to all others, on {name}", others, checked_on)
    if parsed.rated:
        rated = gather_rated(parsed.rated, IndexSettings.load(), reader, weights)
        compare_rated(data, everything, rated)
        everything.append(rated)
    others = [_fold(one, 0, inside=False) for one in everything]
    for name, checked_on in data.items():
        held_out = _fold(checked_on, 0, inside=True)
        report_choices(f"fitted to four fifths of all, on the fifth of {name}", others, held_out)
    held_out_chances = cross_validated(everything)
    for (name, checked_on), chances in zip(data.items(), held_out_chances, strict=False):
        report_chances(f"each fifth of {name}, fitted to the rest", chances, checked_on)
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
