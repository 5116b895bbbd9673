"""The traditional characters of the words that lead over, point and ask, as simplified ones.

What is understood keeps the characters that were typed, so that a pattern may look at the
simplified text only where both have the same places. Names and things need none of this: they are
read from the normalised text.
"""

import re

_PAIRS = (
    "還还沒没麼么嗎吗請请問问謝谢對对順顺換换為为話话樣样後后來来繼继續续說说講讲條条個个裡里裏里這这該该處处時时誰谁"
    "邊边兒儿點点幾几從从總总開开結结舉举發发間间塊块錢钱況况們们報报聞闻則则張张輛辆隻只頭头顆颗種种項项屆届"
    "棟栋內内場场過过給给別别與与無无長长國国縣县鄉乡區区學学園园醫医師师導导員员書书記记館馆廠厂號号費费"
    "數数權权證证車车銀银業业務务麗丽經经監监創创負负責责軍军親亲現现剛刚應应當当"
)
_SIMPLE = str.maketrans(_PAIRS[::2], _PAIRS[1::2])


def simple(text: str) -> str:
    """`text` with these characters simplified; every character keeps its place."""
    return text.translate(_SIMPLE)


def without(pattern: re.Pattern[str], text: str) -> str:
    """A text without the first place that a pattern finds in it, simplified."""
    found = pattern.search(simple(text))
    return text[: found.start()] + text[found.end() :] if found else text
