"""The data folder: generations side by side, and what becomes of damaged ones."""

import errno
import os
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from typing import IO

import numpy as np
import portalocker
import psutil
import pytest
from numpy.typing import NDArray
from small_libraries import (
    INVESTED,
    TOWN,
    files_of,
    finish,
    flip,
    generations,
    names_in,
    write_checksums_again,
    write_seeds,
)
from xxhash import xxh3_128_hexdigest

from index import (
    Answer,
    BuildRunning,
    DamagedIndex,
    DiskFull,
    IndexSettings,
    NoIndex,
    WenChuError,
    build,
    open_library,
)
from index.storage.checksums import FileChecksum, altered_files, checksum_file, checksum_folder
from index.storage.disk import translating_disk_errors
from index.storage.disk_repository import DiskRepository
from index.storage.disk_snapshot import DiskSnapshot
from index.storage.generations import (
    PLACES,
    building,
    current_generation,
    folder_of,
    point_at,
    prune,
    publish,
)
from index.storage.locks import reading, unread
from index.storage.manifest import MANIFEST, read_manifest
from index.storage.repository import newest_sound


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> IndexSettings:
    """Settings of a library that has been built; tests work on copies."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "words.txt").write_text("马志远 nr\n", "utf-8")
    settings = write_seeds(folder, TOWN).model_copy(update={"user_dict": folder / "words.txt"})
    finish(build(settings))
    return settings


@pytest.fixture
def copied(sound: IndexSettings, tmp_path: Path) -> IndexSettings:
    """A library that a test may damage."""
    data = tmp_path / "data"
    shutil.copytree(sound.data, data)
    return sound.model_copy(update={"data": data})


def is_refused(settings: IndexSettings) -> bool:
    """Whether opening tells damage."""
    try:
        open_library(settings).status()
    except DamagedIndex:
        return True
    return False


def test_a_sound_generation_has_no_faults(sound: IndexSettings) -> None:
    library = open_library(sound)
    assert list(library.faults()) == []
    assert isinstance(library.ask(INVESTED), Answer)


def test_a_generation_is_made_of_these_files(sound: IndexSettings) -> None:
    """A new file has to be covered by the tests of damage below, which walk all there are."""
    names = {path.name for path in files_of(sound)}
    assert names >= {"manifest.json", "manifest.xxh3", "library.db"}


def _flipped(content: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1 << bit
    return bytes(changed)


def _damages(content: bytes, places: "list[int]", source: random.Random) -> Iterator[bytes]:
    yield b""
    yield content[:-1]
    yield content[: len(content) // 2]
    yield content + b"\n"
    for place in places:
        yield _flipped(content, place, source.randrange(8))


def _assert_each_is_refused(
    settings: IndexSettings, places: Callable[[int, random.Random], "list[int]"]
) -> None:
    source = random.Random(20171127)  # noqa: S311 - the same damage each time
    for path in files_of(settings):
        content = path.read_bytes()
        for damaged in _damages(content, places(len(content), source), source):
            path.write_bytes(damaged)
            assert is_refused(settings), path.name
        path.unlink()
        assert is_refused(settings), path.name
        path.write_bytes(content)
    assert not is_refused(settings)


def test_a_flipped_bit_or_a_cut_in_any_file_is_told_at_opening(copied: IndexSettings) -> None:
    _assert_each_is_refused(
        copied, lambda size, source: [source.randrange(size) for _ in range(40)] + [0, size - 1]
    )


@pytest.mark.slow
def test_a_flipped_bit_in_any_of_a_thousand_places_is_told(copied: IndexSettings) -> None:
    _assert_each_is_refused(
        copied, lambda size, source: source.sample(range(size), min(size, 1_000))
    )


def test_damage_in_what_is_checked_later_leaves_opening_alone(copied: IndexSettings) -> None:
    """What is larger than the bytes that opening may read is named, and checked on demand."""
    folder = current_generation(copied.data)
    largest = max(files_of(copied), key=lambda path: path.stat().st_size)
    name = largest.relative_to(folder).as_posix()
    flip(largest, largest.stat().st_size // 2)
    with pytest.raises(DamagedIndex, match=name):
        read_manifest(folder).check(folder)
    unchecked = read_manifest(folder).check(folder, largest.stat().st_size - 1)
    assert name in unchecked
    assert list(read_manifest(folder).check(folder, 0)) == sorted(read_manifest(folder).files)
    assert altered_files(folder, read_manifest(folder).files) == [f"{name} is not what was written"]


def test_passages_that_do_not_fit_their_article_are_faults(copied: IndexSettings) -> None:
    """Even where the files are what was written."""
    folder = current_generation(copied.data)
    database = sqlite3.connect(folder / "library.db")
    with database:
        database.execute("UPDATE passage SET end = end + 100000")
    database.close()
    write_checksums_again(folder)
    assert list(open_library(copied).faults())


def test_an_article_too_many_is_a_fault(copied: IndexSettings) -> None:
    folder = current_generation(copied.data)
    with closing(sqlite3.connect(folder / "library.db")) as database, database:
        database.execute("CREATE TEMP TABLE extra AS SELECT * FROM article LIMIT 1")
        database.execute("UPDATE extra SET number = 999, id = 'extra.txt'")
        database.execute("INSERT INTO article SELECT * FROM extra")
    write_checksums_again(folder)
    [fault] = open_library(copied).faults()
    assert f"in place of ({len(TOWN)}, " in fault


def test_an_engine_of_other_passages_is_refused(copied: IndexSettings, tmp_path: Path) -> None:
    other = write_seeds(tmp_path / "other", {"a.txt": "路灯换了。"})
    finish(build(other))
    folder = current_generation(copied.data)
    shutil.rmtree(folder / "engine")
    shutil.copytree(current_generation(other.data) / "engine", folder / "engine")
    write_checksums_again(folder)
    with pytest.raises(DamagedIndex, match="another number of passages"):
        open_library(copied).ask(INVESTED)


@pytest.mark.parametrize(
    "places",
    [np.zeros((len(TOWN), 2)), np.zeros((len(TOWN), 3), np.int64), np.zeros(2, np.int64), None],
    ids=["floats", "too wide", "no pairs", "no array"],
)
def test_places_that_are_none_are_damage(
    copied: IndexSettings, places: NDArray[np.generic] | None
) -> None:
    """Even where the file is what was written."""
    file = current_generation(copied.data) / PLACES
    if places is None:
        file.write_bytes(b"no array")
    else:
        np.save(file, places)
    write_checksums_again(file.parent)
    with pytest.raises(DamagedIndex, match=rf"{PLACES}: "):
        open_library(copied).ask(INVESTED)


def test_a_closed_generation_does_not_hold_its_database_open(copied: IndexSettings) -> None:
    database = current_generation(copied.data).resolve() / "library.db"

    def is_open() -> bool:
        return any(Path(file.path) == database for file in psutil.Process().open_files())

    snapshot = DiskSnapshot(database.parent)
    assert is_open()
    snapshot.close()
    assert not is_open()


def test_an_engine_that_names_a_passage_that_is_not_there_is_damage(sound: IndexSettings) -> None:
    with closing(DiskSnapshot(current_generation(sound.data))) as snapshot:
        for unknown in (-1, snapshot.manifest.passages):
            with pytest.raises(DamagedIndex, match="no such passage"):
                snapshot.passages([0, unknown])


def set_in_all_passages(settings: IndexSettings, column: str, value: str) -> None:
    """Writes a value into a column of all passages, first unnoticed and then as if it belonged."""
    folder = current_generation(settings.data)
    with closing(sqlite3.connect(folder / "library.db")) as database, database:
        database.execute(f"UPDATE passage SET {column} = {value}")  # noqa: S608 - our own
    assert is_refused(settings)
    write_checksums_again(folder)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("context", "x'00'"),
        *product(("normal", "outline"), ("x'00'", "7", "'[3, 1]'", "'{}'")),
    ],
)
def test_a_stored_passage_of_another_kind_is_damage(
    copied: IndexSettings, column: str, value: str
) -> None:
    set_in_all_passages(copied, column, value)
    with pytest.raises(DamagedIndex, match=r"library\.db"):
        open_library(copied).ask(INVESTED)


@pytest.mark.parametrize("value", ["7", "'[3, 1]'", "'{}'"])
def test_a_stored_passage_with_another_context_is_answered(
    copied: IndexSettings, value: str
) -> None:
    """Any text may be one."""
    set_in_all_passages(copied, "context", value)
    assert isinstance(open_library(copied).ask(INVESTED), Answer)


@pytest.mark.parametrize(
    "written", ["", "nothing", "../..", "000099", "\ud7ff", "\u00b2", "000001 000002"]
)
def test_a_pointer_to_no_generation_is_told_and_the_newest_answers(
    copied: IndexSettings, written: str
) -> None:
    (copied.data / "CURRENT").write_text(written, "utf-8")
    library = open_library(copied)
    assert isinstance(library.ask(INVESTED), Answer)
    assert [fault.split()[0] for fault in library.status().faults] == ["CURRENT", "Generation"]


def test_what_is_no_data_folder_is_no_index(tmp_path: Path) -> None:
    settings = IndexSettings(seeds=tmp_path, data=tmp_path / "none")
    library = open_library(settings)
    for call in (library.status, library.faults, library.refresh, lambda: library.ask("路灯")):
        with pytest.raises(NoIndex):
            call()


def test_a_data_folder_that_is_a_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(WenChuError):
        open_library(IndexSettings(data=tmp_path / "data")).ask("路灯")


def test_a_damaged_generation_is_replaced_by_the_next_build(copied: IndexSettings) -> None:
    (current_generation(copied.data) / MANIFEST).write_text("{}")
    report = finish(build(copied))
    assert report.generation == "000002"
    assert list(open_library(copied).faults()) == []


def test_a_build_compares_with_the_sound_generation_and_publishes_anew(
    copied: IndexSettings,
) -> None:
    """Nothing has changed since generation 1, and still it is not left at that."""
    finish(build(copied, full=True))
    flip(current_generation(copied.data) / "library.db")
    report = finish(build(copied))
    assert (report.generation, report.unchanged, report.added) == ("000003", len(TOWN), 0)
    assert open_library(copied).status().faults == ()
    (copied.data / "CURRENT").unlink()
    assert finish(build(copied)).generation == "000004"
    assert finish(build(copied)).generation == "000004"


# What reaches the disk, in which order


@pytest.fixture
def disk_events(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is flushed below the test's folder, and what is moved, as it happens."""
    events: list[str] = []
    fsync, rename, replace = os.fsync, os.rename, os.replace

    def path_of(status: os.stat_result) -> Path:
        [path] = (
            path
            for path in [tmp_path, *tmp_path.rglob("*")]
            if os.path.samestat(path.stat(), status)
        )
        return path

    def flushing(descriptor: int) -> None:
        path = path_of(os.fstat(descriptor))
        written = f" ({path.read_text('ascii')})" if path.is_file() else ""
        events.append(f"flush {path.relative_to(tmp_path).as_posix()}{written}")
        fsync(descriptor)

    def renaming(source: Path, target: Path) -> None:
        rename(source, target)
        events.append(f"move to {Path(target).relative_to(tmp_path).as_posix()}")

    def replacing(source: Path, target: Path) -> None:
        replace(source, target)
        events.append(f"move to {Path(target).relative_to(tmp_path).as_posix()}")

    monkeypatch.setattr(os, "fsync", flushing)
    monkeypatch.setattr(os, "rename", renaming)
    monkeypatch.setattr(os, "replace", replacing)
    return events


