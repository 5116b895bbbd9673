"""Text fragments: the address of a sentence, as browsers read it."""

from dataclasses import replace
from itertools import chain
from urllib.parse import unquote, urlsplit

import pytest
from desk_fakes import a_citation
from hypothesis import given
from hypothesis import strategies as st

from bot.core.source_links import Link, SourceLinks, is_web_link
from bot.core.text_fragments import LONGEST_ADDRESS, LONGEST_WHOLE, to_sentence
from index import Span

URL = "https://news.example.com/a"
LEAD = f"{URL}#:~:text="
SHORT = "县城管局去年安装路灯一千余盏。"
LONG = (
    "投资500万元对辖区137个老旧楼院开展物业提升服务,投资220余万元对辖区162个老旧散楼院465个单元"
    "179804平方米实施了楼道涂白,投资45.5万元对老旧散楼院371个单元进行照明亮化。"
)


def directives_of(address: str) -> list[list[str]]:
    """Returns the decoded parts of each directive."""
    directives = address.partition(":~:text=")[2].split("&text=")
    return [[unquote(part) for part in directive.split(",")] for directive in directives]


def parts_of(address: str) -> list[str]:
    """Returns the decoded parts of the only directive."""
    [parts] = directives_of(address)
    return parts


def led_to(text: str, sentence: str, url: str = URL, markdown: bool = False) -> str:
    start = text.rindex(sentence)
    return to_sentence(url, text, Span(start, start + len(sentence)), markdown)


def test_a_short_sentence_is_named_as_a_whole() -> None:
    assert parts_of(led_to(SHORT, SHORT)) == [SHORT]


def test_what_stands_beside_a_sentence_is_named_and_then_the_sentence_alone() -> None:
    """The words may stand elsewhere on the page, and the page may show something in between."""
    assert directives_of(led_to(f"开头。{SHORT}结尾。", SHORT)) == [
        ["开头。-", SHORT],
        [SHORT, "-结尾。"],
        [SHORT],
    ]
    assert directives_of(led_to(f"上一行。\n\n{SHORT}", SHORT)) == [["上一行。-", SHORT], [SHORT]]
    assert directives_of(led_to(f"{SHORT}结尾。", SHORT)) == [[SHORT, "-结尾。"], [SHORT]]


def test_a_row_of_a_table_is_named_by_its_cells_without_the_names_of_the_columns() -> None:
    row = "项目\uff1a路灯 | 投资\uff1a300万元 | 进度\uff1a完成"
    assert directives_of(led_to(f"项目一览\n{row}", row)) == [
        ["路灯-", "300万元", "完成"],
        ["300万元-", "完成"],
        ["项目\uff1a路灯-", "投资\uff1a300万元", "进度\uff1a完成"],
    ]


def test_an_address_leaves_out_the_directive_that_it_has_no_room_for() -> None:
    url = f"{URL}?q={'a' * 1_600}"
    text = f"{'上' * 28}。{SHORT}"
    address = led_to(text, SHORT, url)
    assert directives_of(address) == [[SHORT]]
    assert len(address) <= LONGEST_ADDRESS


def test_what_means_something_in_a_directive_is_encoded() -> None:
    sentence = "A-B, C&D=100% #1 的路灯+电线都已换好。"
    address = led_to(sentence, sentence)
    directive = address.removeprefix(LEAD)
    assert not set(directive) & set("-,&=#+ ")
    assert unquote(directive) == sentence


@pytest.mark.parametrize(
    ("url", "start"),
    [
        (URL, f"{URL}#:~:text="),
        (f"{URL}?b=1#part-2", f"{URL}?b=1#part-2:~:text="),
        (f"{URL}#", f"{URL}#:~:text="),
        (f"{URL}#:~:text=old", f"{URL}#:~:text="),
        (f"{URL}#top:~:text=old", f"{URL}#top:~:text="),
    ],
)
def test_a_fragment_of_the_page_is_kept_and_a_directive_is_replaced(url: str, start: str) -> None:
    assert led_to(SHORT, SHORT, url) == start + led_to(SHORT, SHORT).removeprefix(LEAD)


