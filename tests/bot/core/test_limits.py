"""How often one may ask: within a minute, each person and each chat by itself."""

from itertools import islice

import pytest
from set_clock import SetClock

from bot.core.limits import GROUP_SHARE, MINUTE, PERSON_SHARE, REMEMBERED, QuestionLimits
from bot.errors import TooMany
from bot.visitors import Visitor


def refused(limits: QuestionLimits, visitor: Visitor) -> bool:
    try:
        limits.take(visitor)
    except TooMany:
        return True
    return False


def test_a_person_may_ask_so_much_within_a_minute_in_each_talk() -> None:
    clock = SetClock(0.0)
    limits = QuestionLimits(1, clock)
    asked = [Visitor(2, 2), Visitor(2, 2), Visitor(-1, 2), Visitor(-1, 2, topic=5), Visitor(3, 3)]
    assert [refused(limits, visitor) for visitor in asked] == [False, True, False, False, False]
    clock.now = MINUTE
    assert not refused(limits, Visitor(2, 2))


def test_a_person_may_ask_more_in_all_chats_together_but_not_without_end() -> None:
    limits = QuestionLimits(1, SetClock(0.0))
    chats = [Visitor(-chat, 2) for chat in range(1, PERSON_SHARE + 2)]
    assert [refused(limits, visitor) for visitor in chats] == [False] * PERSON_SHARE + [True]
    assert not refused(limits, Visitor(-1, 99))


def test_what_was_refused_does_not_count() -> None:
    clock = SetClock(0.0)
    limits = QuestionLimits(1, clock)
    limits.take(Visitor(2, 2))
    clock.now = MINUTE / 2
    assert refused(limits, Visitor(2, 2))
    clock.now = MINUTE
    assert not refused(limits, Visitor(2, 2))


def test_a_group_may_ask_more_than_a_person_but_not_without_end() -> None:
    limits = QuestionLimits(1, SetClock(0.0))
    group = [Visitor(-1, person) for person in range(GROUP_SHARE + 1)]
    assert [refused(limits, visitor) for visitor in group] == [False] * GROUP_SHARE + [True]
    assert not refused(limits, Visitor(-2, 99))


def test_without_a_limit_nobody_is_refused() -> None:
    limits = QuestionLimits(None)
    assert not any(refused(limits, Visitor(2, 2)) for _ in range(1000))


def test_who_asks_again_is_remembered_longer_than_who_asked_once() -> None:
    limits = QuestionLimits(2, SetClock(0.0))
    asking, others = Visitor(0, 0), iter(range(1, REMEMBERED))
    for _ in range(2):
        limits.take(asking)
        for person in islice(others, REMEMBERED // 5):
            limits.take(Visitor(person, person))
    assert refused(limits, asking)
    assert not refused(limits, Visitor(1, 1))


@pytest.mark.parametrize("people", [REMEMBERED + 10])
def test_only_so_many_people_are_remembered(people: int) -> None:
    limits = QuestionLimits(1, SetClock(0.0))
    for person in range(people):
        limits.take(Visitor(person, person))
    assert not refused(limits, Visitor(0, 0))
