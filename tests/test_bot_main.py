"""The whole program, as it is started."""

import asyncio
import codecs
import contextlib
import logging
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from desk_fakes import FakeBuild, FakeLibrary
from pydantic import SecretStr
from telegram_server import TelegramServer

from bot import __main__ as program
from bot import logs
from bot.__main__ import compose
from bot.console import PERSON
from bot.errors import AdminsOnly
from bot.settings import BotSettings
from bot.store import Database
from index import IndexSettings

ROOT = Path(__file__).parent.parent
TOKEN = "123456789:AAH-0123456789_secret"  # noqa: S105 - made up
ARTICLE = ROOT / "seeds" / "西宁创城.txt"
PATIENCE = 60.0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder to run in, with one article of the project and no settings."""
    (tmp_path / "seeds").mkdir()
    shutil.copy(ARTICLE, tmp_path / "seeds")
    return tmp_path


def environment(**settings: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("BOT_", "INDEX_", "NO_COLOR"))
    }
    path = os.pathsep.join(filter(None, [os.environ.get("PYTHONPATH", ""), str(ROOT)]))
    return {**kept, "PYTHONPATH": path, "TERM": "xterm-256color", **settings}


def run(place: Path, said: str | bytes = b"", **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the program with these lines on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "bot"],
        input=said.encode() if isinstance(said, str) else said,
        capture_output=True,
        cwd=place,
        env=environment(**settings),
        timeout=PATIENCE,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def test_a_piped_question_builds_the_index_and_is_answered_with_its_source(place: Path) -> None:
    done = run(place, "城西区投资了多少\n/more\n/source\n")
    assert done.returncode == 0, done.stderr
    for part in ("2000万元", "张海霞", "青海新闻网", "2017-11-27", "西宁创城.txt"):
        assert part in done.stdout
    assert "\x1b" not in done.stdout
    first = done.stdout.splitlines()[0]
    assert first in ARTICLE.read_text(encoding="utf-8")
    assert "还没有索引" in done.stderr
    assert "还没有索引" not in run(place, "城西区投资了多少\n").stderr


def test_bytes_that_are_no_utf_8_do_not_end_the_chat(place: Path) -> None:
    done = run(place, b"\xff\xfe\x80\n" + "城西区投资了多少\n".encode())
    assert done.returncode == 0, done.stderr
    assert "2000万元" in done.stdout


def test_without_articles_a_pipe_is_told_so_and_ends_in_failure(tmp_path: Path) -> None:
    (tmp_path / "seeds").mkdir()
    done = run(tmp_path, "城西区投资了多少\n")
    assert done.returncode == 1
    assert "索引还没有建好" in done.stdout
    assert "放进 seeds" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_misspelt_setting_is_told_at_the_start_and_stops_nothing(place: Path) -> None:
    (place / ".env").write_text(f"BOT_TOKN={TOKEN}\nINDEX_SEED=x\n", encoding="utf-8")
    done = run(place, "城西区投资了多少\n")
    assert done.returncode == 0, done.stderr
    for wrong, right in (("BOT_TOKN", "BOT_TOKEN"), ("INDEX_SEED", "INDEX_SEEDS")):
        [told] = [line for line in done.stderr.splitlines() if f"{wrong} " in line]
        assert right in told
    assert TOKEN not in done.stderr


def test_a_state_that_is_no_database_is_told_in_one_sentence(place: Path) -> None:
    (place / "data").mkdir()
    (place / "data" / "bot.sqlite3").write_text("no database, and longer than its header" * 99)
    done = run(place, BOT_TOKEN=TOKEN)
    assert done.returncode == 1
    assert "bot.sqlite3" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_that_is_read_no_further_ends_the_chat_quietly(place: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "bot"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=place,
        env=environment(),
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write("城西区投资了多少\n".encode() * 500)
    process.stdin.close()
    assert process.stdout.readline()
    process.stdout.close()
    told = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(PATIENCE) == 1
    assert "Traceback" not in told
    assert "BrokenPipeError" not in told


@pytest.mark.parametrize("line", ["BOT_ADMINS=alice", "INDEX_CONFIDENCE=high", "BOT_LOCALE=fr"])
def test_a_broken_env_file_is_told_by_the_name_of_the_setting(place: Path, line: str) -> None:
    (place / ".env").write_text(line)
    done = run(place)
    assert done.returncode == 2
    assert line.partition("=")[0] in done.stderr
    assert "Traceback" not in done.stderr


def test_an_env_file_that_is_no_text_is_told_to_be_none(place: Path) -> None:
    (place / ".env").write_bytes(b"BOT_ADMINS=\xff\xfe\n")
    done = run(place)
    assert done.returncode == 2
    assert "UTF-8" in done.stderr


def test_without_network_the_address_is_named_and_the_token_is_not(place: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    done = run(place, BOT_TOKEN=TOKEN, BOT_API_URL=address)
    assert done.returncode == 1
    assert f"连不上 {address}" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


async def test_a_wrong_token_is_told_in_one_sentence_without_it(place: Path) -> None:
    async with TelegramServer() as server:
        done = await asyncio.to_thread(run, place, BOT_TOKEN=TOKEN, BOT_API_URL=server.url)
    assert done.returncode == 1
    assert "@BotFather" in done.stderr
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
async def test_the_bot_answers_on_telegram_until_a_signal_and_ends_without_complaint(
    place: Path, end: signal.Signals
) -> None:

    async with TelegramServer() as server:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            cwd=place,
            env=environment(BOT_TOKEN=server.token, BOT_API_URL=server.url),
            stderr=asyncio.subprocess.PIPE,
        )
        reader = server.user(7, "读者")
        chat = server.private_chat(reader)
        await server.wait_until(lambda: server.calls_of("setMyCommands"), PATIENCE)
        # The first index is built in the background: until then people are told so.
        for _ in range(100):
            before = len(server.messages(chat))
            await reader.send("城西区投资了多少")
            await server.wait_until(lambda: len(server.messages(chat)) > before, PATIENCE)  # noqa: B023
            if "2000万元" in server.messages(chat)[-1]["text"]:
                break
            await asyncio.sleep(0.2)
        process.send_signal(end)
        _, log = await process.communicate()
    assert "2000万元" in server.messages(chat)[-1]["text"]
    assert process.returncode == 0
    assert server.violations == []
    assert "Traceback" not in log.decode()
    assert server.token not in log.decode()
    assert "城西区" not in log.decode()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def page_at(port: int) -> dict[str, str]:
    """The settings of a page on a port."""
    address = f"127.0.0.1:{port}"
    return {"BOT_WEB_LISTEN": address, "BOT_WEB_URL": f"http://{address}"}


async def test_the_page_is_served_while_the_bot_answers_on_telegram(place: Path) -> None:
    port = free_port()
    async with TelegramServer() as server:
        known = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url, **page_at(port)}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            cwd=place,
            env=environment(**known),
            stderr=asyncio.subprocess.PIPE,
        )
        await server.wait_until(lambda: server.calls_of("setMyCommands"), PATIENCE)
        async with httpx.AsyncClient(trust_env=False) as client:
            home = await client.get(f"http://127.0.0.1:{port}/")
        process.send_signal(signal.SIGTERM)
        _, log = await process.communicate()
    assert home.status_code == 200
    assert process.returncode == 0
    assert "Traceback" not in log.decode()


async def test_a_port_of_the_page_that_is_taken_is_told_in_one_sentence(place: Path) -> None:
    async with TelegramServer() as server:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            known = {"BOT_TOKEN": server.token, "BOT_API_URL": server.url}
            port = taken.getsockname()[1]
            done = await asyncio.to_thread(run, place, **known, **page_at(port))
        assert server.calls_of("getUpdates") == []
    assert done.returncode == 1
    assert f"127.0.0.1:{port}" in done.stderr
    assert "BOT_WEB_LISTEN" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_pipe_serves_no_page_and_links_to_none(place: Path) -> None:
    done = run(place, "城西区投资了多少\n", **page_at(free_port()))
    assert done.returncode == 0, done.stderr
    assert "2000万元" in done.stdout
    assert "http://" not in done.stdout


class Terminal:
    """The program at a terminal that a test types into."""

    def __init__(self, place: Path, **settings: str) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=place,
            env=environment(**settings),
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with contextlib.suppress(OSError):  # the other end is closed
            while read := os.read(self._ours, 4096):
                with self._changed:
                    self.shown += decoder.decode(read)
                    self._changed.notify_all()

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def wait_for(self, pattern: str) -> None:
        with self._changed:
            found = self._changed.wait_for(lambda: re.search(pattern, self.shown), PATIENCE)
        assert found, f"{pattern} in:\n{self.shown}"

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join(PATIENCE)
        os.close(self._ours)


@pytest.fixture
def terminal(place: Path) -> Iterator[Terminal]:
    opened = Terminal(place)
    yield opened
    opened.close()


def test_a_terminal_greets_answers_in_colour_and_says_goodbye(terminal: Terminal) -> None:
    terminal.wait_for("共 1 篇文章")
    terminal.wait_for("问> ")
    terminal.type("城西区投资了多少\n")
    terminal.wait_for("\x1b\\[1;[^m]*m[^\x1b]*投资")
    terminal.type("/quit\n")
    terminal.wait_for("再见")
    assert terminal.process.wait(PATIENCE) == 0


def test_the_page_is_served_beside_a_terminal_and_linked_there(place: Path) -> None:
    port = free_port()
    terminal = Terminal(place, **page_at(port))
    try:
        terminal.wait_for("问> ")
        terminal.type("城西区投资了多少\n")
        terminal.wait_for(f"http://127.0.0.1:{port}/article")
        found = httpx.get(
            f"http://127.0.0.1:{port}/", params={"q": "城西区投资了多少"}, trust_env=False
        )
        assert "2000万元" in found.text
        terminal.type("/quit\n")
        terminal.wait_for("再见")
        assert terminal.process.wait(PATIENCE) == 0
        assert "Traceback" not in terminal.shown
    finally:
        terminal.close()


def test_beside_a_terminal_the_index_follows_the_folder_and_the_prompt_stays(place: Path) -> None:
    terminal = Terminal(place)
    try:
        terminal.wait_for("问> ")
        (place / "seeds" / "坏.pdf").write_bytes(b"%PDF-1.7 no more than this")
        (place / "seeds" / "石桥.txt").write_text("河口县的石桥长八十米。", "utf-8")
        # Above a prompt at which nothing is typed it is shown at once, and the prompt again below.
        terminal.wait_for("索引已更新.*新增 1 篇[^\n]*\n")
        terminal.wait_for("跳过了 坏.pdf[^\n]*\n[^\n]*问> $")
        terminal.type("河口县的石桥有多长\n")
        terminal.wait_for("八十米")
        (place / "seeds" / "坏.pdf").unlink()
        terminal.type("/status\n")
        terminal.wait_for("正在使用")
        terminal.type("/quit\n")
        terminal.wait_for("再见")
        assert terminal.process.wait(PATIENCE) == 0
        assert terminal.shown.count("跳过了 坏.pdf") == 1
        assert "Traceback" not in terminal.shown
    finally:
        terminal.close()


def test_a_half_typed_line_is_not_torn_by_what_the_index_has_to_tell(place: Path) -> None:
    terminal = Terminal(place)
    try:
        terminal.wait_for("问> ")
        terminal.type("城西区投资")
        terminal.wait_for("城西区投资")
        current = place / "data" / "CURRENT"
        before = current.read_text()
        (place / "seeds" / "石桥.txt").write_text("河口县的石桥长八十米。", "utf-8")
        deadline = time.monotonic() + PATIENCE
        while current.read_text() == before and time.monotonic() < deadline:
            time.sleep(0.05)
        terminal.type("了多少\n")
        terminal.wait_for("索引已更新\uff1a新增 1 篇")
        assert "问> 城西区投资了多少" in terminal.shown
        assert terminal.shown.index("2000万") < terminal.shown.index("索引已更新\uff1a")
    finally:
        terminal.close()


def test_without_bot_watch_a_terminal_leaves_the_index_alone(place: Path) -> None:
    terminal = Terminal(place, BOT_WATCH="false")
    try:
        terminal.wait_for("问> ")
        (place / "seeds" / "石桥.txt").write_text("河口县的石桥长八十米。", "utf-8")
        terminal.type("/reindex\n")
        terminal.wait_for("未变 1 篇")
        terminal.type("/quit\n")
        terminal.wait_for("再见")
        assert "索引已更新\uff1a" not in terminal.shown
    finally:
        terminal.close()


@pytest.mark.parametrize("key", ["\x03", "\x04"])
def test_ctrl_c_and_ctrl_d_at_the_prompt_say_goodbye(place: Path, key: str) -> None:
    terminal = Terminal(place)
    try:
        terminal.wait_for("问> ")
        if key == "\x03":
            # Between its prompt and its wait, Python's `input` does not notice a signal.
            time.sleep(0.3)
            terminal.process.send_signal(signal.SIGINT)
        else:
            terminal.type(key)
        terminal.wait_for("再见")
        assert terminal.process.wait(PATIENCE) == 0
        assert "Traceback" not in terminal.shown
    finally:
        terminal.close()


def test_a_terminal_without_colour_repeats_the_sentence(place: Path) -> None:
    terminal = Terminal(place, NO_COLOR="1")
    try:
        terminal.wait_for("问> ")
        terminal.type("城西区投资了多少\n/quit\n")
        terminal.wait_for("再见")
        assert "» " in terminal.shown
        assert "\x1b[1;33m" not in terminal.shown
    finally:
        terminal.close()


async def test_whoever_sits_at_the_terminal_may_reindex_but_not_on_telegram() -> None:
    at_terminal = compose(BotSettings(), IndexSettings(), FakeLibrary(), FakeBuild()).office
    on_telegram = compose(
        BotSettings(token=SecretStr(TOKEN)),
        IndexSettings(),
        FakeLibrary(),
        FakeBuild(),
        database=Database(),
    ).office
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

    root = logging.getLogger()
    before = root.handlers[:], root.level
    monkeypatch.setattr(program, "_telegram", fail)
    assert program.run_telegram(parts) == 1
    root.handlers[:], root.level = before
    told = capsys.readouterr().err
    assert "RuntimeError" in told
    assert TOKEN not in told
