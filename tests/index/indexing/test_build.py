"""From a folder of articles to a new live generation, or to none."""

import errno
import json
import os
import shutil
import subprocess
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from processes import standing_still, started
from small_libraries import (
    LAMPS,
    TOWN,
    counts,
    finish,
    generations,
    library_of,
    run_python,
    write_seeds,
)

from index import (
    Answer,
    BuildError,
    BuildRunning,
    FolderUnreadable,
    IndexSettings,
    NothingToIndex,
    SkipReason,
    Stage,
    build,
    open_library,
)

QUESTION = "河口县更换路灯投资多少"


def assert_still_answers(settings: IndexSettings, live: str = "000001") -> None:
    """Asserts that the generation that was live is live, sound, and alone."""
    library = open_library(settings)
    assert library.status().generation == live
    assert list(library.faults()) == []
    assert isinstance(library.ask(QUESTION), Answer)
    assert generations(settings) == [live]
    assert {path.name for path in settings.data.iterdir()} <= {
        "CURRENT", "LOCK", "generations", "file_cache.db", "file_cache.db-journal"
    }  # fmt: skip


def test_a_first_build_reports_what_it_took_in(tmp_path: Path) -> None:
    report = finish(build(write_seeds(tmp_path, TOWN)))
    assert (report.generation, report.articles, report.skipped) == ("000001", 3, ())
    assert counts(report) == (3, 0, 0, 0)
    assert report.passages == 3
    assert report.seconds > 0


def test_progress_goes_through_the_stages_in_order_and_reaches_their_ends(tmp_path: Path) -> None:
    steps = list(build(write_seeds(tmp_path, TOWN)))
    stages = list(dict.fromkeys(step.stage for step in steps))
    assert stages == [Stage.READING, Stage.INDEXING, Stage.WRITING]
    for stage in stages:
        of_stage = [step for step in steps if step.stage is stage]
        done = [step.done for step in of_stage]
        assert done == sorted(done)
        assert of_stage[-1].done == of_stage[-1].total


def test_unchanged_articles_keep_the_generation(built: IndexSettings) -> None:
    report = finish(build(built))
    assert report.generation == "000001"
    assert counts(report) == (0, 0, 0, 3)
    assert_still_answers(built)


def test_a_full_build_makes_a_new_generation_of_unchanged_articles(built: IndexSettings) -> None:
    report = finish(build(built, full=True))
    assert report.generation == "000002"
    assert counts(report) == (0, 0, 0, 3)


def test_added_changed_removed_and_unchanged_articles_are_counted(built: IndexSettings) -> None:
    (built.seeds / "new.txt").write_text("新开了一家书店。", "utf-8")
    (built.seeds / "lamps.txt").write_text(LAMPS.replace("三百万", "四百万"), "utf-8")
    (built.seeds / "bridge.txt").unlink()
    report = finish(build(built))
    assert report.generation == "000002"
    assert counts(report) == (1, 1, 1, 1)
    answer = open_library(built).ask(QUESTION)
    assert isinstance(answer, Answer)
    assert "四百万元" in answer.citations[0].passage.text


def test_a_renamed_file_is_one_removed_and_one_added(built: IndexSettings) -> None:
    (built.seeds / "lamps.txt").rename(built.seeds / "灯.txt")
    assert counts(finish(build(built))) == (1, 0, 1, 2)


def test_folders_below_the_seeds_are_read_and_hidden_files_are_not(tmp_path: Path) -> None:
    files = {"新闻/2021/a.txt": "路灯换了。", ".hidden.txt": "x", ".git/b.txt": "x", "~$c.txt": "x"}
    library = library_of(tmp_path, files)
    assert library.status().articles == 1
    assert library.article("新闻/2021/a.txt") is not None


# Files that are no articles


def test_each_file_that_is_no_article_is_named_with_its_reason(tmp_path: Path) -> None:
    settings = write_seeds(
        tmp_path,
        {
            "good.txt": LAMPS,
            "empty.txt": "",
            "blank.md": "\n \u3000\n",
            "binary.txt": b"\x00\x01\x02",
            "odd.txt": b"\xff\xff\xff",
            "large.txt": "无" * 4_000,
            "picture.png": b"\x89PNG",
        },
    ).model_copy(update={"largest_file_mb": 0.01})
    (settings.seeds / "gone.txt").symlink_to("nowhere")
    (settings.seeds / "loop.txt").symlink_to("loop.txt")
    (settings.seeds / "long.txt").symlink_to("x" * 300)
    os.mkfifo(settings.seeds / "pipe.txt")
    report = finish(build(settings))
    assert {skipped.path: skipped.reason for skipped in report.skipped} == {
        "empty.txt": SkipReason.EMPTY,
        "blank.md": SkipReason.EMPTY,
        "binary.txt": SkipReason.BINARY,
        "odd.txt": SkipReason.UNDECODABLE,
        "large.txt": SkipReason.TOO_LARGE,
        "picture.png": SkipReason.UNSUPPORTED,
        "gone.txt": SkipReason.UNREADABLE,
        "loop.txt": SkipReason.UNREADABLE,
        "long.txt": SkipReason.UNREADABLE,
        "pipe.txt": SkipReason.UNREADABLE,
    }
    assert all(skipped.detail.endswith(".") for skipped in report.skipped)
    assert_still_answers(settings)


