"""Which file becomes which article."""

import random
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from articles import MARKDOWN, PLAIN, load_article, outline
from hypothesis import given

from index import SkipReason, UnreadableFile
from index.loaders import LOADERS
from index.loaders.draft import LoadedArticle
from index.loaders.markdown import load_markdown
from index.loaders.plain import load_plain
from index.model import BlockKind


def parts(draft: LoadedArticle, *kinds: BlockKind) -> list[str]:
    return [draft.text[b.start : b.end] for b in draft.blocks if b.kind in kinds]


def plain(text: str) -> LoadedArticle:
    return load_plain(text.encode())


def markdown(text: str) -> LoadedArticle:
    return load_markdown(text.encode())


def assert_ranges(draft: LoadedArticle) -> None:
    """Blocks are ranges of the text, in order, without overlap and without space around them."""
    position = 0
    for block in draft.blocks:
        assert position <= block.start < block.end <= len(draft.text)
        assert draft.text[block.start : block.end] == draft.text[block.start : block.end].strip()
        assert (block.kind is BlockKind.HEADING) == (block.level > 0)
        position = block.end


@given(text=PLAIN)
def test_the_blocks_of_a_plain_file_hold_each_visible_character_once(text: str) -> None:
    draft = plain(text)
    assert_ranges(draft)
    held = "".join(draft.text[b.start : b.end] for b in draft.blocks)
    assert "".join(held.split()) == "".join(draft.text.split())


@given(text=MARKDOWN)
def test_the_blocks_of_a_markdown_file_are_ranges_of_its_text(text: str) -> None:
    draft = markdown(text)
    assert_ranges(draft)
    if "|-|-|" not in text:
        assert draft.text == text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


# The project's own article


@pytest.fixture(scope="module")
def page(seeds_folder: Path) -> LoadedArticle:
    return load_plain((seeds_folder / "西宁创城.txt").read_bytes())


def test_the_seed_article_has_its_headline_its_day_and_its_source(page: LoadedArticle) -> None:
    assert page.title == "在文明城市创建中永不停步"
    assert page.published == date(2017, 11, 27)
    assert page.source == "青海新闻网"
    assert parts(page, BlockKind.TITLE) == [page.title]
    assert parts(page, BlockKind.METADATA) == ["27.11.2017 \u00a010:16", "青海新闻网讯"]


def test_the_seed_article_has_four_signed_pieces_and_two_teasers(page: LoadedArticle) -> None:
    assert parts(page, BlockKind.HEADING) == [
        "抓实抓细创城常态长效工作",
        "坚决巩固好文明城市创建成果",
        "“四个坚持”架构西区创城蓝图",
        "让群众共享更多的“创城福利”",
        "城西区地方税务局四个结合助推精神文明创建再上新台阶",
        "全省“五星级文明户”创建工作深入推进形成品牌",
    ]


def test_each_piece_of_the_seed_article_opens_with_its_byline_and_ends_with_its_reporter(
    page: LoadedArticle,
) -> None:
    assert parts(page, BlockKind.BYLINE) == [
        "城东区委常委、宣传部长胡建春",
        "(记者 徐顺凯)",
        "城中区委常委、宣传部长李秀彦",
        "(记者 肖芳)",
        "城西区委常委、宣传部长张海霞",
        "(记者 施翔)",
        "城北区委常委、宣传部长张红宁",
        "(记者 施翔)",
    ]


def test_the_seed_article_keeps_every_paragraph(page: LoadedArticle) -> None:
    paragraphs = parts(page, BlockKind.PARAGRAPH)
    assert [paragraph[:4] for paragraph in paragraphs[:3]] == ["当我得知", "如今西宁", "西宁荣膺"]
    assert 714 in map(len, paragraphs)
    assert paragraphs[-1].endswith("人民政府")


# Plain text


