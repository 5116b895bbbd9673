"""What is left out of a library: the same once more, too long articles, and too many."""

import json
from pathlib import Path

import pytest
from small_libraries import LAMPS, TOWN, finish, run_python, write_seeds

from bot.texts.catalogue import LOCALES, Locale, Texts
from index import BuildReport, IndexSettings, SkipReason, build, open_library

pytestmark = pytest.mark.usefixtures("all_settled")

ARTICLES = {f"{name}.txt": f"{name}。{LAMPS}" for name in "abcdef"}


def ids(settings: IndexSettings) -> list[str]:
    return open_library(settings).article_ids()


def left_out(report: BuildReport) -> list[tuple[str, SkipReason, str]]:
    return [(skipped.path, skipped.reason, skipped.other) for skipped in report.skipped]


# The same once more


def test_the_same_content_is_indexed_once_and_the_others_are_told_with_the_name_of_the_first(
    tmp_path: Path,
) -> None:
    files = {"b.txt": LAMPS, "c.md": LAMPS, "旧/a.txt": LAMPS, "other.txt": TOWN["bridge.txt"]}
    settings = write_seeds(tmp_path, files)
    report = finish(build(settings))
    assert ids(settings) == ["b.txt", "other.txt"]
    assert left_out(report) == [
        ("c.md", SkipReason.DUPLICATE, "b.txt"),
        ("旧/a.txt", SkipReason.DUPLICATE, "b.txt"),
    ]
    assert all(skipped.other in skipped.detail for skipped in report.skipped)


def test_duplicates_are_not_read_again(tmp_path: Path, reads: list[str]) -> None:
    settings = write_seeds(tmp_path, {"a.txt": LAMPS, "b.txt": LAMPS})
    first = finish(build(settings))
    reads.clear()
    report = finish(build(settings))
    assert reads == []
    assert (report.generation, report.skipped) == (first.generation, first.skipped)


def test_where_the_first_goes_the_next_takes_its_place(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, {"a.txt": LAMPS, "b.txt": LAMPS, "c.txt": LAMPS})
    finish(build(settings))
    (settings.seeds / "a.txt").unlink()
    report = finish(build(settings))
    assert (report.added, report.removed) == (1, 1)
    assert ids(settings) == ["b.txt"]
    assert left_out(report) == [("c.txt", SkipReason.DUPLICATE, "b.txt")]


def test_a_copy_whose_name_comes_first_takes_the_place(tmp_path: Path) -> None:
    """So that the outcome is that of a full build, whatever was there before."""
    settings = write_seeds(tmp_path, {"b.txt": LAMPS})
    finish(build(settings))
    (settings.seeds / "a.txt").write_text(LAMPS, "utf-8")
    report = finish(build(settings))
    assert ids(settings) == ["a.txt"]
    assert left_out(report) == [("b.txt", SkipReason.DUPLICATE, "a.txt")]
    (settings.seeds / "a.txt").write_text(TOWN["bridge.txt"], "utf-8")
    assert finish(build(settings)).skipped == ()
    assert ids(settings) == ["a.txt", "b.txt"]


def test_a_file_that_is_no_article_is_nobodys_first(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, {"a.png": LAMPS, "b.txt": LAMPS})
    assert left_out(finish(build(settings))) == [("a.png", SkipReason.UNSUPPORTED, "")]
    assert ids(settings) == ["b.txt"]


def test_what_describes_a_copy_does_not_make_it_another_article(tmp_path: Path) -> None:
    files = {"a.txt": LAMPS, "b.txt": LAMPS, "b.txt.yaml": "title: 另一篇"}
    settings = write_seeds(tmp_path, files)
    assert left_out(finish(build(settings))) == [("b.txt", SkipReason.DUPLICATE, "a.txt")]


def test_the_same_text_in_another_encoding_is_the_same(tmp_path: Path, reads: list[str]) -> None:
    settings = write_seeds(tmp_path, {"a.txt": LAMPS})
    for name, encoding in (
        ("b.txt", "gb18030"),
        ("c.txt", "utf-16"),
        ("d.md", "utf-8-sig"),
        ("e.txt", "utf-16-be"),
    ):
        (settings.seeds / name).write_bytes(LAMPS.replace("\n", "\r\n").encode(encoding))
    first = finish(build(settings))
    assert ids(settings) == ["a.txt"]
    assert left_out(first) == [
        (name, SkipReason.DUPLICATE, "a.txt") for name in ("b.txt", "c.txt", "d.md", "e.txt")
    ]
    reads.clear()
    again = finish(build(settings))
    assert reads == []
    assert (again.generation, again.skipped) == (first.generation, first.skipped)


