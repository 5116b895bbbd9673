"""Finds the title among the first lines of a text, and the short lines that head nothing.

Lines are judged with full-width punctuation folded (`index.analysis.line_roles.fold_width`).
"""

import re
from collections.abc import Sequence

from index.analysis.line_roles import LONGEST_HEADING, heading_level, settle_headings
from index.analysis.metadata_lines import is_office, is_organisation, read_metadata

LONGEST_TITLE_LINE = 75
"""Maximum number of characters of a line that is a title by its place; official ones are long."""
LOOKED_THROUGH = 12
"""Number of lines at the beginning of a text among which its title stands."""
_MOST_TITLE_LINES = 3
_GOES_ON = (";", ",", "、")
_LONGEST_TITLE = 120

_DOCUMENT = (
    r"(?:通知|意见|决定|公告|通告|通报|报告|批复|函|办法|请示|方案|规定|命令|公报|纪要|决议|建议|细则|条例"
    r"|计划|规划|纲要|公示|说明|答复|要点|标准|指南|制度|章程|指引|预案|声明|倡议书|通知书|简章)"
    r"(?:\([^()]{1,12}\))?"
)
_CLOSED = re.compile(rf"{_DOCUMENT}$")
_ABOUT = re.compile(rf"[^。:;!?]{{0,40}}关于[^。]{{2,100}}{_DOCUMENT}")
_UNFINISHED = re.compile(
    r"(?:[的和与及暨、]|关于|印发|转发|开展|加强|推进|做好|进一步)$|^[^》]*《[^》]*$"
)
_LETTERHEAD = re.compile(r"[\u4e00-\u9fff()]{2,40}(?:文件|办公室|办公厅|人民政府|委员会|[局厅部])")
_FILE_HEAD = re.compile(r"[\u4e00-\u9fff()]{2,40}(?:[局厅部院校会]|政府|办公室|委|公司|中心)文件")
_NUMBER = re.compile(
    r"(?:文号:|发文字号:|编号:)?[\u4e00-\u9fff]{0,15}"
    r"(?:[\[(〔【〈](?:19|20)\d{2}[\])〕】〉](?:第)?\d{1,5}号|(?:\(?(?:19|20)\d{2}年)?\)?第\d{1,5}号)"
    r"(?:签发人:.{2,10})?"
)
_FIELD = re.compile(r"[\u4e00-\u9fff]{2,6}\s*:\s*\S")
"""Matches 「联系人:赵强」; several such lines in a row head nothing."""
_TELLS = re.compile(r"[:\d〇]|[急密]")
"""Occurs in every line of metadata above a title, except the letterhead."""
_MARKING = re.compile(
    r"(?:特急|加急|急件|平急|秘密|机密|绝密|内部(?:资料|文件))[★\d年个月]*|(?:签发人|份号):.{1,12}|\d{6}"
)


def is_document_number(line: str) -> bool:
    """Whether a line (width folded) is the number of an official document: 「河政〔2025〕12号」."""
    return line.endswith("号") and _NUMBER.fullmatch("".join(line.split())) is not None


def title_lines(lines: Sequence[str]) -> range:
    """Returns the numbers of the lines that hold the title; none if nothing looks like one.

    Above the title of an official document stand the office's name and a number: 「河口县人民政府
    文件」, 「河政〔2025〕12号」, 「关于…的通知」.
    """
    squeezed = ["".join(line.split()) for line in lines[:LOOKED_THROUGH]]
    first = next((at for at, line in enumerate(lines) if not _is_above(line)), len(lines))
    is_official = any(map(_is_mark, squeezed[:first]))
    if first < len(squeezed) and _LETTERHEAD.fullmatch(squeezed[first]):
        is_official = True
    if is_official:
        official = _official_title(squeezed)
        if official:
            return official
        numbers = [at for at, line in enumerate(squeezed) if _NUMBER.fullmatch(line)]
        first = numbers[0] + 1 if numbers else first
    if first >= len(lines) or not _is_title(lines, first):
        return range(0)
    return range(first, _end(squeezed, first))


