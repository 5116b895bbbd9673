"""Reads lines of metadata, which are not part of an article's text: day, source, editors.

Lines are judged with full-width punctuation folded (`index.analysis.line_roles.fold_width`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from index.analysis.clean_values import web_address
from index.analysis.dates import find_date
from index.model import Span

_LONGEST_METADATA = 300
"""Maximum number of characters of a line of metadata."""

_SOURCE_NAMES = """
    来源 信息来源 文章来源 稿件来源 消息来源 稿源 出处 转自 转载自 发布机构 发文机关 发布机关
    发布单位 來源 信息來源 資料來源 新聞來源 出處 轉自 發布機構 發布單位
"""
_DAY_NAMES = """
    发布时间 发布日期 发表时间 发文日期 成文日期 生成日期 公开日期 更新时间 更新日期
    發佈時間 發布時間 發佈日期 發布日期 發文日期 更新時間
"""
_ANY_DAY_NAMES = "时间 日期 時間"
"""Matches what may also be the time of an event."""
_PEOPLE_NAMES = "作者 记者 通讯员 記者 通訊員"
_EDITOR_NAMES = """
    编辑 责任编辑 责编 值班编辑 见习编辑 实习编辑 网络编辑 审核 审校 校对 初审 复审 终审 一审 二审
    三审 监制 总监制 值班主任 編輯 責任編輯 責編 審核 校對
"""
_OTHER_NAMES = """
    原标题 原文标题 原文 链接
    字号 字体 浏览次数 浏览量 浏览 阅读次数 阅读量 阅读 点击数 点击量 点击 访问量 原文链接 原文地址
    字號 瀏覽次數 瀏覽 閱讀 點擊
