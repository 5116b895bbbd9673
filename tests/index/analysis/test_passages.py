"""Where an article breaks into passages."""

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from articles import MARKDOWN, PLAIN, article_of, plain_article
from hypothesis import given

from index.analysis.passages import LONGEST_PASSAGE, split_article
from index.loaders.markdown import load_markdown
from index.loaders.plain import load_plain
from index.model import Article, Block, BlockKind, Passage


def assert_lawful(article: Article) -> None:
    """Asserts what holds for the passages of any article."""
    passages = split_article(article, 7)
    assert [passage.id for passage in passages] == list(range(7, 7 + len(passages)))
    assert [passage.ordinal for passage in passages] == list(range(len(passages)))
    position = 0
    for passage in passages:
        assert position <= passage.start < passage.end
        assert article.text[passage.start : passage.end] == passage.text
        assert passage.text == passage.text.strip()
        assert passage.article_id == article.id
        assert passage.paragraph >= 1
        position = passage.end
    for block in article.blocks:
        if block.kind in (BlockKind.PARAGRAPH, BlockKind.HEADING):
            assert_held_once(article, block, passages)
    for passage in passages:
        assert_below_one_heading(article, passage)


def assert_held_once(article: Article, block: Block, passages: list[Passage]) -> None:
    """Asserts that passages do not overlap, so that each character is in one at most."""
    held = {
        place
        for passage in passages
        for place in range(max(passage.start, block.start), min(passage.end, block.end))
    }
    visible = {
        place for place in range(block.start, block.end) if not article.text[place].isspace()
    }
    assert visible <= held


def assert_below_one_heading(article: Article, passage: Passage) -> None:
    """Asserts that no heading follows a paragraph in a passage, and that its trail is above."""
    inside = [b for b in article.blocks if b.start < passage.end and b.end > passage.start]
    body = [b for b in inside if b.kind is BlockKind.PARAGRAPH]
    headings = [b for b in inside if b.kind is BlockKind.HEADING]
    if body and headings:
        assert headings[-1].end <= body[0].start
    if body:
        first, last = max(body[0].start, passage.start), min(body[-1].end, passage.end)
        assert last - first <= LONGEST_PASSAGE
    trail: list[Block] = []
    for block in article.blocks:
        if block.kind is BlockKind.HEADING and block.start < passage.end:
            trail = [above for above in trail if above.level < block.level] + [block]
    assert passage.headings == tuple(article.text[b.start : b.end] for b in trail)


@given(text=PLAIN)
def test_passages_of_plain_articles_are_lawful(text: str) -> None:
    """Exact ranges, in order, each visible character once, never across a heading."""
    assert_lawful(article_of(load_plain(text.encode())))


@given(text=MARKDOWN)
def test_passages_of_markdown_articles_are_lawful(text: str) -> None:
    """Exact ranges, in order, each visible character once, never across a heading."""
    assert_lawful(article_of(load_markdown(text.encode())))


@pytest.fixture(scope="module")
def page(seeds_folder: Path) -> list[Passage]:
    return split_article(article_of(load_plain((seeds_folder / "西宁创城.txt").read_bytes())), 0)


def test_a_paragraph_of_714_characters_becomes_several_passages_of_readable_length(
    page: list[Passage],
) -> None:
    long = [p for p in page if "张海霞" in p.byline and p.paragraph == 2]
    assert len(long) >= 3
    assert all(100 <= len(passage.text) <= LONGEST_PASSAGE for passage in long)


def test_most_passages_of_the_seed_article_are_readable_quotes(page: list[Passage]) -> None:
    readable = [passage for passage in page if 120 <= len(passage.text) <= LONGEST_PASSAGE]
    assert len(readable) >= 0.8 * len(page)


def test_passages_of_the_seed_article_are_whole_sentences(page: list[Passage]) -> None:
    for passage in page:
        assert re.search(r"[。!?;:”)]$|人民政府$|地方税务局$", passage.text), passage.text[-9:]


def test_each_passage_of_a_piece_knows_its_heading_byline_and_reporter(page: list[Passage]) -> None:
    piece = [passage for passage in page if "西区创城蓝图" in "".join(passage.headings)]
    assert piece
    for passage in piece:
        assert passage.headings == ("“四个坚持”架构西区创城蓝图",)
        assert passage.byline == "城西区委常委、宣传部长张海霞"
        assert passage.credit == "记者 施翔"


def test_the_investments_of_one_list_stand_in_one_passage(page: list[Passage]) -> None:
    amounts = ("2000万元", "500万元", "220余万元", "45.5万元")
    assert any(all(figure in passage.text for figure in amounts) for passage in page)


def test_headings_and_byline_open_the_first_passage_of_their_piece() -> None:
    passages = split_article(
        plain_article("看灯\n\n换灯\n局长马志远\n\n  路灯换了。\n\n修桥\n  桥修了。"), 0
    )
    assert [passage.text for passage in passages] == [
        "看灯\n\n换灯\n局长马志远\n\n  路灯换了。",
        "修桥\n  桥修了。",
    ]
    assert [passage.headings for passage in passages] == [("换灯",), ("修桥",)]
    assert [passage.byline for passage in passages] == ["局长马志远", ""]


