"""Dates as they are printed over articles."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis.dates import find_date

DIGITS = "〇一二三四五六七八九"


def chinese(number: int) -> str:
    """Returns 十一 for 11, 二十七 for 27."""
    tens, ones = divmod(number, 10)
    written = {0: "", 1: "十"}.get(tens, DIGITS[tens] + "十")
    return written + (DIGITS[ones] if ones else "")


FORMS = (
    lambda d: f"{d.year:04}年{d.month}月{d.day}日",
    lambda d: f"{d.year:04}年{d.month:02}月{d.day:02}日",
    lambda d: f"{d.year:04} 年 {d.month} 月 {d.day} 日",
    lambda d: d.isoformat(),
    lambda d: f"{d.year:04}/{d.month}/{d.day}",
    lambda d: f"{d.year:04}.{d.month:02}.{d.day:02}",
    lambda d: f"{d.day:02}.{d.month:02}.{d.year:04}",
    lambda d: (
        "".join(DIGITS[int(digit)] for digit in f"{d.year:04}")
        + f"年{chinese(d.month)}月{chinese(d.day)}日"
    ),
)


@given(
    day=st.dates(),
    form=st.sampled_from(FORMS),
    before=st.sampled_from(["", "本报讯 ", "发布时间:", "\uff08"]),
    after=st.sampled_from(["", "  10:16", " 08:14", "电", "\uff09", "。"]),
)
def test_each_day_is_read_back_from_each_form_with_its_range(
    day: date, form: "st.SearchStrategy[str]", before: str, after: str
) -> None:
    written = form(day)  # type: ignore[operator]
    assert find_date(before + written + after) == (day, len(before), len(before + written))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "没有日期",
        "2017年2月30日",
        "2017-13-01",
        "99.99.2017",
        "0000-01-01",
        "二〇一七年十三月一日",
        "12017-11-27",
        "2017-11-271",
        "10:16",
    ],
)
def test_what_is_no_day_is_no_date(text: str) -> None:
    assert find_date(text) is None


def test_the_first_real_date_counts() -> None:
    result = find_date("2017-02-30 二〇一八年三月一日 2019-01-01")
    assert result is not None
    assert result[0] == date(2018, 3, 1)


@given(text=st.text("0123456789年月日-/. 〇一二三十", max_size=40) | st.text())
def test_any_text_can_be_searched_for_a_date(text: str) -> None:
    result = find_date(text)
    if result:
        _, start, end = result
        assert 0 <= start < end <= len(text)


def test_a_time_may_be_written_on_to_the_day() -> None:
    assert find_date("2025年06月06日08:14") == (date(2025, 6, 6), 0, 11)


@pytest.mark.parametrize(
    "text", ["二О二五年三月一日", "二0二五年 三月 一日", "二 〇 二 五 年 三 月 一 日"]
)
def test_a_chinese_date_is_read_with_any_zero_and_spaces(text: str) -> None:
    assert find_date(text) == (date(2025, 3, 1), 0, len(text))
