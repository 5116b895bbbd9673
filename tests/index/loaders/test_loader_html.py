"""Which web page becomes which article."""

from datetime import date

import pytest
from articles import outline

from index import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.loaders.html import load_html
from index.loaders.web_archive import load_web_archive
from index.model import BlockKind

LEAD = "河口县去年投资三百万元,更换路灯三千盏,惠及十二个社区。县城管局局长赵强说,新灯节电四成。"
MONEY = "资金由县财政和省厅各出一半,其中县财政出资一百五十万元,省厅补助一百五十万元。"


def page(body: str, head: str = "<title>河口县更换路灯</title>") -> LoadedArticle:
    text = f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"
    return load_html(text.encode())


def lines(draft: LoadedArticle) -> list[str]:
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
    assert outline(draft)[:2] == [("title", 0, "河口县更换路灯"), ("byline", 0, "李明")]


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


@pytest.mark.parametrize("title", ["河口县更换路灯", "河口县更换路灯-节电四成"])
def test_no_other_title_in_the_browser_tells_a_source(title: str) -> None:
    draft = page(f"<h1>河口县更换路灯</h1><p>{LEAD}</p>", f"<title>{title}</title>")
    assert draft.source == ""


@pytest.mark.parametrize("stopgap", ["Untitled-1", "无标题文档", "about:blank", "路灯.html"])
def test_a_title_that_a_program_filled_in_is_none(stopgap: str) -> None:
    assert page(f"<p>{LEAD}</p><p>{MONEY}</p>", f"<title>{stopgap}</title>").title == ""


def test_a_caption_in_the_first_row_of_a_table_names_no_column() -> None:
    table = (
        "<table><tr><th colspan=2>投资一览</th></tr><tr><td>路灯</td><td>300万元</td></tr>"
        "<tr><td>电缆</td><td>80万元</td></tr></table>"
    )
    rows = lines(page(f"<p>{LEAD}</p>{table}<p>{MONEY}</p>"))[1:4]
    assert rows == ["投资一览", "路灯 | 300万元", "电缆 | 80万元"]


def test_the_first_of_many_pairs_in_a_table_names_no_columns() -> None:
    table = (
        "<table><tr><td>项目名称</td><td>路灯更换</td></tr>"
        "<tr><td>建设单位</td><td>县城管局</td></tr></table>"
    )
    rows = lines(page(f"<p>{LEAD}</p>{table}<p>{MONEY}</p>"))[1:3]
    assert rows == ["项目名称 | 路灯更换", "建设单位 | 县城管局"]