def test_several_pieces_in_one_file_are_told_apart_by_their_lines() -> None:
    draft = plain(
        "市民看灯\n2021年3月5日 09:30 来源:河口日报\n\n换灯\n局长马志远\n"
        "  路灯换了。\n  居民高兴。(记者 王一)\n\n修桥\n  桥修好了。\uff08通讯员 李二\uff09\n"
    )
    assert outline(draft) == [
        ("title", 0, "市民看灯"),
        ("metadata", 0, "2021年3月5日 09"),
        ("heading", 1, "换灯"),
        ("byline", 0, "局长马志远"),
        ("paragraph", 0, "路灯换了。"),
        ("paragraph", 0, "居民高兴。"),
        ("byline", 0, "(记者 王一)"),
        ("heading", 1, "修桥"),
        ("paragraph", 0, "桥修好了。"),
        ("byline", 0, "\uff08通讯员 李二\uff09"),
    ]
    assert (draft.published, draft.source) == (date(2021, 3, 5), "河口日报")


def test_numbered_headings_have_levels_even_when_indented() -> None:
    draft = plain(
        "办法\n第一章 总则\n  第二节 范围\n  适用于路灯。\n  \uff08一\uff09道路\n  指街道。"
    )
    assert [(b.kind.value, b.level) for b in draft.blocks] == [
        ("title", 0),
        ("heading", 1),
        ("heading", 2),
        ("paragraph", 0),
        ("heading", 3),
        ("paragraph", 0),
    ]


@pytest.mark.parametrize(
    "text",
    ["路灯已经全部换好。", "无" * 41, "2021-03-05", "他说:", "12345"],
)
def test_what_does_not_look_like_a_headline_is_no_title(text: str) -> None:
    assert plain(text).title == ""


def test_many_short_lines_on_end_are_a_list_and_no_headings() -> None:
    draft = plain("菜单\n\n红烧肉\n清蒸鱼\n白菜汤\n炒青菜\n\n欢迎光临。")
    assert parts(draft, BlockKind.HEADING) == []
    assert len(parts(draft, BlockKind.PARAGRAPH)) == 5


def test_up_to_three_short_lines_on_end_are_headings() -> None:
    draft = plain("菜单\n\n欢迎光临。\n\n热菜\n荤菜\n红烧\n\n红烧肉三十元。")
    assert parts(draft, BlockKind.HEADING) == ["热菜", "荤菜", "红烧"]


@pytest.mark.parametrize(
    "announced",
    [
        *("自家的书\n借来的画报", "自家的书\n借来的画报\n孩子的课本"),
        *("缺页的书；\n借来的画报", "缺页的书\n借来的、\n画过的画报"),
    ],
)
def test_short_lines_that_a_line_announces_are_no_headings(announced: str) -> None:
    draft = load_plain(f"图书交换\n\n书不够分。\n不收：\n{announced}\n先到的人先挑书。\n".encode())
    assert [block.kind for block in draft.blocks[1:]] == ["paragraph"] * len(draft.blocks[1:])


def test_one_short_line_or_a_number_below_a_line_that_announces_a_text_heads_it() -> None:
    draft = load_plain(
        "图书交换\n\n现在说明如下：\n换书的日子\n五月头三天换书。\n规则如下：\n"
        "（一）收什么\n（二）不收什么\n缺页的书不收。\n".encode()
    )
    assert [block.level for block in draft.blocks] == [0, 0, 1, 0, 0, 3, 3, 0]


def test_short_lines_that_end_a_file_are_no_headings() -> None:
    draft = plain("通知\n\n明天停水。\n\n河口县水务局")
    assert parts(draft, BlockKind.PARAGRAPH) == ["明天停水。", "河口县水务局"]


def test_a_report_names_its_agency_and_its_day_in_its_first_words() -> None:
    draft = plain("会议召开\n\n新华社河口2021年3月5日电 会议今天召开。")
    assert (draft.source, draft.published) == ("新华社", date(2021, 3, 5))
    assert parts(draft, BlockKind.PARAGRAPH) == ["新华社河口2021年3月5日电 会议今天召开。"]


@pytest.mark.parametrize(
    ("dateline", "source"),
    [
        ("新华社北京11月27日电(记者 张三)", "新华社"),
        ("新华社北京11月27日电\uff08记者 张三 通讯员 李四\uff09", "新华社"),
        ("(河口日报讯)", "河口日报"),
        ("本报讯 ", ""),
        ("本报北京11月27日电(记者 张三)", ""),
        ("本网讯\uff08记者 张三\uff09", ""),
        ("新华社北京分社的电话", ""),
    ],
)
def test_a_dateline_names_its_agency_whatever_stands_behind_it(dateline: str, source: str) -> None:
    """「本报」 is no name of a paper, and what is no dateline names none."""
    draft = plain(f"会议召开\n\n{dateline}会议今天召开。")
    assert draft.source == source
    assert parts(draft, BlockKind.PARAGRAPH) == [f"{dateline}会议今天召开。"]