"""
_SOURCE_LABELS, _DAY_LABELS, _ANY_DAY_LABELS, _PEOPLE_LABELS, _EDITOR_LABELS, _OTHER_LABELS = (
    frozenset(names.split())
    for names in (
        *(_SOURCE_NAMES, _DAY_NAMES, _ANY_DAY_NAMES),
        *(_PEOPLE_NAMES, _EDITOR_NAMES, _OTHER_NAMES),
    )
)


def _choice(*labels: frozenset[str]) -> str:
    return "|".join(sorted(frozenset[str]().union(*labels), key=lambda name: (-len(name), name)))


_LABEL = _choice(
    *(_SOURCE_LABELS, _DAY_LABELS, _ANY_DAY_LABELS, _PEOPLE_LABELS, _EDITOR_LABELS, _OTHER_LABELS)
)
_LABELLED = re.compile(
    rf"(?<![\u4e00-\u9fff])(?P<label>{_LABEL})\s*:\s*"
    rf"(?P<value>(?!(?:{_LABEL})\s*:)(?:[A-Za-z][\w.&]*(?: [A-Za-z][\w.&]*)*|[^\s|]{{0,60}}))"
)
_ANY_LABEL = re.compile(rf"(?:{_LABEL})(?=\s*:)")
_UNKNOWN_LABEL = re.compile(rf"(?!{_LABEL})[\u4e00-\u9fff]{{2,6}}\s*:")
_HOUR = re.compile("[点时上下]|晚|起|[-~至到]")
"""Occurs in the time of an event, but in no day of publication."""
_SPACE_FOR_COLON = re.compile(rf"^({_choice(_DAY_LABELS)})\s+(?=\d{{4}}|[一二]\S)")
_CLOSING_LABEL = re.compile(
    rf"(?:{_choice(_SOURCE_LABELS, _EDITOR_LABELS)}|原标题|原文标题|原文链接|原文地址)\s*:"
)
_CLOSING_EDITORS = re.compile(
    rf"[(\[\u3010]\s*(?:{_choice(_EDITOR_LABELS)})\s*:\s*[^()\[\]\u3010\u3011\n]{{1,60}}[)\]\u3011]\s*$"
)

_PUBLISHED = re.compile(r"(?:发布|发表|公开|發佈|發布)(?:时间|日期|時間)\s*:\s*")
_MOST_DAYS = 4
"""Maximum number of days in one line: signed, published, in force …"""
_CELLS = re.compile(r"\s*\|\s*")
_CELL_OF_DOCUMENT = re.compile(
    rf"(?:{_choice(_DAY_LABELS, _SOURCE_LABELS - {'来源', '來源'})})\s*:"
)
"""Labels for the source in a table; 「来源」 may head a column of any table."""
_ADDRESS = re.compile(r"https?://[!-~]+")
_AFTER_ADDRESS = ".,;:!?)]}>'\""
_TIME_AFTER_DAY = re.compile(r"(?<=\d)T(?=\d{1,2}:\d{2})")
"""Matches a time as machines write it: 2017-11-27T10:16:00."""
_TIME = re.compile(
    r"(?<!\S)(?:凌晨|早上|上午|中午|下午|晚上)(?=$|[\s|\d])"
    r"|\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}[时時]\d{1,2}分(?:\d{1,2}秒)?"
)
_WEEKDAY = re.compile(r"(?:星期|周|週)[一二三四五六日天](?=$|[\s|)\]])")
_AROUND_NAME = '\u300a\u300b\u300c\u300d<>[]()\u3010\u3011,;。、"\u201c\u201d'
_SIZES = r"[\[(\u3010]?\s*(?:(?:特大|超大|大|中|小)[\s|/]*){2,4}[\])\u3011]?"
_FURNITURE = re.compile(
    rf"(?:字体|字号|字體|字號)\s*(?:大小)?\s*:?\s*{_SIZES}|(?<!\S)[大中小](?:[\s|/]+[大中小]){{2}}(?!\S)|[小大]字号"
    r"|(?<!\S)[\[(\u3010]*(?:打印|列印|关闭|收藏|纠错|分享|分享到|分享至)(?:本页|此页|本頁|窗口|本文)?[\])\u3011:]*(?!\S)"
    r"|(?<!\S)(?:微信|微博|QQ空间|A[-+])(?!\S)"
    r"|(?:第\s*|(?<!\S))[A-Z]?\d{1,3}\s*版(?::\S{1,6}|\s+(?:头版|要闻|综合|时政|社会|经济|文化|理论|评论)(?!\S))?"
    r"|(?:浏览|阅读|点击|访问|评论)(?:次数|量|数)?\s*:?\s*[\[(]?\s*\d+(?:\.\d+)?万?\+?\s*[\])]?\s*次?(?![^\s|\[(])"
    r"|(?<!\S)(?:发布|发表|刊发|更新)于?(?!\S)"
)
"""Matches what stands beside metadata on pages and tells nothing."""
_PEOPLE = r"[\u4e00-\u9fff·]{2,6}(?:[\s、]+[\u4e00-\u9fff·]{2,6}){0,5}"
_BETWEEN = re.compile(r"[\s|·•/]+")
_REPORTER = re.compile(
    rf"(?<!\S)(?:本报|本网|本刊|本台|本報|本網|本臺)?(?:{_choice(_PEOPLE_LABELS)})\s+{_PEOPLE}\s*$"
)
"""Matches the author at the end of a line: 「2017-11-27 青海日报 记者 李明」."""

_ENDS = "网|社|报|台|之家|客户端|杂志|周刊|在线|中心|網|報|臺|客戶端|雜誌|週刊|在線|線上"
_PUBLISHER = rf"[^\s,。:;]{{1,14}}?(?:{_ENDS})"
_SOURCE_LINE = re.compile(rf"(?P<source>{_PUBLISHER})(?P<report>[^\s,。]{{0,16}}(?:讯|电|消息))?")
_OFFICE_BESIDE_DAY = re.compile(
    r"(?![由在于经向到从为对把让被]|关于|成立|设立|走进|召开)"
    rf"[^\s,。:;!?]{{1,20}}?(?:{_ENDS}|发布|局|政府|委|委员会|办公室|厅|宣传部|融媒|融媒体|频道|公众号|协会"
    "|發布|委員會|辦公室|廳|宣傳部|頻道|協會)"
)
"""Matches the name of a publisher by its ending."""
_ORGANISATION = re.compile(
    r"(?![由在于经向到从为对把让被]|关于|成立|设立|走进|召开)[\u4e00-\u9fff·()]{3,30}"
    r"(?:政府|[局委会厅部院校馆站所社队处科办园厂]|办公室|中心|公司|集团|[大中小]学|银行)"
)
_INSTITUTION = re.compile("(?:学校|[大中小]学|公司|中心|[院馆站所园])$")
"""Ends the name of an organisation, and hardly what is told of one: 「县政府开会」."""
_NAME_BESIDE_DAY = re.compile(
    r"(?P<day>\d{4}[-/.]\d{1,2}[-/.]\d{1,2})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?[\s|]+(?P<after>\S+)"
    r"|(?P<before>\S+)[\s|]+\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?"
)
_NAME = re.compile(r"(?=.*[\u4e00-\u9fff])[\w·]{2,10}")

_DATELINE = re.compile(
    rf"[(【\[]?(?P<source>{_PUBLISHER})[^\n,。:;]{{0,20}}?(?:讯|电|消息)(?=[\s()】\],:])"
)
_REPORTERS = re.compile(
    r"[)\]\u3011]?\s*\((?P<reporters>[^()\n]{0,12}?(?:记者|通讯员|記者|通訊員)[^()\n]{1,40})\)"
)
_THIS_ONE = ("本报", "本網", "本网", "本社", "本台", "本刊", "本報", "本臺")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a line of metadata says; empty where it says nothing."""

    published: date | None = None
    source: str = ""
    url: str = ""

    def or_else(self, other: "Metadata") -> "Metadata":
        """Returns these values, with missing ones taken from `other`."""
        return Metadata(
            self.published or other.published, self.source or other.source, self.url or other.url
        )