def test_a_heading_trail_names_each_level_once() -> None:
    text = "# 书\n\n## 甲\n\n一。\n\n### 乙\n\n二。\n\n### 丙\n\n三。\n\n## 丁\n\n四。"
    passages = split_article(article_of(load_markdown(text.encode())), 0)
    assert [passage.headings for passage in passages] == [
        ("甲",),
        ("甲", "乙"),
        ("甲", "丙"),
        ("丁",),
    ]


def test_paragraphs_are_counted_below_their_heading() -> None:
    body = "\n".join("  " + f"第{n}段的句子。" * 30 for n in "一二三")
    passages = split_article(plain_article(f"题目\n\n{body}\n\n又一节\n{body}"), 0)
    numbers = [(passage.headings, passage.paragraph) for passage in passages]
    expected = [(headings, number) for headings in ((), ("又一节",)) for number in (1, 2, 3)]
    assert sorted(set(numbers)) == expected


def test_short_paragraphs_share_a_passage() -> None:
    passages = split_article(plain_article("题目\n\n" + "\n".join(["  短短的一段话。"] * 10)), 0)
    assert len(passages) == 1


def test_a_page_that_begins_where_a_passage_ends_is_none_of_its_pages() -> None:
    article = plain_article("一页。\n还是一页。")
    [passage] = split_article(replace(article, pages=(0, 4, len(article.text))), 0)
    assert (passage.page, passage.page_breaks) == (1, (4,))


def test_an_article_without_paragraphs_can_still_be_quoted() -> None:
    assert [p.text for p in split_article(plain_article("只有一个标题"), 0)] == ["只有一个标题"]


@pytest.mark.parametrize(
    ("dateline", "credit"),
    [
        ("本报西宁6月5日电 (记者 张三)", "记者 张三"),
        ("新华社北京6月5日电\uff08记者李四、王五\uff09", "记者李四、王五"),
        ("(河口日报讯)(记者 张三 通讯员 李四)", "记者 张三 通讯员 李四"),
        ("新华社北京6月5日电", ""),
        ("本报的(记者 张三)", ""),
    ],
)
def test_reporters_in_a_dateline_sign_what_follows_and_stay_in_the_text(
    dateline: str, credit: str
) -> None:
    passages = split_article(plain_article(f"通车\n\n  {dateline}路通了。\n  人人高兴。"), 0)
    assert [passage.credit for passage in passages] == [credit]
    assert dateline in passages[0].text


def test_a_credit_that_closes_a_piece_counts_more_than_its_dateline() -> None:
    text = "通车\n\n  本报西宁6月5日电(记者 张三)路通了。\n  人人高兴。(记者 李四)"
    assert [passage.credit for passage in split_article(plain_article(text), 0)] == ["记者 李四"]


def test_what_stands_above_the_date_line_can_be_quoted_and_signs_the_article() -> None:
    text = "通车\n栗树坪纪事\n作者:张三\n2025-06-06 来源:青海日报\n  路通了。"
    lead, body = split_article(plain_article(text), 0)
    assert lead.text == "通车\n栗树坪纪事\n作者:张三"
    assert (body.text, body.headings, body.byline) == ("路通了。", ("栗树坪纪事",), "作者:张三")


SHAPES = {
    "lines of one letter": "a\n",
    "lines of one mark": "。\n",
    "a heading a line": "第一章 总则\n",
    "a reporter a line": "记者 张三\n",
    "a credit a line": "正文(记者 张三)\n",
    "a date a line": "2017-11-27\n",
    "short sentences": "是。",
    "nothing but marks": "\uff01\uff0c",
}


def calls_made(work: Callable[[], object]) -> int:
    """Returns how many functions are called, a measure that other processes do not disturb."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event.endswith("call")

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("unit", SHAPES.values(), ids=SHAPES)
def test_a_text_of_an_odd_shape_takes_no_more_work_a_line_than_any_other(unit: str) -> None:
    """Of very short sentences hundreds may stand in one passage, and not each pair is tried."""
    times = 3_000
    content = (unit * times).encode()
    calls = calls_made(lambda: split_article(article_of(load_plain(content)), 0))
    assert calls < 250 * times


def test_what_stands_above_a_title_is_a_passage_of_its_own() -> None:
    head = "河口县水务局文件\n河水发〔2025〕7号"
    text = f"{head}\n\n关于清洗水箱的通知\n\n  明天清洗水箱。"
    article = article_of(load_plain(text.encode()))
    assert_lawful(article)
    assert [passage.text.split("\n")[0] for passage in split_article(article, 0)] == [
        *("河口县水务局文件", "关于清洗水箱的通知")
    ]
