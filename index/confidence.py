"""How likely a passage answers its question: evidence to a probability.

A logistic regression; its coefficients lie in `confidence.json`, and
`benchmarks/fit_confidence.py` fits them to any data set that `python -m index evaluate` reads.
"""

import json
import math
from dataclasses import dataclass
from importlib import resources
from typing import Self

from index.evidence import Evidence


@dataclass(frozen=True, slots=True)
class ConfidenceModel:
    """Coefficients of a logistic regression on `features`."""

    coverage: float
    sentence_coverage: float
    order: float
    focus: float
    intercept: float

    @classmethod
    def load(cls) -> Self:
        """The fitted model that comes with the package."""
        content = resources.files("index").joinpath("confidence.json").read_text("utf-8")
        return cls(**json.loads(content))

    def confidence(self, evidence: Evidence) -> float:
        """How likely a passage with this evidence answers, 0 to 1."""
        logit = (
            self.coverage * evidence.coverage
            + self.sentence_coverage * evidence.sentence_coverage
            + self.order * evidence.order
            + self.focus * evidence.focus
            + self.intercept
        )
        return 1 / (1 + math.exp(-logit))
