"""Distinguishes articles from questions in what administrators write."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from bot.core.clean_text import sendable
from bot.core.source_links import is_web_link
from index import FrontMatter, with_front_matter

ARTICLE_LENGTH = 400
"""Minimum length of a text that is never a question; for forwarded texts it is lower."""
FORWARDED_LENGTH = 120
FORWARDED_LINES = 4
QUESTION_LENGTH = 100
"""Maximum length of a text on one or two lines that is always a question."""
HEADLINE_LENGTH = 40
_ASKS = re.compile(r"[?\uff1f吗呢]\s*$")
_FIRST_SENTENCE = re.compile(r"[^\u3002!?\uff01\uff1f;\uff1b\n]+")


class Submission(Enum):
    """What a text is meant as."""

    QUESTION = auto()
    LINK = auto()
    ARTICLE = auto()
    UNCLEAR = auto()
    """It may be a question or an article: the sender has to decide."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that may become an article.

    Attributes:
        name: the sender's name for it; its suffix gives the format.
        about: metadata beyond its own.
    """

    name: str
    content: bytes
    about: FrontMatter | None = None


def submission(text: str, forwarded: bool) -> Submission:
    """Returns what a text from an administrator is meant as."""
    written = text.strip()
    lines = sum(1 for line in written.split("\n") if line.strip())
    if link_in(written, forwarded):
        return Submission.LINK
    if forwarded and (len(written) >= FORWARDED_LENGTH or lines >= FORWARDED_LINES):
        return Submission.ARTICLE
    if len(written) >= ARTICLE_LENGTH:
        return Submission.ARTICLE
    short = len(written) <= QUESTION_LENGTH and lines <= 2
    if short and (not forwarded or _ASKS.search(written)):
        return Submission.QUESTION
    return Submission.UNCLEAR


def link_in(text: str, forwarded: bool) -> str:
    """Returns the link that a text brings: alone, or after a few words, as browsers share it.

    Empty where there is none, where the words ask something, and where somebody else wrote them:
    these may be the article.
    """
    *words, last = text.split() or [""]
    before = " ".join(words)
    if not is_web_link(last) or any(map(is_web_link, words)):
        return ""
    is_shared = not forwarded and len(before) <= QUESTION_LENGTH and not _ASKS.search(before)
    return last if not words or is_shared else ""


def text_file(text: str, about: FrontMatter | None) -> File:
    """Returns the file of a text: Markdown with front matter if something is known about it; else
    plain text, whose own lines may give title and source."""
    written = sendable(text)
    title = headline(written)
    if about is None:
        return File(f"{title}.txt", written.encode())
    front = FrontMatter(about.title or title, about.source, about.published, about.url)
    return File(f"{title}.md", with_front_matter(front, written).encode())


def headline(text: str) -> str:
    """Returns the headline of a text: its first line, or as much of its first sentence as fits."""
    line = next((line.strip() for line in text.split("\n") if line.strip()), "")
    if len(line) <= HEADLINE_LENGTH:
        return line
    sentence = _FIRST_SENTENCE.match(line)
    first = sentence[0].strip() if sentence else line
    return first if 0 < len(first) <= HEADLINE_LENGTH else line[:HEADLINE_LENGTH] + "……"
