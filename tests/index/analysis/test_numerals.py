"""Numbers in Chinese characters and in digits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.analysis.numerals import CHARACTERS, is_number, other_spellings
from index.ranking.query_terms import QueryTerm


@pytest.mark.parametrize(
    ("word", "others"),
    [
        ("11", ("十一",)),
        ("2", ("二", "两")),
        ("105", ("一百零五",)),
        ("2000", ("二千", "两千", "二〇〇〇", "二零零零")),
        ("两千万", ("20000000", "2000万")),
        ("十一", ("11",)),
        ("两千", ("2000",)),
        ("二〇二一", ("2021",)),
        ("八年", ("8年",)),
        ("第三", ("第3",)),
        ("万", ("10000",)),
        ("3.5", ()),
        ("路灯", ()),
        ("123456789012345", ()),
    ],
)
def test_a_number_is_spelled_the_other_way(word: str, others: tuple[str, ...]) -> None:
    assert other_spellings(word) == others


@pytest.mark.parametrize(
    ("word", "number"),
    [
        *[("11", True), ("十一", True), ("第三", True), ("五", True), ("四个", True)],
        *[("一", False), ("万", False), ("路灯", False), ("一个", False), ("", False)],
    ],
)
def test_what_counts_as_a_number(word: str, number: bool) -> None:
    assert is_number(word) is number


@given(st.text(alphabet=CHARACTERS + "第0123456789个.²三", max_size=30))
def test_no_word_is_too_odd_to_be_spelled(word: str) -> None:
    assert all(other and isinstance(other, str) for other in other_spellings(word))


@given(st.integers(1, 999))
def test_numbers_come_back_from_chinese(number: int) -> None:
    (chinese, *_) = other_spellings(str(number))
    assert other_spellings(chinese) == (str(number),)


@pytest.mark.parametrize(
    ("asked", "text", "held"),
    [
        ("十一", "神舟十一号", True),
        ("十一", "神舟二十一号", False),
        ("十一", "神舟11号", True),
        ("十一", "神舟111号", False),
        ("五", "地铁五号线", True),
        ("五", "地铁十五号线", False),
        ("五", "五十人", False),
        ("50", "五十个", True),
        ("2021", "二〇二一年", True),
        ("2021", "2022年", False),
        ("2000", "两千元", True),
        ("万元", "300万元", True),
        ("万元", "三万元", True),
        ("百货", "第一百货商店", True),
        ("120", "一百二十万", True),
    ],
)
def test_a_number_is_found_in_either_spelling_and_never_within_another(
    asked: str, text: str, held: bool
) -> None:
    assert QueryTerm(asked, 1.0, other_spellings(asked)).is_in(text) is held