def settled_levels(lines: Sequence[str], levels: Sequence[int]) -> list[int]:
    """Returns the levels of lines (see `heading_level`), 0 for those that only look like headings.

    These are lines of metadata, items of a list that a line announces, runs of short lines, and
    short lines that end the article.
    """
    return settle_headings(_without_items(lines, _without_bare_lines(lines, levels)))


def _without_items(lines: Sequence[str], levels: Sequence[int]) -> list[int]:
    """Returns the levels, 0 for unnumbered lines on end, two or more, below 「申请材料：」."""
    settled = list(levels)
    for at, line in enumerate(lines):
        if line.endswith(":"):
            end = at + 1
            while end < len(lines) and _may_be_item(lines[end], levels[end]):
                end += 1
            if end - at > 2:
                settled[at + 1 : end] = [0] * (end - at - 1)
    return settled


def _may_be_item(line: str, level: int) -> bool:
    return line.endswith(_GOES_ON) or (level == 1 and heading_level(line, indented=True) == 0)


def _without_bare_lines(lines: Sequence[str], levels: Sequence[int]) -> list[int]:
    """Returns the levels, 0 for lines of metadata."""
    bare = [level > 0 and _is_bare(line) for line, level in zip(lines, levels, strict=True)]

    def heads_nothing(at: int) -> bool:
        near = slice(max(0, at - 1), at + 2)
        if bare[at] or (any(bare[near]) and is_organisation(lines[at])):
            return True
        return _is_field(lines[at]) and sum(map(_is_field, lines[near])) > 1

    return [0 if level and heads_nothing(at) else level for at, level in enumerate(levels)]


def _is_bare(line: str) -> bool:
    """Whether a line only holds a day, a number or the like, and heads nothing."""
    if _TELLS.search(line) or line.endswith("文件"):
        squeezed = "".join(line.split())
        is_head = _is_mark(squeezed) or _FILE_HEAD.fullmatch(squeezed)
        return bool(is_head) or read_metadata(line) is not None
    return False


def _is_field(line: str) -> bool:
    return _FIELD.match(line) is not None


def _is_mark(squeezed: str) -> bool:
    return bool(_NUMBER.fullmatch(squeezed) or _MARKING.fullmatch(squeezed))


def _is_above(line: str) -> bool:
    """Whether a line may stand above a title: a day, a number, a mark."""
    return _is_mark("".join(line.split())) or read_metadata(line) is not None


def _official_title(lines: Sequence[str]) -> range:
    """Returns the lines of 「关于…的通知」, with the office's name right above it."""
    for first in range(len(lines)):
        for end in range(first + 1, min(first + _MOST_TITLE_LINES, len(lines)) + 1):
            if _ABOUT.fullmatch("".join(lines[first:end])):
                above = (
                    first and lines[first].startswith("关于") and _names_office(lines[first - 1])
                )
                return range(first - bool(above), end)
            if _CLOSED.search(lines[end - 1]) or heading_level(lines[end - 1], indented=True):
                break
            if "关于" not in lines[first] and not is_office(lines[first]):
                break
    return range(0)


def _names_office(line: str) -> bool:
    return is_office(line) and not line.endswith("文件")


def _is_title(lines: Sequence[str], at: int) -> bool:
    line = lines[at]
    if heading_level(line[:LONGEST_HEADING], indented=False) == 0 or "。" in line:
        return False
    if len(line) <= LONGEST_HEADING:
        return heading_level(line, indented=False) > 0
    is_last = at + 1 == len(lines)
    return len(line) <= LONGEST_TITLE_LINE and (
        bool(_ABOUT.fullmatch("".join(line.split())))
        or not (is_last or re.search("[,;:!?、]$|[,;].*[,;]", line))
    )


def _end(lines: Sequence[str], first: int) -> int:
    """Returns where the title that begins at `first` ends: an unfinished line continues."""
    end = first + 1
    while end < len(lines) and end - first < _MOST_TITLE_LINES:
        title = "".join(lines[first:end])
        unfinished = _UNFINISHED.search(title) or ("关于" in title and not _CLOSED.search(title))
        goes_on = heading_level(lines[end], indented=False) == 1 and not _is_above(lines[end])
        if not (unfinished and goes_on and len(title + lines[end]) <= _LONGEST_TITLE):
            break
        end += 1
    return end