def test_an_article_that_is_saved_in_another_encoding_has_not_changed(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, {"a.txt": LAMPS})
    finish(build(settings))
    (settings.seeds / "a.txt").write_bytes(LAMPS.encode("gb18030"))
    report = finish(build(settings))
    assert (report.changed, report.unchanged) == (0, 1)


# Too long, too many


def test_an_article_of_more_characters_than_may_be_is_left_out(
    tmp_path: Path, reads: list[str]
) -> None:
    """Characters, not bytes; and another limit counts for what was read before."""
    settings = write_seeds(tmp_path, TOWN)
    lengths = {name: len(text) for name, text in TOWN.items()}
    limit = sorted(lengths.values())[1]
    limited = settings.model_copy(update={"largest_article": limit})
    longest = max(lengths, key=lambda name: lengths[name])
    report = finish(build(settings))
    assert report.skipped == ()
    for _ in range(2):
        reads.clear()
        report = finish(build(limited))
        assert left_out(report) == [(longest, SkipReason.TOO_LONG, "")]
        assert str(limit) in report.skipped[0].detail
    assert reads == []
    assert longest not in ids(settings)
    assert finish(build(settings)).skipped == ()


def test_files_beyond_the_most_articles_are_left_out_and_not_read(
    tmp_path: Path, reads: list[str]
) -> None:
    settings = write_seeds(tmp_path, {**ARTICLES, "0.txt": "", "d.txt.yaml": "["})
    limited = settings.model_copy(update={"most_articles": 3})
    for _ in range(2):
        reads.clear()
        report = finish(build(limited))
        assert ids(settings) == ["a.txt", "b.txt", "c.txt"]
        assert [reason for _, reason, _ in left_out(report)] == [
            SkipReason.EMPTY,
            *[SkipReason.TOO_MANY] * 3,
        ]
        assert "INDEX_MOST_ARTICLES" in report.skipped[-1].detail
    assert (reads, report.generation) == ([], "000001")


def test_room_that_is_made_is_taken_by_the_next(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, ARTICLES).model_copy(update={"most_articles": 3})
    finish(build(settings))
    (settings.seeds / "b.txt").unlink()
    finish(build(settings))
    assert ids(settings) == ["a.txt", "c.txt", "d.txt"]
    finish(build(settings.model_copy(update={"most_articles": 9})))
    assert ids(settings) == ["a.txt", "c.txt", "d.txt", "e.txt", "f.txt"]
    report = finish(build(settings.model_copy(update={"most_articles": 1})))
    assert (report.removed, ids(settings)) == (4, ["a.txt"])


def test_duplicates_take_no_room(tmp_path: Path) -> None:
    files = {"a.txt": LAMPS, "b.txt": LAMPS, "c.txt": TOWN["bridge.txt"], "d.txt": "路灯。"}
    settings = write_seeds(tmp_path, files).model_copy(update={"most_articles": 2})
    for _ in range(2):
        assert left_out(finish(build(settings))) == [
            ("b.txt", SkipReason.DUPLICATE, "a.txt"),
            ("d.txt", SkipReason.TOO_MANY, ""),
        ]
    assert ids(settings) == ["a.txt", "c.txt"]


# What people are told


def test_the_limits_are_settings_and_what_they_leave_out_is_told_as_json(tmp_path: Path) -> None:
    write_seeds(tmp_path, {**TOWN, "copy.txt": TOWN["bridge.txt"]})
    ended = run_python(
        *("-m", "index", "build", "--json"),
        folder=tmp_path,
        INDEX_MOST_ARTICLES="2",
        INDEX_LARGEST_ARTICLE="100",
    )
    skipped = json.loads(ended.stdout)["skipped"]
    assert [skip["path"] for skip in skipped] == ["copy.txt", "lamps.txt"]
    assert "bridge.txt" in skipped[0]["reason"]
    assert "100" in skipped[1]["reason"]
    assert all(set(skip) == {"path", "reason"} for skip in skipped)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_chat_is_told_which_file_holds_the_same_and_which_one_is_missing(
    tmp_path: Path, locale: Locale
) -> None:
    files = {"a.txt": LAMPS, "b.txt": LAMPS, "gone.md.yaml": "title: 路灯"}
    report = finish(build(write_seeds(tmp_path, files)))
    copy, orphan = Texts.load(locale).report(report).splitlines()[-2:]
    assert "b.txt" in copy
    assert "a.txt" in copy
    assert "gone.md.yaml" in orphan
    assert orphan.count("gone.md") == 2
