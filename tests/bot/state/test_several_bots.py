"""Two processes of one bot that share a folder: each update is dealt with once, by either."""

import asyncio
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import portalocker
import pytest
from bot_api_emulator.server import TelegramServer, User
from cluster import Cluster
from cluster_libraries import cluster_seeds
from desk_fakes import SENTENCE, FakeLibrary
from portalocker import LockException
from processes import free_port
from running_bot import answered, parts_for, pressed, running
from small_libraries import INVESTED, TOWN, finish, sum_in, town_of, write_seeds
from waiting import wait_until

from bot.errors import StoreError
from bot.state.database import Database
from bot.state.seats import MOST, Seats
from bot.state.update_inbox import Inbox
from bot.texts.keys import Key
from index import build, open_library

URL = "https://bot.example.com/hook"


async def test_what_one_process_answered_the_other_takes_up(
    server: TelegramServer, stranger: User, tmp_path: Path
) -> None:
    """A button under its answer works, an opinion counts once, and no update is answered twice."""
    with ExitStack() as held:
        ports = [held.enter_context(free_port()) for _ in range(2)]
        state = tmp_path / "bot.db"
        first, second = (
            parts_for(
                server,
                FakeLibrary(),
                database=Database(state),
                webhook_url=URL,
                webhook_listen=f"127.0.0.1:{port}",
            )
            for port in ports
        )
        server.webhook.proxy = f"http://127.0.0.1:{ports[0]}"
        async with running(first, server), running(second, server):
            assert SENTENCE in await answered(stranger, "投资")
            server.webhook.proxy = f"http://127.0.0.1:{ports[1]}"
            await pressed(server, server.private_chat(stranger), Key.BUTTON_GOOD)
    database = Database(state)
    assert database.read("SELECT good FROM feedback") == [(1,)]
    assert database.read("SELECT count(*) FROM exchange") == [(1,)]
    assert database.read("SELECT count(*) FROM inbox WHERE body IS NOT NULL") == [(0,)]
    assert server.violations == []


async def test_two_processes_on_one_cluster_answer_from_what_either_has_built(
    server: TelegramServer, stranger: User, cluster: Cluster, tmp_path: Path
) -> None:
    """Articles are common to them by the cluster, buttons and opinions by the data folder."""
    settings = cluster_seeds(cluster, tmp_path, TOWN)
    finish(build(settings))
    with ExitStack() as held:
        ports = [held.enter_context(free_port()) for _ in range(2)]
        libraries = [open_library(settings) for _ in ports]
        state = settings.data / "bot.db"
        first, second = (
            parts_for(
                server,
                library,
                index_settings=settings,
                database=Database(state),
                webhook_url=URL,
                webhook_listen=f"127.0.0.1:{port}",
            )
            for port, library in zip(ports, libraries, strict=True)
        )
        server.webhook.proxy = f"http://127.0.0.1:{ports[0]}"
        async with running(first, server), running(second, server):
            assert "三百万" in await answered(stranger, INVESTED)
            server.webhook.proxy = f"http://127.0.0.1:{ports[1]}"
            await pressed(server, server.private_chat(stranger), Key.BUTTON_GOOD)
            write_seeds(tmp_path, town_of("九百万"))
            await asyncio.to_thread(lambda: finish(build(settings)))
            # Each looks for a new generation once a second.
            await asyncio.to_thread(
                wait_until, lambda: all("九百万" in sum_in(library) for library in libraries)
            )
            for port in ports:
                server.webhook.proxy = f"http://127.0.0.1:{port}"
                assert "九百万" in await answered(stranger, INVESTED)
    opened_state = Database(state)
    assert opened_state.read("SELECT good FROM feedback") == [(1,)]
    assert opened_state.read("SELECT count(*) FROM inbox WHERE body IS NOT NULL") == [(0,)]
    assert server.violations == []


def test_a_process_leaves_what_another_is_dealing_with_and_takes_up_what_a_dead_one_left(
    tmp_path: Path,
) -> None:
    first, second = Seats(tmp_path), Seats(tmp_path)
    assert (first.own, second.own) == (0, 1)
    inboxes = [Inbox(Database(tmp_path / "bot.db"), seats=seats) for seats in (first, second)]
    assert inboxes[0].receive(1, "a")
    assert not inboxes[1].receive(1, "a")  # brought to both
    assert inboxes[1].receive(2, "b")
    assert [update.body for update in inboxes[0].pending()] == ["a"]
    assert [update.body for update in inboxes[1].pending()] == ["b"]
    first.leave()
    assert second.is_free(0)
    assert [update.body for update in inboxes[1].pending()] == ["a", "b"]
    assert Seats(tmp_path).own == 0


def test_seats_are_not_without_number(tmp_path: Path) -> None:
    held = [Seats(tmp_path) for _ in range(MOST)]
    with pytest.raises(StoreError, match="processes use"):
        Seats(tmp_path)
    held[5].leave()
    assert Seats(tmp_path).own == 5


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="cannot be used"):
        Seats(tmp_path / "file")


def test_no_seat_is_taken_or_called_free_where_files_cannot_be_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seats = Seats(tmp_path)

    def refuse(*_: object) -> None:
        raise LockException("no locks available")

    monkeypatch.setattr(portalocker, "lock", refuse)
    for use in (partial(Seats, tmp_path), partial(seats.is_free, 1)):
        with pytest.raises(StoreError, match="cannot be used: no locks available"):
            use()
