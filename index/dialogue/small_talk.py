"""What people say to a bot that is no question to the articles: 「你好」, 「谢谢」, 「着火了」."""

import re

from index.analysis.simplified import simple
from index.model import RefusalReason

_EMERGENCY = "着火|起火|失火|火警|救火|救命|报警|急救|救护车"
_AROUND = "[你您]们?|大家|[啊呀哈哦嘛呢吗啦了]|👋|🌹|[🏻-🏿]"
"""What may stand around, and says nothing by itself."""


def _around(words: str, around: str = _AROUND) -> str:
    """Returns the pattern of a text that holds one of the words at least."""
    return f"(?:{around})*(?:{words})(?:{words}|{around})*"


_SMALL_TALK = {
    RefusalReason.GREETING: _around(
        "(?:[你您]们?|大家)好|哈[喽啰罗]|嗨+|喂+|hi|hello|hey|早(?:安|晨)?|早上好|上午好|中午好|下午好|晚上好"
        "|在吗|在不在|有人吗|吃(?:了|过|饭了)(?:吗|没有?)"
    ),
    RefusalReason.THANKS: _around(
        "谢谢|多谢|感谢|谢了|辛苦|麻烦[你您]|太?厉害|太好了|真棒|知道了|明白了|懂了|了解了|收到|原来如此|okay|ok|嗯嗯|thanks|thankyou|thx|👍|👌|🙏|👏|❤️?",
        f"{_AROUND}|非常|十分|真是?|好的|那",
    ),
    RefusalReason.FAREWELL: _around("再见|拜拜|回头见|明天见|晚安|bye|goodbye|seeyou"),
    RefusalReason.IDENTITY: (
        "(?:请问)?[你您]到?底?(?:是|叫|系)(?:谁|边个|什么|啥子?|哪个|干什么的|做什么的|什么名字|(?:机器|真)?人吗?"
        "|ai吗?)[呀啊呢]?|(?:介绍一?下)?[你您]?自己|自我介绍|whoareyou"
    ),
    RefusalReason.INSULT: (
        "(?:(?:[你您这]|真|太|好|个|是|就是|什么|大|的)*"
        "(?:笨蛋|傻[瓜子逼帽]|蠢货|白痴|混蛋|滚蛋?|智障|弱智|去死|脑残|王八蛋|fuck(?:you)?|shit|stupid)"
        "|(?:[你您]这?|真|太|好|个|是|就是|什么)+(?:笨|傻|蠢|垃圾|废物|没用|差劲|烂|讨厌|烦人?))"
        "(?:东西|机器人|程序|[了吧啊呀])*"
    ),
    RefusalReason.CONTENTS: (
        "(?:你|您|这里|这儿|里面|库里|现在|一共|都|请问)*(?:收录?了?|有)(?:些|了)?(?:哪些|什么|啥子?|多少|几)篇?"
        "(?:文章|资料|文件|新闻|报道|书)[呢呀啊]?|[你您]?都?(?:能|会|可以|懂|知道)(?:回?答|做|干|查|问|帮我?)?"
        "(?:些|做|查)?(?:什么|啥子?|哪些)(?:问题|东西|事情?)?[呢呀啊]?"
        "|(?:有)?(?:什么|哪些)(?:可以|能)(?:问|查)的?|(?:[你您])?怎么用|help|whatcanyoudo"
    ),
    RefusalReason.EMERGENCY: _around(
        _EMERGENCY, f"{_AROUND}|我要?|家里?|厨房|楼[上下]|这里|有人|快点?|来人|请|帮|怎么办"
    ),
}
_PATTERNS = {reason: re.compile(pattern) for reason, pattern in _SMALL_TALK.items()}
_MARKS = re.compile(r"[\s,.;:!?~\u3002\uff0c\uff01\uff1f\u2026\u3001\uff1b\uff1a\uff5e]+")
_HAN = re.compile("[\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]{3}")
_LONGEST = 30
"""Characters. Who writes more has something to ask."""


def small_talk(text: str) -> RefusalReason | None:
    """Returns what a text is, where all of it is small talk, or a cry for help."""
    said = _MARKS.sub("", simple(text[: 2 * _LONGEST].lower()))
    if not said or len(text) > _LONGEST:
        return None
    return next((reason for reason, whole in _PATTERNS.items() if whole.fullmatch(said)), None)


def nearer_reason(text: str, reason: RefusalReason) -> RefusalReason:
    """Returns why a question is refused that the articles do not answer, as near as can be told."""
    if re.search(_EMERGENCY, simple(text)):
        return RefusalReason.EMERGENCY
    if _WORD.search(text) and not _HAN.search(text):
        return RefusalReason.OTHER_LANGUAGE
    return reason
