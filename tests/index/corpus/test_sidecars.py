"""Files that describe the article beside them."""

import os
from pathlib import Path

import pytest
from small_libraries import LAMPS, TOWN, counts, finish, run_python, write_seeds

from index import (
    Article,
    BuildReport,
    IndexSettings,
    SkipReason,
    UnreadableFile,
    build,
    open_library,
)
from index.corpus.sidecar import check_sidecar, read_sidecar
from index.indexing import plan

pytestmark = pytest.mark.usefixtures("all_settled")

ABOUT = """title: 路灯全换了
source: 河口晚报
date: 2022-02-03
url: https://example.org/lamps
"""


def lamps_of(settings: IndexSettings) -> Article:
    article = open_library(settings).article("lamps.txt")
    assert article
    return article


def metadata_of(article: Article) -> tuple[str, str, str, str]:
    return article.title, article.source, str(article.published), article.url


def reasons(report: BuildReport) -> dict[str, SkipReason]:
    return {skipped.path: skipped.reason for skipped in report.skipped}


OWN = ("老城换灯记", "河口日报", "2021-03-05", "")
DESCRIBED = ("路灯全换了", "河口晚报", "2022-02-03", "https://example.org/lamps")


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (ABOUT, DESCRIBED),
        (f"---\n{ABOUT}---\n", DESCRIBED),
        (f"\ufeff{ABOUT}".replace("\n", "\r\n"), DESCRIBED),
        (ABOUT.encode("gb18030"), DESCRIBED),
        ("title: 路灯全换了", ("路灯全换了", *OWN[1:])),
    ],
)
def test_what_stands_beside_an_article_wins_over_what_it_says_itself(
    tmp_path: Path, about: str | bytes, expected: tuple[str, ...]
) -> None:
    """It is no article of its own, and the text stays what it was."""
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS, "lamps.txt.yaml": about})
    report = finish(build(settings))
    assert (report.articles, report.skipped) == (1, ())
    assert metadata_of(lamps_of(settings)) == expected
    assert lamps_of(settings).text == LAMPS
    assert list(open_library(settings).faults()) == []


def test_an_article_changes_with_what_stands_beside_it(tmp_path: Path) -> None:
    """Though its own file is never touched."""
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    beside = settings.seeds / "lamps.txt.yaml"
    versions = [metadata_of(lamps_of(settings))]
    for about in (ABOUT, ABOUT.replace("晚报", "早报"), "[", None):
        if about is None:
            beside.unlink()
        else:
            beside.write_text(about, "utf-8")
        assert counts(finish(build(settings))) == (0, 1, 0, 2)
        assert counts(finish(build(settings))) == (0, 0, 0, 3)
        versions.append(metadata_of(lamps_of(settings)))
    assert versions == [OWN, DESCRIBED, (DESCRIBED[0], "河口早报", *DESCRIBED[2:]), OWN, OWN]


@pytest.mark.parametrize(
    "about",
    [
        *("", "[", "路灯", "- 路灯", "titel: 路灯", "title: [", "a: &a [x]\nb: *c", "[" * 19_000),
        *(b"\x00", b"\xff\xfe\xfa", b"x" * 200_000),
    ],
)
def test_an_article_is_indexed_without_what_cannot_be_understood_and_that_is_told(
    tmp_path: Path, about: str | bytes
) -> None:
    """A slip in a description costs the description, not the article; each build says so."""
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS, "lamps.txt.yaml": about})
    for _ in range(2):
        report = finish(build(settings))
        assert reasons(report) == {"lamps.txt.yaml": SkipReason.BROKEN_SIDECAR}
        assert report.skipped[0].detail.endswith("is indexed without it.")
    assert report.generation == "000001"
    assert metadata_of(lamps_of(settings)) == OWN


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("url: javascript:alert(1)", "url"),
        ("url: example.org/lamps", "url"),
        ("date: 2022年2月30日", "date"),
        ("date: 上周五", "date"),
        ("source: [河口晚报, 河口日报]", "source"),
    ],
)
def test_a_value_that_cannot_be_used_is_told_by_its_key_and_the_others_are_used(
    tmp_path: Path, line: str, key: str
) -> None:
    about = f"title: 路灯全换了\n{line}"
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS, "lamps.txt.yaml": about})
    for _ in range(2):
        report = finish(build(settings))
        assert reasons(report) == {"lamps.txt.yaml": SkipReason.BROKEN_SIDECAR}
        assert f"({key}: " in report.skipped[0].detail
    assert metadata_of(lamps_of(settings)) == ("路灯全换了", *OWN[1:])