@pytest.mark.skipif(os.name == "nt", reason="Windows flushes no folders")
def test_a_generation_is_on_the_disk_before_the_pointer_names_it(
    tmp_path: Path, disk_events: list[str]
) -> None:
    """After a power cut the pointer names a whole generation, whenever that was."""
    data = tmp_path / "data"
    with building(data) as folder:
        name = f"data/generations/{folder.name}"
        (folder / "engine").mkdir()
        (folder / "library.db").write_text("articles", "ascii")
        (folder / "engine" / "postings").write_text("postings", "ascii")
        disk_events.clear()
        publish(data, folder)
    assert sorted(disk_events[:4]) == [
        f"flush {name}",
        f"flush {name}/engine",
        f"flush {name}/engine/postings (postings)",
        f"flush {name}/library.db (articles)",
    ]
    assert disk_events[4:] == [
        "flush data/CURRENT.new (000001)",
        "move to data/generations/000001",
        "flush data/generations",
        "move to data/CURRENT",
        "flush data",
    ]


@pytest.mark.skipif(os.name == "nt", reason="Windows flushes no folders")
def test_going_back_is_on_the_disk_once_it_is_done(tmp_path: Path, disk_events: list[str]) -> None:
    (tmp_path / "data").mkdir()
    point_at(tmp_path / "data", folder_of(tmp_path / "data", "000001"))
    assert disk_events == [
        "flush data/CURRENT.new (000001)",
        "move to data/CURRENT",
        "flush data",
    ]


