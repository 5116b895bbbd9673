"""What was withdrawn stays withdrawn, also where an earlier generation is gone back to."""

import json
from pathlib import Path

import pytest
from lax_sqlite import make_sqlite_lax
from small_libraries import finish, generations, run_python, settings_in, write_seeds
from withdrawing import ASKED, KEPT_ASKED, OTHER_ASKED, SECRET, answers, with_secret

from index import (
    BuildError,
    IndexSettings,
    NoEarlierGeneration,
    NotKept,
    Stage,
    build,
    discard_article,
    open_library,
    put_article,
    rollback,
)
from index.storage.withdrawals import Withdrawals


@pytest.fixture
def settings(tmp_path: Path) -> IndexSettings:
    return with_secret(settings_in(tmp_path))


def holding(settings: IndexSettings, text: str) -> list[str]:
    """Returns the files of the data folder whose bytes hold a text."""
    return [
        str(path.relative_to(settings.data))
        for path in sorted(settings.data.rglob("*"))
        if path.is_file() and text.encode() in path.read_bytes()
    ]


@pytest.mark.parametrize("is_read", [False, True], ids=["unread", "read"])
def test_going_back_leaves_out_what_was_withdrawn(settings: IndexSettings, is_read: bool) -> None:
    library = open_library(settings)
    if is_read:
        assert answers(library, ASKED)
    discard_article(settings, "secret.txt")
    rollback(settings)
    assert not answers(library, ASKED)
    assert library.article("secret.txt") is None
    assert not answers(library, OTHER_ASKED)
    assert answers(library, KEPT_ASKED)
    assert library.status().withdrawn == 1
    assert list(library.faults()) == []

    finish(build(settings))
    library.refresh()
    finish(build(settings))
    assert holding(settings, "仓库密码") == []
    assert answers(library, KEPT_ASKED)
    assert answers(library, OTHER_ASKED)
    assert not answers(library, ASKED)
    assert library.status().withdrawn == 0
    assert list(library.faults()) == []
    assert Withdrawals(settings.data).noted() == {}


def test_a_generation_that_somebody_reads_is_gone_back_to_without_what_was_withdrawn(
    settings: IndexSettings,
) -> None:
    library = open_library(settings)
    assert answers(library, ASKED)
    discard_article(settings, "secret.txt")
    finish(build(settings))
    assert generations(settings) == ["000002", "000003"]
    assert rollback(settings) == "000004"
    assert not answers(library, ASKED)
    assert answers(library, KEPT_ASKED)
    assert answers(library, OTHER_ASKED)
    assert library.status().withdrawn == 1


