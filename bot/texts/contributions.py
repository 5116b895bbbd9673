"""Sentences about articles that administrators add and remove."""

from bot.admin.contributions import AddedArticle
from bot.errors import FetchError
from bot.texts.admin import on_a_line
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import (
    AlreadyKept,
    Article,
    BlockKind,
    BuildReport,
    IntakeError,
    LibraryFull,
    UnreadableFile,
)

HEADINGS_SHOWN = 3


def kept(texts: Texts, brought: AddedArticle) -> str:
    """Returns what an article that can be asked about now was understood as."""
    article = brought.kept.article
    key = Key.INTAKE_KEPT if brought.is_new else Key.INTAKE_CHANGED
    lines = [texts.say(key, title=on_a_line(article.title)), _understood(texts, brought)]
    headings = [
        on_a_line(article.text[block.start : block.end])
        for block in article.blocks
        if block.kind is BlockKind.HEADING
    ]
    if headings:
        shown = texts.say(Key.REFUSAL_SEPARATOR).join(headings[:HEADINGS_SHOWN])
        lines.append(texts.say(Key.INTAKE_HEADINGS, count=len(headings), headings=shown))
    lines.append(texts.say(Key.INTAKE_FILE, id=on_a_line(article.id)))
    return "\n".join(lines)


def _understood(texts: Texts, brought: AddedArticle) -> str:
    article = brought.kept.article
    parts = (
        on_a_line(article.source),
        article.published.isoformat() if article.published else "",
        texts.say(Key.INTAKE_PAGES, count=len(article.pages)) if article.pages else "",
        texts.say(Key.INTAKE_PASSAGES, count=brought.kept.passages),
        article.url,
    )
    return " · ".join(part for part in parts if part)


def waiting(texts: Texts, brought: AddedArticle, failure: str) -> str:
    """Returns what is said of an article that is saved but cannot be asked about yet."""
    title = on_a_line(brought.kept.article.title)
    return f"{texts.say(Key.INTAKE_WAITING, title=title)}\n{failure}"


def left_out(texts: Texts, report: BuildReport, article_id: str) -> str | None:
    """Returns why a build left out an article that was saved; None if it did not."""
    skipped = [file for file in report.skipped if file.path == article_id]
    if not skipped:
        return None
    reason = texts.skip(skipped[0].reason, skipped[0].other)
    return texts.say(Key.INTAKE_UNREADABLE, reason=reason)


def removed(texts: Texts, title: str, undone: bool) -> str:
    """Returns what is said of an article that is gone."""
    return texts.say(Key.INTAKE_UNDONE if undone else Key.INTAKE_REMOVED, title=on_a_line(title))


def asked_to_remove(texts: Texts, article: Article) -> str:
    """Returns the question whether to remove an article."""
    title, id = on_a_line(article.title), on_a_line(article.id)
    return texts.say(Key.INTAKE_REMOVE, title=title, id=id)


def which(texts: Texts, articles: list[Article]) -> str:
    """Returns the question which of several articles is meant."""
    named = (
        f"· {on_a_line(article.title)}\uff08{on_a_line(article.id)}\uff09" for article in articles
    )
    return "\n".join((texts.say(Key.INTAKE_WHICH), *named))


def refused(texts: Texts, error: Exception) -> str:
    """Returns why something is not added."""
    match error:
        case UnreadableFile():
            return texts.say(Key.INTAKE_UNREADABLE, reason=texts.skip(error.reason))
        case AlreadyKept():
            return texts.say(Key.INTAKE_ALREADY, id=on_a_line(error.first))
        case LibraryFull():
            return texts.say(Key.INTAKE_FULL)
        case IntakeError():
            return texts.say(Key.INTAKE_NOT_KEPT)
        case FetchError():
            return texts.say(error.fault)
    return texts.error(error)
