"""What the models are fitted to, and the fit itself; never how well."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from fit_gather import Choice, Example, Gathered, Kind, gather_rated
from fit_models import example_weights, fit_choices, fit_examples
from small_libraries import TOWN, library_of, settings_in

from bot.state.database import STATE, Database
from bot.state.exchanges import Exchanges
from bot.visitors import Visitor
from index import Answer
from index.analysis.reader import TextReader
from index.ranking.weights import CONFIDENCE_FEATURES, Weights

READER = Visitor(2, 2)


def test_rated_questions_are_examples_where_the_same_passage_still_comes_first(
    tmp_path: Path, reader: TextReader
) -> None:
    library = library_of(tmp_path, TOWN)
    exchanges = Exchanges(Database(tmp_path / STATE))
    for question, is_good in [("安装路灯多少盏", True), ("馆长叫什么", False), ("石桥多长", True)]:
        turn = library.follow((), question)
        assert isinstance(turn.result, Answer)
        if question == "石桥多长":  # the article has been changed since
            first = turn.result.citations[0]
            other = replace(first, passage=replace(first.passage, text="石桥长68米。"))
            turn = replace(turn, result=replace(turn.result, citations=(other,)))
        exchanges.rate(exchanges.add(READER, turn, 0.1).id, READER.person, is_good)
    exchanges.add(READER, library.follow((), "路灯在哪天点亮"), 0.1)  # rated by nobody
    rated = gather_rated(tmp_path / STATE, settings_in(tmp_path), reader, Weights.load())
    assert [example.kind for example in rated.examples] == [Kind.ANSWERED, Kind.REJECTED]
    assert {len(example.features) for example in rated.examples} == {len(CONFIDENCE_FEATURES)}


def example(value: float, kind: Kind) -> Example:
    return Example((value,) * len(CONFIDENCE_FEATURES), kind)


def test_answered_and_unanswerable_questions_weigh_the_same_in_a_data_set() -> None:
    examples = [example(1, Kind.ANSWERED)] + [example(0, Kind.TAKEN_OUT)] * 9
    weights = example_weights(examples)
    assert weights[0] == np.sum(weights[1:]) == 0.5
    assert example_weights(examples[:1]) == [0.5], "a data set may hold one kind only"


def test_the_fitted_confidence_tells_the_examples_apart() -> None:
    examples = [example(0.9, Kind.ANSWERED), example(0.1, Kind.REJECTED)]
    coefficients = fit_examples([Gathered([], [], examples)])
    logits = [np.dot((*each.features, 1.0), coefficients) for each in examples]
    assert logits[0] > 0 > logits[1]


def test_the_fitted_choice_puts_the_right_candidates_first() -> None:
    rows = np.array([[1.0, 0.0], [0.0, 1.0]])
    choices = [Choice(rows, np.array([False, True]))] * 3
    coefficients = fit_choices(choices, ("a", "b"), {"a": 2.0})
    assert coefficients[0] >= 2.0, "no coefficient is below its least"
    assert (rows @ coefficients).argmax() == 1