@dataclass(frozen=True, slots=True)
class Dateline:
    """The opening of a report: 「新华社北京6月5日电(记者 张三)」.

    Attributes:
        metadata: the agency and the day, as far as they are named.
        reporters: the range of their names in the paragraph, without the brackets.
    """

    metadata: Metadata = Metadata()
    reporters: Span | None = None


@dataclass(frozen=True, slots=True)
class _Parts:
    """The parts of a line.

    Attributes:
        labelled: values by their labels.
        words: the words that remain.
        is_apart: whether there is a day, and no text adjoins it.
        has_furniture: whether it held text that only stands beside metadata on pages.
    """

    published: date | None
    url: str
    labelled: dict[str, str]
    words: tuple[str, ...]
    is_apart: bool
    has_furniture: bool

    @property
    def rest(self) -> str:
        """The remaining text, without white space."""
        return "".join(self.words)


def read_metadata(line: str) -> Metadata | None:
    """Reads a line that holds only a day, a source, an address and the like; None for any other.

    A name alone may be a headline (便民服务中心), and a time may be that of an event, so neither
    is enough alone.
    """
    if len(line) > _LONGEST_METADATA:
        return None
    parts = _taken_apart(_SPACE_FOR_COLON.sub(r"\1:", line))
    source = next((name for label, name in parts.labelled.items() if label in _SOURCE_LABELS), "")
    if parts.rest:
        name = _publisher(parts)
        return Metadata(parts.published, source or name, parts.url) if name else None
    if not (parts.published or parts.url or parts.has_furniture or _is_certain(parts.labelled)):
        return None
    return Metadata(parts.published, source, parts.url)


def read_cells(row: str) -> Metadata:
    """Reads the metadata in the cells of a row: 「文号:… | 发布日期:2025-06-06」."""
    metadata = Metadata()
    for cell in _CELLS.split(row) if "|" in row and len(row) <= _LONGEST_METADATA else ():
        if _CELL_OF_DOCUMENT.match(cell):
            metadata = metadata.or_else(read_metadata(cell) or Metadata())
    return metadata


def is_page_furniture(line: str) -> bool:
    """Whether a line holds nothing but what stands beside articles: 「字体:大 中 小 打印」."""
    if len(line) > _LONGEST_METADATA:
        return False
    parts = _taken_apart(line)
    if parts.rest or parts.published or parts.url or parts.labelled.keys() - _OTHER_LABELS:
        return False
    return parts.has_furniture or bool(parts.labelled)


def read_day_and_name(line: str) -> Metadata | None:
    """Reads a line of a day in digits and any short name: 「2025-06-06 栗树坪」.

    It may also be an entry of a chronicle, 「2025-06-06 大桥通车」; then there are others.
    """
    match = _NAME_BESIDE_DAY.fullmatch(line)
    name = (match["after"] or match["before"]) if match else ""
    date_place = find_date(line)
    return Metadata(date_place[0], name) if date_place and _NAME.fullmatch(name) else None


def is_of_an_event(line: str, beside: Iterable[str]) -> bool:
    """Whether a line tells when something takes place, among other labels as 「地点:」."""
    match = _LABELLED.match(line)
    if match is None or match["label"] not in _ANY_DAY_LABELS:
        return False
    return bool(_HOUR.search(match["value"])) or any(map(_UNKNOWN_LABEL.match, beside))


def read_closing(line: str) -> Metadata | None:
    """Reads a line that may end an article: 「来源:青海日报」, 「责编:张三」; None for others."""
    inner = line.strip("()[]\u3010\u3011 ")
    return read_metadata(inner) if _CLOSING_LABEL.match(inner) else None


