"""The weights: what each feature counts for.

All models are linear. Their coefficients lie in `weights.json`, fitted by
`benchmarks/fit_weights.py`. Those of what encyclopedias tell next to nothing of (labels, numbered
provisions, titles, names of other things, what an answer lacks in a small library) have a least
value that was set by hand, and mostly just that.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from operator import mul
from typing import Self

RANKING_FEATURES = (
    "relative",
    "siblings",
    "coverage",
    "order",
    "above",
    "order_above",
    "names",
    "figure",
    "focus",
    "opening",
    "sentence_coverage",
    "sentence_kind",
    "sentence_label",
    "provision",
    "title",
)
"""What orders the passages: see `index.ranking.evidence.ranking_features`."""

SENTENCE_FEATURES = ("coverage", "order", "kind", "focus", "label")
"""What tells the answering sentence: see `index.ranking.evidence.Weigher.sentence_features`."""

CONFIDENCE_FEATURES = (
    "strength",
    "order",
    "names",
    "answerable",
    "sentence_coverage",
    "provision",
    "same_names",
    "above",
    "held_words",
    "held_idf",
    "left_open",
    "lead",
    "title_lead",
    "brevity",
    "coverage_if_small",
    "same_names_if_small",
    "heard_if_small",
    "focus_if_small",
    "kind_if_small",
    "opening_if_small",
    "nearness_if_small",
    "siblings_if_small",
)
"""What tells whether a passage answers: see `index.ranking.evidence.confidence_features`."""


class LinearModel:
    """A weighted sum of named features."""

    def __init__(self, names: Sequence[str], coefficients: Mapping[str, float]) -> None:
        """Args:
        coefficients: one for each of `names`, and maybe the `intercept`.
        """
        self.names = tuple(names)
        self.coefficients = tuple(coefficients[name] for name in names)
        self.intercept = coefficients.get("intercept", 0.0)

    def total(self, features: Sequence[float]) -> float:
        """Returns the weighted sum, with the intercept."""
        return sum(map(mul, self.coefficients, features), self.intercept)

    def parts(self, features: Sequence[float]) -> list[float]:
        """Returns what each feature adds to the sum."""
        return list(map(mul, self.coefficients, features))

    def probability(self, features: Sequence[float]) -> float:
        """Returns the weighted sum as a probability, by the logistic function."""
        # By halves of the hyperbolic tangent, which no total overflows.
        return (1 + math.tanh(self.total(features) / 2)) / 2


@dataclass(frozen=True, slots=True)
class Weights:
    """The models.

    Attributes:
        ranking: of `RANKING_FEATURES`: how well a passage answers, against others.
        sentence: of `SENTENCE_FEATURES`: how well a sentence answers, against its neighbours.
        confidence: of `CONFIDENCE_FEATURES`: how likely a passage answers at all.
    """

    ranking: LinearModel
    sentence: LinearModel
    confidence: LinearModel

    @classmethod
    def load(cls) -> Self:
        """Returns the models that come with the package."""
        content = resources.files("index.ranking").joinpath("weights.json").read_text("utf-8")
        fitted = json.loads(content)
        return cls(
            LinearModel(RANKING_FEATURES, fitted["ranking"]),
            LinearModel(SENTENCE_FEATURES, fitted["sentence"]),
            LinearModel(CONFIDENCE_FEATURES, fitted["confidence"]),
        )
