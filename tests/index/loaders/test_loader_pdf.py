"""Which PDF file becomes which article.

Where lines stand on a page is stated by hand. Two documents in `files/` were made by LibreOffice
from `documents.py`: one with a running head and foot, one with indented paragraphs.
"""

from datetime import date
from pathlib import Path

import pytest
from documents import HEADINGS, SOURCE
from hostile_files import encrypted

from index import SkipReason, UnreadableFile
from index.loaders.metadata import enrich
from index.loaders.pdf import load_pdf
from index.loaders.pdf_columns import in_reading_order
from index.loaders.pdf_layout import Line, Part, lay_out
from index.loaders.pdf_running_lines import printed_address, without_running_lines
from index.loaders.pieces import NEW_PAGE, Piece, compose
from index.model import BlockKind

FILES = Path(__file__).parent / "files"
FULL = "河口县去年投资三百万元更换路灯三千盏惠及十二个社区的居民"
"""A line that fills its column."""
WIDTH, LEFT, SIZE = 28 * 10.0, 50.0, 10.0


def line(
    text: str, row: int, *, left: float = LEFT, size: float = SIZE, leading: float = 15
) -> Line:
    """Returns a line of Chinese, each character as wide as the type is high."""
    return Line((Part(text, left, left + size * len(text)),), 800 - leading * row, size)


def row(texts: list[str], number: int, *, gap: float) -> Line:
    """Returns a row of a table whose cells begin at the same places."""
    parts = [Part(text, LEFT + n * gap, LEFT + n * gap + 10) for n, text in enumerate(texts)]
    return Line(tuple(parts), 800 - 15 * number, SIZE)


def lines_of(*pages: list[Line]) -> list[str]:
    """Returns the lines of the text that pages become."""
    return compose(lay_out(pages)).text.split("\n")


def test_lines_of_a_paragraph_are_joined_without_a_space() -> None:
    assert lines_of([line(FULL, 0), line(FULL, 1), line("点亮全城。", 2)]) == [
        FULL + FULL + "点亮全城。"
    ]


def test_a_short_line_ends_its_paragraph() -> None:
    page = [line(FULL, 0), line("点亮全城。", 1), line(FULL, 2), line("完工。", 3)]
    assert lines_of(page) == [FULL + "点亮全城。", FULL + "完工。"]


def test_an_indented_line_begins_a_paragraph_also_after_a_full_line() -> None:
    page = [line(FULL, 0), line(FULL, 1), line(FULL[2:], 2, left=LEFT + 20), line(FULL, 3)]
    assert lines_of(page) == [FULL * 2, FULL[2:] + FULL]


def test_a_wider_distance_begins_a_paragraph_also_after_a_full_line() -> None:
    page = [line(FULL, 0), line(FULL, 1), line(FULL, 2), line(FULL, 4), line(FULL, 5)]
    assert lines_of(page) == [FULL * 3, FULL * 2]


def test_a_paragraph_goes_on_over_the_end_of_a_page() -> None:
    first, second = [line(FULL, 0), line(FULL, 1)], [line("点亮全城。", 0), line(FULL, 1)]
    draft = compose(lay_out([first, second]), paged=True)
    assert draft.text.split("\n")[0] == FULL * 2 + "点亮全城。"
    assert draft.pages == (0, 2 * len(FULL))


def test_pages_begin_where_their_text_does_and_blank_ones_with_the_next() -> None:
    draft = compose(lay_out([[line("一页。", 0)], [], [line("三页。", 0)], []]), paged=True)
    assert draft.text == "一页。\n三页。"
    assert draft.pages == (0, 4, 4, 7)


def test_a_page_may_begin_within_a_line() -> None:
    draft = compose([Piece(f"甲{NEW_PAGE}乙"), Piece(f"a\n{NEW_PAGE}b")], paged=True)
    assert [draft.text[start:] for start in draft.pages] == ["甲乙\na b", "乙\na b", "b"]


def test_latin_words_are_parted_and_hyphenation_is_mended() -> None:
    texts = ("The administration of light-", "ing has bought 300 new", "lamps.")
    page = [
        Line((Part(text, LEFT, LEFT + 10 * len(text)),), 800 - 15.0 * number, SIZE)
        for number, text in enumerate(texts)
    ]
    assert lines_of(page) == ["The administration of lighting has bought 300 new lamps."]


