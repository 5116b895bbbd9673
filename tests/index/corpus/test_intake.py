"""Articles that are taken in: under names that do no harm, whole or not at all, never outside."""

import os
import time
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import (
    AlreadyKept,
    FrontMatter,
    IndexSettings,
    LibraryFull,
    NoSuchArticle,
    NotKept,
    SkipReason,
    UnreadableFile,
    build,
    discard_article,
    keep_article,
    put_article,
    safe_name,
    with_front_matter,
)
from index.corpus.safe_names import LONGEST_NAME
from index.corpus.seed_files import list_seeds

TEXT = "城西区投资2000万元，整治50个老旧楼院。".encode()
LRO, NUL = "\u202d", "\x00"


@pytest.fixture
def shelf(tmp_path: Path) -> IndexSettings:
    """An empty folder of articles."""
    return IndexSettings(seeds=tmp_path / "seeds", data=tmp_path / "data")


def files_below(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("年度报告.pdf", "年度报告.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\win.txt", "win.txt"),
        ("..", "article"),
        ("", "article"),
        (".env.txt", "env.txt"),
        ("--force.md", "force.md"),
        ("~$报告.docx", "报告.docx"),
        ("con.txt", "con_.txt"),
        ("...LPT1.md", "LPT1_.md"),
        ("a:b?c*.md", "abc.md"),
        (f"{LRO}txt.{NUL}exe\n.md", "txt.exe.md"),
        ("two  \t words.txt", "two words.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("o<\u0301.txt", "\u00f3.txt"),
        (" . .txt", "article.txt"),
    ],
)
def test_a_name_says_the_same_and_does_no_harm(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("letter", ["a", "报", "\U0001f600"])
def test_a_name_of_300_characters_is_cut_and_keeps_its_suffix(letter: str) -> None:
    safe = safe_name(letter * 300 + ".docx")
    assert safe.endswith(f"{letter}.docx")
    assert len(safe.encode()) <= LONGEST_NAME


@given(st.text() | st.from_regex(r"[./\\~ \-]{0,9}(con|nul|a|\u202e)[ .]{0,3}(\.txt)?"))
def test_any_name_becomes_one_that_a_system_takes(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert safe[0] not in " .-~$"
    assert not set(safe) & set('/\\:*?"<>|')
    assert not any(unicodedata.category(character)[0] == "C" for character in safe)
    assert len(safe.encode()) <= LONGEST_NAME + 1
    assert unicodedata.is_normalized("NFC", safe)
    assert safe_name(safe) == safe


@pytest.mark.parametrize(
    "name", ["../../escaped.txt", "/etc/escaped.txt", "..\\..\\escaped.txt", "x/../../escaped.txt"]
)
def test_no_name_leads_out_of_the_inbox(shelf: IndexSettings, name: str) -> None:
    kept = keep_article(shelf, name, TEXT)
    assert kept.article.id == "inbox/escaped.txt"
    assert files_below(shelf.seeds.parent) == ["seeds/inbox/escaped.txt"]


def test_what_is_kept_is_what_was_brought_and_the_next_build_finds_it(
    shelf: IndexSettings,
) -> None:
    kept = keep_article(shelf, "报道.txt", TEXT)
    assert (shelf.seeds / kept.article.id).read_bytes() == TEXT
    assert kept.passages == 1
    for _ in build(shelf):
        pass
    assert [file.id for file in list_seeds(shelf.seeds)] == ["inbox/报道.txt"]


def test_a_name_that_is_taken_gets_a_number(shelf: IndexSettings) -> None:
    ids = [keep_article(shelf, "a.txt", TEXT + bytes([97 + n])).article.id for n in range(3)]
    assert ids == ["inbox/a.txt", "inbox/a-2.txt", "inbox/a-3.txt"]


def test_the_very_same_is_refused_with_the_name_of_the_first(shelf: IndexSettings) -> None:
    keep_article(shelf, "first.txt", TEXT)
    with pytest.raises(AlreadyKept) as refusal:
        keep_article(shelf, "second.md", TEXT)
    assert refusal.value.first == "inbox/first.txt"
    assert files_below(shelf.seeds) == ["inbox/first.txt"]


def test_the_very_same_page_is_refused_with_the_name_of_the_first(shelf: IndexSettings) -> None:
    """Though a page is no text that is compared in whatever encoding."""
    page = b"<title>a</title><p>" + TEXT
    keep_article(shelf, "first.html", page)
    with pytest.raises(AlreadyKept) as refusal:
        keep_article(shelf, "second.html", page)
    assert refusal.value.first == "inbox/first.html"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "big5", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_same_text_in_another_encoding_is_refused_with_the_name_of_the_first(
    shelf: IndexSettings, encoding: str, line_end: str
) -> None:
    text = "公園開放\n\n" + "人民公園的荷花六月開放,門票免費。\n" * 4
    keep_article(shelf, "first.txt", text.encode())
    with pytest.raises(AlreadyKept) as refusal:
        keep_article(shelf, "second.txt", text.replace("\n", line_end).encode(encoding))
    assert refusal.value.first == "inbox/first.txt"
    keep_article(shelf, "third.txt", text.replace("六月", "七月").encode(encoding))
    assert files_below(shelf.seeds) == ["inbox/first.txt", "inbox/third.txt"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b" \n", SkipReason.EMPTY),
        ("a.txt", b"\x00\x01\x02", SkipReason.BINARY),
        ("a.exe", TEXT, SkipReason.UNSUPPORTED),
        ("a", TEXT, SkipReason.UNSUPPORTED),
        ("a.txt", b"x" * 1_000_001, SkipReason.TOO_LARGE),
        ("a.txt", b"x" * 900_001, SkipReason.TOO_LONG),
    ],
)
def test_what_is_no_article_leaves_nothing_behind(
    shelf: IndexSettings, name: str, content: bytes, reason: SkipReason
) -> None:
    small = shelf.model_copy(update={"largest_file_mb": 1.0, "largest_article": 900_000})
    with pytest.raises(UnreadableFile) as refusal:
        keep_article(small, name, content)
    assert refusal.value.reason is reason
    assert not shelf.seeds.exists()


