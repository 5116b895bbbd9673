"""Builds that read and cut only what has changed, and end where a full build would."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import ChainMap
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from small_libraries import (
    LAMPS,
    TOWN,
    counts,
    finish,
    plain_environment,
    settings_in,
    write_seeds,
)

from index import (
    Answer,
    BuildError,
    BuildReport,
    IndexSettings,
    NothingToIndex,
    build,
    open_library,
)
from index.analysis.reader import TextReader
from index.corpus import seed_files
from index.engines import Pack
from index.engines.bm25 import PostingsBM25
from index.indexing import worker, worker_pool
from index.indexing.index_article import index_articles
from index.model import Article
from index.storage.article_record import ArticleRecord
from index.storage.disk_snapshot import DiskSnapshot
from index.storage.generations import current_generation
from index.storage.snapshot import PlacedPassage

WITHOUT_PASSAGES = "2021-03-05 来源:河口日报"
TEXTS = st.sampled_from(
    [
        LAMPS,
        TOWN["library.txt"],
        TOWN["bridge.txt"],
        "小区换了三百盏路灯。\n\n\u3000\u3000路灯由县里出钱。",
        "# 城西区\n\n投资2000万元。\n\n# 城东区\n\n投资三百万元。",
        WITHOUT_PASSAGES,
        "\u2026\u2026",
        "",
    ]
)
NAMES = st.sampled_from(["a.txt", "b.txt", "c.md", "d.odd", "旧/a.txt", "旧/d.txt"])
ABOUT = st.sampled_from(["title: 路灯", "date: 2020-02-02\nsource: 河口日报", "[", ""])
FILES = st.dictionaries(NAMES, TEXTS, min_size=1)
COPIES = st.dictionaries(NAMES, st.just(LAMPS), min_size=2)
SIDECARS = st.dictionaries(NAMES.map("{}.yaml".format), ABOUT, max_size=2)
CHANGES = st.dictionaries(NAMES, TEXTS | st.none(), max_size=2)
"""None takes a file away."""
SIDECAR_CHANGES = st.dictionaries(NAMES.map("{}.yaml".format), ABOUT | st.none(), max_size=1)
MOST_ARTICLES = st.sampled_from([9, 9, 9, 1, 2, 3])
LARGEST_ARTICLE = st.sampled_from([999, 999, 999, 60])


@dataclass(frozen=True)
class Version:
    """A folder of articles at some time, and the limits that are set then."""

    files: dict[str, str]
    most_articles: int
    largest_article: int

    def build(self, settings: IndexSettings) -> BuildReport | None:
        """Puts the files in place of those before, and builds; None where there is no article.

        Files that stay the same are not touched.
        """
        for path in [path for path in settings.seeds.rglob("*") if path.is_file()]:
            name = path.relative_to(settings.seeds).as_posix()
            if self.files.get(name) != path.read_text("utf-8"):
                path.unlink()
        missing = [name for name in self.files if not (settings.seeds / name).exists()]
        write_seeds(settings.seeds.parent, {name: self.files[name] for name in missing})
        limits = {"most_articles": self.most_articles, "largest_article": self.largest_article}
        try:
            return finish(build(settings.model_copy(update=limits)))
        except NothingToIndex:
            return None


@st.composite
def histories(draw: st.DrawFn) -> list[Version]:
    """Returns versions of a folder, each made of the one before by a few changes."""
    files = draw(FILES | COPIES) | draw(SIDECARS)
    versions = [Version(files, draw(MOST_ARTICLES), draw(LARGEST_ARTICLE))]
    for _ in range(draw(st.integers(1, 4))):
        changes = draw(CHANGES) | draw(SIDECAR_CHANGES)
        files = {name: text for name, text in (files | changes).items() if text is not None}
        versions.append(Version(files, draw(MOST_ARTICLES), draw(LARGEST_ARTICLE)))
    return versions


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the articles that are cut in this process, as they are."""
    cut: list[str] = []

    def counted(articles: list[Article], reader: TextReader, pack: Pack) -> list[ArticleRecord]:
        cut.extend(article.id for article in articles)
        return index_articles(articles, reader, pack)

    monkeypatch.setattr(worker, "index_articles", counted)
    monkeypatch.setattr(worker_pool, "_BATCH_FILES", 1)
    return cut


def settle(settings: IndexSettings) -> None:
    """Lets a build see the files as they are once they are no longer new."""
    time.sleep(2.1)
    finish(build(settings))