def test_larger_type_makes_headings_by_its_size() -> None:
    page = [
        line("河口县年鉴", 0, size=20),
        line("第一章", 3, size=14),
        line(FULL, 5),
        line(FULL, 6),
        line("第二章", 8, size=14),
        line(FULL, 10),
    ]
    headed = [(piece.text, piece.level) for piece in lay_out([page]) if piece.level]
    assert headed == [("河口县年鉴", 1), ("第一章", 2), ("第二章", 2)]


def test_columns_are_read_one_after_the_other() -> None:
    left = [line(FULL, number) for number in range(3)]
    right = [line(FULL, number, left=LEFT + WIDTH + 120) for number in range(2)]
    assert lines_of([*left, *right, line("完工。", 2, left=LEFT + WIDTH + 120)]) == [
        FULL * 5 + "完工。"
    ]


@pytest.mark.parametrize("gap", [16, 60])
def test_rows_of_a_table_are_told_by_their_gaps(gap: float) -> None:
    rows = [["项目", "投资", "年份"], ["路灯", "300万元", "2016"], ["电缆", "80万元", "2017"]]
    page = [row(texts, number, gap=gap) for number, texts in enumerate(rows)]
    assert lines_of(page) == [
        "项目\uff1a路灯 | 投资\uff1a300万元 | 年份\uff1a2016",
        "项目\uff1a电缆 | 投资\uff1a80万元 | 年份\uff1a2017",
    ]


def test_what_stands_on_each_page_is_none_of_the_text() -> None:
    pages = [
        [line("河口县年鉴 2017", 0), line(f"第{number}件事,办成了。", 3), line(f"- {number} -", 50)]
        for number in range(1, 5)
    ]
    kept = [[text_line.text for text_line in page] for page in without_running_lines(pages)]
    assert kept == [[f"第{number}件事,办成了。"] for number in range(1, 5)]


def test_a_number_alone_is_the_number_of_its_page_only_if_it_is() -> None:
    assert without_running_lines([[line(FULL, 0), line("1", 40)]]) == [[line(FULL, 0)]]
    page = [line(FULL, 0), line("2017", 40)]
    assert without_running_lines([page]) == [page]


def test_the_address_that_a_browser_prints_is_the_articles() -> None:
    foot = line("https://a.example/1.html 1/1", 50)
    head = line("11/23/26, 9:48 PM 河口县更换路灯", 0)
    pages = [[head, line(FULL, 3), foot]]
    assert printed_address(pages) == "https://a.example/1.html"
    assert without_running_lines(pages) == [[line(FULL, 3)]]


@pytest.mark.parametrize("name", ["office.pdf", "indented.pdf"])
def test_a_document_of_an_office_has_its_title_its_day_its_source_and_its_headings(
    name: str,
) -> None:
    draft = load_pdf((FILES / name).read_bytes())
    headings = [
        draft.text[block.start : block.end]
        for block in draft.blocks
        if block.kind is BlockKind.HEADING
    ]
    assert draft.title.endswith("的建设经过")
    assert (draft.published, draft.source) == (date(2017, 11, 27), SOURCE)
    assert tuple(headings) == HEADINGS
    assert len(draft.pages) > 1
    assert "内部资料" not in draft.text
    assert draft.text.endswith("附近的居民都很满意。")


def test_a_password_is_said_to_protect_a_document() -> None:
    with pytest.raises(UnreadableFile) as caught:
        load_pdf(encrypted((FILES / "office.pdf").read_bytes(), "geheim"))
    assert caught.value.reason is SkipReason.ENCRYPTED


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9, 0.99])
def test_a_document_that_was_cut_short_is_read_as_far_as_it_goes_or_broken(share: float) -> None:
    content = (FILES / "office.pdf").read_bytes()
    try:
        draft = load_pdf(content[: int(share * len(content))])
    except UnreadableFile as fault:
        reason = fault.reason
    else:
        assert draft.text
        reason = SkipReason.BROKEN
    assert reason in (SkipReason.BROKEN, SkipReason.NO_TEXT)