# The newest sound generation


def newest_with_faults(settings: IndexSettings) -> tuple[str, int]:
    """Returns the newest sound generation, and how many faults were met on the way."""

    repository = DiskRepository(settings.data, "memory")
    sound = newest_sound(repository, lambda name: repository.open(name, whole=True))
    sound.opened.close()
    assert sound.is_current is (not sound.faults)
    return sound.name, len(sound.faults)


def test_the_newest_sound_generation_is_the_current_one_or_the_newest_of_the_others(
    copied: IndexSettings,
) -> None:
    for _ in range(2):
        finish(build(copied, full=True))
    pointer = copied.data / "CURRENT"
    assert newest_with_faults(copied) == ("000003", 0)
    pointer.write_text("000002")
    assert newest_with_faults(copied) == ("000002", 0)
    flip(copied.data / "generations" / "000002" / MANIFEST)
    assert newest_with_faults(copied) == ("000003", 2)
    pointer.write_text("000003")
    assert newest_with_faults(copied) == ("000003", 0)
    flip(copied.data / "generations" / "000003" / "library.db")
    assert newest_with_faults(copied) == ("000001", 3)
    pointer.unlink()
    pointer.mkdir()
    assert newest_with_faults(copied) == ("000001", 4)


def test_where_none_is_sound_all_that_is_wrong_is_told(copied: IndexSettings) -> None:
    finish(build(copied, full=True))
    for number in ("000001", "000002"):
        shutil.rmtree(copied.data / "generations" / number / "engine")
    with pytest.raises(DamagedIndex) as caught:
        newest_with_faults(copied)
    assert {fault[:18] for fault in caught.value.faults} == {
        "Generation 000001:",
        "Generation 000002:",
    }
    assert "and" in str(caught.value)
    assert len(str(caught.value)) < 600
    shutil.rmtree(copied.data / "generations")
    with pytest.raises(NoIndex):
        newest_with_faults(copied)