def test_a_long_sentence_is_named_by_its_first_and_last_clauses() -> None:
    start, end = parts_of(led_to(LONG, LONG))
    assert LONG.startswith(start)
    assert LONG.endswith(end)
    assert len(start) + len(end) <= LONGEST_WHOLE
    assert start.endswith(",")
    assert end.startswith("投资45.5万元")


def test_a_sentence_without_short_clauses_is_named_by_longer_ones() -> None:
    first, last = "路" * 50 + ",", "灯" * 50 + "。"
    sentence = f"{first}{'桥' * 50},{last}"
    assert parts_of(led_to(sentence, sentence)) == [first, last]


def test_no_cut_falls_into_a_number_or_a_word() -> None:
    sentence = (
        "全县安装路灯共计12,600盏都由施工队在两个月里全部换好并且通过了由县里组织的验收"
        "而且没有一处返工没有一处超支也没有一人投诉。"
    )
    assert parts_of(led_to(sentence, sentence)) == [sentence]


def test_a_sentence_over_several_lines_is_named_by_its_first_and_its_last_line() -> None:
    sentence = "新增座位四百个、电脑六十台\n\n  新增图书三万册、期刊二百种。"
    assert parts_of(led_to(sentence, sentence)) == [
        "新增座位四百个、电脑六十台",
        "新增图书三万册、期刊二百种。",
    ]


def test_a_range_that_opens_a_passage_is_led_to_by_its_end_and_what_follows() -> None:
    """With a suffix, a range that starts in an earlier copy would reach down to this one."""
    sentence = "新增座位四百个、电脑六十台\n新增图书三万册、期刊二百种。"
    ends = ["新增座位四百个、电脑六十台", "新增图书三万册、期刊二百种。"]
    assert directives_of(led_to(f"{sentence}\n结尾。", sentence)) == [[ends[1], "-结尾。"], ends]


def test_a_short_sentence_comes_with_what_stands_around_it_on_its_line() -> None:
    text = "别的一行。\n  路灯何时点亮?去年十月。居民很高兴。\n下一行。"
    assert directives_of(led_to(text, "去年十月。"))[:2] == [
        ["路灯何时点亮?-", "去年十月。"],
        ["去年十月。", "-居民很高兴。"],
    ]
    assert parts_of(led_to("去年十月。", "去年十月。")) == ["去年十月。"]


def test_a_sentence_that_is_repeated_is_told_apart_by_what_stands_before_it() -> None:
    text = f"城东区:{SHORT}城西区:{SHORT}"
    assert parts_of(led_to(text, SHORT)) == [f"城东区:{SHORT}城西区:-", SHORT]


def test_blanks_in_a_row_are_one_as_on_a_page() -> None:
    assert parts_of(led_to("a  b\t c 的路灯都亮了起来。", "a  b\t c 的路灯都亮了起来。")) == [
        "a b c 的路灯都亮了起来。"
    ]


def test_marks_of_markdown_are_left_out_of_a_markdown_article_alone() -> None:
    sentence = "**县城管局**[去年](https://a.b)安装`路灯`一千余盏。"
    assert parts_of(led_to(sentence, sentence, markdown=True)) == [SHORT]
    assert "**" in parts_of(led_to(sentence, sentence))[0]


@pytest.mark.parametrize("mark", ["# ", "- ", "* ", "12. ", "> ", "> - ", "  1) "])
def test_marks_before_a_line_of_markdown_are_left_out(mark: str) -> None:
    line = f"{mark}{SHORT}"
    assert parts_of(led_to(line, line, markdown=True)) == [SHORT]
    assert directives_of(led_to(f"## 安装路灯\n\n{line}", line, markdown=True))[0] == [
        "安装路灯-",
        SHORT,
    ]


