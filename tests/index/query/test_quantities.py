"""Numbers that count, and the limits of a text that they keep."""

import pytest

from index.analysis.reader import TextReader
from index.query.quantities import Quantity
from index.query.question import QuestionReader


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("80周岁以上老人", 82),
        ("80至89周岁,每人每月70元", 80),
        ("80岁-89岁", 89),
        ("年满六十周岁", 61),
        ("未满18周岁", 12),
        ("60岁(含)以上", 60),
        ("不超过3岁", 2),
        ("12岁以下", 12),
    ],
)
def test_a_limit_holds_a_number_that_keeps_it(text: str, age: float) -> None:
    assert Quantity("x", age, "岁").meets_limit_in(text)


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("80至89周岁", 95),
        ("90岁以上免费", 85),
        ("未满18周岁", 40),
        ("80岁老人王某", 82),
        ("80米以上", 82),
        ("岁以上", 82),
    ],
)
def test_no_other_limit_and_no_bare_number_holds_it(text: str, age: float) -> None:
    assert not Quantity("x", age, "岁").meets_limit_in(text)


def test_a_number_that_is_none_keeps_no_limit() -> None:
    assert not Quantity("几条", None, "条").meets_limit_in("两条以上")


@pytest.mark.parametrize(
    ("question", "value", "unit"),
    [
        ("85岁老人医保补多少", 85, "岁"),
        ("我妈今年八十一岁了", 81, "岁"),
        ("80多岁老人午饭多少钱", 80, "岁"),
        ("我爸82了有补贴吗", 82, "岁"),
        ("我妈今年七十八,腿脚不好", 78, "岁"),
        ("俺奶九十二了补多少", 92, "岁"),
        ("八十五的老头儿补多少", 85, "岁"),
        ("能养两条狗吗", 2, "条"),
    ],
)
def test_a_question_says_what_its_numbers_count(question: str, value: float, unit: str) -> None:
    (quantity,) = QuestionReader(TextReader()).read(question).quantities
    assert (quantity.value, quantity.unit) == (value, unit)


@pytest.mark.parametrize("question", ["我爸2026年交了多少", "他18的电话是多少号", "孩子上3路车"])
def test_other_numbers_count_nothing(question: str) -> None:
    read = QuestionReader(TextReader()).read(question)
    assert [quantity for quantity in read.quantities if quantity.unit == "岁"] == []
