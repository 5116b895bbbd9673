"""The state file: opened by several at once, shared with other programs, damaged, too new."""

import asyncio
import json
import logging
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import product
from pathlib import Path

import portalocker
import pytest
from desk_fakes import FakeLibrary, a_citation
from lax_sqlite import make_sqlite_lax
from portalocker import AlreadyLocked, LockFlags

from bot.core.desk import AskedQuestion, Desk
from bot.core.limits import QuestionLimits
from bot.core.rights import Rights
from bot.errors import DamagedStore, LaterStore, StoreBusy
from bot.state.database import _STEPS, Database
from bot.state.drafts import Drafts
from bot.state.exchanges import Exchange, Exchanges
from bot.state.update_inbox import Inbox, ReceivedUpdate
from bot.visitors import Visitor
from index import Answer, Turn

PATIENCE = 30.0
READER, OTHER = Visitor(2, 2), Visitor(3, 3)


@contextmanager
def held_by_another(path: Path) -> Iterator[None]:
    """Holds a write transaction of another program."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def content_of(folder: Path) -> bytes:
    """Returns the bytes of all files of a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def a_turn(question: str) -> Turn:
    return Turn(question, question, Answer(question, (a_citation(),), 0.9))


def a_desk(database: Database) -> Desk:
    return Desk(FakeLibrary(), Exchanges(database), Rights(), QuestionLimits(None))


@pytest.mark.parametrize("attempt", range(5))
def test_several_bots_that_open_a_new_file_at_once_all_succeed(
    tmp_path: Path, attempt: int
) -> None:
    path, bots = tmp_path / f"state{attempt}.sqlite3", 8
    barrier = threading.Barrier(bots)

    def open_at_once(_: int) -> int:
        barrier.wait(PATIENCE)
        return len(Database(path).read("SELECT * FROM exchange"))

    with ThreadPoolExecutor(bots) as pool:
        assert list(pool.map(open_at_once, range(bots))) == [0] * bots


def test_no_other_process_opens_a_new_file_while_one_takes_the_steps_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = Database._update

    def update_unless_another_could(database: Database) -> None:
        with (tmp_path / "state.sqlite3.lock").open("ab") as lock, pytest.raises(AlreadyLocked):
            portalocker.lock(lock, LockFlags.EXCLUSIVE | LockFlags.NON_BLOCKING)
        update(database)

    monkeypatch.setattr(Database, "_update", update_unless_another_could)
    assert Database(tmp_path / "state.sqlite3").read("SELECT * FROM exchange") == []


def test_a_step_that_fails_leaves_no_half_of_a_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.sqlite3"
    with monkeypatch.context() as patched:
        patched.setattr("bot.state.database._STEPS", ("CREATE TABLE a (b)", "CREATE NONSENSE"))
        with pytest.raises(Exception, match=r"state\.sqlite3"):
            Database(path)
    assert Database(path).read("SELECT name FROM sqlite_schema WHERE name = 'a'") == []