def test_full_width_writing_tells_the_same_structure() -> None:
    text = "换灯记\n来源:河口日报 2021/03/05\n路灯换了。(记者 王一)"
    wide = text.translate({ord(c): ord(c) + 0xFEE0 for c in ":/()0123456789"})
    assert [(b.kind, b.start, b.end) for b in plain(wide).blocks] == [
        (b.kind, b.start, b.end) for b in plain(text).blocks
    ]
    assert plain(wide).source == "河口日报"


@pytest.mark.parametrize(
    ("line", "source", "url"),
    [
        ("2025-06-06 栗树坪发布", "栗树坪发布", ""),
        ("栗树坪发布 2025-06-06 10:16", "栗树坪发布", ""),
        ("2025年6月6日 栗树坪县融媒体中心", "栗树坪县融媒体中心", ""),
        ("2025年6月6日 星期五 县教育局", "县教育局", ""),
        ("栗树坪镇中心小学 2025年6月6日", "栗树坪镇中心小学", ""),
        ("2025年6月6日　栗树坪镇人民政府　栗树坪派出所", "栗树坪镇人民政府 栗树坪派出所", ""),
        ("2025-06-06 10:16 丁香园", "丁香园", ""),
        ("2025-06-06 第03版\uff1a要闻", "", ""),
        ("2025-06-06 09:10 来源\uff1a青海日报 字体\uff1a【大 中 小】 打印", "青海日报", ""),
        ("来源: 青海日报 2025-06-06 浏览次数\uff1a123 次", "青海日报", ""),
        ("2025-06-06 来源\uff1a 编辑\uff1a张三", "", ""),
        ("\u300a青海日报\u300b2025年6月6日", "青海日报", ""),
        ("\u300a青海日报\u300b\uff08 2025年6月6日 第1版\uff09", "青海日报", ""),
        ("2025年6月6日 青海日报 记者 李明", "青海日报", ""),
        ("青海日报\u30002025-06-06\u3000本报记者 李明、王芳", "青海日报", ""),
        ("县教育局2025年6月6日", "县教育局", ""),
        ("2025年6月6日 上午 栗树坪发布", "栗树坪发布", ""),
        ("2025/6/6 下午3:16 青海日报", "青海日报", ""),
        ("2025-06-06T08:00:00 青海日报", "青海日报", ""),
        ("\uff082025年6月6日 星期五\uff09", "", ""),
        ("\u300a青海日报\u300b 2025年06月06日 03版", "青海日报", ""),
        ("2025年6月6日 青海日报 第3版 要闻", "青海日报", ""),
        (
            "2025-06-06 来源: 西宁晚报 https://example.org/a.html",
            "西宁晚报",
            "https://example.org/a.html",
        ),
        (
            "来源\uff1a报名 https://example.org/a.html\uff0c 2025-06-06",
            "报名",
            "https://example.org/a.html",
        ),
    ],
)
def test_a_line_of_day_and_publisher_is_none_of_the_text(line: str, source: str, url: str) -> None:
    draft = plain(f"路通了\n{line}\n\n  栗树坪的路通了。")
    assert (draft.published, draft.source, draft.url) == (date(2025, 6, 6), source, url)
    assert [block.kind.value for block in draft.blocks] == ["title", "metadata", "paragraph"]