def test_a_generation_that_was_replaced_while_it_was_looked_for_is_no_fault(
    copied: IndexSettings,
) -> None:
    """CURRENT was read, and then two builds and their pruning came in between."""

    def opened(name: str) -> str:
        folder = copied.data / "generations" / name
        if name == "000001":
            finish(build(copied, full=True))
            shutil.rmtree(folder)
        if not folder.exists():
            raise DamagedIndex(folder, "it is missing")
        return name

    sound = newest_sound(DiskRepository(copied.data, "memory"), opened)
    assert (sound.opened, sound.faults) == ("000002", ())


# The steps of a build, one by one


def test_the_folder_of_a_build_is_empty_and_gone_afterwards(tmp_path: Path) -> None:
    with building(tmp_path) as folder:
        assert list(folder.iterdir()) == []
        (folder / "half").write_text("written")
    assert not folder.exists()


def test_the_folder_of_a_failed_build_is_gone_too(tmp_path: Path) -> None:
    folder = tmp_path

    def fail() -> None:
        nonlocal folder
        with building(tmp_path) as folder:
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        fail()
    assert not folder.exists()


def test_only_one_build_holds_the_data_folder(tmp_path: Path) -> None:
    with building(tmp_path), pytest.raises(BuildRunning), building(tmp_path):
        pass
    with building(tmp_path):
        pass


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "generations" / "unfinished-1"
    left.mkdir(parents=True)
    (left / "library.db").write_text("half")
    with building(tmp_path):
        assert not left.exists()


def test_publishing_names_the_next_generation_and_keeps_its_files(tmp_path: Path) -> None:
    for number in ("000001", "000002"):
        with building(tmp_path) as folder:
            (folder / "file").write_text(number)
            place = publish(tmp_path, folder)
        assert (place.name, (place / "file").read_text()) == (number, number)
        assert current_generation(tmp_path) == place
    assert names_in(tmp_path / "generations") == ["000001", "000002"]


