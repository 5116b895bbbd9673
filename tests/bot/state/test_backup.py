"""A backup holds what cannot be made anew, and is restored whole or not at all."""

import asyncio
import io
import itertools
import json
import os
import sqlite3
import stat
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from bot_api_emulator.server import Chat, TelegramServer
from bot_program import end, running_program
from commands import run_bot, run_index
from desk_fakes import a_citation
from processes import PATIENCE, run_python, started
from running_bot import ADMIN_ID
from small_libraries import finish, settings_in, write_seeds

from bot.errors import BackupError, BackupFault
from bot.settings import BotSettings
from bot.state.backup import MANIFEST, back_up
from bot.state.database import STATE, Database
from bot.state.exchanges import Exchanges
from bot.state.restore import RESTORED_SETTINGS, restore
from bot.state.seats import Seats
from bot.state.update_inbox import Inbox
from bot.visitors import Visitor
from index import Answer, IndexSettings, Turn, build, open_library

READER = Visitor(2, 2)
ARTICLE = "测试镇的路\n来源：测试报\n\n测试镇去年投资三百万元修路，新修了五条路。\n"
QUESTION = "测试镇投资了多少"
TOKEN = "123456789:AAH-0123456789_secret"  # noqa: S105 - made up

Hostile = Callable[[tarfile.TarFile], None]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of a bot with articles, word lists, an index and state."""
    folder = tmp_path / "旧 服务器"
    (folder / "seeds" / "inbox").mkdir(parents=True)
    (folder / "seeds" / "路.txt").write_text(ARTICLE, "utf-8")
    (folder / "seeds" / "inbox" / "树.md").write_text("# 树\n\n测试镇种了九百棵树。\n", "utf-8")
    (folder / "data").mkdir()
    (folder / "data" / "words.txt").write_text("测试镇 ns\n", "utf-8")
    (folder / "data" / "synonyms.txt").write_text("花费 = 投资\n", "utf-8")
    return folder


def answers_in(folder: Path) -> bytes:
    asked = run_index("ask", QUESTION, "--json", folder=folder)
    assert asked.returncode == 0, asked.stderr
    return asked.stdout


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith((".lock", "-shm", "-wal"))
    }


def names_in(archive: Path) -> set[str]:
    with tarfile.open(archive) as opened:
        return set(opened.getnames())


def test_a_backup_on_another_machine_gives_the_same_answers(place: Path, tmp_path: Path) -> None:
    assert run_index("build", folder=place).returncode == 0
    database = Database(place / "data" / STATE)  # stays open: the bot runs
    turn = Turn("问", "问", Answer("问", (a_citation(),), 0.9))
    kept = Exchanges(database).add(READER, turn, 0.1)
    Inbox(database).receive(1, "answered by now")
    made = run_bot("backup", "备份.tar.gz", folder=place)
    assert (made.returncode, made.stderr) == (0, b"")
    assert "2 个文章文件" in made.stdout.decode()

    new = tmp_path / "new"
    new.mkdir()
    restored = run_bot("restore", str(place / "备份.tar.gz"), folder=new)
    assert (restored.returncode, restored.stderr) == (0, b"")
    assert run_bot(folder=new, typed=f"{QUESTION}\n".encode()).returncode == 0  # builds the index
    assert answers_in(new) == answers_in(place)
    assert run_index("verify", folder=new).returncode == 0
    with closing(sqlite3.connect(new / "data" / STATE)) as state:
        assert state.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert Exchanges(Database(new / "data" / STATE)).get(kept.id) == kept
    assert Inbox(Database(new / "data" / STATE)).pending() == []
    for name in ("words.txt", "synonyms.txt"):
        assert (new / "data" / name).read_bytes() == (place / "data" / name).read_bytes()
    assert files_below(new / "seeds") == files_below(place / "seeds")


def test_a_backup_holds_every_database_but_those_of_the_index(place: Path) -> None:
    assert run_index("build", folder=place).returncode == 0
    Database(place / "data" / STATE).close()
    for name in ("withdrawn.db", "another.db"):
        with closing(sqlite3.connect(place / "data" / name)) as database:
            database.execute("CREATE TABLE a (b)")
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    assert {name for name in names_in(place / "b.tar.gz") if name.startswith("state/")} == {
        "state/another.db",
        f"state/{STATE}",
        "state/withdrawn.db",
    }


def test_a_backup_holds_only_those_articles_that_a_build_sees(place: Path) -> None:
    seeds = place / "seeds"
    (seeds / ".hidden").mkdir()
    for name in (".being-written.txt", ".hidden/a.txt", "inbox/.being-written.md"):
        (seeds / name).write_text(ARTICLE, "utf-8")
    os.mknod(seeds / "socket.txt", stat.S_IFSOCK | 0o600)
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    assert {name for name in names_in(place / "b.tar.gz") if name.startswith("articles/")} == {
        "articles/inbox/树.md",
        "articles/路.txt",
    }


def test_what_was_forgotten_or_received_is_not_in_a_backup(place: Path) -> None:
    database = Database(place / "data" / STATE)
    turn = Turn("我的秘密" * 99, "我的秘密", Answer("问", (a_citation(),), 0.9))
    for _ in range(50):
        Exchanges(database).add(READER, turn, 0.1)
    Inbox(database).receive(1, "我的来信")
    Exchanges(database).forget(READER.person)
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    with tarfile.open(place / "b.tar.gz") as archive:
        opened = archive.extractfile(f"state/{STATE}")
        assert opened
        content = opened.read()
    assert "我的秘密".encode() not in content
    assert "我的来信".encode() not in content


def test_articles_that_only_repeat_themselves_are_restored(place: Path) -> None:
    (place / "seeds" / "哈.txt").write_text("哈" * 3_000_000, "utf-8")
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    new = place / "new"
    new.mkdir()
    restore(settings_in(new), place / "b.tar.gz")
    assert (new / "seeds" / "哈.txt").stat().st_size == 9_000_000


def test_a_backup_holds_no_secret_of_the_settings(place: Path) -> None:
    secrets: dict[str, Any] = {
        "BOT_TOKEN": TOKEN,
        "BOT_WEBHOOK_SECRET": "hush-hush",
        "BOT_API_URL": "http://user:pass-word@localhost:8081",
        "BOT_PROXY": "http://user:pass-word@localhost:3128",
        "INDEX_OPENSEARCH_PASSWORD": "hush-hush",
        "INDEX_OPENSEARCH_URL": "https://user:pass-word@node:9200",
    }
    made = run_bot("backup", "b.tar.gz", folder=place, BOT_ADMINS="1,2", **secrets)
    assert made.returncode == 0, made.stderr
    with tarfile.open(place / "b.tar.gz") as archive:
        opened = archive.extractfile("settings.env")
        assert opened
        written = opened.read().decode()
    assert "BOT_ADMINS=1,2\n" in written
    assert "BOT_API_URL=http://localhost:8081\n" in written
    assert not any(part in written for part in (TOKEN, "hush", "pass-word", "user:"))
    assert (place / "b.tar.gz").stat().st_mode & 0o077 == 0


def test_a_backup_that_fails_leaves_the_one_before_and_nothing_else(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    before = files_below(place)
    monkeypatch.setattr("bot.state.backup.flush", full)
    with pytest.raises(BackupError, match="No space") as raised:
        back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    assert raised.value.fault is BackupFault.NOT_WRITTEN
    assert files_below(place) == before


def stopped_backup(target: Path) -> str:
    """Returns a program that stops in the middle of a backup, with the state copied."""
    return f"""
