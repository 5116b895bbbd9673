"""Which Word document becomes which article."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from io import BytesIO

import docx
import pytest
from docx.document import Document
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn

from index.loaders.docx import load_docx
from index.loaders.draft import LoadedArticle

LEAD = "河口县去年投资三百万元,更换路灯三千盏,惠及十二个社区。"


def load(write: Callable[[Document], object]) -> LoadedArticle:
    """Returns the draft of a document that was written."""
    document = docx.Document()
    write(document)
    out = BytesIO()
    document.save(out)
    return load_docx(out.getvalue())


def outline(draft: LoadedArticle) -> list[tuple[str, int, str]]:
    return [(b.kind.value, b.level, draft.text[b.start : b.end]) for b in draft.blocks]


def test_title_headings_lists_and_tables_are_told() -> None:
    def write(document: Document) -> None:
        document.add_heading("河口县更换路灯", 0)
        document.add_heading("资金", 1)
        document.add_paragraph(LEAD)
        document.add_heading("明细", 2)
        document.add_paragraph("省厅补助", style="List Bullet")
        rows = (("项目", "投资", "年份"), ("路灯", "300万元", "2016"))
        table = document.add_table(2, 3)
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text

    draft = load(write)
    assert draft.title == "河口县更换路灯"
    assert outline(draft) == [
        ("title", 0, "河口县更换路灯"),
        ("heading", 1, "资金"),
        ("paragraph", 0, LEAD),
        ("heading", 2, "明细"),
        ("item", 1, "省厅补助"),
        ("paragraph", 0, "项目\uff1a路灯 | 投资\uff1a300万元 | 年份\uff1a2016"),
    ]


def test_headings_are_told_from_the_lines_where_no_style_marks_them() -> None:
    def write(document: Document) -> None:
        for line in (
            "河口县更换路灯",
            "2017年11月27日 来源:河口日报",
            "一、资金",
            LEAD,
            "二、工期",
            LEAD,
        ):
            document.add_paragraph(line)

    draft = load(write)
    assert (draft.title, draft.published, draft.source) == (
        "河口县更换路灯",
        date(2017, 11, 27),
        "河口日报",
    )
    assert [text for kind, _, text in outline(draft) if kind == "heading"] == [
        "一、资金",
        "二、工期",
    ]


def test_an_official_document_is_dated_at_its_end() -> None:
    def write(document: Document) -> None:
        for line in ("关于更换路灯的通知", LEAD, "河口县人民政府", "2017年11月27日"):
            document.add_paragraph(line)
        document.core_properties.created = datetime(2020, 1, 1, tzinfo=UTC)

    assert load(write).published == date(2017, 11, 27)


@pytest.mark.parametrize(("level", "title"), [(2, "更换路灯"), (1, "")])
def test_a_heading_that_opens_a_document_is_its_title_if_it_is_the_only_one_of_its_level(
    level: int, title: str
) -> None:
    def write(document: Document) -> None:
        document.add_heading("更换路灯", 1)
        document.add_paragraph(LEAD)
        document.add_heading("资金", level)
        document.add_paragraph(LEAD)

    assert load(write).title == title


def test_the_title_of_an_official_document_stands_below_its_letterhead() -> None:
    def write(document: Document) -> None:
        for line in (
            *("河口县人民政府文件", "河政〔2025〕12号", "关于更换路灯的通知"),
            *(LEAD, "河口县人民政府", "2025年6月6日"),
        ):
            document.add_paragraph(line)

    draft = load(write)
    assert draft.title == "关于更换路灯的通知"
    assert (draft.source, draft.published) == ("河口县人民政府", date(2025, 6, 6))
    assert "河政〔2025〕12号" in draft.text


def test_the_day_when_the_file_was_made_is_not_that_of_publication() -> None:
    def write(document: Document) -> None:
        document.add_paragraph(LEAD)
        document.core_properties.created = datetime(2020, 1, 2, tzinfo=UTC)
        document.core_properties.title = "河口县更换路灯"

    draft = load(write)
    assert (draft.title, draft.published) == ("河口县更换路灯", None)


def test_cells_that_are_merged_downwards_stand_in_each_row() -> None:
    def write(document: Document) -> None:
        document.add_paragraph(LEAD)
        table = document.add_table(3, 3)
        rows = (("项目", "年份", "投资"), ("路灯", "2016", "300万元"), ("", "2017", "80万元"))
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.cell(1, 0).merge(table.cell(2, 0))

    assert outline(load(write))[-1][2] == "项目\uff1a路灯 | 年份\uff1a2017 | 投资\uff1a80万元"


def test_a_cell_merged_downwards_beside_a_wide_one_stays_in_its_column() -> None:
    def write(document: Document) -> None:
        document.add_paragraph(LEAD)
        table = document.add_table(3, 3)
        rows = (("项目", "年份", "投资"), ("路灯", "", "300万元"), ("水管", "2017", ""))
        for row, texts in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        table.cell(1, 0).merge(table.cell(1, 1))
        table.cell(1, 2).merge(table.cell(2, 2))

    assert paragraphs(load(write))[1:] == [
        "项目\uff1a路灯 | 投资\uff1a300万元",
        "项目\uff1a水管 | 年份\uff1a2017 | 投资\uff1a300万元",
    ]


def test_moved_text_is_read_once_where_it_stands_now() -> None:
    def write(document: Document) -> None:
        for tag, rest in (("w:moveFrom", "河口县投资。"), ("w:moveTo", "灯亮了。")):
            move, run, text = OxmlElement(tag), OxmlElement("w:r"), OxmlElement("w:t")
            text.text = "路灯换了。"
            run.append(text)
            move.append(run)
            document.add_paragraph(rest)._p.append(move)

    assert load(write).text == "河口县投资。\n灯亮了。路灯换了。"


def test_what_was_deleted_is_not_read_and_what_was_inserted_is() -> None:
    """While changes are tracked, a document holds both."""

    def write(document: Document) -> None:
        paragraph = document.add_paragraph("河口县投资")
        for tag, text_tag, text in (("w:del", "w:delText", "二"), ("w:ins", "w:t", "三")):
            change, run, text_element = OxmlElement(tag), OxmlElement("w:r"), OxmlElement(text_tag)
            text_element.text = f"{text}百万元。"
            run.append(text_element)
            change.append(run)
            paragraph._p.append(change)

    assert load(write).text == "河口县投资三百万元。"


def test_a_paragraph_in_a_content_control_is_read() -> None:
    def write(document: Document) -> None:
        control, content = OxmlElement("w:sdt"), OxmlElement("w:sdtContent")
        paragraph = document.add_paragraph(LEAD)._p
        paragraph.addprevious(control)
        control.append(content)
        content.append(paragraph)

    assert load(write).text == LEAD


def test_an_outline_level_makes_a_heading() -> None:
    def write(document: Document) -> None:
        document.add_paragraph("河口县更换路灯", style="Title")
        paragraph = document.add_paragraph("资金")
        level = OxmlElement("w:outlineLvl")
        level.set(qn("w:val"), "1")
        paragraph._p.get_or_add_pPr().append(level)
        document.add_paragraph(LEAD)

    assert outline(load(write))[1] == ("heading", 2, "资金")


def define_list(document: Document, levels: str, override: str = "") -> None:
    """Defines list 77 by its levels, and list 78 as the same with an override."""
    numbering = document.part.numbering_part.element
    abstract = f'<w:abstractNum {nsdecls("w")} w:abstractNumId="77">{levels}</w:abstractNum>'
    numbering.insert(0, parse_xml(abstract))
    for number, inner in ((77, ""), (78, override)):
        reference = f'<w:abstractNumId w:val="77"/>{inner}'
        numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="{number}">{reference}</w:num>'))


def list_level(level: int, number_format: str, text: str, more: str = "") -> str:
    return (
        f'<w:lvl w:ilvl="{level}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>{more}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def numbered(document: Document, text: str, level: int = 0, number: int = 77) -> None:
    properties = document.add_paragraph(text)._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = level
    properties.get_or_add_numId().val = number


def paragraphs(draft: LoadedArticle) -> list[str]:
    return [draft.text[b.start : b.end] for b in draft.blocks]


def test_articles_are_counted_on_over_the_chapters_where_the_list_says_so() -> None:
    def write(document: Document) -> None:
        on = '<w:lvlRestart w:val="0"/>'
        define_list(
            document,
            list_level(0, "chineseCounting", "第%1章")
            + list_level(1, "chineseCountingThousand", "第%2条", on),
        )
        for text, level in (("灯具", 0), (LEAD, 1), (LEAD, 1), ("资金", 0), (LEAD, 1)):
            numbered(document, text, level)

    assert [text[:4] for text in paragraphs(load(write))] == [
        *("第一章 ", "第一条 ", "第二条 ", "第二章 ", "第三条 ")
    ]


def test_lower_levels_begin_anew_and_name_those_above() -> None:
    def write(document: Document) -> None:
        define_list(document, list_level(0, "decimal", "%1") + list_level(1, "decimal", "%1.%2"))
        for level in (0, 1, 1, 0, 1):
            numbered(document, LEAD, level)

    labels = [text.split()[0] for text in paragraphs(load(write))]
    assert labels == ["1", "1.1", "1.2", "2", "2.1"]


def test_a_list_that_begins_anew_counts_from_its_own_start() -> None:
    def write(document: Document) -> None:
        override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
        define_list(document, list_level(0, "japaneseCounting", "%1、"), override)
        for number in (77, 77, 78, 78):
            numbered(document, LEAD, 0, number)

    assert [text[:2] for text in paragraphs(load(write))] == ["一、", "二、", "五、", "六、"]


@pytest.mark.parametrize(
    ("number_format", "third"),
    [
        *(("lowerLetter", "c"), ("upperRoman", "III"), ("ideographTraditional", "丙")),
        *(("chineseLegalSimplified", "叁"), ("decimalEnclosedCircle", "③"), ("bullet", "")),
        *(("decimalZero", "03"), ("of a later Word", "3")),
    ],
)
def test_numbers_are_written_as_the_list_says(number_format: str, third: str) -> None:
    def write(document: Document) -> None:
        define_list(document, list_level(0, number_format, "%1"))
        for _ in range(3):
            numbered(document, LEAD)

    assert paragraphs(load(write))[-1] == f"{third} {LEAD}".strip()


def test_paragraphs_of_a_list_without_numbers_are_items_of_its_depth() -> None:
    def write(document: Document) -> None:
        levels = (
            list_level(0, "bullet", "●"),
            list_level(1, "none", ""),
            list_level(2, "decimal", "%3."),
        )
        define_list(document, "".join(levels))
        document.add_paragraph(f"{LEAD}换下的路灯分给\uff1a")
        for text, level in (("渡口小学", 0), ("后勤处", 1), ("白河村", 0), (LEAD, 2)):
            numbered(document, text, level)
        numbered(document, LEAD, number=0)

    draft = load(write)
    assert [(block.kind, block.level) for block in draft.blocks] == [
        ("paragraph", 0),
        *(("item", 1), ("item", 2), ("item", 1)),
        *(("paragraph", 0), ("paragraph", 0)),
    ]


def test_a_style_may_number_its_paragraphs_and_one_of_them_may_opt_out() -> None:
    def write(document: Document) -> None:
        define_list(document, list_level(0, "decimal", "(%1)"))
        style = document.styles.add_style("条目", 1)
        style.element.get_or_add_pPr().get_or_add_numPr().get_or_add_numId().val = 77
        document.add_paragraph(LEAD, style=style)
        numbered(document, LEAD, number=0)
        document.paragraphs[-1].style = style
        document.add_paragraph(LEAD, style=style)

    assert paragraphs(load(write)) == [f"(1){LEAD}", LEAD, f"(2){LEAD}"]


def test_a_numbered_cell_without_text_holds_its_number() -> None:
    def write(document: Document) -> None:
        document.add_paragraph(LEAD)
        define_list(document, list_level(0, "decimal", "%1"))
        table = document.add_table(3, 3)
        for row, texts in zip(
            table.rows, ("序号 项目 投资", " 路灯 三百万", " 水管 八十万"), strict=True
        ):
            for cell, text in zip(row.cells, texts.split(" "), strict=True):
                cell.text = text
        for row in table.rows[1:]:
            properties = row.cells[0].paragraphs[0]._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_numId().val = 77

    assert paragraphs(load(write))[1:] == [
        "序号\uff1a1 | 项目\uff1a路灯 | 投资\uff1a三百万",
        "序号\uff1a2 | 项目\uff1a水管 | 投资\uff1a八十万",
    ]


def test_a_title_over_two_paragraphs_is_one() -> None:
    def write(document: Document) -> None:
        for line in ("关于印发河口县路灯", "维护办法的通知", LEAD, LEAD):
            document.add_paragraph(line)

    assert load(write).title == "关于印发河口县路灯维护办法的通知"
