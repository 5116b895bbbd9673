"""Recognises the lines of a plain text article: headings, bylines, credits.

Lines are judged with full-width punctuation folded (`fold_width`), which changes no offset.
"""

import re
from collections.abc import Sequence

import numpy as np

LONGEST_HEADING = 40
"""Maximum number of characters of a heading line; Chinese headlines stay well below."""

_LONGEST_HEADING_RUN = 3
"""Maximum number of headings in a row; more short lines are a list or a poem."""

_FIRST_FULL_WIDTH, _FULL_WIDTHS = np.uint32(0xFF01), np.uint32(94)
_TO_ASCII = np.uint32(0xFEE0)

_CLOSERS = "”’」』》〉)]】\"'"
_SENTENCE_MARKS = "。.!?;,:、…"

_CREDIT = r"(?:(?:本报|本网|本刊|本台)?(?:首席|特约|见习|实习)?(?:记者|通讯员)|作者|撰文|供稿|撰稿)"
_CLOSING_CREDIT = re.compile(
    rf"\(\s*(?:[^\s()]{{2,10}}(?:网|社|报|台))?{_CREDIT}[^()\n]{{1,40}}\)\s*$"
)
_OFFICE = (
    r"(?:书记|部长|常委|委员|主任|局长|市长|区长|县长|镇长|乡长|省长|州长|院长|校长|所长|处长"
    r"|科长|厅长|司长|队长|会长|社长|行长|站长|主席|主编|总编|总编辑|总经理|经理|董事长|总裁"
    r"|教授|研究员|院士|博士|工程师|主管|代表|委员长|秘书长|检察长|发言人|负责人)"
)
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏"
    "吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵"
    "万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包"
    "宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁蒲房滕屈饶解牟艾"
)
_PERSON = rf"[{_SURNAMES}][\u4e00-\u9fff·]{{1,3}}"
_OFFICE_LINE = re.compile(rf"\S*{_OFFICE}\s*{_PERSON}|{_PERSON}\s+\S*{_OFFICE}")
_CREDIT_LINE = re.compile(
    rf"(?:{_CREDIT}|文)(?:\s*[:/]\s*|\s+)\S.{{0,30}}|.{{2,12}}/文|[·•\-—]{{1,2}}\s*{_PERSON}"
    rf"|(?:{_CREDIT}\s*{_PERSON}(?:[\s、]+{_PERSON})*[\s、]*){{1,3}}(?:文/?图|摄影|报道|摄影报道)?"
)

_NUMBERED = (
    (1, re.compile(r"第[一二三四五六七八九十百\d]+[章编篇部]")),
    (2, re.compile(r"第[一二三四五六七八九十百\d]+节|[一二三四五六七八九十]{1,3}、")),
    (3, re.compile(r"\([一二三四五六七八九十]{1,3}\)")),
)


def fold_width(text: str) -> str:
    """Returns `text` with full-width punctuation, letters and digits in ASCII, one for one."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    # This is many times as fast as `str.translate`, and whole articles are folded.
    folded = np.where(codes - _FIRST_FULL_WIDTH < _FULL_WIDTHS, codes - _TO_ASCII, codes)
    return folded.tobytes().decode("utf-32-le", "surrogatepass")


def heading_level(line: str, indented: bool) -> int:
    """Returns the depth of a heading, 1 for the outermost; 0 for any other line.

    A heading is short and has no closing punctuation. Body text is often indented, so an indented
    line must be numbered to count as one.
    """
    stripped = line.rstrip(_CLOSERS)
    if len(line) > LONGEST_HEADING or not stripped or stripped[-1] in _SENTENCE_MARKS:
        return 0
    if "。" in line or not any(character.isalpha() for character in line):
        return 0
    for level, pattern in _NUMBERED:
        if pattern.match(line):
            return level
    return 0 if indented else 1


def settle_headings(raw_levels: Sequence[int]) -> list[int]:
    """Returns the levels of lines, 0 for short lines in a long run or at the article's end."""
    levels = list(raw_levels)
    start = 0
    for position, level in enumerate([*levels, 0]):
        if level != 1:
            if position - start > _LONGEST_HEADING_RUN:
                levels[start:position] = [0] * (position - start)
            start = position + 1
    # Short lines at the end of an article sign it.
    while levels and levels[-1] and any(level == 0 for level in levels):
        last_paragraph = max(i for i, level in enumerate(levels) if level == 0)
        levels[last_paragraph + 1 :] = [0] * (len(levels) - last_paragraph - 1)
    return levels


def is_byline(line: str) -> bool:
    """Whether a short line under a heading names who speaks or wrote: office and name, or 记者 …"""
    return len(line) <= LONGEST_HEADING and bool(
        _CREDIT_LINE.fullmatch(line) or _OFFICE_LINE.fullmatch(line)
    )


def closing_credit(paragraph: str) -> int:
    """Returns where a closing credit like 「(记者 施翔)」 begins; the length if there is none."""
    match = _CLOSING_CREDIT.search(paragraph)
    return match.start() if match else len(paragraph)
