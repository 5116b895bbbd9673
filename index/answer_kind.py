"""What kind of answer a question asks for, and whether a text holds one."""

import re
from enum import Enum

_NAME = (
    r"[\u4e00-\u9fff]{1,10}(?:书记|部长|主任|局长|[市区县镇乡省州院校所处科厅司队会社行站]长|主席|教授|院士"
    r"|总统|总理|国王|皇帝|导演|演员|作家|作者|记者|博士|先生|女士|人)"
)


class AnswerKind(Enum):
    """Each kind with the words that ask for it and the shape that it has in a text."""

    QUANTITY = (
        r"多少|几(?!乎|何|率)|人数|数量|总数|金额|花费|费用|多大|多长|多高|多远|多重|多久|多宽|多深|比例|面积|人口",
        r"(?<!\d)\d+(?![\d年月日])|[一二两三四五六七八九十百千万亿半]+(?:余|多|来)?[个名人位年月日天元块户只支条座所间项次倍成里米吨岁种家]",
    )
    DATE = (
        r"什么时候|什么时间|何时|几时|哪年|哪一年|哪天|哪一天|哪日|何年|几月|几号|哪个?世纪|哪个?年代|年份|日期",
        r"\d{1,4}\s*年|\d{1,2}\s*月|[一二三四五六七八九十]{1,3}月|世纪|年代|日|(?:昨|今|明|去|前)[天年]|朝|时期",
    )
    PERSON = (
        r"谁|哪位|何人|哪个?人|名字|什么人|姓名",
        rf"{_NAME}|[\u4e00-\u9fff]·[\u4e00-\u9fff]|记者",
    )
    PLACE = (
        r"哪里|哪儿|何地|何处|在哪|什么地方|哪个?(?:国家?|城市|省|市|区|县|州|地)|地点|位于",
        r"[省市区县镇乡村州国路街洲岛山河湖海港湾]|位于|在",
    )

    def __init__(self, asked_by: str, shape: str) -> None:
        self.asked_by = re.compile(asked_by)
        self.shape = re.compile(shape)

    def held_by(self, text: str) -> bool:
        """Whether `text` (normalised) holds something of this kind."""
        return self.shape.search(text) is not None


# A date is asked for with words that also ask for a quantity (几月), so it is tried first.
_BY_PRECEDENCE = (AnswerKind.DATE, AnswerKind.PERSON, AnswerKind.PLACE, AnswerKind.QUANTITY)


def asked_kind(question: str) -> AnswerKind | None:
    """The kind of answer that a normalised question asks for, or None where it does not say."""
    return next((kind for kind in _BY_PRECEDENCE if kind.asked_by.search(question)), None)