def test_rows_of_a_table_carry_the_names_of_its_columns() -> None:
    table = (
        "<table><tr><th>项目</th><th>投资</th></tr><tr><td>路灯</td><td>300万元</td></tr>"
        "<tr><td rowspan=2>电缆</td><td>80万元</td></tr><tr><td>90万元</td></tr></table>"
    )
    metadata_of = lines(page(f"<p>{LEAD}</p>{table}<p>{MONEY}</p>"))
    assert metadata_of[1:4] == [
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
    [
        *(("gb2312", "gbk"), ("GBK", "gb18030"), ("utf-8", "gbk"), ("iso-8859-1", "utf-8")),
        # The mark that opens a file comes before what the page says.
        *(("", "gbk"), ("iso-8859-15", "utf-8-sig"), ("gb2312", "utf-16")),
    ],
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


# Kinds of pages

BODY = f"<p>\u3000\u3000{LEAD}</p><p>\u3000\u3000{MONEY}</p>"


def metadata_of(draft: LoadedArticle) -> tuple[str, str, date | None]:
    return draft.title, draft.source, draft.published


def body(draft: LoadedArticle) -> list[str]:
    """Returns what may be quoted."""
    kinds = (BlockKind.PARAGRAPH, BlockKind.HEADING)
    return [draft.text[b.start : b.end] for b in draft.blocks if b.kind in kinds]


WECHAT = f"""
<div id="page-content"><h1 class="rich_media_title" id="activity-name">
 河口县更换路灯
</h1><div id="meta_content"><span id="copyright_logo">原创</span>
<a href="javascript:void(0);" id="js_name"> 河口发布 </a>
<div style="display:none"><strong>河口发布</strong>微信号 hekou 功能介绍 权威信息</div>
<em id="publish_time">SHOWN</em></div>
<div id="js_content" style="visibility: hidden; opacity: 0;">
<section><p>点击上方蓝字 关注我们</p></section>
{BODY}<p>来源\uff1a河口县融媒体中心</p><p>编辑\uff1a李四</p></div>
<div class="rich_media_tool">阅读原文 阅读 1024 赞</div></div><script>SCRIPT</script>"""
WECHAT_HEAD = (
    '<title></title><meta property="og:title" content="河口县更换路灯">'
    '<meta property="og:site_name" content="微信公众平台">'
    '<meta property="og:url" content="http://mp.weixin.qq.com/s?__biz=A&amp;mid=1">'
    '<meta name="author" content="周小雨">'
)


@pytest.mark.parametrize(
    ("shown", "script"),
    [
        ("2025年6月6日 08:00", ""),
        ("", 'var ct = "1749168000";'),
        ("", "var createTime = '2025-06-06 08:00';"),
        ("昨天", 'var publish_time = "2025-06-06" || "";'),
    ],
)
def test_a_page_of_wechat_names_its_account_and_its_day(shown: str, script: str) -> None:
    draft = page(WECHAT.replace("SHOWN", shown).replace("SCRIPT", script), WECHAT_HEAD)
    assert metadata_of(draft) == ("河口县更换路灯", "河口发布", date(2025, 6, 6))
    assert draft.url == "http://mp.weixin.qq.com/s?__biz=A&mid=1"
    assert ("byline", 0, "周小雨") in outline(draft)
    assert body(draft) == [LEAD, MONEY]


def test_scripts_of_wechat_tell_what_the_page_does_not_show() -> None:
    script = (
        'var ct = "1749168000"; var nickname = htmlDecode("河口发布");'
        'var msg_link = "http://mp.weixin.qq.com/s?__biz=A&amp;mid=1";'
    )
    draft = page(
        f'<h1 id="activity-name">路灯</h1><div id="js_content">{BODY}</div>'
        f"<script>{script}</script>",
        "<title></title>",
    )
    # Midnight in London is morning in China.
    assert metadata_of(draft) == ("路灯", "河口发布", date(2025, 6, 6))
    assert draft.url == "http://mp.weixin.qq.com/s?__biz=A&mid=1"


def test_a_page_of_a_peoples_daily_kind_is_its_article_alone() -> None:
    draft = page(
        '<div class="path"><a href="/">人民网</a>&gt;&gt;<a href="/s">社会</a></div>'
        '<div class="rm_txt"><h1>河口县更换路灯</h1>'
        '<div class="channel"><div>2025年06月06日08:14 | 来源\uff1a'
        '<a href="/x">河口日报</a></div><div><span>小字号</span></div></div>'
        f'<div class="rm_txt_con">{BODY}<div class="edit">(责编\uff1a李四、王五)</div></div>'
        "<div><p>分享让更多人看到</p></div><div><h2>推荐阅读</h2><ul><li><a href=/1>县里开会</a>"
        "<p>会议强调要稳增长。\u2026\u2026</p></li></ul></div></div>",
        "<title>河口县更换路灯--社会--人民网</title>"
        '<meta name="author" content="104"><meta name="source" content="来源\uff1a河口日报">',
    )
    assert metadata_of(draft) == ("河口县更换路灯", "河口日报", date(2025, 6, 6))
    assert body(draft) == [LEAD, MONEY]
    assert "104" not in draft.text


def test_a_page_of_a_xinhua_kind_is_its_article_alone() -> None:
    draft = page(
        '<div class="header"><div class="source">来源\uff1a新华每日电讯</div>'
        "<h1>河口县更换路灯</h1>"
        "<div>字体\uff1a<span>小</span> <span>中</span> <span>大</span></div></div>"
        f'<div><span id="detailContent">{BODY}</span><div>【责任编辑\uff1a张三】</div>'
        "<p>【纠错】</p>"
        "<div><h3>相关新闻</h3><p><a href=/1>某县通车</a></p></div></div>",
        '<title>河口县更换路灯-新华网</title><meta name="publishdate" content="2025-06-06">',
    )
    assert metadata_of(draft) == ("河口县更换路灯", "新华每日电讯", date(2025, 6, 6))
    assert body(draft) == [LEAD, MONEY]


def test_a_page_of_a_government_is_described_by_the_names_that_these_have_agreed_upon() -> None:
    draft = page(
        "<div>您当前所在位置\uff1a<a href=/>首页</a> &gt; <a href=/t>通知公告</a></div>"
        "<h1>关于路灯的通告</h1>"
        "<div>成文日期\uff1a2025-06-03 发布日期\uff1a2025-06-06 "
        "字体\uff1a[ 大 中 小 ] 浏览次数\uff1a次 打印</div>"
        f"<div>{BODY}<p>河口县城管局</p><p>2025年6月3日</p></div>"
        "<div>【打印本页】 【关闭窗口】</div>"
        "<p>上一篇\uff1a关于停水的通知</p><p>下一篇\uff1a没有了</p>",
        '<title>通告_河口县人民政府</title><meta name="ArticleTitle" content="关于路灯的通告">'
        '<meta name="PubDate" content="2025-06-06 09:10">'
        '<meta name="ContentSource" content="县城管局">',
    )
    assert metadata_of(draft) == ("关于路灯的通告", "县城管局", date(2025, 6, 6))
    assert body(draft) == [LEAD, MONEY, "河口县城管局", "2025年6月3日"]


def test_the_day_that_is_called_that_of_publication_counts_among_several() -> None:
    line = "成文日期\uff1a2025-06-03 发布日期\uff1a2025-06-06"
    draft = page(f"<h1>河口县更换路灯</h1><div>{line}</div>{BODY}")
    assert draft.published == date(2025, 6, 6)


def test_links_that_are_a_section_of_the_article_stay() -> None:
    draft = page(f"<h1>河口县更换路灯</h1>{BODY}<h2>相关链接</h2><p>{MONEY}</p>")
    assert body(draft) == [LEAD, MONEY, "相关链接", MONEY]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_stray_zero_does_not_lose_a_page(encoding: str) -> None:
    source = (
        f"<meta charset={encoding}><title>河口县更换路灯</title><p>{LEAD}\x00</p><p>{MONEY}</p>"
    )
    assert lines(load_html(source.encode(encoding))) == [LEAD, MONEY]


ABOUT_THE_SITE = (
    "<p>关于我们\uff1a河口之窗创办于一九九九年,每日为全县读者送上各类资讯,欢迎来稿。</p>"
)


@pytest.mark.parametrize(
    ("named", "body"),
    [
        ("河口县更换路灯_河口之窗", "<h1>本站改版了 快来看</h1><h1>河口县更换路灯</h1>{}"),
        ("河口县更换路灯", "<h2>河口县更换路灯</h2>{}<div><h2>作者最新文章</h2><a>通车</a></div>"),
        ("河口县更换路灯-民生频道-河口在线", "{}"),
        ("河口在线", "<div>河口县更换路灯</div>{}"),
        ("河口日报", "<h1>河口日报</h1><h2>河口县更换路灯</h2>{}"),
        ("通知公告 - 河口县人民政府", "<h2>通知公告</h2><h1>河口县更换路灯</h1>{}"),
        ("河口县更换路灯|河口日报", "<h3>热门</h3><h1>河口县更换路灯</h1>{}"),
    ],
)
def test_the_title_is_what_head_headings_and_text_agree_upon(named: str, body: str) -> None:
    draft = page(body.format(f"<p>{LEAD}</p><p>{MONEY}</p>"), f"<title>{named}</title>")
    assert draft.title == "河口县更换路灯"


def test_a_quotation_mark_does_not_cut_a_title() -> None:
    draft = page(
        f'<h1>"最美"电工赵强\uff1a换灯三千盏</h1><p>{LEAD}</p><p>{MONEY}</p>',
        "<title>“最美”电工赵强\uff1a换灯三千盏-河口日报</title>",
    )
    assert draft.title == '"最美"电工赵强\uff1a换灯三千盏'
    assert lines(draft) == [LEAD, MONEY]


@pytest.mark.parametrize("order", ["{0}{1}", "{1}{0}"])
def test_a_longer_text_of_the_site_does_not_displace_the_article(order: str) -> None:
    article = f"<div><h1>河口县更换路灯</h1><div><p>{LEAD}</p></div></div>"
    draft = page(order.format(article, f"<div>{ABOUT_THE_SITE * 9}</div>"))
    assert (draft.title, lines(draft)[0]) == ("河口县更换路灯", LEAD)


def test_a_disclaimer_is_none_of_the_article() -> None:
    disclaimer = "【免责声明】本站不对文中所述作任何担保,由此而生的一切后果由读者自负,特此说明。"
    draft = page(
        f"<h1>河口县更换路灯</h1><div><div style='overflow: hidden'><p>{LEAD}</p></div>"
        f"<div><p>{disclaimer * 3}</p></div></div><p>版权所有\uff1a河口之窗</p>"
    )
    assert lines(draft) == [LEAD]


def test_a_page_that_is_a_disclaimer_keeps_it() -> None:
    disclaimer = "免责声明\uff1a本站转载的文章版权归其作者,如有侵权请来信,本站即予删除。"
    assert disclaimer in lines(page(f"<h1>声明</h1><p>{disclaimer}</p>", "<title>声明</title>"))


def test_what_stands_in_the_place_of_a_name_is_none() -> None:
    head = (
        '<title>河口县更换路灯</title><meta name="author" content="举报">'
        '<meta property="og:site_name" content="微信公众平台">'
    )
    draft = page(f"<h1>河口县更换路灯</h1><p>{LEAD}</p><p>{MONEY}</p>", head)
    assert draft.source == ""
    assert [b.kind for b in draft.blocks].count(BlockKind.BYLINE) == 0


def test_an_account_is_named_by_its_card_where_nothing_else_names_it() -> None:
    draft = page(
        '<h1 id="activity-name">河口县更换路灯</h1>'
        '<strong class="profile_nickname">河口发布</strong>'
        f'<div class="rich_media_content"><p>{LEAD}</p></div>',
        '<meta property="og:site_name" content="微信公众平台">',
    )
    assert (draft.title, draft.source) == ("河口县更换路灯", "河口发布")


SWAP = "河口镇文化站五月办图书交换活动,请带自己读过的书来,换走别人读过的书,每人最多换五本。"


def items(body: str) -> list[tuple[int, str]]:
    """The items of the lists of a page: their depths and their texts."""
    draft = page(f"<p>{SWAP}</p>{body}<p>{LEAD}</p>", "<title>图书交换</title>")
    return [(b.level, draft.text[b.start : b.end]) for b in draft.blocks if b.kind == "item"]


def test_a_term_stands_before_each_of_its_values() -> None:
    terms = (
        "<dl><dt>报名时间</dt><dd>\n 4月20日\n 至5月6日 </dd>"
        "<dt>报名点:</dt><dd>文化站</dd><dd><p>渡口小学</p><p>周末不开</p></dd>"
        "<dt>电话</dt><dt>传真</dt><dd>5550123</dd></dl>"
    )
    assert items(terms) == [
        (1, "报名时间\uff1a4月20日至5月6日"),
        (1, "报名点\uff1a文化站"),
        (1, "报名点\uff1a渡口小学"),
        (1, "周末不开"),
        (1, "电话、传真\uff1a5550123"),
    ]


def test_a_term_leads_in_the_list_that_is_its_value() -> None:
    terms = "<dl><dt>要带的</dt><dd><ul><li>书</li><li>借书证</li></ul></dd></dl>"
    assert items(terms) == [(1, "要带的\uff1a"), (2, "书"), (2, "借书证")]


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ("<dt>备注</dt><dd> </dd>", ["备注"]),
        ("<dt>备注</dt><dd hidden>无</dd>", ["备注"]),
        ("<dt>备注</dt><dd><i hidden>无</i></dd>", ["备注"]),
        ("<dt>备注</dt>", ["备注"]),
        ("<dd>五月六日</dd>", ["五月六日"]),
        ("<dt>地点</dt><dd>渡口</dd><dt>备注</dt><dd></dd>", ["地点\uff1a渡口", "备注"]),
        ("<dt>地点</dt><dd>渡口</dd><dd></dd>", ["地点\uff1a渡口"]),
    ],
)
def test_a_term_without_a_value_stands_alone(terms: str, expected: list[str]) -> None:
    assert [text for _, text in items(f"<dl>{terms}</dl>")] == expected