def test_a_description_is_read_whole_up_to_so_many_bytes_and_not_at_all_beyond(
    tmp_path: Path,
) -> None:
    about = tmp_path / "lamps.txt.yaml"
    about.write_bytes(b"#" * 100_000)
    assert read_sidecar(about) == b"#" * 100_000
    about.write_bytes(b"#" * 100_001)
    with pytest.raises(UnreadableFile, match="too long"):
        read_sidecar(about)


def test_a_key_without_a_value_is_no_fault(tmp_path: Path) -> None:
    about = "title: 路灯全换了\ndate:\nurl: ''\nauthor: 张三"
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS, "lamps.txt.yaml": about})
    assert finish(build(settings)).skipped == ()


def test_a_pipe_beside_an_article_holds_nothing_up(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS})
    os.mkfifo(settings.seeds / "lamps.txt.yaml")
    assert reasons(finish(build(settings))) == {"lamps.txt.yaml": SkipReason.UNREADABLE}
    assert metadata_of(lamps_of(settings)) == OWN


def test_what_describes_no_article_is_told_with_the_name_that_it_waits_for(tmp_path: Path) -> None:
    files = {**TOWN, "gone.txt.yaml": ABOUT, "folder.txt.yaml": ABOUT, "folder.txt/a.txt": "路灯。"}
    settings = write_seeds(tmp_path, files)
    report = finish(build(settings))
    assert reasons(report) == dict.fromkeys(
        ("folder.txt.yaml", "gone.txt.yaml"), SkipReason.ORPHAN_SIDECAR
    )
    assert [skipped.other for skipped in report.skipped] == ["folder.txt", "gone.txt"]
    assert all(skipped.other in skipped.detail for skipped in report.skipped)
    (settings.seeds / "gone.txt").write_text("路灯坏了。", "utf-8")
    assert "gone.txt.yaml" not in reasons(finish(build(settings)))


def test_other_yaml_files_are_of_no_known_kind(tmp_path: Path) -> None:
    """Also one that would describe a description."""
    files = {**TOWN, "settings.yaml": "a: 1", "lamps.txt.yaml": ABOUT, "lamps.txt.yaml.yaml": ABOUT}
    report = finish(build(write_seeds(tmp_path, files)))
    assert reasons(report) == dict.fromkeys(
        ("lamps.txt.yaml.yaml", "settings.yaml"), SkipReason.UNSUPPORTED
    )


def test_a_build_that_finds_nothing_changed_reads_no_description(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(path: Path) -> str:
        read.append(path.name)
        return check_sidecar(path)

    monkeypatch.setattr(plan, "check_sidecar", counted)
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS, "lamps.txt.yaml": ABOUT})
    for _ in range(2):
        report = finish(build(settings))
    assert counts(report) == (0, 0, 0, 1)
    assert read == ["lamps.txt.yaml"]


def test_the_command_line_names_what_was_not_understood(tmp_path: Path) -> None:
    write_seeds(tmp_path, {"lamps.txt": LAMPS, "lamps.txt.yaml": "[", "gone.md.yaml": ABOUT})
    ended = run_python("-m", "index", "build", folder=tmp_path)
    lines = ended.stderr.decode("utf-8")
    assert ended.returncode == 0
    assert "skipped lamps.txt.yaml: " in lines
    assert "skipped gone.md.yaml: It describes gone.md, which is not there." in lines
