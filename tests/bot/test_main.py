"""The whole program, as it is started."""

import asyncio
import logging
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from bot_api_emulator.server import TelegramServer
from commands import kept_logging, run_bot
from desk_fakes import FakeBuild, FakeLibrary
from processes import PATIENCE, ROOT, Terminal, free_port, line_of, run_python, started
from pydantic import SecretStr
from waiting import wait_until

from bot import logs
from bot.composition import compose
from bot.errors import AdminsOnly
from bot.running import channels as program
from bot.settings import UNUSABLE_SETTING, BotSettings
from bot.state.database import Database
from bot.terminal.console import PERSON
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import IndexSettings

TOKEN = "123456789:AAH-0123456789_secret"  # noqa: S105 - made up
ARTICLE = ROOT / "seeds" / "西宁创城.txt"
QUESTION = "城西区投资了多少\n"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder to run in, with one article of the project and no settings."""
    (tmp_path / "seeds").mkdir()
    shutil.copy(ARTICLE, tmp_path / "seeds")
    return tmp_path


def decoded(
    ended: "subprocess.CompletedProcess[bytes]",
) -> "subprocess.CompletedProcess[str]":
    """Returns the same with its output as text."""
    return subprocess.CompletedProcess(
        ended.args, ended.returncode, ended.stdout.decode(), ended.stderr.decode()
    )


def run(
    place: Path, typed: str | bytes = b"", **settings: str
) -> "subprocess.CompletedProcess[str]":
    """Runs the program with these lines on its standard input, within this process."""
    content = typed.encode() if isinstance(typed, str) else typed
    return decoded(run_bot(folder=place, typed=content, **settings))


@contextmanager
def telegram_beside() -> Iterator[TelegramServer]:
    """Yields the emulated Bot API in a thread of its own, for a program that runs in the main
    thread.
    """
    opened, closing = threading.Event(), asyncio.Event()
    loop = asyncio.new_event_loop()
    server = TelegramServer()

    async def serve() -> None:
        async with server:
            opened.set()
            await closing.wait()

    work = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    work.start()
    try:
        assert opened.wait(PATIENCE)
        yield server
    finally:
        loop.call_soon_threadsafe(closing.set)
        work.join(PATIENCE)
        loop.close()


def page_at(port: int) -> dict[str, str]:
    """Returns the settings of a page on a port."""
    address = f"127.0.0.1:{port}"
    return {"BOT_WEB_LISTEN": address, "BOT_WEB_URL": f"http://{address}"}


def test_a_piped_question_builds_the_index_and_is_answered_with_its_source(place: Path) -> None:
    typed = f"{QUESTION}/more\n/source\n".encode()
    done = decoded(run_python("-m", "bot", folder=place, typed=typed))
    assert done.returncode == 0, done.stderr
    for part in ("2000万元", "张海霞", "青海新闻网", "2017-11-27", "西宁创城.txt"):
        assert part in done.stdout
    assert "\x1b" not in done.stdout
    caution = Texts.load("zh").say(Key.CERTAINTY_POSSIBLE)
    first = next(line for line in done.stdout.splitlines() if line != caution)
    assert first in ARTICLE.read_text(encoding="utf-8")
    assert "还没有索引" in done.stderr
    assert "还没有索引" not in run(place, QUESTION).stderr


def test_bytes_that_are_no_utf_8_do_not_end_the_chat(place: Path) -> None:
    done = run(place, b"\xff\xfe\x80\n" + QUESTION.encode())
    assert done.returncode == 0, done.stderr
    assert "2000万元" in done.stdout


def test_without_articles_a_pipe_is_told_so_and_ends_in_failure(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    done = run(tmp_path, QUESTION)
    assert done.returncode == 1
    assert "索引还没有建好" in done.stdout
    assert "放进 seeds" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_setting_is_told_at_the_start_and_stops_nothing(place: Path) -> None:
    (place / ".env").write_text(f"BOT_TOKN={TOKEN}\nINDEX_SEED=x\n", encoding="utf-8")
    done = run(place, QUESTION)
    assert done.returncode == 0, done.stderr
    for wrong, right in (("BOT_TOKN", "BOT_TOKEN"), ("INDEX_SEED", "INDEX_SEEDS")):
        [line_of_the_setting] = [line for line in done.stderr.splitlines() if f"{wrong} " in line]
        assert right in line_of_the_setting
    assert TOKEN not in done.stderr


def test_a_state_that_is_no_database_is_told_in_one_sentence(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "bot.sqlite3").write_text("no database, and longer than its header" * 99)
    done = run(place, BOT_TOKEN=TOKEN)
    assert done.returncode == 1
    assert "bot.sqlite3" in done.stderr
    assert "wenchu restore" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_state_of_a_later_version_is_told_in_one_sentence(place: Path) -> None:
    state = place / "data" / "bot.sqlite3"
    Database(state).close()
    with closing(sqlite3.connect(state)) as later:
        later.execute("PRAGMA user_version = 999")
    done = run(place, BOT_TOKEN=TOKEN, BOT_LOCALE="en")
    assert done.returncode == 1
    assert "bot.sqlite3 was written by a later version of WenChu." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_that_is_read_no_further_ends_the_chat_quietly(place: Path) -> None:
    with started("-m", "bot", folder=place, stderr=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(QUESTION.encode() * 500)
        process.stdin.close()
        process.stdin = None
        assert line_of(process)
        process.stdout.close()
        process.stdout = None
        _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert b"Traceback" not in errors
    assert b"BrokenPipeError" not in errors


@pytest.mark.parametrize("line", ["BOT_ADMINS=alice", "INDEX_CONFIDENCE=high", "BOT_LOCALE=fr"])
def test_a_broken_env_file_is_told_by_the_name_of_the_setting_in_one_language(
    place: Path, line: str
) -> None:
    (place / ".env").write_text(line)
    done = run(place)
    assert done.returncode == UNUSABLE_SETTING
    assert done.stderr.startswith("Settings that cannot be used: ")
    assert done.stderr.isascii()
    assert "Value error" not in done.stderr
    assert line.partition("=")[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_an_env_file_that_is_no_text_is_told_to_be_none(place: Path) -> None:
    (place / ".env").write_bytes(b"BOT_ADMINS=\xff\xfe\n")
    done = run(place)
    assert done.returncode == UNUSABLE_SETTING
    assert "UTF-8" in done.stderr


def test_without_network_the_address_is_named_and_the_token_is_not(place: Path) -> None:
    with free_port() as port:
        address = f"http://127.0.0.1:{port}"
        done = run(place, BOT_TOKEN=TOKEN, BOT_API_URL=address)
    assert done.returncode == 1
    assert f"连不上 {address}" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_token_is_told_in_one_sentence_without_it(place: Path) -> None:
    with telegram_beside() as server:
        done = run(place, BOT_TOKEN=TOKEN, BOT_API_URL=server.url)
    assert done.returncode == UNUSABLE_SETTING
    assert "@BotFather" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_for_the_webhook_that_is_not_this_machines_is_a_wrong_setting(
    place: Path,
) -> None:
    with telegram_beside() as server:
        done = run_python(
            *("-m", "bot"),
            folder=place,
            PYTHONPATH=str(ROOT),
            BOT_TOKEN=server.token,
            BOT_API_URL=server.url,
            BOT_WEBHOOK_URL="https://bot.example.com/hook",
            BOT_WEBHOOK_LISTEN="192.0.2.1:8080",
        )
    assert done.returncode == UNUSABLE_SETTING
    assert b"BOT_WEBHOOK_LISTEN" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_the_bot_answers_on_telegram_and_its_page_until_a_signal_ends_it_quietly(
    place: Path, end: signal.Signals
) -> None:
    current, log = place / "data" / "CURRENT", place / "log"
    async with TelegramServer() as server:
        with free_port() as port, free_port() as watched, log.open("wb") as written:
            settings = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url, **page_at(port)}
            settings["BOT_METRICS_LISTEN"] = str(watched)
            bot = started("-m", "bot", folder=place, settings=settings, stderr=written)
            with bot as process:
                reader = server.user(7, "读者")
                await server.wait_until(lambda: server.calls_of("setMyCommands"), PATIENCE)
                async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
                    home = await client.get(f"http://127.0.0.1:{port}/")
                # The first index is built in the background: until then people are told so.
                await asyncio.to_thread(wait_until, current.exists)
                answer = await server.answer_to(await reader.send("城西区投资了多少"))
                async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
                    health = await client.get(f"http://127.0.0.1:{watched}/healthz")
                    figures = await client.get(f"http://127.0.0.1:{watched}/metrics")
                process.send_signal(end)
                code = await asyncio.to_thread(process.wait, PATIENCE)
    log_text = log.read_text("utf-8")
    assert "2000万元" in answer["text"]
    assert home.status_code == 200
    assert (health.status_code, health.json()["generation"]) == (200, "000001")
    assert "wenchu_questions_total 1.0" in figures.text
    assert "城西区" not in figures.text
    assert code == 0
    assert server.violations == []
    assert "Traceback" not in log_text
    assert server.token not in log_text
    assert "城西区" not in log_text


def test_a_port_of_the_page_that_is_taken_is_told_in_one_sentence(place: Path) -> None:
    with telegram_beside() as server:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            settings = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url}
            port = taken.getsockname()[1]
            done = run(place, **settings, **page_at(port))
        assert server.calls_of("getUpdates") == []
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "BOT_WEB_LISTEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_serves_no_page_and_links_to_none(place: Path) -> None:
    with free_port() as port:
        done = run(place, QUESTION, **page_at(port))
    assert done.returncode == 0, done.stderr
    assert "2000万元" in done.stdout
    assert "http://" not in done.stdout


def test_a_terminal_greets_answers_in_colour_with_links_to_its_page_and_says_goodbye(
    place: Path,
) -> None:
    with free_port() as port, Terminal(place, **page_at(port)) as terminal:
        terminal.wait_for("共 1 篇文章")
        terminal.wait_for("问> ")
        terminal.type(QUESTION)
        terminal.wait_for("\x1b\\[1;[^m]*m[^\x1b]*投资")
        terminal.wait_for(f"http://127.0.0.1:{port}/article")
        response = httpx.get(
            f"http://127.0.0.1:{port}/",
            params={"q": QUESTION.strip()},
            trust_env=False,
            timeout=PATIENCE,
        )
        assert "2000万元" in response.text
        terminal.type("/quit\n")
        terminal.wait_for("再见")
        assert terminal.wait_for_end() == 0
    assert "Traceback" not in terminal.shown


def test_beside_a_terminal_the_index_follows_the_folder_and_the_prompt_stays(place: Path) -> None:
    with Terminal(place) as terminal:
        terminal.wait_for("问> ")
        (place / "seeds" / "坏.pdf").write_bytes(b"%PDF-1.7 no more than this")
        (place / "seeds" / "石桥.txt").write_text("河口县的石桥长八十米。", "utf-8")
        # Above a prompt at which nothing is typed it is shown at once, and the prompt again below.
        terminal.wait_for("索引已更新.*新增 1 篇[^\n]*\n")
        terminal.wait_for("(?s)跳过了 坏.pdf.*\n[^\n]*问> $")
        terminal.type("河口县的石桥有多长\n")
        terminal.wait_for("八十米")
        (place / "seeds" / "坏.pdf").unlink()
        terminal.type("/status\n")
        terminal.wait_for("正在使用")
        terminal.type("/quit\n")
        terminal.wait_for("再见")
        assert terminal.wait_for_end() == 0
        assert terminal.shown.count("跳过了 坏.pdf") == 1
        assert "Traceback" not in terminal.shown


def test_a_half_typed_line_is_not_torn_by_what_the_index_has_to_tell(place: Path) -> None:
    with Terminal(place) as terminal:
        terminal.wait_for("问> ")
        terminal.type("城西区投资")
        terminal.wait_for("城西区投资")
        current = place / "data" / "CURRENT"
        before = current.read_text()
        (place / "seeds" / "石桥.txt").write_text("河口县的石桥长八十米。", "utf-8")
        wait_until(lambda: current.read_text() != before)
        terminal.type("了多少\n")
        terminal.wait_for("索引已更新\uff1a新增 1 篇")
        assert "问> 城西区投资了多少" in terminal.shown
        assert terminal.shown.index("2000万") < terminal.shown.index("索引已更新\uff1a")


def test_without_bot_watch_a_terminal_leaves_the_index_alone_until_ctrl_d(place: Path) -> None:
    with Terminal(place, BOT_WATCH="false") as terminal:
        terminal.wait_for("问> ")
        (place / "seeds" / "石桥.txt").write_text("河口县的石桥长八十米。", "utf-8")
        terminal.type("/reindex\n")
        terminal.wait_for("未变 1 篇")
        terminal.wait_for("问> $")
        terminal.type("\x04")
        terminal.wait_for("再见")
        assert terminal.wait_for_end() == 0
        assert "索引已更新\uff1a" not in terminal.shown
        assert "Traceback" not in terminal.shown


def test_a_terminal_without_colour_and_utf_8_repeats_the_sentence_until_ctrl_c(place: Path) -> None:
    with Terminal(place, NO_COLOR="1", LC_ALL="C") as terminal:
        terminal.wait_for("问> ")
        terminal.type(QUESTION)
        terminal.wait_for("» ")
        terminal.wait_for_reading()
        terminal.process.send_signal(signal.SIGINT)
        terminal.wait_for("再见")
        assert terminal.wait_for_end() == 0
        assert "\x1b[1;33m" not in terminal.shown
        assert "Traceback" not in terminal.shown


async def test_whoever_sits_at_the_terminal_may_reindex_but_not_on_telegram() -> None:
    at_terminal = compose(BotSettings(), IndexSettings(), FakeLibrary(), FakeBuild()).admin_desk
    on_telegram = compose(
        BotSettings(token=SecretStr(TOKEN)),
        IndexSettings(),
        FakeLibrary(),
        FakeBuild(),
        database=Database(),
    ).admin_desk
    assert [step async for step in at_terminal.reindex(PERSON)]
    with pytest.raises(AdminsOnly):
        assert [step async for step in on_telegram.reindex(PERSON)]


def test_the_log_blots_out_the_token_and_its_secret_half_in_tracebacks_too() -> None:
    formatter = logs.RedactingFormatter(logs.secrets_of(TOKEN))
    secret = TOKEN.partition(":")[2]
    try:
        raise ValueError(f"bad address https://api/bot{TOKEN}/getMe {secret}")
    except ValueError:
        record = logging.LogRecord(
            "x", logging.ERROR, "f", 1, "call %s", (f"bot{TOKEN}",), sys.exc_info()
        )
    written = formatter.format(record)
    assert secret not in written
    assert "Traceback" in written
    assert written.count("[redacted]") == 3


def test_the_log_blots_out_passwords_within_addresses_and_by_themselves() -> None:
    address = "http://user:pass%40word@localhost:8081"
    formatter = logs.RedactingFormatter(logs.passwords_in(address, "https://api.telegram.org"))
    text = f"{address}/bot pass%40word pass@word http://other:hidden@example.com user@example.com"
    record = logging.LogRecord("x", logging.ERROR, "f", 1, text, (), None)
    written = formatter.format(record)
    assert written.endswith(
        ": http://localhost:8081/bot [redacted] [redacted] http://example.com user@example.com"
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"BOT_TOKEN": TOKEN, "BOT_API_URL": "http://user:pass-word@127.0.0.1:9"},
        {"BOT_TOKEN": TOKEN, "BOT_API_URL": "http://user:pass-word@127.0.0.1:9/bot"},
        {"BOT_TOKEN": TOKEN, "BOT_PROXY": "socks5://user:pass-word@127.0.0.1:9"},
        {"BOT_TOKEN": TOKEN, "BOT_PROXY": "ftp://user:pass-word@127.0.0.1:9"},
        {
            "INDEX_ENGINE": "opensearch",
            "INDEX_OPENSEARCH_URL": "https://user:pass-word@127.0.0.1:9",
        },
    ],
)
def test_a_password_within_an_address_is_never_shown(place: Path, settings: dict[str, Any]) -> None:
    if "BOT_API_URL" not in settings:
        settings = {"BOT_API_URL": "http://127.0.0.1:9", **settings}
    done = run(place, QUESTION, **settings)
    assert done.returncode
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert "pass-word" not in done.stdout + done.stderr


def test_an_empty_token_blots_nothing_out() -> None:
    record = logging.LogRecord("x", logging.ERROR, "f", 1, "call: it", (), None)
    assert "call: it" in logs.RedactingFormatter(logs.secrets_of("")).format(record)


def test_an_unforeseen_failure_at_the_start_is_logged_without_the_token(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    parts = compose(
        BotSettings(token=SecretStr(TOKEN)),
        IndexSettings(),
        FakeLibrary(),
        FakeBuild(),
        database=Database(),
    )

    async def fail(_: object) -> None:
        raise RuntimeError(f"https://api/bot{TOKEN}")

    monkeypatch.setattr(program, "_telegram", fail)
    with kept_logging():
        assert program.run_telegram(parts) == 1
    errors = capsys.readouterr().err
    assert "RuntimeError" in errors
    assert TOKEN not in errors
