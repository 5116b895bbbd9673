"""Reads articles of WeChat's public accounts, whose pages hold metadata in places of their own."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lxml import etree

from index.analysis.clean_values import day, single_line, web_address
from index.loaders.html_pieces import text_of

_CHINA = timedelta(hours=8)
_SECONDS = re.compile(r"\bvar\s+ct\s*=\s*[\"'](\d{9,11})[\"']")
_WRITTEN_DAY = re.compile(
    r"\b(?:createTime|create_time|publish_time)\s*[=:]\s*[\"'](\d{4}-\d{1,2}-\d{1,2})"
)
_NAME = re.compile(r"\bvar\s+nickname\s*=\s*(?:htmlDecode\()?[\"']([^\"'<>\\]{1,60})[\"']")
_LINK = re.compile(r"\bvar\s+msg_link\s*=\s*[\"'](https?://[^\"'\\]{1,500})[\"']")


@dataclass(frozen=True, slots=True)
class WeChatPage:
    """The content and the metadata of a page of WeChat; empty where there is none.

    Attributes:
        content: the element that holds the article.
        source: the account's name.
    """

    content: etree._Element
    title: str
    source: str
    author: str
    published: date | None
    url: str


def read_wechat(tree: etree._Element, page: str) -> WeChatPage | None:
    """Reads a page of WeChat; returns None for any other page.

    Args:
        page: the source of the tree; its scripts hold metadata that is shown once they have run.
    """
    content = _by_id(tree, "js_content")
    if content is None:
        content = _by_class(tree, "rich_media_content")
    if content is None:
        return None
    return WeChatPage(
        content=content,
        title=_shown(tree, "activity-name"),
        source=_shown(tree, "js_name") or _first_group(_NAME, page) or _account(tree),
        author=_shown(tree, "js_author_name"),
        published=day(_shown(tree, "publish_time")) or _day_in_script(page),
        url=web_address(_first_group(_LINK, page).replace("&amp;", "&")),
    )


def _by_id(tree: etree._Element, name: str) -> etree._Element | None:
    return next((element for element in tree.iter() if element.get("id") == name), None)


def _shown(tree: etree._Element, name: str) -> str:
    element = _by_id(tree, name)
    return single_line(text_of(element)) if element is not None else ""


def _by_class(tree: etree._Element, name: str) -> etree._Element | None:
    elements = (element for element in tree.iter() if name in (element.get("class") or "").split())
    return next(elements, None)


def _account(tree: etree._Element) -> str:
    """Returns the account's name in its card, which is hidden until it is touched."""
    card = _by_class(tree, "profile_nickname")
    return single_line("".join(card.itertext())) if card is not None else ""


def _first_group(pattern: re.Pattern[str], page: str) -> str:
    match = pattern.search(page)
    return single_line(match[1]) if match else ""


def _day_in_script(page: str) -> date | None:
    seconds = _SECONDS.search(page)
    if seconds:
        return (datetime.fromtimestamp(int(seconds[1]), UTC) + _CHINA).date()
    return day(_first_group(_WRITTEN_DAY, page))