@pytest.mark.parametrize(
    "line",
    [
        "2025年6月6日由县政府",
        "2025年6月6日 成立便民办公室",
        "2025年6月6日\uff0c县政府宣布通车",
        "2025年6月6日 栗树坪大桥通车",
        "2025-06-06 栗树坪的路修通了。",
        "栗树坪发布",
        "官网\uff1ahttps://example.org/a.html",
        "主要来源\uff1a捐款",
        "2025年6月6日 我们采访了 记者 李明",
        "由县教育局2025年6月6日",
        "2025年6月6日 上午县政府开会",
        "2025年6月6日 青海日报出了12版",
        "\u300a路通了\u300b2025年6月6日",
    ],
)
def test_a_line_that_may_be_text_stays_text(line: str) -> None:
    draft = plain(f"路通了\n{line}\n\n  栗树坪的路通了。")
    assert BlockKind.METADATA not in [block.kind for block in draft.blocks]


def test_a_line_above_the_day_names_who_publishes() -> None:
    draft = plain("路通了\n栗树坪镇中心小学\n2025年6月6日\n\n一、时间\n路今天通车。")
    assert (draft.published, draft.source) == (date(2025, 6, 6), "栗树坪镇中心小学")
    assert parts(draft, BlockKind.HEADING) == ["一、时间"]


@pytest.mark.parametrize("below", ["2025年6月6日通车", "路今天通车。"])
def test_a_line_above_text_names_nobody_who_publishes(below: str) -> None:
    assert plain(f"路通了\n栗树坪镇中心小学\n{below}\n\n  路通了。").source == ""


def test_days_with_a_few_words_are_a_date_line_only_where_there_is_but_one() -> None:
    """The entries of a chronicle are headings."""
    draft = plain("大事记\n2025-06-06 大桥通车\n大桥通了。\n2025-06-07 学校开学\n学校开了。")
    assert parts(draft, BlockKind.HEADING) == ["2025-06-06 大桥通车", "2025-06-07 学校开学"]
    assert (draft.published, draft.source) == (None, "")


def test_the_time_of_an_event_is_text_and_not_the_day_of_publication() -> None:
    draft = plain("讲座通知\n时间\uff1a2025年6月6日 9:00\n地点\uff1a图书馆\n欢迎参加。")
    assert BlockKind.METADATA not in [block.kind for block in draft.blocks]
    assert draft.published is None
    assert parts(plain("讲座\n时间\uff1a6月6日9点\n欢迎参加。"), BlockKind.METADATA) == []


def test_an_official_document_is_signed_and_dated_at_its_end() -> None:
    draft = plain("停水通知\n\n  明天停水。\n\n河口县水务局\n2025年6月6日")
    assert (draft.source, draft.published) == ("河口县水务局", date(2025, 6, 6))
    assert parts(draft, BlockKind.PARAGRAPH) == ["明天停水。", "河口县水务局", "2025年6月6日"]


def test_author_and_second_headline_may_stand_above_the_date_line() -> None:
    draft = plain("路通了\n栗树坪纪事\n作者\uff1a张三\n2025-06-06 来源\uff1a青海日报\n路通了。")
    assert (draft.published, draft.source) == (date(2025, 6, 6), "青海日报")
    assert [block.kind.value for block in draft.blocks] == [
        *("title", "heading", "byline", "metadata", "paragraph")
    ]


def test_editors_and_the_source_at_the_end_are_none_of_the_text() -> None:
    draft = plain(
        "路通了\n路通了。(记者 张三)\uff08责编\uff1a李四、王五\uff09\n"
        "来源\uff1a青海日报\n编辑\uff1a赵六 审核\uff1a孙七"
    )
    assert outline(draft)[1:] == [
        ("paragraph", 0, "路通了。"),
        ("byline", 0, "(记者 张三)"),
        ("metadata", 0, "\uff08责编\uff1a李四、王五\uff09"),
        ("metadata", 0, "来源\uff1a青海日报"),
        ("metadata", 0, "编辑\uff1a赵六 审核\uff1a孙七"),
    ]
    assert draft.source == "青海日报"