def minimal_pdf(content: bytes) -> bytes:
    """Returns a page with a content stream in Helvetica, which says when it was made."""
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R"
        b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n"
        b"4 0 obj<</Length %d>>stream\nBT /F1 12 Tf 1 0 0 1 72 720 Tm %s ET\nendstream endobj\n"
        b"5 0 obj<</CreationDate(D:20200102030405Z)>>endobj\n"
        b"trailer<</Root 1 0 R/Info 5 0 R>>\n%%%%EOF\n" % (len(content) + 40, content)
    )


def test_the_day_when_the_file_was_made_is_not_that_of_publication() -> None:
    draft = load_pdf(minimal_pdf(b"(The road is open.) Tj"))
    assert (draft.text, draft.published) == ("The road is open.", None)


def test_what_is_written_out_of_order_is_read_from_the_left() -> None:
    """Office programs write the quotation marks of a line before the Chinese between them."""
    marks = b'(") Tj 1 0 0 1 167 720 Tm (") Tj'
    draft = load_pdf(minimal_pdf(marks + b" 1 0 0 1 77 720 Tm (The road is open.) Tj"))
    assert draft.text == '"The road is open."'


def test_a_space_that_is_hardly_seen_parts_words_too() -> None:
    draft = load_pdf(minimal_pdf(b"-3 Tw (The road is open.) Tj"))
    assert draft.text == "The road is open."


def chinese_pdf(text: str, space: int) -> bytes:
    """Returns a page with a line in a Chinese font that is not embedded.

    Args:
        space: the width of its space, in thousandths of the size.
    """
    codes = text.encode("utf-16-be").hex().encode()
    font = (
        b"/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[<<"
        b"/Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/DW 1000/W[1[%d]]"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 2>>>>]" % space
    )
    page = minimal_pdf(b"<%s> Tj" % codes)
    return page.replace(b"/Subtype/Type1/BaseFont/Helvetica", font)


@pytest.mark.parametrize("space", [50, 200, 1000])
@pytest.mark.parametrize("text", ["河口县 2017 年更换路灯", "更换 LED 路灯", "The road is open."])
def test_a_space_that_is_written_is_quoted(text: str, space: int) -> None:
    assert load_pdf(chinese_pdf(text, space)).text == text


def test_a_head_between_title_and_date_line_hides_no_date() -> None:
    pieces = [
        *(Piece("栗树坪通路", BlockKind.TITLE), Piece("河口新闻 县区 A3")),
        *(Piece("2025-06-06 栗树坪发布"), Piece(FULL + "。")),
    ]
    draft = enrich(compose(pieces))
    assert (draft.published, draft.source) == (date(2025, 6, 6), "栗树坪发布")


LEFT_COLUMN = [
    "河口县去年投资三百万元更",
    "换路灯三千盏惠及十二个社",
    "区的居民今年再换两千盏并",
    "把水管一并换新。",
]
RIGHT_COLUMN = [
    "县图书馆下月起每晚延长两",
    "小时开放读者可以凭身份证",
    "办理借书证并预约自习的座",
    "位周一闭馆整理。",
]


def test_lines_of_a_right_column_are_joined_under_a_centred_title() -> None:
    title = line("河口小报", 0, left=LEFT + 150, size=2 * SIZE)
    left = [line(text, number) for number, text in enumerate(LEFT_COLUMN, 2)]
    right = [line(text, number, left=LEFT + 200) for number, text in enumerate(RIGHT_COLUMN, 2)]
    assert lines_of([title, *left, *right]) == [
        "河口小报",
        "".join(LEFT_COLUMN),
        "".join(RIGHT_COLUMN),
    ]


def beside(left: str, right: str, number: int) -> Line:
    """Two lines beside each other that the file holds as one."""
    parts = (*line(left, number).parts, *line(right, number, left=LEFT + 200).parts)
    return Line(parts, 800 - 15 * number, SIZE)


def test_columns_that_the_file_holds_line_by_line_are_read_one_after_the_other() -> None:
    rows = [
        beside(*texts, number)
        for number, texts in enumerate(zip(LEFT_COLUMN, RIGHT_COLUMN, strict=True))
    ]
    assert lines_of(in_reading_order(rows)) == ["".join(LEFT_COLUMN), "".join(RIGHT_COLUMN)]


def test_a_table_is_read_row_by_row() -> None:
    table = [
        row(["项目", "投资", "年份"], 0, gap=80),
        *(row(["路灯", "三百", "今年"], n, gap=80) for n in range(1, 6)),
    ]
    assert in_reading_order(table) == table
