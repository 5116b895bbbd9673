"""The words around a quote, the same in every channel."""

from bot.state.exchanges import Exchange
from bot.texts.catalogue import Texts, shortened
from bot.texts.keys import Key
from index import Citation, Span, Turn, readable

NEAREST_SHOWN = 2
GLIMPSE_LENGTH = 120


def introduction(exchange: Exchange, texts: Texts) -> str:
    """Returns what stands above a reply: which passage of the answer it shows, or how a follow-up
    question was understood; else nothing."""
    if exchange.shown:
        return texts.say(Key.MORE_PLACE, number=exchange.shown + 1, total=len(exchange.citations))
    return understood(exchange.turn, texts)


def understood(turn: Turn, texts: Texts) -> str:
    """Returns how a question was understood, where that is not as it was typed; else nothing."""
    if turn.understood == turn.question:
        return ""
    return texts.say(Key.ASK_UNDERSTOOD, question=turn.understood)


def places(citation: Citation) -> tuple[str, ...]:
    """Returns the headings above the passage, outermost first, except the title."""
    return tuple(heading for heading in citation.passage.headings if heading != citation.title)


def where(citation: Citation, texts: Texts) -> tuple[str, ...]:
    """Returns byline, reporter, source, date, and page or paragraph, as far as known."""
    passage = citation.passage
    parts = (
        passage.byline if passage.byline not in passage.headings else "",
        passage.credit,
        citation.source,
        citation.published.isoformat() if citation.published else "",
        _spot(citation, texts),
    )
    return tuple(part for part in parts if part)


def _spot(citation: Citation, texts: Texts) -> str:
    """Returns the page if there are pages, else the paragraph under its heading."""
    if citation.page:
        return texts.say(Key.CITATION_PAGE, number=citation.page)
    return texts.say(Key.CITATION_PARAGRAPH, number=citation.paragraph)


def cited(citation: Citation, texts: Texts) -> str:
    """Returns the citation as one line of plain text, to be pasted elsewhere."""
    path = " › ".join((citation.title, *places(citation)))
    line = " · ".join((path, *where(citation, texts)))
    return f"{line} {citation.url}" if citation.url else line


def glimpse(citation: Citation) -> str:
    """Returns the marked sentence by itself, shortened if it is long."""
    shown = readable(citation)
    return shortened(shown.sentence.of(shown.passage.text).strip(), GLIMPSE_LENGTH)


def matched(citation: Citation) -> list[Span]:
    """Returns what is highlighted in the marked sentence: the words that were asked for, and
    numbers that may be the answer. Joins ranges that touch."""
    joined: list[Span] = []
    for span in citation.highlights:
        start = max(span.start, citation.sentence.start)
        end = min(span.end, citation.sentence.end)
        if start >= end:
            continue
        if joined and joined[-1].end >= start:
            start = joined.pop().start
        joined.append(Span(start, end))
    return joined