def test_a_question_among_terms_stands_above_its_answer() -> None:
    terms = "<dl><dt>旧杂志能换吗?</dt><dd><p>能换。</p><p>两本换一本。</p></dd></dl>"
    assert items(terms) == [(1, "旧杂志能换吗?"), (1, "能换。"), (1, "两本换一本。")]


def test_a_term_above_a_part_of_the_page_is_no_label() -> None:
    assert items(f"<dl><dt>往年的活动</dt><dd><p>{MONEY * 9}</p></dd></dl>") == [
        (1, "往年的活动"),
        (1, MONEY * 9),
    ]


def test_a_heading_among_terms_stays_a_heading() -> None:
    draft = page(f"<p>{SWAP}</p><dl><dt><h3>往年的活动</h3></dt><dd>{MONEY}</dd></dl>")
    assert ("heading", 3, "往年的活动") in outline(draft)
    assert MONEY in lines(draft)


def test_items_are_as_deep_as_their_lists_and_hidden_ones_do_not_count() -> None:
    lists = (
        "<ul><li>小说</li><li hidden>内部资料</li><li>童书<ol><li>绘本</li><li>拼音读物</li></ol>"
        "</li><li>地图</li></ul>"
    )
    assert items(lists) == [
        *((1, "小说"), (1, "童书"), (2, "绘本"), (2, "拼音读物"), (1, "地图")),
    ]


def test_items_without_a_number_are_no_headings() -> None:
    lists = f"<ul><li>一、能换的书</li></ul><p>{SWAP}</p><ul><li>小说</li><li>童书</li></ul>"
    draft = page(f"<p>{SWAP}</p>{lists}<p>{LEAD}</p>", "<title>图书交换</title>")
    assert [block for block in outline(draft) if block[0] != "paragraph"] == [
        ("title", 0, "图书交换"),
        ("heading", 2, "一、能换的书"),
        ("item", 1, "小说"),
        ("item", 1, "童书"),
    ]
