"""Fits linear models: which candidate comes first, and whether the first one answers."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from fit_gather import Choice, Example, Gathered, Kind, Matrix
from numpy.typing import NDArray
from scipy.optimize import minimize

from index.ranking.weights import CONFIDENCE_FEATURES

RIDGE = 1e-3
SWAPPED_WEIGHT = 0.2
"""An unanswerable question of a swapped name against one whose answer was taken out."""
LEAST = {
    "order": 0.8,
    "sentence_coverage": 0.5,
    "answerable": 3.5,
    "provision": 5.0,
    "same_names": 1.0,
    "coverage_if_small": 4.5,
    "same_names_if_small": 3.2,
    "heard_if_small": 6.0,
    "focus_if_small": 0.5,
    "kind_if_small": 4.0,
    "opening_if_small": 0.8,
    "nearness_if_small": 1.5,
    "siblings_if_small": 5.0,
}
"""Least coefficients of the confidence model. What is left in these data sets when the answers are
taken out mostly holds some number; yet one without any cannot answer 「多少」. Names of other
things that share a part are rare there, too; and a question keeps its words when its answer is
taken out, so that nothing shows what a thing that the library never speaks of means. What the
sentence holds never speaks against it, though whole words by number tell nearly all of that. Small
libraries are few in what is fitted; there, these shares of what an answer lacks told the questions
of towns apart that it was not fitted to. And where the article that answers is taken out, so are
its other passages: only the towns can tell what these mean."""
CONFIDENCE_NAMES = (*CONFIDENCE_FEATURES, "intercept")


def fit_choices(
    choices: Sequence[Choice], names: Sequence[str], least: Mapping[str, float]
) -> Matrix:
    """Returns coefficients that put the right candidates first, none below its `least`."""
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
    matrix = feature_matrix(examples)
    signs = np.where(are(examples, Kind.ANSWERED), 1.0, -1.0)
    weights = np.concatenate([own.weight * example_weights(own.examples) for own in data])
    weights /= weights.sum()

    def loss(coefficients: Matrix) -> tuple[float, Matrix]:
        margins = signs * (matrix @ coefficients)
        slopes = signs * weights / (1 + np.exp(margins))
        return (
            float(weights @ np.logaddexp(0, -margins) + RIDGE / 100 * coefficients @ coefficients),
            2 * RIDGE / 100 * coefficients - matrix.T @ slopes,
        )

    return _minimum(loss, CONFIDENCE_NAMES, LEAST)


def example_weights(examples: Sequence[Example]) -> Matrix:
    """Weights of the examples of one data set, which add up to 1.

    Both kinds of questions count the same: an even chance is a confidence of one half.
    """
    answered = are(examples, Kind.ANSWERED)
    weights = np.where(are(examples, Kind.SWAPPED), SWAPPED_WEIGHT, 1.0)
    for group in (answered, ~answered):
        if group.any():
            weights[group] *= 0.5 / weights[group].sum()
    return weights


def feature_matrix(examples: Sequence[Example]) -> Matrix:
    return np.array([(*example.features, 1.0) for example in examples])


def are(examples: Sequence[Example], kind: Kind) -> NDArray[np.bool_]:
    return np.array([example.kind is kind for example in examples])