# Official documents


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("河口县水务局文件\n河水发〔2025〕7号\n\n关于清洗水箱的通知", "关于清洗水箱的通知"),
        ("河口县水务局\n关于清洗水箱的通知", "河口县水务局关于清洗水箱的通知"),
        ("河政办发[2025]7号\n河口县人民政府关于印发\n水箱清洗办法的通知", None),
        ("关于公布河口县二十层以上住宅楼\n水箱清洗时间的公告", None),
        (
            "特急\n河水函〔2025〕7号\n关于水箱清洗经费的请示(代拟稿)",
            "关于水箱清洗经费的请示(代拟稿)",
        ),
        ("关于" + "清洗水箱和水管" * 8 + "的通知", None),
    ],
)
def test_an_official_title_stands_below_letterhead_and_number(head: str, title: str | None) -> None:
    draft = plain(f"{head}\n\n各乡镇\uff1a\n  明天清洗水箱。\n\n河口县水务局\n二〇二五年 三月一日")
    official = head.split("号\n")[-1].replace("\n", "")
    assert draft.title == (official if title is None else title)
    assert (draft.source, draft.published) == ("河口县水务局", date(2025, 3, 1))
    assert parts(draft, BlockKind.HEADING) == []
    held = "".join(parts(draft, *BlockKind))
    assert "".join(held.split()) == "".join(draft.text.split())


def test_the_number_of_a_document_can_be_quoted() -> None:
    draft = plain("河口县水务局文件\n河水发〔2025〕7号\n关于清洗水箱的通知\n  明天清洗水箱。")
    assert "河水发〔2025〕7号" in parts(draft, BlockKind.PARAGRAPH)


def test_an_official_document_is_dated_above_its_annex() -> None:
    annex = "附件\n水箱一览\n东街三只。\n西街四只。\n南街五只。"
    draft = plain(f"停水通知\n\n  明天停水。\n\n河口县文化馆\n2025年6月6日\n\n{annex}")
    assert (draft.source, draft.published) == ("河口县文化馆", date(2025, 6, 6))


@pytest.mark.parametrize(
    "line", ["2025年6月6日", "更新日期\uff1a2025-06-06", "发布日期 2025-06-06"]
)
def test_a_line_that_dates_a_text_heads_nothing(line: str) -> None:
    draft = plain(f"路通了\n\n栗树坪的路通了。\n\n后续\n大家高兴。\n\n{line}\n\n另见公告。")
    assert parts(draft, BlockKind.HEADING) == ["后续"]


def test_the_fields_of_a_notice_are_text() -> None:
    fields = ["主题\uff1a养生", "时间\uff1a2025年6月6日", "对象\uff1a居民", "联系人\uff1a赵强"]
    draft = plain("\n".join(["讲座通知", *fields, "欢迎参加。"]))
    assert parts(draft, BlockKind.PARAGRAPH) == [*fields, "欢迎参加。"]
    assert draft.published is None


def test_what_a_reprint_tells_of_its_origin_is_none_of_the_text() -> None:
    draft = plain(
        "路通了\n原标题\uff1a栗树坪的路\n链接\uff1ahttps://a.example/1\n  栗树坪的路通了。"
    )
    assert parts(draft, BlockKind.PARAGRAPH) == ["栗树坪的路通了。"]


@pytest.mark.parametrize(
    "line",
    ["本报记者王小明", "记者 李明 通讯员 王芳", "· 李明", "本报记者 王小明 通讯员 李芳 文/图"],
)
def test_who_wrote_is_told_under_the_title(line: str) -> None:
    assert parts(plain(f"路通了\n{line}\n  栗树坪的路通了。"), BlockKind.BYLINE) == [line]


# Markdown


def test_markdown_headings_nest_and_the_first_is_the_title() -> None:
    draft = markdown(
        "# 换灯记\n\n开头。\n\n## 经过\n\n换了。\n\n### 花费 ###\n\n三百万。\n\n结果\n----\n好。"
    )
    assert draft.title == "换灯记"
    assert outline(draft) == [
        ("title", 0, "换灯记"),
        ("paragraph", 0, "开头。"),
        ("heading", 2, "经过"),
        ("paragraph", 0, "换了。"),
        ("heading", 3, "花费"),
        ("paragraph", 0, "三百万。"),
        ("heading", 2, "结果"),
        ("paragraph", 0, "好。"),
    ]


def test_front_matter_names_what_the_article_says_of_itself() -> None:
    draft = markdown(
        "---\ntitle: 换灯记\nsource: 河口日报\ndate: 2021-03-05\n"
        "url: https://example.org/1\n---\n# 经过\n换了。"
    )
    assert (draft.title, draft.source, draft.url) == ("换灯记", "河口日报", "https://example.org/1")
    assert draft.published == date(2021, 3, 5)
    assert outline(draft) == [("heading", 1, "经过"), ("paragraph", 0, "换了。")]


