"""Talks in which more is asked than can be answered in sane time."""

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.delivery.backlog import Backlog

TALK = "talk"


@given(count=st.integers(1, 30), room=st.integers(1, 10))
def test_every_question_of_a_flood_is_answered_or_reported_once(count: int, room: int) -> None:
    backlog = Backlog()
    waiting = [number for number in range(count) if backlog.enter(TALK, number, room)]
    dropped_counts = [backlog.take_dropped_count(TALK, number) for number in waiting]
    for _ in waiting:
        backlog.leave(TALK)
    answered = dropped_counts.count(0)
    assert answered == min(count, room)
    assert answered + sum(dropped_counts) == count
    assert len(dropped_counts) - answered <= 1


def test_a_talk_that_was_worked_off_has_all_its_room_again() -> None:
    backlog = Backlog()
    for number in range(2):
        assert backlog.enter(TALK, number, room=1)
    assert not backlog.enter(TALK, 2, room=1)
    assert backlog.take_dropped_count(TALK, 1) == 2
    backlog.leave(TALK)
    backlog.leave(TALK)
    assert backlog.enter(TALK, 3, room=1)
    assert backlog.take_dropped_count(TALK, 3) == 0


def test_talks_do_not_count_each_other() -> None:
    backlog = Backlog()
    assert backlog.enter(TALK, 1, room=1)
    assert backlog.enter("another", 2, room=1)
    assert backlog.take_dropped_count("another", 2) == 0
