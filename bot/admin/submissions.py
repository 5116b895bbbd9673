"""What an administrator writes that may be meant as an article: told from a question."""

import re
from dataclasses import dataclass
from enum import Enum, auto

from bot.core.clean_text import sendable
from bot.core.source_links import is_web_link
from index import FrontMatter, with_front_matter

ARTICLE_LENGTH = 400
"""Characters from which on a text is no question; forwarded ones are taken for articles earlier."""
FORWARDED_LENGTH = 120
FORWARDED_LINES = 4
QUESTION_LENGTH = 100
"""Characters of a question that nobody would take for an article, on one line or two."""
HEADLINE_LENGTH = 40
_ASKS = re.compile(r"[?\uff1f吗呢]\s*$")
_FIRST_SENTENCE = re.compile(r"[^\u3002!?\uff01\uff1f;\uff1b\n]+")


class Submission(Enum):
    """What a text is meant as."""

    QUESTION = auto()
    LINK = auto()
    ARTICLE = auto()
    UNCLEAR = auto()
    """It may be a question or an article: whoever sent it has to say."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that may become an article.

    Attributes:
        name: as whoever brings it calls it; its suffix tells the format.
        about: what is known of it beside what it says itself.
    """

    name: str
    content: bytes
    about: FrontMatter | None = None


def submission(text: str, forwarded: bool) -> Submission:
    """What a text from an administrator is meant as."""
    written = text.strip()
    lines = sum(1 for line in written.split("\n") if line.strip())
    if is_web_link(written):
        return Submission.LINK
    if forwarded and (len(written) >= FORWARDED_LENGTH or lines >= FORWARDED_LINES):
        return Submission.ARTICLE
    if len(written) >= ARTICLE_LENGTH:
        return Submission.ARTICLE
    short = len(written) <= QUESTION_LENGTH and lines <= 2
    if short and (not forwarded or _ASKS.search(written)):
        return Submission.QUESTION
    return Submission.UNCLEAR


def text_file(text: str, about: FrontMatter | None) -> File:
    """The file of a text: where something is known of it, Markdown that says so; else plain, as
    its own lines may tell title and source."""
    written = sendable(text)
    title = headline(written)
    if about is None:
        return File(f"{title}.txt", written.encode())
    front = FrontMatter(about.title or title, about.source, about.published, about.url)
    return File(f"{title}.md", with_front_matter(front, written).encode())


def headline(text: str) -> str:
    """What to call a text: its first line, or as much of its first sentence as a headline holds."""
    line = next((line.strip() for line in text.split("\n") if line.strip()), "")
    if len(line) <= HEADLINE_LENGTH:
        return line
    sentence = _FIRST_SENTENCE.match(line)
    first = sentence[0].strip() if sentence else line
    return first if 0 < len(first) <= HEADLINE_LENGTH else line[:HEADLINE_LENGTH] + "……"
