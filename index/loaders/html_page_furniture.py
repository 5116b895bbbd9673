"""Removes lines of a web page outside of its article: breadcrumbs, buttons, other articles."""

import re
from collections.abc import Sequence

from index.analysis.line_roles import fold_width
from index.analysis.metadata_lines import is_page_furniture
from index.loaders.pieces import Piece, is_sentence, one_line
from index.model import BlockKind

_LONGEST = 100
"""Maximum number of characters; a longer line is text."""
_WAY = re.compile(
    r"(?:\S{0,8}位置\s*:\s*)?[^>\xbb\u203a。:]{1,20}(?:\s*(?:>{1,2}|\xbb|\u203a|\u2192)\s*[^>\xbb\u203a。]{0,60})+"
    r"|\S{0,6}(?:当前|所在|目前)\S{0,3}位置\s*:.*"
)
"""Matches breadcrumbs: 人民网>>社会, 当前位置:首页 > 通知公告."""
_BUTTON = re.compile(
    r"分享让更多人看到|扫一扫\S{0,20}|返回(?:顶部|列表|首页|上一页)|\(?(?:上|下)一[篇条]\)?\s*:.*|我要纠错|(?:点击)?加载更多"
    r"|点击\S{0,4}蓝字(?:\s*[\S]{0,10})?|关注我们|长按\S{0,12}二维码\S{0,12}|(?:微信)?扫码\S{0,12}|客户端下载|(?:展开|查看|阅读|看)(?:全文|原文|更多)|(?:举报|投诉|收藏|点赞|评论|关注|转发|复制链接)(?:\s*\d+)?|.{0,20}(?:版权所有|Copyright|©).{0,60}|.{0,4}ICP备.{0,20}|打开APP\S{0,12}"
)
_OTHER_ARTICLES = re.compile(
    r"[\[\u3010]?(?:推荐阅读|相关新闻|相关阅读|相关文章|相关报道|相关推荐|热门推荐|热点推荐|精彩推荐|猜你喜欢|为您推荐|热点新闻"
    r"|热门文章|最新文章|更多新闻|網友推薦|推薦閱讀|相關新聞|相關閱讀|延伸閱讀|分享让更多人看到)[\]\u3011]?\s*:?(?:\s*更多)?"
)
_LATEST = re.compile(
    r"[\[\u3010]?(?:作者|本站|本栏|网站|编辑|小编|大家|更多)?(?:的|都在)?(?:最新|热门|热点|推荐|相关|更多|精彩|精选|往期|猜你)"
    r"(?:文章|新闻|资讯|阅读|内容|报道|推荐|回顾|视频|图片|专题|动态|喜欢|看)[\]\u3011]?\s*:?(?:\s*更多)?"
)
"""Matches the heading of a list of other articles."""
_DISCLAIMER = re.compile(
    r"[\[(\u3010]\s*(?:免责|版权|法律|特别|郑重)?声明\s*[\])\u3011]|(?:免责|版权|法律|特别|郑重)声明\s*:"
)
_SITES_RIGHTS = re.compile(
    r"(?:本[网站页]|本平台|版权归|著作权)[^。]*(?:不代表|不承担|不作|不保证|侵权|转载|删除|版权|免责)[^。]*"
)
_MAY_BE_OTHERS = re.compile(r"(?:相关链接|延伸阅读|相關連結)\s*:?")


def without_furniture(pieces: Sequence[Piece]) -> list[Piece]:
    """Returns the pieces of a page that belong to its article."""
    lines = [fold_width(one_line(piece.text)) for piece in pieces]
    first = next((at for at, line in enumerate(lines) if is_sentence(line)), len(lines))
    end = _end(lines, first)
    text = any(is_sentence(line) and not is_disclaimer(line) for line in lines[:end])
    return [
        piece
        for at, (piece, line) in enumerate(zip(pieces[:end], lines, strict=False))
        if piece.kind is BlockKind.TITLE
        or piece.tabular
        or not (_is_furniture(line, at < first) or (text and is_disclaimer(line)))
    ]


def is_disclaimer(line: str) -> bool:
    """Whether a line is about the site's rights and duties; a page may be about nothing else."""
    return bool(_DISCLAIMER.match(line)) or len(_SITES_RIGHTS.sub("", line)) * 2 < len(line)


def _is_furniture(line: str, above_text: bool) -> bool:
    if len(line) > _LONGEST:
        return False
    if above_text and _WAY.fullmatch(line):
        return True
    return bool(_BUTTON.fullmatch(line)) or is_page_furniture(line)


def _end(lines: Sequence[str], first: int) -> int:
    """Returns where the article ends and a list of others begins.

    Text below 相关链接 may belong to the article, and so may text longer than all above it.
    """
    for at in range(first + 1, len(lines)):
        if _OTHER_ARTICLES.fullmatch(lines[at]) or _LATEST.fullmatch(lines[at]):
            if sum(map(len, lines[:at])) >= sum(map(len, lines[at:])):
                return at
        elif _MAY_BE_OTHERS.fullmatch(lines[at]) and not any(map(is_sentence, lines[at:])):
            return at
    return len(lines)
