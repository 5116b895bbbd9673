"""How likely a passage answers its question: evidence to a probability.

A logistic regression; its coefficients lie in `confidence.json`, fitted by
`benchmarks/fit_confidence.py`.
"""

import json
import math
from collections.abc import Mapping
from importlib import resources
from typing import Self

from index.evidence import Evidence

FEATURES = ("coverage", "order", "focus", "names", "figure")
"""The attributes of `index.evidence.Evidence` that confidence is judged by."""


def features(evidence: Evidence) -> tuple[float, ...]:
    """The values of `FEATURES`."""
    return tuple(float(getattr(evidence, name)) for name in FEATURES)


class ConfidenceModel:
    """A logistic regression on `FEATURES`."""

    def __init__(self, coefficients: Mapping[str, float]) -> None:
        """Args:
        coefficients: one for each of `FEATURES`, and the intercept.
        """
        self._coefficients = tuple(coefficients[name] for name in FEATURES)
        self._intercept = coefficients["intercept"]

    @classmethod
    def load(cls) -> Self:
        """The fitted model that comes with the package."""
        content = resources.files("index").joinpath("confidence.json").read_text("utf-8")
        return cls(json.loads(content))

    def confidence(self, evidence: Evidence) -> float:
        """How likely a passage with this evidence answers, 0 to 1."""
        products = (c * f for c, f in zip(self._coefficients, features(evidence), strict=True))
        return 1 / (1 + math.exp(-self._intercept - sum(products)))
