"""What administrators are told of the kept questions adds up."""

from datetime import datetime, timedelta

import pytest
from desk_fakes import a_citation, a_possible_answer, a_refusal
from hypothesis import given
from hypothesis import strategies as st

from bot.state.database import Database
from bot.state.exchanges import Exchanges
from bot.state.statistics import Day, Miss, Opinion, Statistics
from bot.telegram.messages.chart import draw
from bot.visitors import Visitor
from index import Answer, RefusalReason, Turn

NOON = datetime(2026, 3, 5, 12)
READER = Visitor(2, 2)
ANSWERED = Turn("投资", "投资", Answer("投资", (a_citation(),), 0.9))
POSSIBLE = Turn("花费", "花费", a_possible_answer())
MISSED = Turn("天气", "天气", a_refusal("天气"))
GREETED = Turn("你好", "你好", a_refusal("你好", RefusalReason.GREETING))


class Kept:
    """What is kept, with a clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON
        database = Database()
        self.exchanges = Exchanges(database, lambda: self.now.timestamp())
        self.statistics = Statistics(database, lambda: self.now.timestamp())


@given(st.lists(st.floats(0, 10), max_size=50))
def test_half_and_99_in_100_of_the_replies_took_no_longer_than_is_told(
    seconds: list[float],
) -> None:
    kept = Kept()
    for each in seconds:
        kept.exchanges.add(READER, ANSWERED, each)
    today = kept.statistics.today()
    assert today.asked == today.answered == len(seconds)
    if seconds:
        assert sum(each <= today.median for each in seconds) >= len(seconds) / 2
        assert sum(each <= today.slowest for each in seconds) >= 0.99 * len(seconds)
        assert {today.median, today.slowest} <= set(seconds)


def test_a_greeting_and_a_shared_answer_are_no_questions() -> None:
    kept = Kept()
    first = kept.exchanges.add(READER, ANSWERED, 0.1)
    kept.exchanges.add(READER, GREETED, 0.1)
    kept.exchanges.share(first, Visitor(3, 3))
    assert kept.statistics.today().asked == 1
    assert kept.statistics.misses() == []


def test_each_day_has_its_questions_and_days_without_any_are_told_too() -> None:
    kept = Kept()
    kept.exchanges.add(READER, MISSED, 0.1)
    kept.now += timedelta(days=2)
    kept.exchanges.add(READER, ANSWERED, 0.1)
    kept.exchanges.add(READER, MISSED, 0.1)
    days = [(NOON + timedelta(days=number)).date() for number in (0, 1, 2)]
    expected = [Day(days[0], 1, 0), Day(days[1], 0, 0), Day(days[2], 2, 1)]
    assert kept.statistics.days(3) == expected
    assert kept.statistics.today().asked == 2


def test_misses_are_grouped_the_reported_and_the_frequent_first() -> None:
    kept = Kept()
    for question in ("一", "二", "二", "三"):
        exchange = kept.exchanges.add(READER, Turn(question, question, a_refusal()), 0.1)
    kept.exchanges.report(exchange.id)
    kept.exchanges.add(READER, ANSWERED, 0.1)
    assert kept.statistics.misses() == [
        Miss("三", 1, True),
        Miss("二", 2, False),
        Miss("一", 1, False),
    ]


def test_opinions_are_counted_the_worst_first() -> None:
    kept = Kept()
    for number, goods in enumerate([[True, True], [False], [True, False, False]]):
        turn = Turn(str(number), str(number), ANSWERED.result)
        exchange = kept.exchanges.add(READER, turn, 0.1)
        for person, good in enumerate(goods):
            kept.exchanges.rate(exchange.id, person, good)
    assert kept.statistics.opinions() == [
        Opinion("2", 1, 2),
        Opinion("1", 0, 1),
        Opinion("0", 2, 0),
    ]


def test_sure_and_possible_answers_and_misses_are_counted_apart() -> None:
    kept = Kept()
    for turn, times in ((ANSWERED, 1), (POSSIBLE, 2), (MISSED, 3), (GREETED, 1)):
        for _ in range(times):
            exchange = kept.exchanges.add(READER, turn, 0.1)
        kept.exchanges.share(exchange, Visitor(3, 3))
    today = kept.statistics.today()
    assert (today.asked, today.answered, today.possible) == (6, 1, 2)
    [day] = kept.statistics.days(1)
    assert day == Day(NOON.date(), 6, 1, 2)
    assert day.missed == 3


def test_an_edited_question_counts_as_it_was_answered_last() -> None:
    kept = Kept()
    exchange = kept.exchanges.add(READER, ANSWERED, 0.1)
    kept.exchanges.revise(exchange, POSSIBLE, 0.1)
    today = kept.statistics.today()
    assert (today.asked, today.answered, today.possible) == (1, 0, 1)


def test_questions_that_are_possibly_answered_stand_below_the_missed_ones() -> None:
    kept = Kept()
    for question in ("一", "二", "二"):
        kept.exchanges.add(READER, Turn(question, question, POSSIBLE.result), 0.1)
    kept.exchanges.add(READER, MISSED, 0.1)
    kept.exchanges.add(READER, Turn("二", "二", a_refusal()), 0.1)
    assert kept.statistics.misses() == [
        Miss("二", 1, False),
        Miss("天气", 1, False),
        Miss("二", 2, False, True),
        Miss("一", 1, False, True),
    ]


def test_a_sure_answer_that_is_found_bad_stands_above_all_possible_ones() -> None:
    kept = Kept()
    rated = (
        ("可能", POSSIBLE.result, [False] * 3),
        ("好", ANSWERED.result, [True] * 5),
        ("坏", ANSWERED.result, [False]),
        ("也坏", ANSWERED.result, [False] * 2),
    )
    for question, result, goods in rated:
        exchange = kept.exchanges.add(READER, Turn(question, question, result), 0.1)
        for person, good in enumerate(goods):
            kept.exchanges.rate(exchange.id, person, good)
    assert kept.statistics.opinions() == [
        Opinion("也坏", 0, 2),
        Opinion("坏", 0, 1),
        Opinion("可能", 0, 3, sure=False),
        Opinion("好", 5, 0),
    ]


def test_a_rated_copy_of_an_answer_is_as_sure_as_the_answer() -> None:
    kept = Kept()
    for number, turn in enumerate((POSSIBLE, ANSWERED)):
        copy = kept.exchanges.share(kept.exchanges.add(READER, turn, 0.1), Visitor(3, 3))
        for person in range(3 - number):
            kept.exchanges.rate(copy.id, person, good=False)
    assert kept.statistics.opinions() == [
        Opinion("投资", 0, 2),
        Opinion("花费", 0, 3, sure=False),
    ]


def test_only_those_who_asked_in_private_can_be_written_to() -> None:
    kept = Kept()
    kept.exchanges.add(READER, ANSWERED, 0.1)
    kept.exchanges.add(Visitor(-5, 7), ANSWERED, 0.1)
    assert kept.statistics.people_in_private() == {2}


@pytest.mark.parametrize("counts", [[(0, 0)] * 30, [(1, 0)], [(n, n // 2) for n in range(30)]])
def test_any_days_can_be_drawn(counts: list[tuple[int, int]]) -> None:
    days = [Day((NOON + timedelta(days=n)).date(), *count) for n, count in enumerate(counts)]
    assert draw(days).startswith(b"\x89PNG")


def test_a_chart_tells_sure_and_possible_answers_and_misses_apart() -> None:
    charts = {draw([Day(NOON.date(), 3, *tiers)]) for tiers in ((1, 0), (1, 1), (1, 2))}
    assert len(charts) == 3
