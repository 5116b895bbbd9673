"""Which generation answers: a library follows the pointer and steps back from damage."""

import logging
import resource
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from small_libraries import (
    INVESTED,
    finish,
    flip,
    generations,
    run_python,
    sum_in,
    town_of,
    write_seeds,
)
from waiting import wait_until

from index import (
    Answer,
    BuildRunning,
    DamagedIndex,
    IndexSettings,
    Library,
    NoAnswer,
    NoEarlierGeneration,
    NoIndex,
    build,
    open_library,
    rollback,
)
from index.serving import CHECKING, Retry
from index.storage import manifest as manifest_module
from index.storage.disk_snapshot import DiskSnapshot
from index.storage.generations import building, current_generation

SUMS = ("一百万", "二百万", "三百万")
"""What the lamps cost by generations 1, 2 and 3."""


@pytest.fixture(scope="module")
def three_built(tmp_path_factory: pytest.TempPathFactory) -> IndexSettings:
    """Three generations; tests work on copies."""
    folder = tmp_path_factory.mktemp("three")
    for money in SUMS:
        finish(build(write_seeds(folder, town_of(money))))
    return write_seeds(folder, {})


@pytest.fixture
def three(three_built: IndexSettings, tmp_path: Path) -> IndexSettings:
    """Settings of a library with three generations that a test may harm."""
    shutil.copytree(three_built.data, tmp_path / "data")
    return three_built.model_copy(update={"data": tmp_path / "data"})


def place(settings: IndexSettings, number: int) -> Path:
    return settings.data / "generations" / f"{number:06}"


def point(settings: IndexSettings, name: str) -> None:
    """Makes a generation current, as another process would."""
    pointer = settings.data / "CURRENT.new"
    pointer.write_text(name)
    pointer.replace(settings.data / "CURRENT")


# A generation that is damaged


@pytest.mark.parametrize("file", ["library.db", "manifest.json", "manifest.xxh3"])
def test_the_newest_sound_generation_answers_and_the_log_says_so_once(
    three: IndexSettings, file: str, caplog: pytest.LogCaptureFixture
) -> None:
    flip(place(three, 3) / file)
    library = open_library(three)
    for _ in range(3):
        assert SUMS[1] in sum_in(library)
    status = library.status()
    assert status.generation == "000002"
    assert len(status.faults) == 2
    assert list(status.faults) == [record.getMessage() for record in caplog.records]
    assert {(log_record.name, log_record.levelno) for log_record in caplog.records} == {
        ("index", logging.WARNING)
    }


def test_a_library_without_faults_tells_none_and_logs_nothing(
    three: IndexSettings, caplog: pytest.LogCaptureFixture
) -> None:
    library = open_library(three)
    assert SUMS[2] in sum_in(library)
    assert library.status().faults == ()
    assert caplog.records == []


def test_a_database_that_is_altered_while_it_serves_is_left_for_a_sound_one(
    three: IndexSettings,
) -> None:
    """The question that came upon it is answered, from the other generation."""
    library = open_library(three)
    assert library.status().generation == "000003"
    database = place(three, 3) / "library.db"
    with database.open("r+b") as file:
        file.write(bytes(database.stat().st_size))
    assert SUMS[1] in sum_in(library)
    assert library.status().generation == "000002"
    assert library.status().faults[-1] == "Generation 000002 answers instead."
    assert not library.refresh(), "the damaged one stays condemned"
    assert SUMS[1] in sum_in(library)


def test_whatever_file_is_overwritten_while_it_serves_questions_are_answered(
    three: IndexSettings,
) -> None:
    folder = place(three, 3)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        library = open_library(three)
        assert library.status().generation == "000003"
        content = path.read_bytes()
        with path.open("r+b") as file:
            file.write(b"\xff" * len(content))
        assert isinstance(library.ask(INVESTED), Answer | NoAnswer), path.name
        with path.open("r+b") as file:
            file.write(content)


def test_where_no_other_is_sound_an_altered_database_is_damage(three: IndexSettings) -> None:
    """Each time, until something sound is there again; the error names what is wrong."""
    for number in (1, 2):
        shutil.rmtree(place(three, number))
    library = open_library(three)
    assert library.status().generation == "000003"
    database = place(three, 3) / "library.db"
    with database.open("r+b") as file:
        file.write(bytes(database.stat().st_size))
    for _ in range(2):
        with pytest.raises(DamagedIndex, match=r"library\.db"):
            library.ask(INVESTED)
    finish(build(three))
    assert SUMS[2] in sum_in(library)
    assert library.status().faults == ()