def test_names_that_are_not_utf_8_are_indexed_and_told_apart(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, {})
    for name in (b"\xff.txt", b"\xfe.txt"):
        with open(os.path.join(os.fsencode(settings.seeds), name), "wb") as file:  # noqa: PTH118, PTH123 - no Path of bytes
            file.write("路灯已经全部更换。".encode() + b"\n" * name[0])
    report = finish(build(settings))
    assert (report.articles, report.skipped) == (2, ())
    answer = open_library(settings).ask("更换路灯")
    assert isinstance(answer, Answer)
    assert {citation.passage.article_id for citation in answer.citations} == (
        {"\\xff.txt", "\\xfe.txt"}
    )


def test_a_link_out_of_the_folder_is_skipped_and_what_it_leads_to_is_not_read(
    tmp_path: Path,
) -> None:
    """Links that stay inside are read, and a sidecar is no way out either."""
    settings = write_seeds(
        tmp_path, {"sub/good.txt": LAMPS, "sub/b.txt": "石桥长八十米。", "c.txt": "荷花开了。"}
    )
    secret = tmp_path / ".env"
    secret.write_text("BOT_TOKEN=123:geheim", "utf-8")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "d.txt").write_text("geheim", "utf-8")
    (settings.seeds / "a.txt").symlink_to("../.env")
    (settings.seeds / "folder").symlink_to(tmp_path / "deep")
    (settings.seeds / "c.txt.yaml").symlink_to(secret)
    (settings.seeds / "inside.txt").symlink_to("sub/good.txt")
    report = finish(build(settings))
    reasons = {skipped.path: skipped.reason for skipped in report.skipped}
    assert reasons == {
        "a.txt": SkipReason.OUTSIDE,
        "folder": SkipReason.OUTSIDE,
        "c.txt.yaml": SkipReason.OUTSIDE,
        "sub/good.txt": SkipReason.DUPLICATE,
    }
    library = open_library(settings)
    assert library.article_ids() == ["c.txt", "inside.txt", "sub/b.txt"]
    texts = [article.text for id in library.article_ids() if (article := library.article(id))]
    assert "geheim" not in "".join(texts)


def refuse_to_list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes the system fail to list a folder, whoever asks."""
    scandir = os.scandir

    def failing(path: Any) -> Any:
        if path == str(folder):
            raise OSError(errno.EIO, "Input/output error")
        return scandir(path)

    monkeypatch.setattr("os.scandir", failing)


@pytest.mark.parametrize("place", ["", "sub"])
def test_a_folder_that_cannot_be_listed_for_a_moment_takes_no_articles_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS, "sub/b.txt": "石桥长八十米。"})
    finish(build(settings))
    with monkeypatch.context() as broken:
        refuse_to_list(settings.seeds / place, broken)
        with pytest.raises(FolderUnreadable, match="cannot be read") as caught:
            finish(build(settings))
        assert str(settings.seeds / place) in str(caught.value)
    assert_still_answers(settings)
    assert open_library(settings).article_ids() == ["lamps.txt", "sub/b.txt"]
    shutil.rmtree(settings.seeds / "sub")
    assert counts(finish(build(settings))) == (0, 0, 1, 1)


def test_a_folder_that_was_never_listed_is_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as `lost+found`, which belongs to root."""
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS, "lost+found/b.txt": "x"})
    refuse_to_list(settings.seeds / "lost+found", monkeypatch)
    report = finish(build(settings))
    assert [(file.path, file.reason) for file in report.skipped] == [
        ("lost+found", SkipReason.UNREADABLE)
    ]
    assert report.articles == 1


def test_a_folder_named_like_an_article_is_no_file(tmp_path: Path) -> None:
    library = library_of(tmp_path, {"folder.txt/a.txt": LAMPS})
    assert library.article("folder.txt/a.txt") is not None


@pytest.mark.parametrize("files", [{}, {"a.png": b"x"}, {"a.txt": b"", "b.txt": b"\x00"}])
def test_without_an_article_nothing_is_built_and_the_files_are_named(
    tmp_path: Path, files: dict[str, bytes]
) -> None:
    settings = write_seeds(tmp_path, files)
    with pytest.raises(NothingToIndex) as caught:
        finish(build(settings))
    assert {skipped.path for skipped in caught.value.skipped} == set(files)
    assert generations(settings) == []


def test_a_folder_that_is_missing_empty_or_of_no_use_is_told_to_be_so(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, {"a.png": b"x"})
    messages = []
    for change in (None, settings.seeds.joinpath("a.png").unlink, settings.seeds.rmdir):
        if change:
            change()
        with pytest.raises(NothingToIndex) as caught:
            finish(build(settings))
        assert str(settings.seeds) in str(caught.value)
        messages.append(str(caught.value).split(str(settings.seeds))[0])
    assert messages == ["No readable article in ", "The folder ", "There is no folder "]