def test_the_live_generation_and_two_older_ones_are_kept(tmp_path: Path) -> None:
    for number in range(999_997, 1_000_004):
        (tmp_path / "generations" / f"{number:06}").mkdir(parents=True)
    prune(tmp_path, tmp_path / "generations" / "1000002")
    assert names_in(tmp_path / "generations") == ["1000000", "1000001", "1000002", "1000003"]


def test_old_generations_go_when_new_ones_come(copied: IndexSettings) -> None:
    for _ in range(4):
        finish(build(copied, full=True))
    assert generations(copied) == ["000003", "000004", "000005"]


def test_a_generation_that_is_open_stays_until_it_is_closed(copied: IndexSettings) -> None:
    snapshot = DiskSnapshot(current_generation(copied.data))
    for _ in range(4):
        finish(build(copied, full=True))
    assert generations(copied) == ["000001", "000003", "000004", "000005"]
    assert list(snapshot.faults()) == []
    snapshot.close()
    finish(build(copied, full=True))
    assert generations(copied) == ["000004", "000005", "000006"]


def test_many_may_read_what_nobody_may_remove_then(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("read")
    with reading(file), reading(file), unread(file) as is_free:
        assert not is_free
    with unread(file) as is_free:
        assert is_free
        with pytest.raises(FileNotFoundError), reading(file):
            pass
    file.unlink()
    with unread(file) as is_free:
        assert is_free
    with pytest.raises(FileNotFoundError), reading(file):
        pass


def test_a_file_that_is_replaced_before_it_is_locked_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, other = tmp_path / "file", tmp_path / "other"
    file.write_text("removed")
    other.write_text("of the same name")
    lock = portalocker.lock

    def late(held: IO[bytes], flags: portalocker.LockFlags) -> None:
        other.replace(file)
        lock(held, flags)

    monkeypatch.setattr(portalocker, "lock", late)
    with pytest.raises(FileNotFoundError), reading(file):
        pass


def test_what_fails_for_want_of_space_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(DiskFull, match="The disk is full"), building(tmp_path) as folder:
        raise OSError(28, "No space left on device", str(folder))
    assert names_in(tmp_path / "generations") == []


@pytest.mark.parametrize(
    ("error", "free", "expected"),
    [
        (RuntimeError("what a library says"), 999_999, DiskFull),
        (RuntimeError("what a library says"), 1_000_000, RuntimeError),
        (sqlite3.OperationalError("database or disk is full"), 1_000_000, DiskFull),
        (sqlite3.OperationalError("disk I/O error"), 1_000_000, OSError),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), 1_000_000, DiskFull),
    ],
)
def test_the_free_space_decides_where_an_error_does_not_tell_that_the_disk_is_full(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    free: int,
    expected: type[Exception],
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(expected) as raised, translating_disk_errors(tmp_path):
        raise error
    assert raised.type is expected


# Seals


def test_the_manifest_can_be_checked_with_common_tools(sound: IndexSettings) -> None:
    """manifest.xxh3 is a line for `xxh128sum --check`, as are the manifest's own checksums."""
    folder = current_generation(sound.data)
    digest, name = (folder / "manifest.xxh3").read_text().split()
    checksums = checksum_folder(folder)
    assert checksums[name].xxh3 == digest
    files = read_manifest(folder).files
    assert files == {path: checksums[path] for path in checksums if not path.startswith("manifest")}


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_a_file_is_sealed_whole_whatever_its_size(tmp_path: Path, size: int) -> None:
    """XXH3 with 128 bits, as its reference gives it."""
    content = random.Random(size).randbytes(size)  # noqa: S311 - the same bytes each time
    (tmp_path / "file").write_bytes(content)
    assert checksum_file(tmp_path / "file") == FileChecksum(size, xxh3_128_hexdigest(content))
    assert xxh3_128_hexdigest(b"") == "99aa06d3014798d86001c324468d497f"


def test_a_build_gives_back_the_space_of_articles_that_are_gone(tmp_path: Path) -> None:
    towns = {f"{number}.txt": f"第{number}个镇修了路。\n" * 500 for number in range(40)}
    settings = write_seeds(tmp_path, TOWN | towns)
    finish(build(settings))
    before = (current_generation(settings.data) / "library.db").stat().st_size
    for name in towns:
        (settings.seeds / name).unlink()
    finish(build(settings))
    assert (current_generation(settings.data) / "library.db").stat().st_size < before / 4
