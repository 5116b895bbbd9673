"""Lines of a web page that are none of its article: ways to it, buttons, other articles."""

import re
from collections.abc import Sequence

from index.analysis.line_roles import fold_width
from index.analysis.metadata_lines import is_page_furniture
from index.loaders.pieces import Piece, one_line
from index.model import BlockKind

_LONGEST = 100
"""Characters; what is longer is text."""
_WAY = re.compile(
    r"(?:\S{0,8}位置\s*:\s*)?[^>\xbb\u203a。:]{1,20}(?:\s*(?:>{1,2}|\xbb|\u203a|\u2192)\s*[^>\xbb\u203a。]{0,60})+"
    r"|\S{0,6}(?:当前|所在|目前)\S{0,3}位置\s*:.*"
)
"""人民网>>社会, 当前位置:首页 > 通知公告"""
_BUTTON = re.compile(
    r"分享让更多人看到|扫一扫\S{0,20}|返回(?:顶部|列表|首页|上一页)|\(?(?:上|下)一[篇条]\)?\s*:.*|我要纠错|(?:点击)?加载更多"
    r"|点击\S{0,4}蓝字(?:\s*[\S]{0,10})?|关注我们|长按\S{0,12}二维码\S{0,12}|(?:微信)?扫码\S{0,12}|客户端下载|打开APP\S{0,12}"
)
_OTHER_ARTICLES = re.compile(
    r"[\[\u3010]?(?:推荐阅读|相关新闻|相关阅读|相关文章|相关报道|相关推荐|热门推荐|热点推荐|精彩推荐|猜你喜欢|为您推荐|热点新闻"
    r"|热门文章|最新文章|更多新闻|網友推薦|推薦閱讀|相關新聞|相關閱讀|延伸閱讀|分享让更多人看到)[\]\u3011]?\s*:?(?:\s*更多)?"
)
_MAY_BE_OTHERS = re.compile(r"(?:相关链接|延伸阅读|相關連結)\s*:?")
_SENTENCE_END = re.compile("[。!?][\u201d\u2019)\u300d\u300f]*$")


def without_furniture(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of a page that are of its article."""
    lines = [fold_width(one_line(piece.text)) for piece in pieces]
    first = next((at for at, line in enumerate(lines) if _is_sentence(line)), len(lines))
    end = _end(lines, first)
    return [
        piece
        for at, (piece, line) in enumerate(zip(pieces[:end], lines, strict=False))
        if piece.kind is BlockKind.TITLE or piece.tabular or not _is_furniture(line, at < first)
    ]


def _is_furniture(line: str, above_text: bool) -> bool:
    if len(line) > _LONGEST:
        return False
    if above_text and _WAY.fullmatch(line):
        return True
    return bool(_BUTTON.fullmatch(line)) or is_page_furniture(line)


def _end(lines: Sequence[str], first: int) -> int:
    """Where the article ends and a list of others begins.

    What is headed 相关链接 may as well belong to the article, and so may what is longer than the
    article would be without it.
    """
    for at in range(first + 1, len(lines)):
        if _OTHER_ARTICLES.fullmatch(lines[at]):
            if sum(map(len, lines[:at])) >= sum(map(len, lines[at:])):
                return at
        elif _MAY_BE_OTHERS.fullmatch(lines[at]) and not any(map(_is_sentence, lines[at:])):
            return at
    return len(lines)


def _is_sentence(line: str) -> bool:
    return bool(_SENTENCE_END.search(line))