@pytest.mark.parametrize("version", range(1, len(_STEPS)))
def test_a_file_of_an_earlier_version_is_brought_up_to_date(
    version: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.sqlite3"
    with monkeypatch.context() as patched:
        patched.setattr("bot.state.database._STEPS", _STEPS[:version])
        earlier = Database(path)
        earlier.write("INSERT INTO inbox (number, received, digest, body) VALUES (7, 0, '', 'a')")
        earlier.write(
            "INSERT INTO exchange (id, asked, chat, person, topic, question, outcome, seconds,"
            " turn) VALUES ('a', 0, 1, 1, 0, '投资', 'answered', 0.1, '{}')"
        )
        earlier.close()
    database = Database(path)
    schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
    assert database.read(schema) == Database().read(schema)
    assert database.read("SELECT number, seat, doubt, set_aside FROM inbox") == [(7, 0, 0, 0)]
    assert Inbox(database).pending() == [ReceivedUpdate(7, "a")]
    assert database.read("SELECT question, author FROM exchange") == [("投资", None)]
    exchanges = Exchanges(database)
    kept = exchanges.add(READER, a_turn("投资"), 0.1)
    assert exchanges.get(kept.id) == kept


def test_a_file_of_a_later_version_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    Database(path).close()
    later = sqlite3.connect(path)
    later.execute("PRAGMA user_version = 999")
    later.close()
    before = path.read_bytes()
    with pytest.raises(LaterStore, match=r"state\.sqlite3 was written by a later version"):
        Database(path)
    assert path.read_bytes() == before


def test_a_file_that_is_damaged_within_is_told_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    database = Database(path)
    exchanges = Exchanges(database)
    for number in range(50):
        exchanges.add(READER, a_turn(str(number)), 0.1)
    database.close()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(DamagedStore, match="wenchu restore FILE"):
        Exchanges(Database(path)).talk(READER, 6)


def test_what_was_stored_has_reached_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram never sends again what it was told has arrived."""
    make_sqlite_lax(monkeypatch)
    assert Database(tmp_path / "state.sqlite3").read("PRAGMA synchronous") == [(2,)]  # FULL


async def test_while_another_program_writes_answers_go_on_and_are_not_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(tmp_path / "state.sqlite3")
    desk, waits = a_desk(database), 0

    def counted(seconds: float) -> None:
        nonlocal waits
        waits += seconds > 0

    database._wait_for_others = counted  # type: ignore[method-assign]
    database._connection.execute("PRAGMA busy_timeout = 1")
    with held_by_another(tmp_path / "state.sqlite3"), caplog.at_level(logging.INFO):
        for person in range(10):
            exchange = await desk.ask(Visitor(person, person), AskedQuestion("投资", person))
            assert isinstance(exchange, Exchange)
            assert exchange.citations
            await desk.sent(exchange, person)
    assert len(caplog.records) == 1
    assert "Another program is using" in caplog.text
    assert waits == 0
    kept = await desk.ask(READER, AskedQuestion("投资", 1))
    assert isinstance(kept, Exchange)
    assert waits == 1  # waits again, now that a statement has succeeded
    assert Exchanges(database).get(kept.id) == kept


async def test_edits_turned_pages_and_shared_answers_are_shown_while_another_program_writes(
    tmp_path: Path,
) -> None:
    desk = a_desk(Database(tmp_path / "state.sqlite3"))
    asked = await desk.ask(READER, AskedQuestion("投资", 1))
    assert isinstance(asked, Exchange)
    with held_by_another(tmp_path / "state.sqlite3"):
        revised = await desk.revise(READER, AskedQuestion("花费", 1))
        assert revised
        assert revised.turn.question == "花费"
        assert await desk.page(READER, asked.id, 0) == asked
        assert (await desk.answer_once(READER, "投资")).citations
        shared = await desk.shared(OTHER, asked.id)
        assert isinstance(shared, Exchange)
        assert (shared.visitor, shared.turn) == (OTHER, asked.turn)


def test_only_the_first_statement_waits_for_another_program(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite3")
    failures: list[bool] = []
    started = time.monotonic()
    with held_by_another(tmp_path / "state.sqlite3"):
        for _ in range(50):
            with pytest.raises(StoreBusy) as raised:
                database.write("DELETE FROM inbox")
            failures.append(raised.value.is_known)
    # Fifty waits would take fifty seconds.
    assert time.monotonic() - started < PATIENCE
    assert failures == [False] + [True] * 49
    assert database.write("DELETE FROM inbox") == 0


def test_what_is_forgotten_is_in_no_file_of_the_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither in the write-ahead log, nor in what others opened from a link to the answer."""
    make_sqlite_lax(monkeypatch)
    path = tmp_path / "state.sqlite3"
    database, other_process = Database(path), Database(path)
    exchanges, drafts = Exchanges(database), Drafts(database)
    words = "我的秘密"
    for number in range(200):
        mine = exchanges.add(READER, a_turn(f"{words}{number}" + secrets.token_hex(400)), 0.1)
        exchanges.add(OTHER, a_turn("别人的" + secrets.token_hex(400)), 0.1)
        exchanges.share(exchanges.share(mine, OTHER), Visitor(4, 4))
        exchanges.revise(mine, a_turn(f"{words}{number}" + secrets.token_hex(99)), 0.1)
        drafts.add(READER.chat, number, words)
    assert Exchanges(other_process).talk(READER, 6)
    assert words.encode() in content_of(tmp_path)
    drafts.forget(READER.chat)
    assert exchanges.forget(READER.person) == 200
    assert words.encode() not in content_of(tmp_path)
    assert len(database.read("SELECT id FROM exchange")) == 200


def test_what_was_set_aside_of_a_person_is_forgotten_with_the_rest(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.sqlite3")
    inbox, exchanges = Inbox(database), Exchanges(database)
    person, other = 5_000_000_001, 6_000_000_002
    words = "我的秘密"
    mine = {"from": {"id": person}, "text": words + secrets.token_hex(4_000)}
    # What others have said about it stays, as does all that is theirs.
    theirs = {"from": {"id": other}, "text": "别人的", "quote": {"from": {"id": person}}}
    bodies = [
        json.dumps({"update_id": number, kind: content}, ensure_ascii=False)
        for number, (kind, content) in enumerate(
            product(("message", "callback_query"), (mine, theirs))
        )
    ]
    unreadable = [f'{{"message": {{"id": {number}, "text": "{words}' for number in (person, other)]
    kept = [*bodies[1::2], unreadable[1].replace(words, "别人的")]
    for number, body in enumerate([*bodies[::2], unreadable[0], *kept, "[]", '"text"', "{}"]):
        assert inbox.receive(number, body)
        inbox.set_aside(number)
    assert inbox.receive(99, bodies[1])
    assert words.encode() in content_of(tmp_path)
    desk = Desk(
        *(FakeLibrary(), exchanges, Rights(), QuestionLimits(None)), forget_received=inbox.forget
    )
    assert asyncio.run(desk.forget(Visitor(person, person))) == 0
    assert words.encode() not in content_of(tmp_path)
    assert inbox.set_aside_count() == len(kept) + 3
    assert [received.number for received in inbox.pending()] == [99]
    # It is still known, so that it is not handled if it comes again.
    assert not inbox.receive(0, bodies[0])


def test_nobody_is_told_that_all_is_forgotten_while_a_program_still_reads_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.sqlite3"
    exchanges = Exchanges(Database(path))
    exchanges.add(READER, a_turn("我的秘密"), 0.1)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM exchange").fetchone() == (1,)
    with pytest.raises(StoreBusy):
        exchanges.forget(READER.person)
    reader.close()
    assert exchanges.forget(READER.person) == 0
    assert "我的秘密".encode() not in content_of(tmp_path)
