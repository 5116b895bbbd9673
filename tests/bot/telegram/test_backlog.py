"""Talks in which more is asked than can be answered in sane time."""

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.delivery.backlog import Crowds

TALK = "talk"


@given(count=st.integers(1, 30), room=st.integers(1, 10))
def test_every_question_of_a_flood_is_answered_or_told_of_once(count: int, room: int) -> None:
    crowds = Crowds()
    waiting = [number for number in range(count) if crowds.enter(TALK, number, room)]
    told = [crowds.told(TALK, number) for number in waiting]
    for _ in waiting:
        crowds.leave(TALK)
    answered = told.count(0)
    assert answered == min(count, room)
    assert answered + sum(told) == count
    assert len(told) - answered <= 1


def test_a_talk_that_was_worked_off_has_all_its_room_again() -> None:
    crowds = Crowds()
    for number in range(2):
        assert crowds.enter(TALK, number, room=1)
    assert not crowds.enter(TALK, 2, room=1)
    assert crowds.told(TALK, 1) == 2
    crowds.leave(TALK)
    crowds.leave(TALK)
    assert crowds.enter(TALK, 3, room=1)
    assert crowds.told(TALK, 3) == 0


def test_talks_do_not_crowd_each_other() -> None:
    crowds = Crowds()
    assert crowds.enter(TALK, 1, room=1)
    assert crowds.enter("another", 2, room=1)
    assert crowds.told("another", 2) == 0