@pytest.fixture
def little_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opening reads no checksum, as if every file were very large."""
    check = manifest_module.Manifest.check
    monkeypatch.setattr(
        manifest_module.Manifest, "check", lambda self, folder, _: check(self, folder, 0)
    )


@pytest.mark.usefixtures("little_checked")
def test_what_opening_leaves_unchecked_is_checked_in_the_background(three: IndexSettings) -> None:
    library = open_library(three)
    assert SUMS[2] in sum_in(library)
    wait_until(lambda: not checking())
    assert library.status().faults == ()
    # A bit that hardly any question comes upon: only the checksum tells.
    flip(place(three, 3) / "library.db")
    library = open_library(three)
    assert SUMS[2] in sum_in(library) or library.status().faults
    wait_until(lambda: library.status().generation == "000002")
    assert any("library.db" in fault for fault in library.status().faults)
    assert SUMS[1] in sum_in(library)


def checking() -> bool:
    """Whether a generation is being checked in the background."""
    return any(thread.name.startswith(CHECKING) for thread in threading.enumerate())


def test_an_error_that_is_no_damage_stays_what_it_is(three: IndexSettings) -> None:
    """A fault of the program must not pass for a fault of the disk."""
    library = open_library(three)
    assert SUMS[2] in sum_in(library)
    with pytest.raises(TypeError):
        library.ask(INVESTED, limit="three")  # type: ignore[arg-type]
    assert library.status().generation == "000003"


# A library that follows the pointer


def test_a_build_of_another_process_answers_the_next_question(three: IndexSettings) -> None:
    library = open_library(three)
    assert SUMS[2] in sum_in(library)
    seeds = write_seeds(three.data.parent, town_of("四百万")).seeds
    ended = run_python("-m", "index", "build", "--seeds", str(seeds), folder=three.data.parent)
    assert ended.returncode == 0, ended.stderr
    assert "四百万" in sum_in(library)


def test_a_new_generation_that_is_damaged_is_told_once_and_the_old_one_goes_on(
    three: IndexSettings, caplog: pytest.LogCaptureFixture
) -> None:
    point(three, "000001")
    library = open_library(three)
    assert SUMS[0] in sum_in(library)
    flip(place(three, 3) / "library.db")
    point(three, "000003")
    for _ in range(3):
        assert SUMS[0] in sum_in(library)
    assert [record.getMessage() for record in caplog.records] == list(library.status().faults)
    assert library.status().faults == (
        "Generation 000003: library.db is not what was written.",
        "Generation 000001 answers instead.",
    )
    assert not library.refresh()
    assert len(caplog.records) == 2
    point(three, "000002")
    assert SUMS[1] in sum_in(library)
    assert library.status().faults == ()


def test_a_generation_that_could_not_be_opened_for_a_moment_is_tried_again(
    three: IndexSettings,
) -> None:
    """Too many files were open: the pointer does not move once there are fewer."""
    point(three, "000001")
    library = open_library(three)
    assert SUMS[0] in sum_in(library)
    pointer = three.data / "CURRENT.new"
    pointer.write_text("000003")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
    try:
        pointer.replace(three.data / "CURRENT")
        first = sum_in(library)
        faults = library.status().faults
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert SUMS[0] in first
    assert "Too many open files" in faults[0]
    wait_until(lambda: SUMS[2] in sum_in(library))
    assert library.status().faults == ()


def test_what_goes_on_failing_is_tried_ever_more_seldom() -> None:
    """At first after a second, at last every five minutes; and soon again once it has succeeded."""
    now = 0.0
    retry = Retry(lambda: now)
    assert not retry.is_due
    for _ in range(2):
        pauses: list[float] = []
        for _ in range(12):
            retry.failed()
            began = now
            while not retry.is_due:
                now += 0.5
            pauses.append(now - began)
        assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
        retry.settled()
        now += 1_000
        assert not retry.is_due


def test_any_number_of_passages_is_read_at_once(three: IndexSettings) -> None:
    """The database takes so many marks in one question, and no more."""
    with closing(DiskSnapshot(place(three, 3))) as snapshot:
        snapshot._database.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
        wanted = [number % snapshot.manifest.passages for number in range(2_000)]
        assert [placed.passage.id for placed in snapshot.passages(wanted)] == wanted
        assert [normal.passage_id for normal in snapshot.normal_passages(wanted)] == wanted


def test_questions_go_on_while_one_of_them_opens_the_new_generation(
    three: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of the others waits for the one that opens it."""
    point(three, "000001")
    library = open_library(three)
    assert SUMS[0] in sum_in(library)
    opening, opened = threading.Event(), threading.Event()
    check = manifest_module.Manifest.check

    def slow(self: manifest_module.Manifest, folder: Path, limit: int) -> object:
        opening.set()
        assert opened.wait(60)
        return check(self, folder, limit)

    monkeypatch.setattr(manifest_module.Manifest, "check", slow)
    point(three, "000003")
    with ThreadPoolExecutor() as threads:
        slow_one = threads.submit(sum_in, library)
        assert opening.wait(60)
        for _ in range(20):
            assert SUMS[0] in sum_in(library)
        opened.set()
        assert SUMS[2] in slow_one.result()
    assert SUMS[2] in sum_in(library)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_pointer_that_moves_while_a_generation_opens_is_followed_by_the_next_question(
    three: IndexSettings, monkeypatch: pytest.MonkeyPatch, is_first: bool
) -> None:
    point(three, "000001")
    library = open_library(three)
    if not is_first:
        assert SUMS[0] in sum_in(library)
        point(three, "000002")
    check = manifest_module.Manifest.check

    def overtaken(self: manifest_module.Manifest, folder: Path, limit: int) -> object:
        point(three, "000003")
        return check(self, folder, limit)

    with monkeypatch.context() as patched:
        patched.setattr(manifest_module.Manifest, "check", overtaken)
        assert SUMS[0 if is_first else 1] in sum_in(library)
    assert SUMS[2] in sum_in(library)