def test_a_full_library_takes_no_further_article_but_lets_one_be_changed(
    shelf: IndexSettings,
) -> None:
    full = shelf.model_copy(update={"most_articles": 1})
    kept = keep_article(full, "a.txt", TEXT)
    with pytest.raises(LibraryFull):
        keep_article(full, "b.txt", TEXT + b"!")
    with pytest.raises(LibraryFull):
        put_article(full, "inbox/b.txt", TEXT + b"!")
    put_article(full, kept.article.id, TEXT + b"!")
    assert files_below(shelf.seeds) == ["inbox/a.txt"]


def test_a_folder_that_is_a_link_elsewhere_is_not_written_through(
    shelf: IndexSettings, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shelf.seeds.mkdir()
    (shelf.seeds / "inbox").symlink_to(elsewhere)
    with pytest.raises(NotKept):
        keep_article(shelf, "a.txt", TEXT)
    with pytest.raises(NotKept):
        put_article(shelf, "inbox/a.txt", TEXT)
    with pytest.raises(NotKept):
        put_article(shelf, "inbox/2026/a.txt", TEXT)
    assert list(elsewhere.iterdir()) == []


def test_a_file_that_is_a_link_is_replaced_and_what_it_leads_to_stays(
    shelf: IndexSettings, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("outside", "utf-8")
    (shelf.seeds / "inbox").mkdir(parents=True)
    (shelf.seeds / "inbox" / "a.txt").symlink_to(outside)
    put_article(shelf, "inbox/a.txt", TEXT)
    assert outside.read_text("utf-8") == "outside"
    (shelf.seeds / "b.txt").symlink_to(outside)
    discard_article(shelf, "b.txt")
    assert outside.exists()
    assert files_below(shelf.seeds) == ["inbox/a.txt"]


@pytest.mark.parametrize(
    "article_id", ["../a.txt", "/etc/a.txt", "x//a.txt", ".x/a.txt", "con/a.txt"]
)
def test_an_id_that_is_not_of_safe_names_is_no_place(shelf: IndexSettings, article_id: str) -> None:
    with pytest.raises(ValueError, match="safe names"):
        put_article(shelf, article_id, TEXT)
    with pytest.raises(NoSuchArticle):
        discard_article(shelf, article_id)


def test_what_is_known_of_an_article_stands_beside_it_and_goes_with_it(
    shelf: IndexSettings,
) -> None:
    about = FrontMatter(url="https://example.com/a", published=date(2026, 1, 2), source='某报: "x"')
    kept = keep_article(shelf, "a.txt", TEXT, about)
    assert (kept.article.url, kept.article.source) == (about.url, about.source)
    assert files_below(shelf.seeds) == ["inbox/a.txt", "inbox/a.txt.yaml"]
    put_article(shelf, kept.article.id, TEXT + b"!")
    assert files_below(shelf.seeds) == ["inbox/a.txt", "inbox/a.txt.yaml"]
    put_article(shelf, kept.article.id, TEXT + b"!", FrontMatter())
    assert files_below(shelf.seeds) == ["inbox/a.txt"]
    put_article(shelf, kept.article.id, TEXT, about)
    discard_article(shelf, kept.article.id)
    assert files_below(shelf.seeds) == []


def test_what_was_left_of_another_article_describes_none_that_comes(shelf: IndexSettings) -> None:
    (shelf.seeds / "inbox").mkdir(parents=True)
    (shelf.seeds / "inbox" / "a.txt.yaml").write_text("source: 河口晚报\n", "utf-8")
    for expected in ("inbox/a-2.txt", "inbox/a-3.txt"):
        kept = keep_article(shelf, "a.txt", TEXT + expected.encode())
        assert (kept.article.id, kept.article.source) == (expected, "")


def test_an_article_that_is_replaced_is_never_seen_without_what_is_known_of_it(
    shelf: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced: list[str] = []
    replace = Path.replace

    def recorded(source: Path, target: Path) -> Path:
        replaced.append(target.name)
        return replace(source, target)

    monkeypatch.setattr(Path, "replace", recorded)
    put_article(shelf, "a.txt", TEXT, FrontMatter(source="河口晚报"))
    assert replaced == ["a.txt.yaml", "a.txt"]


@given(
    st.builds(
        FrontMatter,
        title=st.text("标题ab:#-'\"[]{}&*!|>%@`", min_size=1, max_size=30).map(str.strip),
        source=st.sampled_from(["", "yes", "null", "2026", "- x"]),
        published=st.none() | st.dates(date(1990, 1, 1), date(2030, 1, 1)),
        url=st.sampled_from(["", "https://t.me/c/1/2", "https://example.com/?a=b#c"]),
    )
)
def test_front_matter_is_read_as_it_was_meant(
    tmp_path_factory: pytest.TempPathFactory, front: FrontMatter
) -> None:
    place = tmp_path_factory.mktemp("shelf")
    content = with_front_matter(front, "正文一句话。").encode()
    settings = IndexSettings(seeds=place / "seeds", data=place / "data")
    article = keep_article(settings, "a.md", content).article
    assert article.title == (front.title or "a")
    metadata = (article.source, article.published, article.url)
    assert metadata == (front.source, front.published, front.url)
    assert article.text.endswith("正文一句话。")


def test_a_disk_that_does_not_take_it_leaves_nothing_half_written(
    shelf: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.corpus.intake.flush", fail)
    with pytest.raises(NotKept, match="No space left"):
        keep_article(shelf, "a.txt", TEXT, FrontMatter(url="https://example.com"))
    assert files_below(shelf.seeds) == []


@pytest.mark.parametrize("about", [None, FrontMatter(title="题目")])
def test_an_article_that_a_full_disk_refuses_at_the_last_moment_is_gone(
    shelf: IndexSettings, monkeypatch: pytest.MonkeyPatch, about: FrontMatter | None
) -> None:
    def fail_on_folders(path: Path) -> None:
        if path.is_dir():
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.corpus.intake.flush", fail_on_folders)
    with pytest.raises(NotKept, match="No space left"):
        keep_article(shelf, "文章.txt", TEXT, about)
    assert files_below(shelf.seeds) == []


def test_an_article_that_cannot_be_moved_to_its_place_leaves_nothing(
    shelf: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.corpus.intake._move_new", fail)
    with pytest.raises(NotKept, match="No space left"):
        keep_article(shelf, "文章.txt", TEXT, FrontMatter(title="题目"))
    assert files_below(shelf.seeds) == []


def test_what_a_killed_process_left_unfinished_goes_with_a_later_article(
    shelf: IndexSettings,
) -> None:
    inbox = shelf.seeds / "inbox"
    inbox.mkdir(parents=True)
    left, begun, foreign = (
        inbox / name for name in (f".{'a' * 16}.tmp", f".{'b' * 16}.tmp", ".notes.tmp")
    )
    long_ago = time.time() - 7200
    for path in (left, begun, foreign):
        path.touch()
    for path in (left, foreign):
        os.utime(path, (long_ago, long_ago))
    keep_article(shelf, "a.txt", TEXT)
    assert files_below(inbox) == sorted([begun.name, foreign.name, "a.txt"])


def test_an_article_is_kept_though_its_unfinished_file_cannot_be_removed(
    shelf: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", broken)
        kept = keep_article(shelf, "a.txt", TEXT)
    assert kept.article.id == "inbox/a.txt"
    assert (shelf.seeds / "inbox" / "a.txt").read_bytes() == TEXT
