"""What the ids of messages tell."""

from hypothesis import given
from hypothesis import strategies as st

from bot.message_ids import REMEMBERED_CHATS, REMEMBERED_MESSAGES, MessageIds

CHAT = 7
IDS = st.sets(st.integers(1, 60))


@given(known=IDS, after=st.integers(0, 60), before=st.integers(0, 60))
def test_unknown_are_the_ids_between_of_which_nobody_told(
    known: set[int], after: int, before: int
) -> None:
    ids = MessageIds()
    for id in known:
        ids.note(CHAT, id)
        ids.note(CHAT, id)
        ids.note(CHAT + 1, id + 1)
    assert ids.unknown(CHAT, after, before) == len(set(range(after + 1, before)) - known)
    assert ids.latest(CHAT) == max(known, default=None)


def test_only_what_a_call_returned_as_a_message_is_noted_as_sent() -> None:
    ids = MessageIds()
    result: object
    for result in (True, [], {}, {"message_id": 3}, {"message_id": 3, "chat": {}}):
        ids.note_sent(result)
    ids.note_sent({"message_id": 5, "chat": {"id": CHAT, "type": "private"}})
    assert ids.latest(CHAT) == 5
    assert ids.unknown(CHAT, 2, 6) == 2


def test_what_is_remembered_is_bounded_and_the_latest_is_kept() -> None:
    ids = MessageIds()
    for id in range(2 * REMEMBERED_MESSAGES):
        ids.note(CHAT, id)
    assert ids.unknown(CHAT, -1, 2 * REMEMBERED_MESSAGES) == REMEMBERED_MESSAGES
    for chat in range(CHAT + 1, CHAT + 1 + REMEMBERED_CHATS):
        ids.note(chat, 1)
    assert ids.latest(CHAT) is None
    assert ids.latest(CHAT + REMEMBERED_CHATS) == 1