def test_emptied_seeds_leave_the_old_generation_answering(built: IndexSettings) -> None:
    for path in built.seeds.iterdir():
        path.unlink()
    with pytest.raises(NothingToIndex):
        finish(build(built))
    built.seeds.rmdir()
    with pytest.raises(NothingToIndex):
        finish(build(built))
    assert_still_answers(built)


def test_an_article_of_symbols_alone_is_indexed(tmp_path: Path) -> None:
    """There is not one term in it."""
    library = library_of(tmp_path, {"!!!.txt": "?!…… ——"})
    assert library.status().passages == 1
    assert list(library.faults()) == []
    assert not isinstance(library.ask("路灯"), Answer)


# Builds that do not reach their end


def test_a_build_closed_at_any_step_leaves_the_old_generation(built: IndexSettings) -> None:
    (built.seeds / "new.txt").write_text("新开了一家书店。", "utf-8")
    for steps in range(4):
        with closing(build(built)) as closed:
            for _ in range(steps):
                next(closed)
        assert_still_answers(built)
    assert finish(build(built)).generation == "000002"


def test_a_second_build_at_the_same_time_is_refused(built: IndexSettings) -> None:
    with closing(build(built, full=True)) as first:
        next(first)
        with pytest.raises(BuildRunning):
            finish(build(built))
        assert isinstance(open_library(built).ask(QUESTION), Answer)
    assert_still_answers(built)


def test_a_second_process_cannot_build_at_the_same_time(built: IndexSettings) -> None:
    with closing(build(built, full=True)) as first:
        next(first)
        second = run_python("-m", "index", "build", folder=built.data.parent)
    assert second.returncode == 1
    assert b"Another build" in second.stderr


def test_a_data_folder_that_cannot_be_made_is_a_build_error(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, TOWN)
    settings.data.write_text("a file is in the way")
    with pytest.raises(BuildError):
        finish(build(settings))


FULL_DISK = """
import json, resource, sys
from index import BuildError, IndexSettings, build, open_library

settings = IndexSettings()
for limit in json.loads(sys.argv[1]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        list(build(settings, full=True))
        print("built")
    except BuildError as error:
        print("failed")
"""


def test_a_disk_that_is_full_at_any_point_leaves_the_old_generation(built: IndexSettings) -> None:
    """No file may grow to its full size: first the smallest, at last the database."""
    live = built.data / "generations" / "000001"
    limits = sorted({path.stat().st_size - 1 for path in live.rglob("*") if path.is_file()})
    ended = run_python("-c", FULL_DISK, json.dumps(limits), folder=built.data.parent)
    assert (ended.stdout.split(), ended.stderr) == ([b"failed"] * len(limits), b"")
    assert_still_answers(built)
    assert finish(build(built, full=True)).generation == "000002"


KILLED_AT = {
    "reading": "for step in steps:\n    break",
    "indexing": "for step in steps:\n    if step.stage == 'indexing':\n        break",
    "writing": "for step in steps:\n    if step.stage == 'writing':\n        break",
}


@pytest.mark.slow
@pytest.mark.parametrize("stage", KILLED_AT)
def test_a_killed_build_leaves_no_lock_and_the_next_one_clears_up(
    built: IndexSettings, stage: str
) -> None:
    program = (
        "from index import IndexSettings, build\n"
        f"steps = build(IndexSettings(), full=True)\n{KILLED_AT[stage]}"
    )
    with standing_still(program, built.data.parent) as process:
        with pytest.raises(BuildRunning):
            finish(build(built))
        process.kill()
    assert len(generations(built)) == 2
    assert isinstance(open_library(built).ask(QUESTION), Answer)
    assert finish(build(built)).generation == "000001"
    assert_still_answers(built)


@pytest.mark.slow
def test_builds_killed_at_random_never_harm_what_is_live(built: IndexSettings) -> None:
    """The command is killed at moments spread over its whole run."""
    begun = time.monotonic()
    run_python("-m", "index", "build", "--full", folder=built.data.parent)
    length = time.monotonic() - begun
    for part in range(1, 13):
        building = started(
            *("-m", "index", "build", "--full"),
            folder=built.data.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with building as process:
            time.sleep(length * part / 12)
            process.kill()
        library = open_library(built)
        assert isinstance(library.ask(QUESTION), Answer)
        assert list(library.faults()) == []
    report = finish(build(built, full=True))
    assert not [name for name in generations(built) if not name.isdigit()]
    assert open_library(built).status().generation == report.generation


def test_a_build_without_changes_replaces_a_generation_whose_content_was_altered(
    built: IndexSettings,
) -> None:
    """The byte that is turned leaves the file's size as it was, so that only a checksum tells."""
    database = built.data / "generations" / "000001" / "library.db"
    content = bytearray(database.read_bytes())
    content[len(content) // 2] ^= 1
    database.write_bytes(content)
    assert finish(build(built)).generation == "000002"
    assert isinstance(open_library(built).ask(QUESTION), Answer)
