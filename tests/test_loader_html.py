"""Which web page becomes which article."""

from datetime import date

import pytest

from index import SkipReason, UnreadableFile
from index.loaders.draft import Draft
from index.loaders.html import load_html
from index.loaders.web_archive import load_web_archive
from index.model import BlockKind

LEAD = "河口县去年投资三百万元,更换路灯三千盏,惠及十二个社区。县城管局局长赵强说,新灯节电四成。"
MONEY = "资金由县财政和省厅各出一半,其中县财政出资一百五十万元,省厅补助一百五十万元。"


def page(body: str, head: str = "<title>河口县更换路灯</title>") -> Draft:
    text = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return load_html(text.encode())


def outline(draft: Draft) -> list[tuple[str, int, str]]:
    """Each block's kind, level and first characters."""
    return [(b.kind.value, b.level, draft.text[b.start : b.end][:12]) for b in draft.blocks]


def lines(draft: Draft) -> list[str]:
    return [draft.text[b.start : b.end] for b in draft.blocks if b.kind is not BlockKind.TITLE]


def test_headings_keep_their_levels_and_stand_where_they_stood() -> None:
    draft = page(
        f"<h1>河口县更换路灯</h1><p>{LEAD}</p><h2>资金</h2><p>{MONEY}</p><h3>明细</h3><p>{LEAD}</p>"
    )
    assert outline(draft) == [
        ("title", 0, "河口县更换路灯"),
        ("paragraph", 0, LEAD[:12]),
        ("heading", 2, "资金"),
        ("paragraph", 0, MONEY[:12]),
        ("heading", 3, "明细"),
        ("paragraph", 0, LEAD[:12]),
    ]


def test_what_is_printed_under_the_title_tells_day_source_and_author() -> None:
    info = (
        "<div><span>2017-11-27 10:16</span><span>来源:青海新闻网</span><span>作者:李明</span></div>"
    )
    draft = page(f"<div><h1>河口县更换路灯</h1>{info}<div><p>{LEAD}</p><p>{MONEY}</p></div></div>")
    assert (draft.published, draft.source) == (date(2017, 11, 27), "青海新闻网")
    assert ("byline", 0, "李明") in outline(draft)


def test_what_the_head_says_is_taken_where_nothing_is_printed() -> None:
    head = (
        '<title>河口县更换路灯</title><meta property="og:site_name" content="河口日报">'
        '<meta property="article:published_time" content="2017-11-27T08:00:00+08:00">'
        '<meta name="author" content="李明"><link rel="canonical" href="https://a.example/1">'
    )
    draft = page(f"<p>{LEAD}</p><p>{MONEY}</p>", head)
    assert draft.title == "河口县更换路灯"
    assert (draft.source, draft.published) == ("河口日报", date(2017, 11, 27))
    assert draft.url == "https://a.example/1"
    assert ("byline", 0, "李明") in outline(draft)


def test_the_address_that_a_browser_saved_a_page_from_is_its_address() -> None:
    saved = f"<!-- saved from url=(0020)https://a.example/2 --><html><body><p>{LEAD}</p>"
    assert load_html(saved.encode()).url == "https://a.example/2"


@pytest.mark.parametrize("address", ["javascript:alert(1)", "/1.html", "file:///etc/passwd", "x"])
def test_an_address_that_opens_no_page_is_none(address: str) -> None:
    draft = page(f"<p>{LEAD}</p>", f'<title>路灯</title><link rel=canonical href="{address}">')
    assert draft.url == ""


def test_the_name_of_the_site_in_the_browsers_title_is_the_source() -> None:
    draft = page(
        f"<h1>河口县更换路灯</h1><p>{LEAD}</p>", "<title>河口县更换路灯-青海新闻网</title>"
    )
    assert (draft.title, draft.source) == ("河口县更换路灯", "青海新闻网")


def test_rows_of_a_table_carry_the_names_of_its_columns() -> None:
    table = (
        "<table><tr><th>项目</th><th>投资</th></tr><tr><td>路灯</td><td>300万元</td></tr>"
        "<tr><td rowspan=2>电缆</td><td>80万元</td></tr><tr><td>90万元</td></tr></table>"
    )
    told = lines(page(f"<p>{LEAD}</p>{table}<p>{MONEY}</p>"))
    assert told[1:4] == [
        "项目\uff1a路灯 | 投资\uff1a300万元",
        "项目\uff1a电缆 | 投资\uff1a80万元",
        "项目\uff1a电缆 | 投资\uff1a90万元",
    ]


def test_pairs_are_not_taken_for_the_names_of_columns() -> None:
    rows = "<tr><td>项目</td><td>路灯</td></tr><tr><td>负责人</td><td>赵强</td></tr>"
    assert lines(page(f"<p>{LEAD}</p><table>{rows}</table>"))[1:] == [
        "项目 | 路灯",
        "负责人 | 赵强",
    ]


def test_a_table_for_the_layout_is_none() -> None:
    body = f"<table><tr><td><a href=1>首页</a></td><td><h2>资金</h2><p>{LEAD}</p></td></tr></table>"
    assert "|" not in page(body).text


def test_scripts_styles_and_what_is_hidden_are_not_read() -> None:
    hidden = "<script>var a='秘密'</script><style>p{}</style><p style='display: none'>秘密</p>"
    assert "秘密" not in page(f"<p>{LEAD}</p>{hidden}<p>{MONEY}</p>").text


def test_lines_of_the_source_and_characters_that_cannot_be_seen_part_no_words() -> None:
    draft = page("<p>河口县去年\n   投资三\u200b百万元,\n更换 LED\n  lamps 三千盏。</p>")
    assert lines(draft) == ["河口县去年投资三百万元,更换 LED lamps 三千盏。"]


def test_line_breaks_part_paragraphs() -> None:
    assert lines(page(f"<div>\u3000\u3000{LEAD}<br><br>\u3000\u3000{MONEY}</div>")) == [LEAD, MONEY]


@pytest.mark.parametrize(
    ("named", "encoding"),
    [("gb2312", "gbk"), ("GBK", "gb18030"), ("utf-8", "gbk"), ("iso-8859-1", "utf-8"), ("", "gbk")],
)
def test_a_page_is_read_in_its_encoding_whatever_it_says(named: str, encoding: str) -> None:
    text = f'<html><head><meta charset="{named}"></head><body><p>{LEAD}</p><p>{MONEY}</p>'
    assert LEAD in load_html(text.encode(encoding)).text


def test_a_few_broken_characters_do_not_cost_the_page() -> None:
    content = f"<meta charset=utf-8><p>{LEAD}</p><p>{MONEY * 3}</p>".encode()
    assert "一百五十万元" in load_html(content.replace("节电".encode(), b"\xe8\xff")).text


def test_a_page_without_text_is_said_to_have_none() -> None:
    with pytest.raises(UnreadableFile) as caught:
        page("<div id=app></div><script>fetch('/text')</script>")
    assert caught.value.reason is SkipReason.NO_TEXT


def test_a_web_archive_tells_its_address() -> None:
    archive = (
        "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n"
        "Snapshot-Content-Location: https://a.example/3\r\n\r\n--x\r\n"
        "Content-Type: text/css\r\n\r\np{}\r\n--x\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: 8bit\r\n\r\n<p>{LEAD}</p>\r\n--x--\r\n"
    )
    draft = load_web_archive(archive.encode())
    assert (lines(draft), draft.url) == ([LEAD], "https://a.example/3")
