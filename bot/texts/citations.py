"""The words around a quote, the same in every channel."""

from bot.state.exchanges import OVERVIEW, Exchange
from bot.texts.catalogue import Texts, shortened
from bot.texts.keys import Key
from index import Answer, Certainty, Citation, NoAnswer, Span, Turn, readable

NEAREST_SHOWN = 2
GLIMPSE_LENGTH = 120


def introduction(exchange: Exchange, texts: Texts) -> str:
    """Returns what stands above a reply: which passage of the answer it shows, or how a follow-up
    question was understood, and that the answer is only possible; else nothing."""
    result = exchange.turn.result
    if exchange.shown > 0 or (exchange.has_overview and exchange.shown == 0):
        possible = result.certainty is Certainty.POSSIBLE
        key = Key.CERTAINTY_POSSIBLE_PLACE if possible else Key.MORE_PLACE
        return texts.say(key, number=exchange.number + 1, total=len(exchange.citations))
    return opening(exchange.turn, texts)


def opening(turn: Turn, texts: Texts) -> str:
    """Returns how a question was understood, and that its answer is only possible; else nothing."""
    return "\n".join(filter(None, (understood(turn, texts), caution(turn.result, texts))))


def caution(result: Answer | NoAnswer, texts: Texts) -> str:
    """Returns that an answer is only possible; nothing for another reply."""
    possible = result.certainty is Certainty.POSSIBLE
    return texts.say(Key.CERTAINTY_POSSIBLE) if possible else ""


def lacking(turn: Turn, shown: int, texts: Texts) -> str:
    """Returns which words of the question the passages that are shown lack; nothing where that is
    none, or not known.

    Args:
        shown: number of the passage, or `OVERVIEW`.
    """
    result = turn.result
    if isinstance(result, NoAnswer) or not result.missing:
        return ""
    # Of a sure answer it is known for the first passage of all.
    is_further = shown > 0 or turn.given > len(result.citations)
    if result.certainty is Certainty.SURE and is_further:
        return ""
    key = Key.CERTAINTY_ALL_LACK if shown == OVERVIEW else Key.CERTAINTY_LACKS
    return texts.say(key, words=texts.say(Key.REFUSAL_SEPARATOR).join(result.missing))


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