def remove_pointer(settings: IndexSettings) -> None:
    (settings.data / "CURRENT").unlink()


def remove_generation(settings: IndexSettings) -> None:
    shutil.rmtree(current_generation(settings.data))


def remove_all(settings: IndexSettings) -> None:
    shutil.rmtree(settings.data)


def replace_by_a_file(settings: IndexSettings) -> None:
    remove_all(settings)
    settings.data.write_text("no folder")


@pytest.mark.parametrize(
    "remove", [remove_pointer, remove_generation, remove_all, replace_by_a_file]
)
def test_what_is_removed_while_it_serves_goes_on_answering(
    three: IndexSettings, remove: Callable[[IndexSettings], None]
) -> None:
    library = open_library(three)
    assert SUMS[2] in sum_in(library)
    remove(three)
    for _ in range(3):
        assert SUMS[2] in sum_in(library)
    assert library.article("lamps.txt") is not None
    assert not library.refresh()
    assert SUMS[2] in sum_in(library)
    faults = library.status().faults
    assert faults
    assert faults[-1] == "Generation 000003 answers instead."


def test_a_library_that_was_empty_answers_once_something_is_built(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, town_of("五百万"))
    library = open_library(settings)
    with pytest.raises(NoIndex):
        library.ask(INVESTED)
    finish(build(settings))
    assert "五百万" in sum_in(library)


# Going back


def answers_of(library: Library, settings: IndexSettings) -> tuple[str, str]:
    """Returns what a library that is open says, and what one says that is opened now."""
    return sum_in(library), sum_in(open_library(settings))


def test_rolling_back_twice_goes_back_twice_and_open_libraries_follow(
    three: IndexSettings,
) -> None:
    library = open_library(three)
    for number in (3, 2, 1):
        assert all(SUMS[number - 1] in answer for answer in answers_of(library, three))
        assert library.status().generation == f"{number:06}"
        assert library.status().faults == ()
        if number > 1:
            assert rollback(three) == f"{number - 1:06}"
    with pytest.raises(NoEarlierGeneration):
        rollback(three)
    assert SUMS[0] in sum_in(library)


def test_a_rollback_passes_over_what_is_damaged(three: IndexSettings) -> None:
    flip(place(three, 2) / "library.db")
    assert rollback(three) == "000001"
    flip(place(three, 1) / "library.db")
    with pytest.raises(NoEarlierGeneration):
        rollback(three)


@pytest.mark.parametrize("written", [b"", b"\xff", b"000099", None])
def test_a_rollback_mends_a_broken_pointer(three: IndexSettings, written: bytes | None) -> None:
    """It goes back from what serves in place of what the pointer does not name."""
    pointer = three.data / "CURRENT"
    pointer.unlink()
    if written is not None:
        pointer.write_bytes(written)
    assert rollback(three) == "000002"
    assert SUMS[1] in sum_in(open_library(three))
    assert open_library(three).status().faults == ()


def test_a_build_after_a_rollback_compares_with_what_is_live_and_numbers_go_on(
    three: IndexSettings,
) -> None:
    """What the seeds say now differs from generation 2 in one article."""
    rollback(three)
    report = finish(build(three))
    assert (report.generation, report.changed, report.unchanged) == ("000004", 1, 2)
    assert SUMS[2] in sum_in(open_library(three))
    assert finish(build(three)).generation == "000004"
    assert generations(three) == ["000001", "000002", "000004"]  # what was left is gone


def test_a_rollback_waits_for_no_build_and_disturbs_none(three: IndexSettings) -> None:
    with building(three.data), pytest.raises(BuildRunning):
        rollback(three)
    assert SUMS[2] in sum_in(open_library(three))


def test_where_nothing_is_built_there_is_nothing_to_go_back_to(tmp_path: Path) -> None:
    settings = IndexSettings(data=tmp_path / "none")
    with pytest.raises(NoIndex):
        rollback(settings)
    assert not settings.data.exists()


def test_a_snapshot_holds_its_generation_against_removal_in_this_process_too(
    three: IndexSettings,
) -> None:
    library = open_library(three)
    older = DiskSnapshot(place(three, 1))
    assert SUMS[2] in sum_in(library)
    for _ in range(3):
        finish(build(three, full=True))
    assert generations(three) == ["000001", "000003", "000004", "000005", "000006"]
    older.close()
    assert SUMS[2] in sum_in(library)
    finish(build(three, full=True))
    assert "000001" not in generations(three)