def held(settings: IndexSettings) -> tuple[list[PlacedPassage], list[object], list[object]]:
    """Returns all that a library says of its passages and articles."""
    with closing(DiskSnapshot(current_generation(settings.data))) as snapshot:
        assert list(snapshot.faults()) == []
        ids = range(snapshot.manifest.passages)
        placed = snapshot.passages(ids)
        normal = [
            (passage.passage_id, passage.opening, passage.context, passage.text, passage.outline)
            for passage in snapshot.normal_passages(ids)
        ]
        return placed, list(normal), [snapshot.article(name) for name in sorted(snapshot.stored())]


def engine_of(settings: IndexSettings) -> PostingsBM25:
    with closing(DiskSnapshot(current_generation(settings.data))) as snapshot:
        assert isinstance(snapshot.engine, PostingsBM25)
        return snapshot.engine


def assert_equal_libraries(first: IndexSettings, second: IndexSettings) -> None:
    assert held(first) == held(second)
    actual, expected = engine_of(first).postings, engine_of(second).postings
    for field in fields(actual):
        if field.name not in ("profiles", "profile_ids", "best"):  # numbered in another order
            np.testing.assert_array_equal(
                getattr(actual, field.name), getattr(expected, field.name)
            )
    np.testing.assert_array_equal(
        actual.profiles[actual.profile_ids], expected.profiles[expected.profile_ids]
    )


LAMPS_AND_NONE = {"b.txt": LAMPS, "c.md": WITHOUT_PASSAGES}
"""The second has no passage; its row is that of the first passage which is added later."""
GROWING = (LAMPS_AND_NONE, {"a.txt": TOWN["library.txt"]}, {"旧/a.txt": TOWN["bridge.txt"]})


@given(versions=histories(), settled=st.booleans())
@example(
    versions=[
        Version(dict(ChainMap(*GROWING[:count])), most_articles=9, largest_article=999)
        for count in (1, 2, 3)
    ],
    settled=True,
)
def test_after_any_edits_the_index_is_what_a_full_build_makes_of_the_articles(
    tmp_path_factory: pytest.TempPathFactory, versions: list[Version], settled: bool
) -> None:
    """Passages have the same ids, citations the same places, scores the same bits, and the same
    files are left out for the same reasons: whatever is added, changed, renamed or removed,
    duplicates and what describes articles included, and whatever the limits are.

    Files that are as good as new are read by each build; the others need not be.
    """
    step_by_step = settings_in(tmp_path_factory.mktemp("steps"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seed_files, "_SETTLED_NS", -(10**18) if settled else 10**18)
        patch.setattr(os, "fsync", lambda _: None)  # nobody cuts the power
        reports = [version.build(step_by_step) for version in versions]
        again = versions[-1].build(step_by_step)
        at_once = settings_in(tmp_path_factory.mktemp("once"))
        report = versions[-1].build(at_once)
    if report is None:
        assert (reports[-1], again) == (None, None)
        return
    for other in (reports[-1], again):
        assert other
        assert (other.skipped, other.articles) == (report.skipped, report.articles)
    assert_equal_libraries(step_by_step, at_once)
    assert again
    assert reports[-1]
    assert again.generation == reports[-1].generation


# What is read, and what is cut


def test_only_what_has_changed_is_cut(built: IndexSettings, cuts: list[str]) -> None:
    (built.seeds / "lamps.txt").write_text(LAMPS.replace("三百万", "四百万"), "utf-8")
    (built.seeds / "new.txt").write_text("新开了一家书店。", "utf-8")
    assert counts(finish(build(built))) == (1, 1, 0, 2)
    assert cuts == ["lamps.txt", "new.txt"]


@pytest.mark.slow
def test_files_that_have_not_been_touched_are_not_read(
    built: IndexSettings, reads: list[str]
) -> None:
    settle(built)
    reads.clear()
    assert counts(finish(build(built))) == (0, 0, 0, 3)
    assert reads == []
    (built.seeds / "bridge.txt").write_text("石桥修好了。", "utf-8")
    finish(build(built))
    assert reads == ["bridge.txt"]


def test_a_file_that_was_written_a_moment_ago_is_read_again(
    built: IndexSettings, reads: list[str]
) -> None:
    """It may have changed since without another time or size."""
    for path in built.seeds.iterdir():
        os.utime(path, (time.time() + 3600,) * 2)  # whatever the machine takes, a moment ago
    for _ in range(2):
        reads.clear()
        finish(build(built))
        assert sorted(reads) == sorted(TOWN)


@pytest.mark.slow
def test_a_change_that_hides_behind_its_old_size_and_time_is_noticed(
    built: IndexSettings,
) -> None:
    settle(built)
    lamps = built.seeds / "lamps.txt"
    before = lamps.stat()
    lamps.write_text(LAMPS.replace("三百万", "四百万"), "utf-8")
    os.utime(lamps, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert lamps.stat().st_size == before.st_size
    assert lamps.stat().st_mtime_ns == before.st_mtime_ns
    assert counts(finish(build(built))) == (0, 1, 0, 2)


def test_a_file_that_was_only_touched_is_read_but_not_cut(
    built: IndexSettings, cuts: list[str]
) -> None:
    (built.seeds / "lamps.txt").touch()
    report = finish(build(built))
    assert (report.generation, counts(report)) == ("000001", (0, 0, 0, 3))
    assert cuts == []


def test_skipped_files_are_told_by_each_build(built: IndexSettings) -> None:
    (built.seeds / "empty.txt").touch()
    skipped_files = [finish(build(built)).skipped for _ in range(2)]
    assert skipped_files[0] == skipped_files[1]
    assert [skipped.path for skipped in skipped_files[1]] == ["empty.txt"]


@pytest.mark.slow
def test_another_limit_of_size_is_obeyed_for_files_that_are_known(built: IndexSettings) -> None:
    settle(built)
    report = finish(build(built.model_copy(update={"largest_file_mb": 0.0002})))
    assert [skipped.path for skipped in report.skipped] == ["lamps.txt", "library.txt"]
    assert counts(finish(build(built))) == (2, 0, 0, 1)


def test_another_dictionary_has_everything_cut_anew(built: IndexSettings, cuts: list[str]) -> None:
    words = built.data.parent / "words.txt"
    words.write_text("创城办\n", "utf-8")
    finish(build(built.model_copy(update={"user_dict": words})))
    assert sorted(cuts) == sorted(TOWN)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"x" * 200])