def closing_editors(paragraph: str) -> int:
    """Returns where closing editors like 「(责编:张三)」 begin; the length if there are none."""
    match = _CLOSING_EDITORS.search(paragraph)
    return match.start() if match else len(paragraph)


def set_labels_apart(line: str) -> str:
    """Returns the line with a space before each label."""
    return _ANY_LABEL.sub(r" \g<0>", line).strip()


def is_publisher(name: str) -> bool:
    """Whether a name is that of a paper, an agency or a site: 青海新闻网."""
    return re.fullmatch(_PUBLISHER, name) is not None


def is_office(name: str) -> bool:
    """Whether a name is that of what publishes: 河口县教育局."""
    return _OFFICE_BESIDE_DAY.fullmatch(name) is not None


def is_organisation(name: str) -> bool:
    """Whether a line by itself may be the name of what signs a text: 河口县文化馆."""
    return bool(_ORGANISATION.fullmatch(name)) or is_office(name)


def read_author(line: str) -> str:
    """Returns the author that a line of metadata names; empty if it names none."""
    if len(line) > _LONGEST_METADATA:
        return ""
    match = next((label for label in _LABELLED.finditer(line) if label["label"] == "作者"), None)
    return match["value"] if match else ""


def read_dateline(paragraph: str) -> Dateline:
    """Reads the opening of a report: 「新华社北京2017年11月27日电(记者 张三) …」."""
    match = _DATELINE.match(paragraph)
    if match is None:
        return Dateline()
    date_place = find_date(match.group())
    # 「本报讯」 means this paper's own report, but does not name the paper.
    source = "" if match["source"].startswith(_THIS_ONE) else match["source"]
    signed = _REPORTERS.match(paragraph, match.end())
    metadata = Metadata(date_place[0] if date_place else None, source)
    return Dateline(metadata, Span(*signed.span("reporters")) if signed else None)


def _taken_apart(line: str) -> _Parts:
    address = _ADDRESS.search(line)
    if address:
        line = f"{line[: address.start()]} {line[address.end() :]}"
    line = _TIME_AFTER_DAY.sub(" ", line)
    published = _published(line)
    is_apart = False
    for _ in range(_MOST_DAYS):
        date_place = find_date(line)
        if not date_place:
            break
        before, after = line[: date_place[1]], line[date_place[2] :]
        # The white space between an office and the day at the end of the line may be lost.
        is_written_on = before[-1:].isalnum() and bool(after.strip())
        is_apart = not (is_written_on or after[:1].isalnum())
        line = f"{before} {after}"
    line, furniture = _FURNITURE.subn(" ", line)
    labelled = {
        match["label"]: match["value"].strip(_AROUND_NAME) for match in _LABELLED.finditer(line)
    }
    line = _WEEKDAY.sub(" ", _TIME.sub(" ", _LABELLED.sub(" ", line)))
    line = _REPORTER.sub(" ", line)
    return _Parts(
        published=published,
        url=web_address(address.group().rstrip(_AFTER_ADDRESS)) if address else "",
        labelled=labelled,
        words=tuple(
            filter(None, (word.strip("()[]\u3010\u3011,;") for word in _BETWEEN.split(line)))
        ),
        is_apart=is_apart,
        has_furniture=furniture > 0,
    )


def _published(line: str) -> date | None:
    """Returns the day that is labelled as that of publication, else the first day."""
    named = _PUBLISHED.search(line)
    date_place = (find_date(line[named.end() :]) if named else None) or find_date(line)
    return date_place[0] if date_place else None


def _publisher(parts: _Parts) -> str:
    """Returns the publisher if only a name is left of a line; empty if that is unclear."""
    if (parts.is_apart or parts.labelled) and _OFFICE_BESIDE_DAY.fullmatch(parts.rest):
        return parts.rest
    signed = len(parts.words) > 1 or _INSTITUTION.search(parts.rest)
    if parts.is_apart and signed and all(map(is_organisation, parts.words)):
        return " ".join(parts.words)
    match = _SOURCE_LINE.fullmatch(parts.rest.strip(_AROUND_NAME))
    is_clear = match and (parts.published or parts.labelled or parts.url or match["report"])
    return match["source"] if match and is_clear else ""


def _is_certain(labelled: dict[str, str]) -> bool:
    """Whether labels are those of an article, not of an event or of people alone."""
    return bool(labelled.keys() - _ANY_DAY_LABELS - _PEOPLE_LABELS)
