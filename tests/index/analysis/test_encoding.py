"""From bytes to text."""

import codecs
import struct

import pytest
from articles import PLAIN
from hypothesis import assume, given
from hypothesis import strategies as st

from index import SkipReason, UnreadableFile
from index.analysis.encoding import canonical, decode

TRADITIONAL = "河口縣去年投資三百萬元,更換路燈,惠及十二個社區的居民。"
TEXT = "河口县去年投资三百万元,更换路灯。"


def reason(content: bytes) -> SkipReason:
    with pytest.raises(UnreadableFile) as caught:
        decode(content)
    assert str(caught.value).endswith(".")
    return caught.value.reason


@pytest.mark.parametrize("lines", [1, 12])
@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "gb2312", "utf-16", "utf-16-le", "utf-16-be"],
)
def test_the_encodings_of_chinese_files_are_read_without_being_told(
    encoding: str, lines: int
) -> None:
    text = "\n".join([TEXT] * lines) + "\n"
    assert decode(text.encode(encoding)) == text


def test_traditional_characters_in_big5_are_read_without_being_told() -> None:
    assert decode((TRADITIONAL * 4).encode("big5")) == TRADITIONAL * 4


def test_one_line_in_gb18030_is_never_taken_for_another_encoding() -> None:
    """Nearly all short texts could be Big5 as well."""
    for start in range(len(TEXT)):
        for end in range(start + 5, len(TEXT) + 1):
            line = TEXT[start:end]
            assert decode(line.encode("gb18030")) == line


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n\t",
        "\u3000\n\u00a0".encode(),
        codecs.BOM_UTF8,
        codecs.BOM_UTF8 + b"\n",
        codecs.BOM_UTF16,
    ],
)
def test_a_file_without_a_visible_character_is_empty(content: bytes) -> None:
    assert reason(content) is SkipReason.EMPTY


@pytest.mark.parametrize(
    "content",
    [
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"PK\x03\x04\x14\x00\x00\x00",
        b"\x00\x01\x02\x03" * 8,
        b"\x01\x02\x03\x04 text",
    ],
)
def test_zero_and_control_bytes_are_binary(content: bytes) -> None:
    assert reason(content) is SkipReason.BINARY


def test_a_text_of_a_hundred_characters_may_hold_one_control_byte_and_no_more() -> None:
    assert decode(b"x" * 99 + b"\x01") == "x" * 99 + "\x01"
    assert reason(b"x" * 98 + b"\x01\x01") is SkipReason.BINARY


def test_a_table_of_numbers_is_binary_though_half_of_it_could_be_chinese_in_utf_16() -> None:
    numbers = range(0x9B00, 0xA100)
    assert reason(struct.pack(f"<{len(numbers)}H", *numbers)) is SkipReason.BINARY


@pytest.mark.parametrize(
    "content",
    [b"\x80\x81\xff", TEXT.encode() + b"\xff", bytes(range(128, 256))],
)
def test_what_no_encoding_fits_is_undecodable(content: bytes) -> None:
    assert reason(content) is SkipReason.UNDECODABLE


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t中文")))
def test_utf_8_text_is_kept_as_it_is(text: str) -> None:
    assume(text.strip())
    # A mark that opens a file is not part of its text.
    assume(not text.startswith("\ufeff"))
    assert decode(text.encode()) == decode(codecs.BOM_UTF8 + text.encode()) == text


@given(
    lines=st.lists(st.text("中文字 ", max_size=6), min_size=2), end=st.sampled_from(["\r\n", "\r"])
)
def test_line_ends_become_one_character(lines: list[str], end: str) -> None:
    assume("".join(lines).strip())
    assert decode(end.join(lines).encode()) == "\n".join(lines)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_text_or_have_a_reason(content: bytes) -> None:
    try:
        text = decode(content)
    except UnreadableFile:
        return
    assert text.strip()
    assert "\r" not in text
    text.encode()


@given(text=PLAIN, encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]))
def test_the_canonical_bytes_of_a_text_give_that_very_text(text: str, encoding: str) -> None:
    content = text.encode(encoding)
    try:
        decoded = decode(content)
    except UnreadableFile:
        assert canonical(content) == content
    else:
        assert decode(canonical(content)) == decoded


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"\x00\x01", b"%PDF-1.4\x00"])
def test_what_is_no_text_has_no_other_bytes_than_its_own(content: bytes) -> None:
    assert canonical(content) == content


def test_marks_that_would_be_read_otherwise_the_second_time_stay_where_they_are() -> None:
    for text in ("\ufeff\ufeff路灯", "路灯" * 99 + "\x00"):
        content = text.encode("utf-16")
        assert decode(canonical(content)) == decode(content)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16"])
def test_a_stray_zero_does_not_lose_a_text(encoding: str) -> None:
    text = "河口县去年更换路灯三千盏。\n投资三百万元,惠及十二个社区,节电四成。"
    assert decode(text.replace("\n", "\n\x00").encode(encoding)) == text


def test_a_stray_zero_in_latin_text_does_not_make_it_chinese() -> None:
    assert decode(b"Street lamps were replaced\x00 in the county.") == (
        "Street lamps were replaced in the county."
    )