def test_a_blank_sentence_leads_to_the_page() -> None:
    assert to_sentence(URL, " \n ", Span(0, 3)) == URL


@given(st.text(max_size=200), st.integers(0, 200), st.integers(0, 200))
def test_whatever_a_sentence_holds_the_address_is_one_of_the_same_page(
    text: str, first: int, second: int
) -> None:
    span = Span(*sorted((min(first, len(text)), min(second, len(text)))))
    address = to_sentence(URL, text, span)
    assert address.isascii()
    assert urlsplit(address)._replace(fragment="").geturl() == URL
    assert is_web_link(address)
    assert len(address) <= LONGEST_ADDRESS
    for part in chain.from_iterable(directives_of(address)) if address != URL else ():
        kept = "".join(part.strip("-").split())
        assert kept in "".join(text.encode("utf-8", "replace").decode().split()) or "-" in text


def test_a_citation_opens_on_the_web_else_on_the_page_else_nowhere() -> None:
    links = SourceLinks(lambda _: "https://bot.example.com/article?id=a#cited")
    on_web = links.of(a_citation(url=URL))
    assert on_web
    assert on_web.original
    assert on_web.address.startswith(LEAD)
    assert links.of(a_citation()) == Link("https://bot.example.com/article?id=a#cited", False)
    assert links.of(a_citation(url="青海日报第三版")) == links.of(a_citation())
    assert SourceLinks().of(a_citation()) is None
    assert SourceLinks(lambda _: "").of(a_citation()) is None


def test_a_post_in_a_channel_is_linked_as_it_is() -> None:
    """The app that opens it knows no sentence of it."""
    post = "https://t.me/hekou/12"
    assert SourceLinks().of(a_citation(url=post)) == Link(post, True)


def test_an_address_that_would_be_too_long_leads_to_the_page() -> None:
    endless = "路" * (LONGEST_ADDRESS // 9)
    cited = a_citation(endless, endless, (), url=URL)
    assert SourceLinks().of(cited) == Link(URL, True)
    nearly = replace(cited, sentence=Span(0, 50))
    opened = SourceLinks().of(nearly)
    assert opened
    assert opened.address.startswith(LEAD)


def test_a_citation_of_a_pdf_names_its_page_as_well() -> None:
    cited = replace(a_citation(url="https://example.com/report.pdf"), page=3)
    opened = SourceLinks().of(cited)
    assert opened
    assert opened.address.startswith("https://example.com/report.pdf#page=3:~:text=")
    kept = SourceLinks().of(replace(cited, url="https://example.com/report.pdf#page=1"))
    assert kept
    assert "#page=1:~:text=" in kept.address


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example.com:0/a",
        "https://news.example.com:65536/a",
        "https://news.example.com:999999999999/a",
        "https://news.example.com:/a",
        "https://news.example.com:80x/a",
        "https://news.example.com:\u0668\u0660/a",
        "https://news.exa|mple.com/a",
        "https://news.exa<mple.com/a",
        "https://news%zz.example.com/a",
        "https://[::1]/a",
        "https://[::1/a",
        "https://a\u2100b.example.com/a",
        "https://news/a",
        "https://./a",
        "https:///a.b",
        "https://news.example.com/a b",
        "https://news.example.com/a\n",
        "https://news.example.com/\ud800",
        "ftp://news.example.com/a",
        "",
    ],
)
def test_an_address_that_telegram_takes_for_no_link_is_none(url: str) -> None:
    assert not is_web_link(url)
    assert SourceLinks().of(a_citation(url=url)) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://news.example.com",
        "HTTP://News.Example.com?a",
        "http://news.example.com:8080/a",
        "http://news.example.com:065535#a",
        "http://name:word@news.example.com:1/a",
        "http://news_1.example.com/新闻",
        "http://新闻.中国/a",
        "http://news%2d.example.com/",
    ],
)
def test_an_address_that_telegram_takes_for_a_link_is_one(url: str) -> None:
    assert is_web_link(url)
