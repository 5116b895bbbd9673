"""Articles that nobody would write, for property tests."""

from pathlib import Path

from hypothesis import strategies as st

from index.loaders import make_article, read_file
from index.loaders.draft import LoadedArticle
from index.loaders.plain import structure
from index.loaders.sandbox.client import Confined
from index.model import Article

CHINESE = st.text("城西区投资了两千万元对贾小社等五十个老旧楼院進行綜合整治涂白花", max_size=30)
MARKS = "。!?;,、:“”()「」…·—\uff0c\uff1b\uff1a\uff01\uff1f\uff08\uff09 \u3000\t\u00a0"
ANY_CHARACTER = st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from(
    "\U00020000\U0001f600e\u0301\ufe0f\u200b\u2028\uff21\uff11㍿ﷺ①"
)
ANY_TEXT = st.lists(
    CHINESE | st.text(MARKS, max_size=4) | st.text(ANY_CHARACTER, max_size=8), max_size=8
).map("".join)
"""Chinese, punctuation and arbitrary characters, without line ends."""

_INDENTS = st.sampled_from(["", "\u3000\u3000", "  ", "\t"])
_ENDLESS = st.builds(lambda text, times: (text or "无") * times, CHINESE, st.integers(1, 60))
_CREDITS = st.sampled_from(["(记者 施翔)", "\uff08通讯员 王小二\uff09", ""])
_PARAGRAPHS = st.builds(
    "{}{}。{}".format,
    _INDENTS,
    st.one_of(ANY_TEXT, _ENDLESS, ANY_TEXT.map(lambda t: t * 9)),
    _CREDITS,
)
_LINES = st.one_of(
    ANY_TEXT,
    _PARAGRAPHS,
    _PARAGRAPHS,
    CHINESE,
    st.sampled_from(
        [
            "",
            "27.11.2017  10:16",
            "来源:青海新闻网 2017年11月27日",
            "  青海新闻网讯",
            "城西区委常委、宣传部长张海霞",
            "第一章 总则",
            "第二节 范围",
            "一、背景",
            "\uff08一\uff09缘由",
            "记者 王小明",
            "(记者 肖芳)",
            "新华社北京2017年11月27日电 会议今天召开。",
            "2025-06-06 栗树坪发布",
            "2025-06-06 栗树坪",
            "来源: 西宁晚报 https://example.org/a.html",
            "作者:张三",
            "路通了。(记者 张三)\uff08责编\uff1a李四\uff09",
            "责任编辑:张三",
        ]
    ),
)
PLAIN = st.builds(
    lambda lines, end: end.join(lines),
    st.lists(_LINES, min_size=1, max_size=14),
    st.sampled_from(["\n", "\n\n", "\r\n", "\r"]),
).filter(lambda text: bool(text.strip()))
"""Plain text files."""

_PIECES = st.one_of(
    _LINES,
    st.builds(
        "{} {}".format, st.sampled_from(["#", "##", "###", ">", "-", "1.", "> -", "- #"]), ANY_TEXT
    ),
    st.builds("{}\n===".format, ANY_TEXT),
    st.builds("```\n{}\n```".format, ANY_TEXT),
    st.builds("|甲|乙|\n|-|-|\n|{}|二|".format, ANY_TEXT),
    st.builds("<div>\n{}\n</div>".format, ANY_TEXT),
    st.builds("    {}".format, ANY_TEXT),
    st.builds("---\ntitle: {}\ndate: {}\n---".format, ANY_TEXT, ANY_TEXT),
)
MARKDOWN = st.builds(
    lambda pieces, end: end.join(pieces).replace("\n", end[:2] if end[0] == "\r" else "\n"),
    st.lists(_PIECES, min_size=1, max_size=12),
    st.sampled_from(["\n", "\n\n", "\r\n"]),
).filter(lambda text: bool(text.strip()))
"""Markdown files."""


def article_of(draft: LoadedArticle, article_id: str = "文章.txt") -> Article:
    """Returns a loaded file as an article of a library."""
    return Article(
        id=article_id,
        title=draft.title or "文章",
        source=draft.source,
        published=draft.published,
        url=draft.url,
        digest="",
        text=draft.text,
        blocks=draft.blocks,
    )


def load_article(path: Path, article_id: str, largest_bytes: int) -> Article:
    """A file as an article of a library."""
    with Confined() as confined:
        return make_article(read_file(path, largest_bytes), article_id, confined)


def outline(draft: LoadedArticle) -> list[tuple[str, int, str]]:
    """Each block's kind, level and first characters."""
    return [(b.kind.value, b.level, draft.text[b.start : b.end][:12]) for b in draft.blocks]


def plain_article(text: str) -> Article:
    return article_of(structure(text))
