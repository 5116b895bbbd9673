"""From what the index found to the one message that Telegram shows.

The text is composed with marks, then cut to the length of a message, then written as HTML: cut or
escaped in another order, markup would break.
"""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.article_pages import ArticlePage
from bot.core.desk import Nothing
from bot.core.passage_context import PassageContext
from bot.core.source_links import SourceLinks
from bot.state.exchanges import OVERVIEW, Exchange
from bot.telegram.messages.marked_text import LIMIT, Mark, Marked, Style
from bot.texts.catalogue import LEFT_OUT, Texts, shortened
from bot.texts.citations import (
    NEAREST_SHOWN,
    caution,
    glimpse,
    introduction,
    lacking,
    matched,
    places,
    understood,
    where,
)
from bot.texts.keys import Key
from index import Answer, Citation, NoAnswer, Span, Turn, readable

LONG_QUOTE = 200
LONG_QUOTE_LINES = 4
UNDERLINES = 40
TITLE_LENGTH = 150
LEAST_QUOTE = 1_000


def reply(exchange: Exchange | Nothing, texts: Texts, links: SourceLinks) -> str:
    """Returns the message with the reply to a question, in Telegram's HTML."""
    if isinstance(exchange, Nothing):
        return Marked(texts.say(exchange)).html()
    if exchange.turn.parts and not exchange.shown:
        return _several(exchange.turn.parts, texts, links)
    opening = introduction(exchange, texts)
    lacks = lacking(exchange.turn, exchange.shown, texts)
    if exchange.shown == OVERVIEW:
        return _first(_overview(opening, exchange.citations, lacks, texts, links))
    head = Marked(f"{opening}\n" if opening else "")
    if exchange.citation:
        return _first(_around(head, exchange.citation, texts, links, lacks=lacks))
    assert isinstance(exchange.turn.result, NoAnswer)  # noqa: S101 - else there is a citation
    return _first(head + _refused(exchange.turn.result, texts, links))