@pytest.mark.parametrize(
    "written", ["2021-03-05", "2021-03-05 09:30:00", "2021-03-05T09:30:00Z", "'2021年3月5日'"]
)
def test_front_matter_dates_are_read_however_they_are_written(written: str) -> None:
    assert markdown(f"---\ndate: {written}\n---\n换了。").published == date(2021, 3, 5)


def test_front_matter_values_stay_as_they_are_written() -> None:
    """1.10 is no number and no is no truth value: both are titles here."""
    assert markdown("---\ntitle: 1.10\n---\n换了。").title == "1.10"
    assert markdown("---\ntitle: no\n---\n换了。").title == "no"


@pytest.mark.parametrize(
    ("front", "title"),
    [
        ("title: [broken", ""),
        ("- a list", ""),
        ("only words", ""),
        ("title: {a: b}", ""),
        ("date: 2021-13-45", ""),
        ("date: !!timestamp never", ""),
        ("title: !!int ''", ""),
        ("title: !!bool maybe", "maybe"),  # whatever its tag says of it, it is a text
        ("title: !!python/object/apply:os.getcwd []", ""),
        ("title: *nothing", ""),
        ("url: " + "9:" * 300 + "59.5", ""),
        ("? [a, b]\n: c", ""),
        ("[" * 1_000, ""),
    ],
)
def test_front_matter_that_tells_nothing_costs_the_article_nothing_else(
    front: str, title: str
) -> None:
    draft = markdown(f"---\n{front}\n---\n换了。")
    assert parts(draft, BlockKind.PARAGRAPH) == ["换了。"]
    assert (draft.title, draft.published) == (title, None)


def test_a_title_that_no_message_could_hold_is_cut() -> None:
    number = "0x" + "f" * 6_000
    assert markdown(f"---\ntitle: {number}\n---\n换了。").title == number[:300]


@pytest.mark.parametrize("value", [r"\UFFFFFFFF", r"\U00110000", r"\uD800x", r"\x1b]0;x\x07"])
def test_front_matter_that_means_harm_costs_no_more_than_its_value(value: str) -> None:
    draft = markdown(f'---\ntitle: "{value}"\nsource: 河口网\n---\n换了。')
    assert draft.title.isprintable()
    draft.title.encode("utf-8")


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://example.org/a?b=1", True),
        ("tg://user?id=777", False),
        ("javascript:alert(1)", False),
        ("https://[", False),
        ("https:///nowhere", False),
    ],
)
def test_only_addresses_of_the_web_are_linked(url: str, kept: bool) -> None:
    assert bool(markdown(f"---\nurl: '{url}'\n---\n换了。").url) is kept


@pytest.mark.parametrize(
    "headline", ["西宁建成便民服务中心", "走进互联网", "城西区成立合作社", "搭建志愿服务平台"]
)
def test_a_headline_that_ends_like_a_publisher_is_a_headline(headline: str) -> None:
    draft = load_plain(f"{headline}\n\n  路灯换好了,大家都说好。".encode())
    assert (draft.title, draft.source) == (headline, "")


def test_a_marked_heading_as_long_as_a_paragraph_heads_nothing() -> None:
    draft = markdown(f"# {'长' * 500}\n\n换了。")
    assert [block.kind for block in draft.blocks] == [BlockKind.PARAGRAPH, BlockKind.PARAGRAPH]


def test_lists_quotes_and_code_are_quoted_as_they_are_written() -> None:
    draft = markdown("- 一盏\n- 两盏\n\n> 引用\n\n```\n代码\n```\n")
    assert parts(draft, BlockKind.PARAGRAPH) == ["- 一盏", "- 两盏", "> 引用", "```\n代码\n```"]