import sys
from pathlib import Path
from bot.settings import BotSettings
from bot.state import backup
from small_libraries import settings_in

def stop(_):
    print("here", flush=True)
    sys.stdin.buffer.read()

backup.require_sound = stop
target = Path({str(target)!r})
backup.back_up(BotSettings(), settings_in(target.parent), target)
"""


def test_the_next_backup_removes_what_a_killed_one_left_but_not_what_a_running_one_writes(
    place: Path,
) -> None:
    def unfinished() -> set[str]:
        return {path.name for path in place.iterdir() if path.name.endswith(".tmp")}

    Database(place / "data" / STATE).close()
    target = place / "b.tar.gz"
    supported = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with started("-c", stopped_backup(target), folder=place, settings=supported) as killed:
        assert killed.stdout
        assert killed.stdout.readline() == b"here\n"
        killed.kill()
        killed.wait(PATIENCE)
    abandoned = unfinished()
    assert abandoned
    with started("-c", stopped_backup(target), folder=place, settings=supported) as running:
        assert running.stdout
        assert running.stdout.readline() == b"here\n"
        kept = unfinished()
        assert kept
        assert not kept & abandoned
        back_up(BotSettings(), settings_in(place), target)
        assert unfinished() == kept
        running.kill()
        running.wait(PATIENCE)
    back_up(BotSettings(), settings_in(place), place / "b.tar")
    assert unfinished() == kept, "another target has its own"
    back_up(BotSettings(), settings_in(place), target)
    assert not unfinished()


def test_what_does_not_read_back_is_no_backup(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(path: Path) -> None:
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-200])

    monkeypatch.setattr("bot.state.backup.flush", cut)
    with pytest.raises(BackupError):
        back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    assert not (place / "b.tar.gz").exists()


def test_what_is_there_is_replaced_only_where_that_is_asked_for(place: Path) -> None:
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    (place / "seeds" / "新.txt").write_text("新的", "utf-8")
    (place / "seeds" / "路.txt").write_text("改了", "utf-8")
    before = files_below(place)
    refused = run_bot("restore", "b.tar.gz", folder=place)
    assert refused.returncode == 1
    assert "--force" in refused.stderr.decode()
    assert files_below(place) == before
    assert run_bot("restore", "b.tar.gz", "--force", folder=place).returncode == 0
    assert (place / "seeds" / "路.txt").read_text("utf-8") == ARTICLE
    after = files_below(place)
    assert "seeds/新.txt" not in after
    assert {name for name in after if "/." in name} == set()


def test_after_a_restoration_the_former_index_and_its_state_are_gone(place: Path) -> None:
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    assert run_index("build", folder=place).returncode == 0
    Database(place / "data" / STATE).write("DELETE FROM inbox")
    restore(settings_in(place), place / "b.tar.gz", force=True)
    assert files_below(place / "data").keys() == {
        "LOCK",
        "words.txt",
        "synonyms.txt",
        RESTORED_SETTINGS,
    }


def test_nothing_is_restored_while_the_bot_runs(place: Path) -> None:
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    first, second = Seats(place / "data"), Seats(place / "data")
    first.leave()
    before = files_below(place)
    with pytest.raises(BackupError) as raised:
        restore(settings_in(place), place / "b.tar.gz", force=True)
    assert raised.value.fault is BackupFault.RUNNING
    assert files_below(place) == before
    second.leave()
    restore(settings_in(place), place / "b.tar.gz", force=True)


@pytest.mark.parametrize("number", range(0, 8))
def test_a_move_that_fails_leaves_everything_as_it_was(
    place: Path, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    Database(place / "data" / STATE).close()
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    (place / "seeds" / "路.txt").write_text("改了", "utf-8")
    before, rename, calls = files_below(place), Path.rename, 0

    def failing(source: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == number + 1:
            raise OSError(5, "Input/output error")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(BackupError) as raised:
        restore(settings_in(place), place / "b.tar.gz", force=True)
    assert raised.value.fault is BackupFault.NOT_RESTORED
    assert files_below(place) == before


def test_a_restoration_that_was_killed_is_completed_by_another(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(*_: object, **__: object) -> None:
        raise Killed

    Database(place / "data" / STATE).close()
    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    expected = files_below(place / "seeds")
    (place / "seeds" / "路.txt").write_text("改了", "utf-8")
    rename = Path.rename
    with monkeypatch.context() as patched:
        calls: list[Path] = []

        def rename_some(source: Path, target: Path) -> Path:
            calls.append(target)
            if len(calls) > 3:  # nothing is taken back, either
                raise Killed
            return rename(source, target)

        patched.setattr(Path, "rename", rename_some)
        patched.setattr("shutil.rmtree", killed)
        with pytest.raises(Killed):
            restore(settings_in(place), place / "b.tar.gz", force=True)
    assert any("replaced" in name for name in files_below(place))
    restore(settings_in(place), place / "b.tar.gz", force=True)
    assert files_below(place / "seeds") == expected
    assert not any(".wenchu-" in name for name in files_below(place))


def test_a_restoration_that_is_stopped_by_hand_leaves_everything_as_it_was(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(_: Path) -> None:
        raise KeyboardInterrupt

    back_up(BotSettings(), settings_in(place), place / "b.tar.gz")
    (place / "seeds" / "路.txt").write_text("改了", "utf-8")
    before = files_below(place)
    monkeypatch.setattr("bot.state.restore.flush", stop)
    with pytest.raises(KeyboardInterrupt):
        restore(settings_in(place), place / "b.tar.gz", force=True)
    assert files_below(place) == before


def an_entry(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> Hostile:
    def add(archive: tarfile.TarFile) -> None:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, link
        archive.addfile(entry)

    return add


class Zeros(io.RawIOBase):
    """Zeros without end."""

    def read(self, size: int = -1) -> bytes:
        return bytes(size)


def a_bomb(archive: tarfile.TarFile) -> None:
    entry = tarfile.TarInfo("articles/bomb.txt")
    entry.size = 400_000_000
    archive.addfile(entry, Zeros())


def a_name_without_end(archive: tarfile.TarFile) -> None:
    archive.addfile(tarfile.TarInfo("articles/" + "a" * 20_000_000))


def a_hole(archive: tarfile.TarFile) -> None:
    """Adds a file of nearly nothing that unpacks to a terabyte, without reading any of it."""
    entry = tarfile.TarInfo("articles/hole.txt")
    entry.size = tarfile.BLOCKSIZE
    entry.pax_headers = {
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": entry.name,
        "GNU.sparse.realsize": str(10**12),
    }
    archive.addfile(entry, io.BytesIO(b"0\n".ljust(tarfile.BLOCKSIZE, b"\0")))


HOSTILE: dict[str, Hostile] = {
    "absolute": an_entry("/tmp/evil.txt"),  # noqa: S108 - never written
    "parent": an_entry("articles/../../evil.txt"),
    "hidden": an_entry("articles/.evil.txt"),
    "backslash": an_entry("articles\\..\\evil.txt"),
    "drive": an_entry("articles/C:evil.txt"),
    "elsewhere": an_entry("evil.txt"),
    "deep state": an_entry("state/generations/evil.db"),
    "symlink": an_entry("articles/link", tarfile.SYMTYPE, "/etc/passwd"),
    "hard link": an_entry("articles/link", tarfile.LNKTYPE, "manifest.json"),
    "device": an_entry("articles/device", tarfile.CHRTYPE),
    "pipe": an_entry("articles/pipe", tarfile.FIFOTYPE),
    "folder": an_entry("articles/folder", tarfile.DIRTYPE),
    "sparse": an_entry("articles/sparse", tarfile.GNUTYPE_SPARSE),
    "hole": a_hole,
    "bomb": a_bomb,
    "long name": a_name_without_end,
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_archive_is_refused_and_leaves_nothing(
    tmp_path: Path, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.state.restore._ALWAYS_ALLOWED", 50_000_000)
    archive = tmp_path / "hostile.tar.gz"
    with tarfile.open(archive, "w:gz") as opened:
        hostile(opened)
    folder = tmp_path / "place"
    folder.mkdir()
    with pytest.raises(BackupError) as raised:
        restore(settings_in(folder), archive, force=True)
    assert raised.value.fault is BackupFault.UNSAFE
    assert files_below(tmp_path).keys() == {"hostile.tar.gz"}


def archive_of(path: Path, files: dict[str, bytes], manifest: bytes | None = None) -> Path:
    """Writes an archive with a fitting manifest, unless another one is given."""
    sums = {
        name: {"size": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in files.items()
    }
    written = json.dumps({"format": 1, "files": sums}).encode()
    with tarfile.open(path, "w:gz") as archive:
        for name, content in [*files.items(), (MANIFEST, manifest or written)]:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def damaged_archives(folder: Path) -> Iterator[Path]:
    settings = {"settings.env": b""}
    article = settings | {"articles/a.txt": b"a"}
    whole = archive_of(folder / "whole", article)
    cut = folder / "cut"
    cut.write_bytes(whole.read_bytes()[:-30])
    text = folder / "text"
    text.write_text("no archive")
    yield from (cut, text, folder / "missing")
    yield archive_of(folder / "state", settings | {"state/CURRENT": b"no database"})
    yield archive_of(
        folder / "database", settings | {"state/a.db": b"SQLite format 3\0" + b"x" * 5000}
    )
    for number, manifest in enumerate(
        (
            b"{}",
            b"[]",
            b"no JSON",
            b"[" * 99_999,
            b'{"format": 2, "files": {}}',
            b'{"format": 1, "files": {}}',
            b'{"format": 1, "files": [1]}',
            b'{"format": 1, "files": {"settings.env": 1, "articles/a.txt": []}}',
            json.dumps(
                {"format": 1, "files": {name: {"size": 1, "sha256": "0"} for name in article}}
            ).encode(),
        )
    ):
        yield archive_of(folder / f"manifest{number}", article, manifest)


def test_a_damaged_archive_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    archives.mkdir()
    place = tmp_path / "place"
    place.mkdir()
    for archive in damaged_archives(archives):
        with pytest.raises(BackupError) as raised:
            restore(settings_in(place), archive)
        assert raised.value.fault is BackupFault.NOT_READ, archive
    assert files_below(place) == {}
    restore(settings_in(place), archives / "whole")
    assert (place / "seeds" / "a.txt").read_bytes() == b"a"


PLACES = [
    f"{first}{second}镇" for first in "青白红黄黑金银铜铁石" for second in "河山桥林湖田沟岭滩泉"
]
"""A hundred towns; each has a bridge and a school, of which two hundred questions are asked."""


def towns() -> dict[str, str]:
    return {
        f"{place}.txt": f"{place}见闻\n\n{place}的拱桥长{number + 86}米，建于清朝。\n\n"
        f"{place}的小学有{number + 230}名学生，去年扩建了操场。\n"
        for number, place in enumerate(PLACES)
    }


def asked_in_all_towns(settings: IndexSettings) -> dict[str, str]:
    """Returns the sentences that answer two hundred questions."""
    library, answers = open_library(settings), {}
    for place in PLACES:
        for question in (f"{place}的拱桥有多长", f"{place}的小学有多少学生"):
            result = library.ask(question)
            assert isinstance(result, Answer), question
            citation = result.citations[0]
            answers[question] = citation.sentence.of(citation.passage.text)
    return answers


@pytest.mark.slow
async def test_backups_under_load_give_the_same_answers_elsewhere(tmp_path: Path) -> None:
    """While questions are asked, an article is added and the index is built anew."""
    folder = tmp_path / "旧 服务器"
    settings = write_seeds(folder, towns())
    finish(build(settings))
    least_kept: list[int] = []
    limits = {"BOT_QUESTIONS_PER_MINUTE": "100000"}
    async with TelegramServer() as server, running_program(server, folder, **limits) as program:
        readers = [server.private_chat(server.user(number, "读者")) for number in (9, 10)]
        desk = server.private_chat(server.user(ADMIN_ID, "馆长"))
        stop = asyncio.Event()

        async def one_more_in(chat: Chat, count: int) -> None:
            await server.wait_until(lambda: len(server.messages(chat)) > count)

        async def ask(chat: Chat) -> None:
            for place in itertools.cycle(PLACES):
                if stop.is_set():
                    return
                await server.answer_to(await chat.send(f"{place}的拱桥有多长"))

        async def change() -> None:
            for number in itertools.count():
                if stop.is_set():
                    return
                content = f"第{number}座粮仓\n\n第{number}座粮仓存了{number + 700}吨粮。\n".encode()
                count = len(server.messages(desk))
                await desk.send_content(server.document(f"粮仓{number}.txt", content))
                await one_more_in(desk, count)
                count = len(server.messages(desk))
                await desk.send("/reindex")
                await one_more_in(desk, count)

        async with asyncio.TaskGroup() as load:
            for task in (change(), *map(ask, readers)):
                load.create_task(task)
            for number in range(3):
                counts = [len(server.messages(chat)) for chat in readers]
                for chat, count in zip(readers, counts, strict=True):
                    await one_more_in(chat, count)
                # The last question of each may be kept a moment after its answer was sent.
                least_kept.append(sum(counts) - len(readers))
                made = await asyncio.to_thread(
                    run_python, "-m", "bot", "backup", f"{number}.tar.gz", folder=folder
                )
                assert (made.returncode, made.stderr) == (0, b"")
            stop.set()
        await end(program)
    finish(build(settings))
    expected = asked_in_all_towns(settings)
    for number, kept in enumerate(least_kept):
        new = settings_in(tmp_path / f"new{number}")
        restore(new, folder / f"{number}.tar.gz")
        finish(build(new))
        assert run_index("verify", folder=new.data.parent).returncode == 0
        with closing(sqlite3.connect(new.data / STATE)) as state:
            assert state.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            ((count,),) = state.execute("SELECT count(*) FROM exchange")
        assert count >= kept
        assert asked_in_all_towns(new) == expected