def _overview(
    opening: str, citations: Sequence[Citation], lacks: str, texts: Texts, links: SourceLinks
) -> Marked:
    """Returns the marked sentences of all passages, numbered, each below where it stands."""
    gap = "\n\n"
    whole = Marked(opening)
    foot = Marked(f"{gap}{shortened(lacks, TITLE_LENGTH)}" if lacks else "")
    room = LIMIT - whole.length - foot.length - len(gap) * len(citations)
    heads = [
        Marked(f"{number}.").styled(Style.BOLD) + " " + _origin(citation, texts, links)
        for number, citation in enumerate(citations, 1)
    ]
    quotes = [_sentence(citation, UNDERLINES // len(citations)) for citation in citations]
    items = list(zip(heads, quotes, strict=True))
    share = _fair_share([head.length + 1 + quote.length for head, quote in items], room)
    for head, quote in items:
        whole = whole + gap + _item(head, quote, share)
    return whole + foot


def _item(head: Marked, quote: Marked, room: int) -> Marked:
    """Returns a passage of an overview, in at most `room` UTF-16 units; cuts both parts fairly."""
    head = _piece(head, max(room // 2, room - quote.length - 1)) + "\n"
    return head + _fitted(quote, Span(0, 0), room - head.length, least=0)


def _sentence(citation: Citation, underlines: int) -> Marked:
    """Returns the marked sentence of a passage, verbatim, the highlights in it underlined."""
    shown = readable(citation)
    text = shown.sentence.of(shown.passage.text)
    spans = [span.shifted(-shown.sentence.start) for span in matched(shown)[:underlines]]
    marks = (Mark(span.start, span.end, Style.UNDERLINE) for span in spans)
    return Marked(text, tuple(marks)).styled(_quote_style(text))


def _several(turns: Sequence[Turn], texts: Texts, links: SourceLinks) -> str:
    """Returns the message with the replies to several questions, each below its question."""
    gap = "\n\n"
    room = LIMIT - len(gap) * (len(turns) - 1)
    share = _fair_share([_part(turn, LIMIT, 0, texts, links).length for turn in turns], room)
    underlines = UNDERLINES // len(turns)
    shown = (_part(turn, share, underlines, texts, links) for turn in turns)
    whole = next(shown)
    for part in shown:
        whole = whole + gap + part
    return _first(whole)


def _fair_share(lengths: Sequence[int], room: int) -> int:
    """Returns how long each of several texts may be, so that all of them fit."""
    for rank, length in enumerate(sorted(lengths)):
        share = room // (len(lengths) - rank)
        if length > share:
            return share
        room -= length
    return max(lengths)


def _part(turn: Turn, room: int, underlines: int, texts: Texts, links: SourceLinks) -> Marked:
    """Returns a question and its reply, in at most `room` UTF-16 units."""
    head = Marked(shortened(turn.question, TITLE_LENGTH)).styled(Style.BOLD)
    for opening in (understood(turn, texts), caution(turn.result, texts)):
        head += f"\n{shortened(opening, TITLE_LENGTH)}" if opening else ""
    head += "\n"
    if isinstance(turn.result, Answer):
        citation, lacks = turn.result.citations[0], lacking(turn, 0, texts)
        return _piece(_around(head, citation, texts, links, room, underlines, lacks), room)
    return _piece(head + _refused(replace(turn.result, nearest=()), texts, links), room)


def passage(turn: Turn, number: int, texts: Texts, links: SourceLinks) -> str:
    """Returns the message that quotes and cites a passage of an answer, from 0, in Telegram's
    HTML."""
    assert isinstance(turn.result, Answer)  # noqa: S101 - else there is no passage
    opening, lacks = caution(turn.result, texts), lacking(turn, number, texts)
    head = Marked(f"{opening}\n" if opening else "")
    return _first(_around(head, turn.result.citations[number], texts, links, lacks=lacks))


def article_page(page: ArticlePage, texts: Texts, links: SourceLinks) -> str:
    """Returns the message with a page of an article.

    The cited passage is bold and its sentence underlined.
    """
    citation = page.source.citation
    head = Marked("📄 ") + _title(citation, links) + "\n"
    place = texts.say(Key.ARTICLE_PAGE_PLACE, number=page.number + 1, total=page.total)
    start, end = _without_blank_ends(page)
    text = Marked(
        page.source.article.text,
        (
            Mark(page.shown.start, page.shown.end, Style.QUOTE),
            Mark(page.source.passage.start, page.source.passage.end, Style.BOLD),
            Mark(page.source.sentence.start, page.source.sentence.end, Style.UNDERLINE),
        ),
    ).part(start, end)
    return _first(head + text + f"\n{place}")


def _without_blank_ends(page: ArticlePage) -> tuple[int, int]:
    """Returns the range of a page without blank ends."""
    text = page.shown.of(page.source.article.text)
    start = page.shown.start + len(text) - len(text.lstrip())
    return start, max(start, page.shown.start + len(text.rstrip()))


def source(view: PassageContext, texts: Texts, links: SourceLinks) -> str:
    """Returns the message with the text around a passage, which is bold."""
    shown = view.around.of(view.article.text)
    bold = view.passage.shifted(-view.around.start)
    foot = Marked("\n") + _origin(view.citation, texts, links)
    text = Marked(shown, (Mark(0, len(shown), Style.QUOTE), Mark(bold.start, bold.end, Style.BOLD)))
    return _first(_fitted(text, bold, LIMIT - foot.length) + foot)


def plain(text: str) -> list[str]:
    """Returns the messages with a plain text, in Telegram's HTML."""
    return [piece.html() for piece in Marked(text).pieces()]


def _first(marked: Marked) -> str:
    return _piece(marked, LIMIT).html()


def _piece(marked: Marked, room: int) -> Marked:
    return next(iter(marked.pieces(room)), Marked(""))


def _around(
    head: Marked,
    citation: Citation,
    texts: Texts,
    links: SourceLinks,
    room: int = LIMIT,
    underlines: int = UNDERLINES,
    lacks: str = "",
) -> Marked:
    """Returns head, quote, citation, and which words the passage lacks; cuts the quote around its
    sentence to fit `room`.

    An ellipsis shows what is left out.
    """
    foot = Marked("\n") + _origin(citation, texts, links)
    foot += f"\n{shortened(lacks, TITLE_LENGTH)}" if lacks else ""
    citation = readable(citation)
    quote = _quote(citation, underlines)
    least = min(LEAST_QUOTE, room // 4)
    return head + _fitted(quote, citation.sentence, room - head.length - foot.length, least) + foot


def _fitted(marked: Marked, around: Span, room: int, least: int = LEAST_QUOTE) -> Marked:
    """Returns as much of a quote as fits `room` UTF-16 units, from a little before a range on."""
    if marked.length <= room:
        return marked
    room = max(room, least) - 2 * len(LEFT_OUT)
    start = around.start if Marked(marked.text[: around.end]).length > room else 0
    kept = _piece(marked.part(start, len(marked.text)), room)
    opened = Marked(LEFT_OUT if start else "")
    closed = "" if start + len(kept.text) == len(marked.text) else LEFT_OUT
    return opened + kept + closed


def _quote(citation: Citation, underlines: int) -> Marked:
    """Returns the passage, verbatim, its sentence bold and the highlights in it underlined."""
    text = citation.passage.text
    sentence = citation.sentence
    return Marked(
        text,
        (
            Mark(0, len(text), _quote_style(text)),
            Mark(sentence.start, sentence.end, Style.BOLD),
            *(
                Mark(span.start, span.end, Style.UNDERLINE)
                for span in matched(citation)[:underlines]
            ),
        ),
    )


def _quote_style(text: str) -> Style:
    long = len(text) > LONG_QUOTE or text.count("\n") >= LONG_QUOTE_LINES
    return Style.EXPANDABLE_QUOTE if long else Style.QUOTE


def _origin(citation: Citation, texts: Texts, links: SourceLinks) -> Marked:
    """Returns where the passage stands: title, as a link if possible, headings, and the rest."""
    path = Marked("📄 ") + _title(citation, links)
    for heading in places(citation):
        path += f" › {_brief(heading)}"
    return path + "\n" + " · ".join(_brief(part) for part in where(citation, texts))


def _title(citation: Citation, links: SourceLinks) -> Marked:
    title = Marked(_brief(citation.title))
    link = links.of(citation)
    return title.styled(Style.LINK, link.address) if link else title


def _brief(part: str) -> str:
    """Returns a part of a citation line, cut if it is longer than any title."""
    return shortened(part, TITLE_LENGTH)


def _refused(reply: NoAnswer, texts: Texts, links: SourceLinks) -> Marked:
    refusal = Marked("\n".join(texts.refusal(reply)))
    if reply.nearest:
        refusal += "\n\n" + texts.say(Key.REFUSAL_NEAREST)
    for citation in reply.nearest[:NEAREST_SHOWN]:
        refusal = refusal + "\n" + Marked(glimpse(citation)).styled(Style.QUOTE)
        refusal = refusal + "\n" + _origin(citation, texts, links)
    return refusal
