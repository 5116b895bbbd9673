"""The learned weights and the features that they are for."""

import json
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.model import Span
from index.ranking.evidence import (
    TYPICAL_LENGTH,
    EngineHit,
    Evidence,
    PassageEvidence,
    SentenceEvidence,
    confidence_features,
    ranking_features,
)
from index.ranking.weights import (
    CONFIDENCE_FEATURES,
    RANKING_FEATURES,
    SENTENCE_FEATURES,
    LinearModel,
    Weights,
)


def evidence(value: float) -> Evidence:
    """Returns evidence that speaks for a passage by `value` in all respects."""
    passage = PassageEvidence(EngineHit(value, value, value, value), *([value] * 12))
    sentence = SentenceEvidence(value, value, value, value < 0.5, value, 1 - value, Span(0, 1))
    return Evidence(
        passage, sentence, (value,), value, (), value, value, left_open=1 - value, title_beyond=0.5
    )


def test_the_more_speaks_for_a_passage_the_surer_is_its_answer() -> None:
    model = Weights.load().confidence
    features = [confidence_features(evidence(v), v, 1 - v, v) for v in (0.0, 0.5, 1.0)]
    chances = list(map(model.probability, features))
    assert 0 < chances[0] < chances[1] < chances[2] < 1


def test_nothing_that_speaks_for_a_passage_moves_it_down() -> None:
    """So a passage ranks no higher by its sentences than `ranking_features` of the whole say."""
    assert min(Weights.load().ranking.coefficients) >= 0


def test_each_feature_has_its_name() -> None:
    whole = evidence(0.25)
    values = ranking_features(whole.passage, 0.5, 1.0, 0.75)
    named = dict(zip(RANKING_FEATURES, values, strict=True))
    assert named.pop("sentence_coverage") == 0.5
    assert named.pop("sentence_kind") == 1.0
    assert named.pop("sentence_label") == 0.75
    assert set(named.values()) == {0.25}
    sure = confidence_features(evidence(0.25), 0.25, 0.75, 0.25)
    named = dict(zip(CONFIDENCE_FEATURES, sure, strict=True))
    assert named.pop("left_open") == -0.75
    assert named.pop("brevity") == (1 - 0.25) * (TYPICAL_LENGTH - 0.75)
    assert named.pop("siblings_if_small") == -0.25 * (0.75 - 0.5) * (1 - 0.25)
    assert named.pop("kind_if_small") == -0.25
    assert named.pop("coverage_if_small") == 0.25 * (0.25 - 0.5)
    assert named.pop("nearness_if_small") == 0.25 * (0.25 - 0.5)
    assert named.pop("opening_if_small") == 0.25 * -0.25 * (1 - 0.25)
    lacking = {named.pop(f"{name}_if_small") for name in ("same_names", "heard", "focus")}
    assert lacking == {0.25 * (0.25 - 1)}
    assert set(named.values()) == {0.25}


def test_the_file_holds_a_coefficient_for_each_feature_and_no_other() -> None:
    fitted = json.loads(resources.files("index.ranking").joinpath("weights.json").read_text())
    assert set(fitted["ranking"]) == set(RANKING_FEATURES)
    assert set(fitted["sentence"]) == set(SENTENCE_FEATURES)
    assert set(fitted["confidence"]) == {*CONFIDENCE_FEATURES, "intercept"}


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3))
def test_the_parts_add_up_to_the_total(features: list[float]) -> None:
    model = LinearModel("abc", {"a": 1.0, "b": -2.0, "c": 0.5, "intercept": 3.0})
    assert model.total(features) == pytest.approx(3.0 + sum(model.parts(features)))
    assert 0 <= model.probability(features) <= 1
