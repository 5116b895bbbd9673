"""What is kept of questions and replies: whole, by id, for a while, and no longer than wanted."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from desk_fakes import (
    DATA,
    FakeBuild,
    FakeLibrary,
    a_citation,
    a_possible_answer,
    a_refusal,
)
from hypothesis import given
from hypothesis import strategies as st
from running_bot import PATIENCE
from set_clock import SetClock

from bot.composition import compose
from bot.errors import StoreError
from bot.settings import BotSettings
from bot.state.article_handles import ArticleHandles, Origin
from bot.state.database import Database
from bot.state.drafts import Drafts
from bot.state.exchanges import (
    OVERVIEW,
    TALK_SECONDS,
    Exchange,
    Exchanges,
    KeepLimits,
)
from bot.state.retention import DAY_SECONDS, PruningClock, tidy
from bot.state.update_inbox import Inbox, ReceivedUpdate
from bot.telegram.messages.button_data import ReplyAction, ReplyButton, decode, encode
from bot.visitors import Visitor
from index import Answer, IndexSettings, NoAnswer, RefusalReason, Turn

READER, OTHER = Visitor(-5, 2, 7), Visitor(3, 3)
DAY = 86_400.0
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def a_turn(question: str = "投资了多少") -> Turn:
    return Turn(question, question, Answer(question, (a_citation(), a_citation(number=1)), 0.9))


@given(question=TEXTS, understood=TEXTS, title=TEXTS, reason=st.sampled_from(RefusalReason))
def test_a_turn_comes_back_as_it_was_kept(
    question: str, understood: str, title: str, reason: RefusalReason
) -> None:
    exchanges = Exchanges(Database())
    cited = (a_citation(title=title),)
    for result in (
        Answer(understood, cited, 0.5),
        NoAnswer(understood, reason, 0.1, (question,), cited),
    ):
        turn = Turn(question, understood, result, 1)
        kept = exchanges.add(READER, turn, 0.1)
        assert exchanges.get(kept.id) == kept == Exchange(kept.id, READER, turn)


def test_a_turn_that_was_kept_before_turns_knew_whether_they_lean_does_not_lean() -> None:
    database = Database()
    exchanges = Exchanges(database)
    kept = exchanges.add(READER, replace(a_turn(), leans=True), 0.1, question_message=4)
    assert database.write("UPDATE exchange SET turn = replace(turn, ',\"leans\":true', '')") == 1
    [[turn]] = database.read("SELECT turn FROM exchange")
    assert "leans" not in str(turn)
    assert exchanges.get(kept.id) == replace(kept, turn=a_turn())


def test_ids_can_stand_in_buttons_and_do_not_repeat() -> None:
    exchanges = Exchanges(Database())
    presses = [
        ReplyButton(ReplyAction.PAGE, exchanges.add(READER, a_turn(), 0.1).id) for _ in range(100)
    ]
    assert [decode(encode(press)) for press in presses] == presses
    assert len(set(presses)) == 100


def test_everything_is_there_when_the_file_is_opened_again(tmp_path: Path) -> None:
    first = Database(tmp_path / "state.sqlite3")
    kept = Exchanges(first).add(READER, a_turn(), 0.1, question_message=4)
    Exchanges(first).sent(kept.id, 5)
    # Not closed: a killed process closes nothing.
    again = Exchanges(Database(tmp_path / "state.sqlite3"))
    for exchange in (again.get(kept.id), again.asked_in(-5, 4), again.replied_in(-5, 5)):
        assert exchange
        assert (exchange.id, exchange.turn, exchange.reply_message) == (kept.id, kept.turn, 5)
    assert again.asked_in(3, 4) is None


def test_a_talk_is_the_last_exchanges_of_the_visitor_in_the_topic_in_order() -> None:
    clock = SetClock()
    exchanges = Exchanges(Database(), clock)
    for number, visitor in enumerate([READER, OTHER, READER, Visitor(-5, 2, 8), READER]):
        exchanges.add(visitor, a_turn(str(number)), 0.1)
        clock.now += 1
    talk = exchanges.talk(READER, 2)
    assert [exchange.turn.question for exchange in talk] == ["2", "4"]
    assert [e.turn.question for e in exchanges.talk(READER, 9, before=talk[1])] == ["0", "2"]
    clock.now += TALK_SECONDS
    assert exchanges.talk(READER, 9) == ()


def test_a_revised_exchange_keeps_its_id_and_begins_at_its_first_passage() -> None:
    exchanges = Exchanges(Database())
    kept = exchanges.add(READER, a_turn(), 0.1)
    exchanges.show(kept.turned_to(1))
    revised = exchanges.revise(kept, a_turn("花了多少"), 0.2)
    assert revised == exchanges.get(kept.id)
    assert (revised.id, revised.shown, revised.turn.question) == (kept.id, 0, "花了多少")


def test_a_possible_answer_is_kept_with_its_overview_shown_until_a_passage_is_opened() -> None:
    exchanges = Exchanges(Database())
    turn = Turn("投资", "投资", a_possible_answer(missing=("地铁",)))
    kept = exchanges.add(READER, turn, 0.1)
    assert exchanges.get(kept.id) == kept == Exchange(kept.id, READER, turn, OVERVIEW)
    exchanges.show(kept.turned_to(2))
    assert exchanges.get(kept.id) == kept.turned_to(2)
    assert exchanges.revise(kept, a_turn(), 0.1).shown == 0
    assert exchanges.revise(kept, turn, 0.1) == exchanges.get(kept.id) == kept
    copy = exchanges.share(kept.turned_to(1), OTHER)
    assert exchanges.get(copy.id) == copy == Exchange(copy.id, OTHER, turn, OVERVIEW)


def test_what_was_kept_before_answers_had_a_certainty_is_read_as_sure() -> None:
    database = Database()
    exchanges = Exchanges(database)
    kept = exchanges.add(READER, a_turn(), 0.1)
    removed = database.write(
        "UPDATE exchange SET turn = json_remove(turn, '$.result.certainty', '$.result.missing')"
        " WHERE turn LIKE '%certainty%'"
    )
    assert removed == 1
    assert exchanges.get(kept.id) == kept


def test_a_question_is_reported_once() -> None:
    exchanges = Exchanges(Database())
    kept = exchanges.add(READER, Turn("天气", "天气", a_refusal()), 0.1)
    assert [exchanges.report(kept.id), exchanges.report(kept.id)] == [True, False]
    # A question that was edited is another one.
    exchanges.revise(kept, Turn("气温", "气温", a_refusal()), 0.1)
    assert exchanges.report(kept.id)


def test_forgetting_deletes_all_of_a_person_and_nothing_of_another(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite3")
    exchanges = Exchanges(database)
    mine = exchanges.add(READER, a_turn("我的秘密"), 0.1)
    theirs = exchanges.add(OTHER, a_turn(), 0.1)
    exchanges.rate(mine.id, OTHER.person, good=True)
    exchanges.rate(theirs.id, READER.person, good=True)
    assert exchanges.forget(READER.person) == 1
    assert exchanges.get(mine.id) is None
    assert exchanges.get(theirs.id) == theirs
    assert database.read("SELECT * FROM feedback") == []
    database.close()
    assert "我的秘密".encode() not in (tmp_path / "state.sqlite3").read_bytes()


def test_what_is_older_than_wanted_is_deleted() -> None:
    clock = SetClock()
    exchanges = Exchanges(Database(), clock)
    old = exchanges.add(READER, a_turn(), 0.1)
    exchanges.rate(old.id, 2, good=False)
    clock.now += 3 * DAY
    new = exchanges.add(READER, a_turn(), 0.1)
    assert exchanges.prune(2) == 1
    assert (exchanges.get(old.id), exchanges.get(new.id)) == (None, new)


def test_what_another_version_kept_in_another_form_is_gone_not_a_failure() -> None:
    database = Database()
    exchanges = Exchanges(database)
    kept = exchanges.add(READER, a_turn(), 0.1)
    database.write("UPDATE exchange SET turn = '{}'")
    assert exchanges.get(kept.id) is None
    assert exchanges.talk(READER, 9) == ()


@pytest.mark.parametrize(
    "content", [b"no database at all " * 99, b"SQLite format 3\0" + b"x" * 999]
)
def test_a_file_that_is_no_database_is_told_by_its_name(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.sqlite3"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"state\.sqlite3"):
        Database(path)


def test_an_update_is_pending_from_its_receipt_until_it_is_done_and_received_once() -> None:
    inbox = Inbox(Database())
    assert [inbox.receive(2, "b"), inbox.receive(1, "a"), inbox.receive(2, "b")] == [
        True,
        True,
        False,
    ]
    assert [update.body for update in inbox.pending()] == ["a", "b"]
    inbox.done(1)
    assert [update.body for update in inbox.pending()] == ["b"]
    assert inbox.receive(1, "a") is False


def test_another_update_with_the_number_of_one_that_is_done_is_received() -> None:
    inbox = Inbox(Database())
    inbox.receive(1, "a")
    inbox.done(1)
    assert inbox.receive(1, "another") is True
    assert [update.body for update in inbox.pending()] == ["another"]


def test_another_update_with_the_number_of_an_old_one_is_known_as_long_as_any_other() -> None:
    clock = SetClock()
    inbox = Inbox(Database(), clock)
    inbox.receive(1, "a")
    inbox.done(1)
    clock.now += 3 * DAY
    inbox.receive(1, "another")
    inbox.done(1)
    inbox.prune(2, 30)
    assert inbox.receive(1, "another") is False


def test_old_updates_are_forgotten_once_they_are_done() -> None:
    clock = SetClock()
    database = Database()
    inbox = Inbox(database, clock)
    for number in (1, 2):
        inbox.receive(number, "a")
    inbox.done(1)
    clock.now += 3 * DAY
    inbox.receive(3, "c")
    inbox.set_aside(3)
    inbox.prune(2, 30)
    assert database.read("SELECT number FROM inbox") == [(2,), (3,)]
    clock.now += 31 * DAY
    inbox.prune(2, 30)
    assert database.read("SELECT number FROM inbox") == [(2,)]


def test_messages_that_wait_for_a_decision_are_deleted_after_so_many_days_to_the_second() -> None:
    clock = SetClock()
    drafts = Drafts(Database(), clock)
    drafts.add(1, 1, "old")
    clock.now += 1
    drafts.add(1, 2, "new")
    clock.now += 30 * DAY
    drafts.prune(30)
    assert (drafts.get(1, 1), drafts.get(1, 2)) == (None, "new")


def test_known_updates_are_bounded_in_number(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite3")
    inbox = Inbox(database, SetClock())
    for number in range(5):
        inbox.receive(number, "a")
        if number:
            inbox.done(number)
    inbox.prune(2, 30, most=2)
    assert len(database.read("SELECT number FROM inbox WHERE body IS NULL")) == 2
    assert inbox.pending() == [ReceivedUpdate(0, "a")]


def test_no_more_questions_of_a_person_are_kept_than_the_setting_says() -> None:
    exchanges = Exchanges(Database(), limits=KeepLimits(per_person=3, in_all=100))
    theirs = exchanges.add(OTHER, a_turn(), 0.1)
    mine = [exchanges.add(READER, a_turn(), 0.1) for _ in range(10)]
    assert [bool(exchanges.get(kept.id)) for kept in mine] == [False] * 7 + [True] * 3
    assert exchanges.get(theirs.id) == theirs


def test_no_more_questions_are_kept_in_all_than_the_setting_says() -> None:
    exchanges = Exchanges(Database(), limits=KeepLimits(per_person=3, in_all=5))
    kept = [exchanges.add(Visitor(person, person), a_turn(), 0.1) for person in range(1, 10)]
    assert [bool(exchanges.get(exchange.id)) for exchange in kept] == [False] * 4 + [True] * 5


def test_the_settings_bound_what_is_kept() -> None:
    database = Database()
    settings = BotSettings(keep_questions=4, keep_questions_per_person=2)
    parts = compose(
        settings, IndexSettings(data=DATA), FakeLibrary(), FakeBuild(), database=database
    )
    for person in (1, 1, 1, 2, 2, 3, 3):
        parts.exchanges.add(Visitor(person, person), a_turn(), 0.1)
    assert database.read("SELECT person FROM exchange ORDER BY rowid") == [(2,), (2,), (3,), (3,)]


def test_a_clock_that_jumps_does_not_reorder_a_talk() -> None:
    clock = SetClock()
    exchanges = Exchanges(Database(), clock)
    for number, jump in enumerate((0.0, -60.0, 3600.0, -7200.0)):
        clock.now += jump
        exchanges.add(READER, a_turn(str(number)), 0.1)
    assert [e.turn.question for e in exchanges.talk(READER, 9)] == ["0", "1", "2", "3"]


def test_a_clock_that_jumps_and_is_set_right_has_nothing_deleted_before_its_time() -> None:
    clock, database = SetClock(), Database()
    exchanges, pruning_clock = Exchanges(database, clock), PruningClock(database, clock)
    kept = exchanges.add(READER, a_turn(), 0.1)
    right = clock.now
    assert pruning_clock.advance() == right
    clock.now = right + 9000 * DAY_SECONDS
    assert exchanges.prune(30, pruning_clock.advance()) == 0
    # Another process, after a restart, knows what the first one has seen.
    assert PruningClock(database, clock).advance() == right + 2 * DAY_SECONDS
    clock.now = 0.0
    assert pruning_clock.advance() == right + 2 * DAY_SECONDS
    assert exchanges.get(kept.id) == kept
    clock.now = right + 31 * DAY_SECONDS
    while pruning_clock.advance() < clock.now:
        assert exchanges.prune(31, pruning_clock.advance()) == 0
    assert exchanges.prune(30, pruning_clock.advance()) == 1


async def test_old_questions_and_updates_are_tidied_away_from_the_start_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("bot.state.retention.PAUSE_SECONDS", 0.01)
    clock = SetClock()
    database = Database()
    exchanges, inbox = Exchanges(database, clock), Inbox(database, clock)
    exchanges.add(READER, a_turn(), 0.1)
    inbox.receive(1, "a")
    inbox.done(1)
    clock.now += 40 * DAY
    kept = exchanges.add(READER, a_turn(), 0.1)
    ArticleHandles(database, lambda: 0).add("a.txt", Origin(1, 1))
    Drafts(database, lambda: 0).add(1, 2, "a")
    contributions = compose(
        BotSettings(), IndexSettings(data=DATA), FakeLibrary(), FakeBuild(), database=database
    ).contributions

    def left() -> list[object]:
        tables = ("inbox", "exchange", "handle", "draft")
        return [database.read(f"SELECT count(*) FROM {table}")[0][0] for table in tables]  # noqa: S608 - our own

    assert left() == [1, 2, 1, 1]
    tidying = asyncio.create_task(
        tidy(exchanges, inbox, contributions, PruningClock(database, clock), 30)
    )
    async with asyncio.timeout(PATIENCE):
        while left() != [0, 1, 0, 0]:  # noqa: ASYNC110 - rows go without an event
            await asyncio.sleep(0.01)
        # What grows old later is tidied away as well: it goes on for ever.
        Drafts(database, lambda: 0).add(1, 2, "a")
        while left() != [0, 1, 0, 0]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert exchanges.get(kept.id) == kept
    tidying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await tidying