def test_a_markdown_table_is_its_column_names_and_its_rows_as_they_are_written() -> None:
    draft = markdown(
        "# 换灯\n\n前文。\n\n| 街 | 灯 |\n|---|--:|\n| 东街 | 12 |\n| 西街 | 3 \\| 4 |\n\n"
        "## 后来\n\n后文。"
    )
    assert outline(draft) == [
        ("title", 0, "换灯"),
        ("paragraph", 0, "前文。"),
        ("columns", 0, "| 街 | 灯 |"),
        ("paragraph", 0, "| 东街 | 12 |"),
        ("paragraph", 0, "| 西街 | 3 \\| "),
        ("heading", 2, "后来"),
        ("paragraph", 0, "后文。"),
    ]


def test_tables_without_rows_or_names_and_in_quotes_keep_what_they_hold() -> None:
    draft = markdown(
        "| 街 | 灯 |\n|---|---|\n\n| | |\n|---|---|\n| | |\n\n"
        "> | 街 | 灯 |\n> |---|---|\n> | 东街 | 12 |\n\n后文。"
    )
    assert parts(draft, BlockKind.COLUMNS) == ["| 街 | 灯 |", "| 街 | 灯 |"]
    assert parts(draft, BlockKind.PARAGRAPH) == ["| 东街 | 12 |", "后文。"]


def test_a_column_of_sources_is_none_of_the_article() -> None:
    draft = markdown("# 账目\n\n| 来源 | 数量 |\n|---|---|\n| 捐款 | 300 |\n")
    assert draft.source == ""
    assert parts(draft, BlockKind.PARAGRAPH) == ["| 捐款 | 300 |"]


# Files


def test_every_loader_is_fuzzed_below() -> None:
    assert set(LOADERS.values()) == {load_plain, load_markdown}


def test_every_suffix_is_read_in_any_case(tmp_path: Path) -> None:
    for suffix in LOADERS:
        path = tmp_path / f"换灯{suffix.upper()}"
        path.write_text("路灯换了。", "utf-8")
        article = load_article(path, f"新闻/换灯{suffix}", 100)
        assert (article.id, article.title) == (f"新闻/换灯{suffix}", "换灯")
        assert article.text == "路灯换了。"


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.exe", b"text", SkipReason.UNSUPPORTED),
        ("a", b"text", SkipReason.UNSUPPORTED),
        ("a.txt", b"", SkipReason.EMPTY),
        ("a.md", b"\x00", SkipReason.BINARY),
        ("a.txt", b"\xff\xff", SkipReason.UNDECODABLE),
        ("a.txt", b"x" * 101, SkipReason.TOO_LARGE),
    ],
)
def test_a_file_that_is_no_article_says_why(
    tmp_path: Path, name: str, content: bytes, reason: SkipReason
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile) as caught:
        load_article(tmp_path / name, name, 100)
    assert caught.value.reason is reason
    assert str(caught.value).endswith(".")


def test_a_file_of_the_largest_size_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"x" * 100)
    assert load_article(tmp_path / "a.txt", "a.txt", 100).text == "x" * 100


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as caught:
        load_article(tmp_path / "gone.txt", "gone.txt", 100)
    assert caught.value.reason is SkipReason.UNREADABLE


# Fuzzing

_SCRAPS = (
    *("# ", "\n", "\n\n", "> ", "- ", "1. ", "---\n", "```", "|a|b|\n|-|-|\n", "<div>", "<!--"),
    *("&amp;", "[a](b)", "[", "![", "(", "*", "_", "\\", "!!int ", "title: ", "date: ", "&a *a "),
    *("(记者 甲)", "( ", "第一章", "二〇一七年", "来源:", "2017-11-27\n", "河口网", "a\n===\n"),
    *("\u3000", "\u2028", "\U00020000", "\ufeff", "\x0c", "\x1c", "\x85", "e\u0301", "\r", "\t"),
)
_FRONT_MATTER = "---\ntitle: 创城\ndate: 2017-11-27\nsource: 青海新闻网\n---\n"


def _mutated(source: random.Random, text: str) -> bytes:
    """Returns a piece of `text` with a few of its places overwritten, repeated or cut."""
    start = source.randrange(len(text))
    mutated = text[start : start + source.randrange(1, 400)]
    if source.random() < 0.3:
        mutated = _FRONT_MATTER + mutated
    for _ in range(source.randrange(8)):
        place = source.randrange(len(mutated) + 1)
        scrap = source.choice(_SCRAPS) * source.choice((1, 1, 1, 2, 30))
        mutated = mutated[:place] + scrap + mutated[place + source.choice((0, 0, 1, 3, 20)) :]
    return mutated.encode(source.choice(("utf-8", "utf-8", "utf-8-sig", "gb18030")))