def test_what_was_seen_of_the_files_may_be_lost_or_broken(
    built: IndexSettings, content: bytes
) -> None:
    """It is a hint only, and is made anew."""
    (built.data / "file_cache.db").write_bytes(content)
    assert counts(finish(build(built))) == (0, 0, 0, 3)
    (built.seeds / "new.txt").write_text("新开了一家书店。", "utf-8")
    assert counts(finish(build(built))) == (1, 0, 0, 3)


def test_a_cache_that_cannot_even_be_opened_is_made_anew(
    built: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = built.data / "file_cache.db"
    connect = sqlite3.connect
    kept = cache.read_bytes()

    def refusing(place: str | Path, **options: Any) -> sqlite3.Connection:
        if place == cache and cache.exists() and cache.read_bytes() == kept:
            raise sqlite3.OperationalError("unable to open database file")
        opened: sqlite3.Connection = connect(place, **options)
        return opened

    monkeypatch.setattr(sqlite3, "connect", refusing)
    report = finish(build(built))
    assert report.unchanged == report.articles
    assert cache.read_bytes() != kept


def test_space_that_removed_articles_leave_is_given_back(built: IndexSettings) -> None:
    for number in range(40):
        (built.seeds / f"{number}.txt").write_text(f"{number}。{LAMPS}" * 20, "utf-8")
    finish(build(built))
    large = (current_generation(built.data) / "library.db").stat().st_size
    for number in range(40):
        (built.seeds / f"{number}.txt").unlink()
    finish(build(built))
    assert (current_generation(built.data) / "library.db").stat().st_size < large / 5
    with closing(sqlite3.connect(current_generation(built.data) / "library.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert isinstance(open_library(built).ask("河口县更换路灯投资多少"), Answer)


# What an unfinished build leaves


def many_files(folder: Path, count: int = 12) -> IndexSettings:
    return write_seeds(folder, {f"{n:04}.txt": f"{n}。{LAMPS}" for n in range(count)})


def stop_after(settings: IndexSettings, articles: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Begins a build, and closes it when so many articles are cut."""
    monkeypatch.setattr(build_module(), "_REPORT_EVERY_SECONDS", 0)
    with closing(build(settings)) as steps:
        for step in steps:
            if step.stage == "indexing" and step.done == articles:
                return


def build_module() -> object:
    return sys.modules[build.__module__]


def test_what_a_cancelled_build_has_cut_is_not_cut_again(
    tmp_path: Path, cuts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = many_files(tmp_path)
    stop_after(settings, 5, monkeypatch)
    assert len(cuts) == 5
    assert "更换路灯".encode() in (settings.data / "file_cache.db").read_bytes()
    (settings.seeds / "0002.txt").write_text("改了。", "utf-8")
    assert counts(finish(build(settings))) == (12, 0, 0, 0)
    assert sorted(cuts[5:]) == ["0002.txt", *(f"{n:04}.txt" for n in range(5, 12))]
    assert "更换路灯".encode() not in (settings.data / "file_cache.db").read_bytes()
    at_once = write_seeds(
        tmp_path / "once", {p.name: p.read_bytes() for p in settings.seeds.iterdir()}
    )
    finish(build(at_once))
    assert_equal_libraries(settings, at_once)


@pytest.mark.parametrize("left", [0, 3, 40, 500, -1, -40, -4_096, -10_000])
def test_articles_are_indexed_again_where_the_cache_was_cut_short(
    tmp_path: Path, cuts: list[str], monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    """As a power failure may leave the file; its last page may end with bytes of no meaning."""
    settings = many_files(tmp_path)
    stop_after(settings, 5, monkeypatch)
    cache = settings.data / "file_cache.db"
    cache.write_bytes(cache.read_bytes()[:left])
    finish(build(settings))
    assert len(cuts) > 12 or left in (-1, -40)
    assert set(cuts) == {f"{n:04}.txt" for n in range(12)}
    at_once = many_files(tmp_path / "once")
    finish(build(at_once))
    assert_equal_libraries(settings, at_once)
    assert list(open_library(settings).faults()) == []


def test_a_changed_byte_in_what_was_left_is_noticed(
    tmp_path: Path, cuts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = many_files(tmp_path)
    stop_after(settings, 5, monkeypatch)
    cache = settings.data / "file_cache.db"
    content = bytearray(cache.read_bytes())
    content[content.index("更换路灯".encode())] ^= 1
    cache.write_bytes(content)
    finish(build(settings))
    assert len(cuts) > 12
    assert list(open_library(settings).faults()) == []


def test_a_full_build_takes_nothing_from_before(
    tmp_path: Path, cuts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = many_files(tmp_path)
    stop_after(settings, 5, monkeypatch)
    finish(build(settings, full=True))
    finish(build(settings, full=True))
    assert len(cuts) == 5 + 12 + 12


# Processes that cut


@pytest.fixture
def in_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has processes cut, however little there is."""
    monkeypatch.setattr(worker_pool, "_WORTH_PROCESSES", 0)
    monkeypatch.setattr(worker_pool, "_BATCH_FILES", 2)


@pytest.mark.usefixtures("in_processes")
def test_processes_cut_as_this_one_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also files that are skipped, names that are not UTF-8, and a user's words."""
    files: dict[str, str | bytes] = {f"{n}.txt": f"{n}。{LAMPS}" for n in range(9)}
    files |= {"empty.txt": "", "binary.txt": b"\x00", "创城办.md": "创城办成立了。"}
    first, second = write_seeds(tmp_path / "one", files), write_seeds(tmp_path / "other", files)
    words = tmp_path / "words.txt"
    words.write_text("创城办\nLED灯 3 n\n", "utf-8")
    for library in (first, second):
        (library.seeds / os.fsdecode(b"\xff\xfe.txt")).write_text("石桥修好了。", "utf-8")
    reports = [finish(build(first.model_copy(update={"user_dict": words})))]
    monkeypatch.setattr(worker_pool, "_WORTH_PROCESSES", 10**9)
    reports.append(finish(build(second.model_copy(update={"user_dict": words}))))
    assert reports[0].skipped == reports[1].skipped
    assert counts(reports[0]) == counts(reports[1]) == (11, 0, 0, 0)
    assert_equal_libraries(first, second)


@pytest.mark.usefixtures("in_processes")
def test_a_build_that_is_closed_leaves_no_process(tmp_path: Path) -> None:
    with closing(build(many_files(tmp_path))) as steps:
        for step in steps:
            if step.stage == "indexing":
                break
    assert psutil.Process().children(recursive=True) == []


@pytest.mark.usefixtures("in_processes")
def test_a_process_that_ends_unexpectedly_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the system ends one that takes too much memory."""
    monkeypatch.setattr(worker_pool, "_START", "import os; os._exit(3)")
    settings = many_files(tmp_path)
    with pytest.raises(BuildError, match=r"ended unexpectedly, at 0000\.txt"):
        finish(build(settings))
    monkeypatch.undo()
    assert counts(finish(build(settings))) == (12, 0, 0, 0)


INDEXING = """
from index import IndexSettings, build
from index.indexing import worker_pool
worker_pool._WORTH_PROCESSES = 0
worker_pool._BATCH_FILES = 1
for step in build(IndexSettings()):
    print(step.stage, step.done, flush=True)
"""


@pytest.mark.slow
def test_a_killed_build_leaves_no_process(tmp_path: Path) -> None:
    settings = many_files(tmp_path, 3_000)
    with subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", INDEXING],
        cwd=tmp_path,
        env=plain_environment(),
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout
        while b"indexing" not in (line := process.stdout.readline()):
            assert line, "the build ended before it cut anything"
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(signal.SIGKILL)
        process.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []
    assert counts(finish(build(settings))) == (3_000, 0, 0, 0)