def test_the_build_after_a_withdrawal_leaves_no_trace_of_it(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sqlite_lax(monkeypatch)
    assert holding(settings, "仓库密码")
    discard_article(settings, "secret.txt")
    finish(build(settings))
    assert holding(settings, "仓库密码") == []
    assert list(open_library(settings).faults()) == []
    with pytest.raises(NoEarlierGeneration):
        rollback(settings)


def test_no_name_of_an_article_that_is_no_longer_withdrawn_stays_on_disk(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_sqlite_lax(monkeypatch)
    withdrawals = Withdrawals(settings.data)
    for _ in range(200):
        withdrawals.add("secret-name.txt")
        withdrawals.add("b.txt")
    withdrawals.forget({"secret-name.txt": withdrawals.noted()["secret-name.txt"]})
    assert holding(settings, "secret-name") == []


def test_a_build_without_changes_removes_what_was_read_before(settings: IndexSettings) -> None:
    library = open_library(settings)
    assert answers(library, ASKED)
    discard_article(settings, "secret.txt")
    finish(build(settings))
    assert holding(settings, "仓库密码")
    library.refresh()
    finish(build(settings))
    assert holding(settings, "仓库密码") == []


def test_going_back_twice_goes_on_from_where_the_first_led(
    settings: IndexSettings, tmp_path: Path
) -> None:
    write_seeds(tmp_path, {"third.txt": "南溪村收获小麦九百吨。"})
    finish(build(settings))
    library = open_library(settings)
    assert answers(library, OTHER_ASKED)
    discard_article(settings, "secret.txt")
    rollback(settings)
    assert answers(library, OTHER_ASKED)
    rollback(settings)
    assert not answers(library, OTHER_ASKED)
    assert answers(library, KEPT_ASKED)
    assert not answers(library, ASKED)
    with pytest.raises(NoEarlierGeneration):
        rollback(settings)


def test_files_that_were_only_deleted_come_back(settings: IndexSettings) -> None:
    (settings.seeds / "secret.txt").unlink()
    finish(build(settings))
    assert not answers(open_library(settings), ASKED)
    assert rollback(settings) == "000002"
    assert answers(open_library(settings), ASKED)
    assert open_library(settings).status().withdrawn == 0


def test_an_article_that_another_replaced_is_not_withdrawn(settings: IndexSettings) -> None:
    discard_article(settings, "secret.txt", is_replaced=True)
    finish(build(settings))
    rollback(settings)
    assert answers(open_library(settings), ASKED)


def test_an_article_that_is_added_again_is_no_longer_withdrawn(settings: IndexSettings) -> None:
    library = open_library(settings)
    assert answers(library, ASKED)
    discard_article(settings, "secret.txt")
    finish(build(settings))
    put_article(settings, "secret.txt", SECRET.encode())
    finish(build(settings))
    assert Withdrawals(settings.data).noted() == {}
    (settings.seeds / "secret.txt").unlink()
    finish(build(settings))
    rollback(settings)
    assert answers(library, ASKED)


def test_what_had_another_name_before_stays_out_as_well(
    settings: IndexSettings,
) -> None:
    (settings.seeds / "secret.txt").rename(settings.seeds / "renamed.txt")
    finish(build(settings))
    discard_article(settings, "renamed.txt")
    rollback(settings)
    library = open_library(settings)
    assert not answers(library, ASKED)
    assert answers(library, OTHER_ASKED)


def test_a_copy_that_was_not_withdrawn_stays(settings: IndexSettings) -> None:
    (settings.seeds / "zcopy.txt").write_text(SECRET, "utf-8")
    discard_article(settings, "secret.txt")
    finish(build(settings))
    assert answers(open_library(settings), ASKED)


def test_what_is_withdrawn_while_an_index_is_built_stays_withdrawn(
    settings: IndexSettings, tmp_path: Path
) -> None:
    write_seeds(tmp_path, {"third.txt": "南溪村收获小麦九百吨。"})
    steps = build(settings)
    while next(steps).stage is not Stage.WRITING:
        pass  # the files are listed and read
    discard_article(settings, "secret.txt")
    finish(steps)
    assert list(Withdrawals(settings.data).noted()) == ["secret.txt"]
    finish(build(settings))
    assert holding(settings, "仓库密码") == []


def test_what_a_build_still_sees_while_it_is_withdrawn_stays_withdrawn(
    settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build takes it for added again."""
    unlink = Path.unlink

    def late(path: Path, missing_ok: bool = False) -> None:
        if path.name == "secret.txt":
            finish(build(settings))
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", late)
        discard_article(settings, "secret.txt")
    assert list(Withdrawals(settings.data).noted()) == ["secret.txt"]


def test_a_damaged_generation_is_not_answered_for_by_one_that_holds_what_was_withdrawn(
    settings: IndexSettings,
) -> None:
    library = open_library(settings)
    assert answers(library, ASKED)
    discard_article(settings, "secret.txt")
    finish(build(settings))
    [*_, live] = generations(settings)
    (settings.data / "generations" / live / "manifest.json").write_bytes(b"{")
    with pytest.raises(Exception, match="withdrawn"):
        open_library(settings).ask(ASKED)


def test_a_record_that_cannot_be_read_lets_nothing_come_back(settings: IndexSettings) -> None:
    discard_article(settings, "secret.txt")
    (settings.data / "withdrawn.db").write_bytes(b"damaged" * 1000)
    finish(build(settings))
    assert holding(settings, "仓库密码") == []
    assert Withdrawals(settings.data).noted() == {}


def test_where_the_record_cannot_be_read_nothing_is_withdrawn_or_gone_back_to(
    settings: IndexSettings,
) -> None:
    (settings.data / "withdrawn.db").write_bytes(b"damaged" * 1000)
    with pytest.raises(NotKept, match="withdrawn"):
        discard_article(settings, "secret.txt")
    with pytest.raises(BuildError, match="withdrawn"):
        rollback(settings)
    assert answers(open_library(settings), ASKED)


def test_the_command_line_says_how_many_stay_out(settings: IndexSettings, tmp_path: Path) -> None:
    discard_article(settings, "secret.txt")
    done = run_python("-m", "index", "rollback", folder=tmp_path)
    assert done.returncode == 0
    assert b"Withdrawn articles that stay out: 1." in done.stdout
    verified = run_python("-m", "index", "verify", folder=tmp_path)
    assert (verified.returncode, b"is sound" in verified.stdout) == (0, True)


def test_the_command_line_tells_it_as_json(settings: IndexSettings, tmp_path: Path) -> None:
    discard_article(settings, "secret.txt")
    done = run_python("-m", "index", "rollback", "--json", folder=tmp_path)
    status = json.loads(done.stdout)
    assert status["withdrawn"] == 1
    assert status["generation"] == open_library(settings).status().generation


CUT_OFF = """
import os, sqlite3, sys
database = sqlite3.connect(sys.argv[1])
database.execute("PRAGMA cache_size=1")
database.execute("BEGIN")
database.executemany(
    "INSERT OR REPLACE INTO withdrawn (id) VALUES (?)", ((f"{n}" * 50,) for n in range(9_000))
)
os._exit(0)  # as by a kill, in the middle of writing
"""


def test_a_withdrawal_that_was_cut_off_stops_neither_builds_nor_rollbacks(
    settings: IndexSettings,
) -> None:
    discard_article(settings, "secret.txt")
    database = settings.data / "withdrawn.db"
    run_python("-c", CUT_OFF, str(database), folder=settings.data)
    assert database.with_name("withdrawn.db-journal").exists()
    assert set(Withdrawals(settings.data).noted()) == {"secret.txt"}
    run_python("-c", CUT_OFF, str(database), folder=settings.data)
    rollback(settings)
    run_python("-c", CUT_OFF, str(database), folder=settings.data)
    finish(build(settings))
    assert holding(settings, SECRET) == []


def test_a_first_withdrawal_that_could_not_be_written_stops_neither_builds_nor_the_next(
    settings: IndexSettings,
) -> None:
    (settings.data / "withdrawn.db").touch()
    assert Withdrawals(settings.data).noted() == {}
    finish(build(settings, full=True))
    rollback(settings)
    discard_article(settings, "secret.txt")
    assert set(Withdrawals(settings.data).noted()) == {"secret.txt"}
    finish(build(settings))
    assert holding(settings, SECRET) == []