def _inputs(count: int, text: str) -> list[bytes]:
    """Returns mutated articles; a tenth of them with broken bytes, and a tenth arbitrary bytes."""
    source = random.Random(20171127)  # noqa: S311 - the same inputs each time
    inputs = []
    for number in range(count):
        content = bytearray(_mutated(source, text))
        if number % 10 == 0:
            content[source.randrange(len(content))] = source.randrange(256)
        inputs.append(source.randbytes(99) if number % 10 == 1 else bytes(content))
    return inputs


def _readable(inputs: list[bytes], loader: Callable[[bytes], LoadedArticle]) -> int:
    """Loads them all; returns how many of them are articles."""
    return sum(_survives(loader, content) for content in inputs)


def _survives(loader: Callable[[bytes], LoadedArticle], content: bytes) -> bool:
    """Whether it is an article; anything but an article and UnreadableFile fails."""
    try:
        draft = loader(content)
    except UnreadableFile:
        return False
    assert_ranges(draft)
    return True


@pytest.mark.parametrize("loader", [load_plain, load_markdown])
def test_a_few_hundred_damaged_files_are_articles_or_have_a_reason(
    loader: Callable[[bytes], LoadedArticle], seeds_folder: Path
) -> None:
    inputs = _inputs(300, (seeds_folder / "西宁创城.txt").read_text("utf-8"))
    assert _readable(inputs, loader) > 0.7 * len(inputs)


@pytest.mark.slow
@pytest.mark.parametrize("loader", [load_plain, load_markdown])
def test_twenty_thousand_damaged_files_are_articles_or_have_a_reason(
    loader: Callable[[bytes], LoadedArticle], seeds_folder: Path
) -> None:
    inputs = _inputs(20_000, (seeds_folder / "西宁创城.txt").read_text("utf-8"))
    assert _readable(inputs, loader) > 0.7 * len(inputs)


@pytest.mark.parametrize("loader", [load_plain, load_markdown])
def test_a_text_of_very_many_lines_is_refused_before_they_are_looked_at(
    loader: Callable[[bytes], LoadedArticle], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.analysis.encoding.MOST_LINES", 3)
    assert loader("路\n通\n\n了".encode()).blocks
    with pytest.raises(UnreadableFile) as refused:
        loader("路\n通\n\n了\n".encode())
    assert refused.value.reason is SkipReason.TOO_HARD


@pytest.mark.slow
@pytest.mark.parametrize("loader", [load_plain, load_markdown])
def test_reading_takes_time_by_the_length_of_a_file_and_not_by_its_square(
    loader: Callable[[bytes], LoadedArticle],
) -> None:
    for scrap in _SCRAPS:
        short, long = (
            _seconds(loader, f"x\n{scrap * times}x".encode()) for times in (3_000, 24_000)
        )
        # Eight times the length: a square would be 64 times the work.
        assert long < 24 * max(short, 0.01), scrap


def _seconds(loader: Callable[[bytes], LoadedArticle], content: bytes) -> float:
    """Returns processor time of the fastest of three readings."""
    times = []
    for _ in range(3):
        started = time.process_time()
        _survives(loader, content)
        times.append(time.process_time() - started)
    return min(times)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("2023年工作报告.txt", "县政府工作报告\uff082023\uff09"),
        ("报告-2024.txt", "县政府工作报告\uff082024\uff09"),
        ("2023-05-06 报告.txt", "县政府工作报告"),
        ("20230506.txt", "县政府工作报告"),
        ("2023.txt", "县政府工作报告"),
        ("报告2022.txt", "县政府工作报告"),
    ],
)
def test_a_year_that_only_the_file_is_named_by_stands_in_the_title(
    tmp_path: Path, name: str, title: str
) -> None:
    (tmp_path / name).write_text("县政府工作报告\n2022-03-01\n  换了路灯。", "utf-8")
    assert load_article(tmp_path / name, name, 10_000).title == title
