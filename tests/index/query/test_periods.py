"""The time that a price is asked for, and texts that tell the price for another."""

import pytest

from index.query.periods import Period, asked_period

YEAR, MONTH, DAY, HOUR, VISIT = Period


@pytest.mark.parametrize(
    ("question", "period"),
    [
        ("健身房月卡多少钱", MONTH),
        ("低保一个月发多少", MONTH),
        ("停车包月多少", MONTH),
        ("年票多少钱", YEAR),
        ("养狗登记一年交多少", YEAR),
        ("一天收多少", DAY),
        ("打一个钟头多少钱", HOUR),
        ("针灸一次多少钱", VISIT),
        ("门票多少钱", None),
        ("7月1日门票多少钱", None),
        ("一次性交一年多少", None),
    ],
)
def test_a_question_names_the_time_that_a_price_is_for(
    question: str, period: Period | None
) -> None:
    assert asked_period(question) is period


@pytest.mark.parametrize(
    ("period", "text", "gives_way"),
    [
        (MONTH, "年卡680元,16周岁以下不得进入。", True),
        (MONTH, "低保户每户每年800元,10月底前发放。", True),
        (MONTH, "月卡120元,年卡680元。", False),
        (MONTH, "项目|首小时|当天|包月:停车场|5元|40元|600元", False),
        (MONTH, "房租780元。", False),
        (YEAR, "2026年起每月60元。", True),
        (DAY, "每小时3元,当天封顶15元。", False),
        (DAY, "7月1日起每月15元。", True),
    ],
)
def test_a_text_gives_way_that_tells_the_price_for_other_times_only(
    period: Period, text: str, gives_way: bool
) -> None:
    assert period.gives_way_in(text) is gives_way
