"""What the index found -> the messages that Telegram shows.

Everything is put together as text with marks, then cut into messages, then written as HTML: cut
or escaped in another order, markup would break.
"""

from bot.citations import NEAREST_SHOWN, matched, places, shortened, where
from bot.desk import Match, Reply
from bot.markup import Mark, Marked, Style
from bot.texts import Key, Texts
from index import Answer, Citation, NoAnswer, Turn

LONG_QUOTE = 200
LONG_QUOTE_LINES = 4
UNDERLINES = 40


def reply(said: Reply, texts: Texts) -> list[str]:
    """The messages that tell what the desk says to a question, in Telegram's HTML."""
    match said:
        case Turn():
            return _messages(_understood(said, texts) + _result(said.result, texts))
        case Match():
            place = texts.say(Key.MORE_PLACE, number=said.number, total=said.total)
            return _messages(Marked(place) + "\n" + _cited(said.citation, texts))
    return plain(texts.nothing(said))


def answer(result: Answer | NoAnswer, texts: Texts) -> list[str]:
    """The messages that tell an answer or a refusal, in Telegram's HTML."""
    return _messages(_result(result, texts))


def plain(text: str) -> list[str]:
    """The messages that tell a plain text, in Telegram's HTML."""
    return _messages(Marked(text))


def _messages(marked: Marked) -> list[str]:
    return [piece.html() for piece in marked.pieces()]


def _understood(turn: Turn, texts: Texts) -> Marked:
    """How a question that does not stand alone was understood, on a line of its own."""
    if turn.understood == turn.question:
        return Marked("")
    return Marked(texts.say(Key.ASK_UNDERSTOOD, question=turn.understood) + "\n")


def _result(result: Answer | NoAnswer, texts: Texts) -> Marked:
    if isinstance(result, NoAnswer):
        return _refused(result, texts)
    return _cited(result.citations[0], texts)


def _cited(citation: Citation, texts: Texts) -> Marked:
    return _quote(citation) + "\n" + _source(citation, texts)


def _quote(citation: Citation) -> Marked:
    """The passage, verbatim, with its sentence in bold and the matched words underlined."""
    text = citation.passage.text
    sentence = citation.sentence
    long = len(text) > LONG_QUOTE or text.count("\n") >= LONG_QUOTE_LINES
    quote = Style.EXPANDABLE_QUOTE if long else Style.QUOTE
    return Marked(
        text,
        (
            Mark(0, len(text), quote),
            Mark(sentence.start, sentence.end, Style.BOLD),
            *(
                Mark(span.start, span.end, Style.UNDERLINE)
                for span in matched(citation)[:UNDERLINES]
            ),
        ),
    )


def _source(citation: Citation, texts: Texts) -> Marked:
    """Where the passage stands: the title (a link where there is one), headings, and the rest."""
    title = Marked(citation.title)
    if citation.url:
        title = title.styled(Style.LINK, citation.url)
    path = Marked("📄 ") + title
    for heading in places(citation):
        path += f" › {heading}"
    return path + "\n" + " · ".join(where(citation, texts))


def _refused(reply: NoAnswer, texts: Texts) -> Marked:
    told = Marked(texts.refusal(reply.reason))
    if reply.missing:
        told += "\n" + texts.missing(reply.missing)
    if reply.nearest:
        told += "\n\n" + texts.say(Key.REFUSAL_NEAREST)
    for citation in reply.nearest[:NEAREST_SHOWN]:
        told = told + "\n" + Marked(shortened(citation)).styled(Style.QUOTE)
        told = told + "\n" + _source(citation, texts)
    return told
