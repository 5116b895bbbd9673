"""What the ids of messages tell."""

from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.delivery.message_ids import (
    REMEMBERED_CHATS,
    REMEMBERED_MESSAGES,
    REMEMBERED_SHARED,
    SUPERGROUPS,
    MessageIds,
)

CHAT = 7
SUPERGROUP = SUPERGROUPS - 7
IDS = st.sets(st.integers(1, 60))


@given(known=IDS, after=st.integers(0, 60), before=st.integers(0, 60))
def test_unknown_are_the_ids_between_of_which_nobody_told(
    known: set[int], after: int, before: int
) -> None:
    ids = MessageIds()
    for id in known:
        ids.note(SUPERGROUP, id)
        ids.note(SUPERGROUP, id)
        ids.note(SUPERGROUP - 1, id + 1)
        ids.note(CHAT, id + 1)
    assert ids.unknown(SUPERGROUP, after, before) == set(range(after + 1, before)) - known
    assert ids.latest(SUPERGROUP) == max(known, default=None)


@given(known=st.dictionaries(st.integers(1, 60), st.integers(1, 3)), before=st.integers(0, 60))
def test_messages_of_private_chats_and_small_groups_are_numbered_together(
    known: dict[int, int], before: int
) -> None:
    ids = MessageIds()
    for id, chat in known.items():
        ids.note(chat, id)
    assert ids.unknown(CHAT, 0, before) == set(range(1, before)) - known.keys()


def test_a_server_that_numbers_each_chat_by_itself_is_noticed() -> None:
    ids = MessageIds()
    for id in (1, 2, 4):
        ids.note(CHAT, id)
    ids.note(CHAT + 1, 2)
    ids.note(CHAT + 1, 3)
    assert ids.unknown(CHAT, 0, 5) == {3}


def test_only_what_a_call_returned_as_a_message_is_noted_as_sent() -> None:
    ids = MessageIds()
    result: object
    for result in (True, [], {}, {"message_id": 3}, {"message_id": 3, "chat": {}}):
        ids.note_sent(result)
    ids.note_sent({"message_id": 5, "chat": {"id": CHAT, "type": "private"}})
    assert ids.latest(CHAT) == 5
    assert ids.unknown(CHAT, 2, 6) == {3, 4}


def test_what_is_remembered_is_bounded_and_the_latest_is_kept() -> None:
    ids = MessageIds()
    for id in range(2 * REMEMBERED_MESSAGES):
        ids.note(SUPERGROUP, id)
    assert len(ids.unknown(SUPERGROUP, -1, 2 * REMEMBERED_MESSAGES)) == REMEMBERED_MESSAGES
    for id in range(2 * REMEMBERED_SHARED):
        ids.note(CHAT, id)
    assert len(ids.unknown(CHAT + 1, -1, 2 * REMEMBERED_SHARED)) == REMEMBERED_SHARED
    for chat in range(CHAT + 1, CHAT + 1 + REMEMBERED_CHATS):
        ids.note(chat, 1)
    assert ids.latest(CHAT) is None
    assert ids.latest(CHAT + REMEMBERED_CHATS) == 1
