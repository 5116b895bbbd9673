"""Message text as Telegram reads it: HTML markup, cleaning, UTF-16 lengths and entities.

Positions inside this module count code points; only `Formatted` speaks UTF-16.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

KIND_OF_TAG = {
    "a": "text_link",
    "b": "bold",
    "blockquote": "blockquote",
    "code": "code",
    "del": "strikethrough",
    "em": "italic",
    "i": "italic",
    "ins": "underline",
    "pre": "pre",
    "s": "strikethrough",
    "span": "spoiler",
    "strike": "strikethrough",
    "strong": "bold",
    "tg-emoji": "custom_emoji",
    "tg-spoiler": "spoiler",
    "u": "underline",
}
# Two of these may overlap: Telegram cuts them at the borders of all other entities.
STYLES = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
VERBATIM = frozenset({"code", "pre"})
# Which of two entities over the same text is the outer one (the lower number).
RANK = {"blockquote": 0, "expandable_blockquote": 0, "pre": 10, "code": 20, "text_link": 49,
        "bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94,
        "custom_emoji": 99}  # fmt: skip
ENTITY_LIMIT = 100

NAMED_REFERENCES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
REFERENCE = re.compile(r"&(?:#(?:x(?P<hex>[0-9a-fA-F]*)|(?P<dec>[0-9]*))|(?P<name>[a-zA-Z]+));?")
WHITESPACE = " \n"
SEPARATORS = " \t\n\r\v\f\0"
DROPPED_CHARACTERS = frozenset("\r\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u0333\u033f\u030a")
DIRECTION_MARKS = re.compile("[\u200e\u200f]+(?=[\u200e\u200f])")
INVISIBLE = frozenset(
    " \n\u00a0\u1680\u180e\u202f\u205f\u2800\u3000\ufffc\ufeff\u200b\u200c\u200d\u200e\u200f"
) | {chr(code) for code in (*range(0x2000, 0x200B), *range(0xE0000, 0xE0080))}


class TextError(ValueError):
    """Telegram would refuse this text; the message says why, in Telegram's words."""


@dataclass(frozen=True, slots=True)
class Span:
    """One entity over text[start:end], in code points."""

    start: int
    end: int
    kind: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Formatted:
    """Text with its entities as the Bot API gives them (UTF-16 offsets and lengths)."""

    text: str
    entities: tuple[dict[str, Any], ...] = ()

    @property
    def length(self) -> int:
        return utf16_length(self.text)

    def fields(self, name: str = "text") -> dict[str, Any]:
        """Returns the text and its entities as fields of a Message; an empty text has no fields."""
        if not self.text:
            return {}
        entities_name = "caption_entities" if name == "caption" else "entities"
        entities = {entities_name: list(self.entities)} if self.entities else {}
        return {name: self.text, **entities}


def utf16_length(text: str) -> int:
    """Returns how many UTF-16 code units the text takes; Telegram counts lengths in these."""
    return len(text) + sum(character > "\uffff" for character in text)


def slice_utf16(text: str, offset: int, length: int) -> str:
    """Returns the part of the text which an entity with this offset and length covers."""
    units = text.encode("utf-16-le")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def from_html(markup: str) -> Formatted:
    """Parses HTML as Telegram does; raises TextError where Telegram cannot parse it."""
    text, spans = _HtmlParser(markup).parse()
    return _formatted(text, spans)


def from_plain(text: str) -> Formatted:
    """Cleans text sent without a parse mode."""
    return _formatted(text, [])


def with_typed_entities(text: str) -> Formatted:
    """Cleans text typed by a person, and finds the bot commands and mentions in it."""
    plain = from_plain(text)
    spans = [
        Span(match.start(), match.end(), str(match.lastgroup))
        for match in TYPED_ENTITY.finditer(plain.text)
    ]
    return _with_entities(plain.text, spans)


TYPED_ENTITY = re.compile(
    r"(?<![\w/<>])(?P<bot_command>/[a-zA-Z0-9_]{1,64}(?:@[a-zA-Z0-9_]{3,32})?)(?![\w/<>])"
    r"|(?<!\w)(?P<mention>@[a-zA-Z0-9_]{2,32})(?!\w)"
)


class _HtmlParser:
    """A single pass over the markup; `text` and `spans` grow as it goes."""

    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.position = 0
        self.text: list[str] = []
        self.spans: list[Span] = []
        self.open: list[tuple[str, Span]] = []

    def parse(self) -> tuple[str, list[Span]]:
        while (character := self._here()) != "":
            if character == "<" and self.markup.startswith("</", self.position):
                self._end_tag()
            elif character == "<":
                self._start_tag()
            else:
                self.text.append(self._character())
        if self.open:
            raise _cannot_parse(
                f'Can\'t find end tag corresponding to start tag "{self.open[-1][0]}"'
            )
        return "".join(self.text), self.spans

    def _here(self) -> str:
        return self.markup[self.position : self.position + 1]

    def _until(self, stops: str) -> str:
        """Reads up to the first of these characters; the end of the markup also stops."""
        start = self.position
        while (character := self._here()) != "" and character not in stops:
            self.position += 1
        return self.markup[start : self.position]

    def _skip_separators(self) -> None:
        while (character := self._here()) != "" and character in SEPARATORS:
            self.position += 1

    def _character(self) -> str:
        """Reads one character, decoding a character reference that Telegram knows."""
        match = REFERENCE.match(self.markup, self.position)
        decoded = _decode(match) if match else ""
        if match and decoded:
            self.position = match.end()
            return decoded
        self.position += 1
        return self.markup[self.position - 1]

    def _start_tag(self) -> None:
        begin = self.position
        self.position += 1
        tag = self._until(SEPARATORS + ">").lower()
        if self._here() == "":
            raise self._error("Unclosed start tag", begin)
        if tag not in KIND_OF_TAG:
            raise self._error(f'Unsupported start tag "{tag}"', begin)
        attributes = dict(self._attributes(tag, begin))
        self.position += 1
        span = Span(len(self.text), -1, *_kind(tag, attributes))
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise self._error('Tag "span" must have class "tg-spoiler"', begin)
        if span.kind in QUOTES and any(outer.kind in QUOTES for _, outer in self.open):
            raise self._error("Block quotes can't be nested", begin)
        self.open.append((tag, span))

    def _attributes(self, tag: str, begin: int) -> Iterator[tuple[str, str]]:
        while True:
            self._skip_separators()
            if self._here() == ">":
                return
            name = self._until(SEPARATORS + "=>")
            if self._here() == "":
                raise self._error("Unclosed start tag", begin)
            if name == "":
                raise self._error(f'Empty attribute name in the tag "{tag}"', begin)
            self._skip_separators()
            if self._here() == "=":
                self.position += 1
                self._skip_separators()
                yield name, self._attribute_value(begin)
            elif (tag, name) == ("blockquote", "expandable"):
                yield name, ""
            else:
                raise self._error(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}"', begin
                )

    def _attribute_value(self, begin: int) -> str:
        quote = self._here()
        if quote not in ("'", '"'):
            value = self._until(SEPARATORS + ">")
            if not re.fullmatch(r"[a-zA-Z0-9.-]*", value):
                raise self._error("Unexpected end of name token", begin)
            return value.lower()
        self.position += 1
        parts: list[str] = []
        while self._here() not in (quote, ""):
            parts.append(self._character())
        self.position += 1
        if self._here() == "":
            raise self._error("Unclosed start tag", begin)
        return "".join(parts)

    def _end_tag(self) -> None:
        begin = self.position
        if not self.open:
            raise self._error("Unexpected end tag", begin)
        self.position += 2
        name = self._until(SEPARATORS + ">").lower()
        self._skip_separators()
        if self._here() != ">":
            raise self._error("Unclosed end tag", begin)
        self.position += 1
        tag, span = self.open.pop()
        if name not in ("", tag):
            raise self._error(
                "Unmatched end tag", begin, f', expected "</{tag}>", found "</{name}>"'
            )
        self._close(replace(span, end=len(self.text)))

    def _close(self, span: Span) -> None:
        """Keeps the finished span, unless it covers nothing or its link leads nowhere."""
        if span.start == span.end:
            return
        if span.kind == "text_link":
            target = span.argument or "".join(self.text[span.start : span.end])
            link = checked_link(target)
            if link is None:
                return
            span = replace(span, argument=link)
        if span.kind == "custom_emoji" and not span.argument.isdecimal():
            raise _cannot_parse("Invalid custom emoji identifier specified")
        last = self.spans[-1] if self.spans else None
        if (
            last
            and {last.kind, span.kind} == VERBATIM
            and (last.start, last.end)
            == (
                span.start,
                span.end,
            )
        ):
            # <pre><code class="language-x"> is one "pre" entity with a language.
            self.spans.pop()
            span = replace(span, kind="pre", argument=last.argument or span.argument)
        self.spans.append(span)

    def _error(self, reason: str, position: int, details: str = "") -> TextError:
        offset = len(self.markup[:position].encode())
        return _cannot_parse(f"{reason} at byte offset {offset}{details}")


def _cannot_parse(reason: str) -> TextError:
    return TextError(f"can't parse entities: {reason}")


def _kind(tag: str, attributes: dict[str, str]) -> tuple[str, str]:
    """Returns the entity kind of a start tag, and the argument its attributes give."""
    if tag == "a":
        return "text_link", attributes.get("href", "")
    if tag == "blockquote" and "expandable" in attributes:
        return "expandable_blockquote", ""
    if tag == "code" and attributes.get("class", "").startswith("language-"):
        return "code", attributes["class"].removeprefix("language-")
    if tag == "tg-emoji":
        return "custom_emoji", attributes.get("emoji-id", "")
    return KIND_OF_TAG[tag], ""


def _decode(match: re.Match[str]) -> str:
    """Returns the character a reference stands for, or "" where Telegram leaves it as written."""
    if match["name"]:
        return NAMED_REFERENCES.get(match["name"], "")
    code = int(match["hex"] or "0", 16) if match["hex"] is not None else int(match["dec"] or "0")
    if not 0 < code < 0x10FFFF or len(match[0].rstrip(";")) >= 10:
        return ""
    if 0xD800 <= code <= 0xDFFF:
        raise _cannot_parse(
            "Text contains invalid Unicode characters after decoding HTML entities, "
            "check for unmatched surrogate code units"
        )
    return chr(code)


def checked_link(target: str) -> str | None:
    """Returns the link as Telegram stores it, or None when it is no link Telegram would open."""
    if "://" not in target:
        target = f"http://{target}"
    try:
        parts = urlsplit(target)
        host = parts.hostname or ""
    except ValueError:
        return None
    if any(character in target for character in (*WHITESPACE, "<", ">", '"')):
        return None
    if parts.scheme == "tg":
        return target if host else None
    if parts.scheme not in ("http", "https") or "." not in host.strip("."):
        return None
    return parts._replace(path=parts.path or "/").geturl()


def _formatted(text: str, spans: list[Span]) -> Formatted:
    """Cleans the text and its spans in the order Telegram does, and trims both."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise TextError("strings must be encoded in UTF-8")
    cleaned, spans = _without_control_characters(text, spans)
    spans = _normalised(_without_blank_edges(cleaned, spans))
    last = len(cleaned.rstrip(WHITESPACE))
    first = len(cleaned) - len(cleaned.lstrip(WHITESPACE))
    trimmed = cleaned[first:last]
    if all(character in INVISIBLE for character in trimmed):
        return Formatted("")
    spans = [
        replace(span, start=span.start - first, end=min(span.end, last) - first) for span in spans
    ]
    return _with_entities(trimmed, sorted(spans, key=_order))


def _with_entities(text: str, spans: Iterable[Span]) -> Formatted:
    entities = tuple(_entity(text, span) for span in spans)
    if len(entities) > ENTITY_LIMIT:
        # Telegram accepts such a message but silently loses formatting, which is worse.
        raise TextError(f"more than {ENTITY_LIMIT} entities, the rest would be lost")
    return Formatted(text, entities)


def _entity(text: str, span: Span) -> dict[str, Any]:
    argument_names = {"text_link": "url", "pre": "language", "custom_emoji": "custom_emoji_id"}
    entity: dict[str, Any] = {
        "type": span.kind,
        "offset": utf16_length(text[: span.start]),
        "length": utf16_length(text[span.start : span.end]),
    }
    if span.argument and span.kind in argument_names:
        entity[argument_names[span.kind]] = span.argument
    return entity


def _without_control_characters(text: str, spans: list[Span]) -> tuple[str, list[Span]]:
    kept: list[str] = []
    moved = [0]
    for character in text:
        if character not in DROPPED_CHARACTERS:
            kept.append(" " if character < " " and character != "\n" else character)
        moved.append(len(kept))
    cleaned = DIRECTION_MARKS.sub(lambda match: "\u200c" * len(match[0]), "".join(kept))
    return cleaned, [replace(span, start=moved[span.start], end=moved[span.end]) for span in spans]


def _without_blank_edges(text: str, spans: list[Span]) -> list[Span]:
    """Starts each span at its first visible character; drops spans of whitespace only."""
    result = []
    for span in spans:
        covered = text[span.start : span.end]
        blank = len(covered) - len(covered.lstrip(WHITESPACE))
        if blank < len(covered):
            result.append(replace(span, start=span.start + blank))
    return result


def _order(span: Span) -> tuple[int, int, int]:
    return span.start, -span.end, RANK[span.kind]


def _normalised(spans: list[Span]) -> list[Span]:
    """Makes the spans fit together as Telegram's servers do."""
    quotes = [span for span in spans if span.kind in QUOTES]
    whole = _without_overlaps(
        span for span in spans if span.kind not in STYLES and span.kind not in QUOTES
    )
    result = quotes + whole
    for kind in sorted(STYLES):
        runs = _merged([span for span in spans if span.kind == kind])
        result += _cut(runs, quotes + whole)
    return sorted(result, key=_order)


def _without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """Keeps the first at each place of links, code and emoji, which cannot overlap."""
    result: list[Span] = []
    for span in sorted(spans, key=_order):
        if not result or span.start >= result[-1].end:
            result.append(span)
    return result


def _merged(spans: list[Span]) -> list[Span]:
    """Joins spans of one style which touch or overlap."""
    result: list[Span] = []
    for span in sorted(spans, key=_order):
        if result and span.start <= result[-1].end:
            result[-1] = replace(result[-1], end=max(result[-1].end, span.end))
        else:
            result.append(span)
    return result


def _cut(runs: list[Span], others: list[Span]) -> Iterator[Span]:
    """Cuts style runs at the borders of other entities; inside code there is no style."""
    borders = {place for other in others for place in (other.start, other.end)}
    verbatim = [other for other in others if other.kind in VERBATIM]
    for run in runs:
        inside = sorted(place for place in borders if run.start < place < run.end)
        edges = [run.start, *inside, run.end]
        for start, end in itertools.pairwise(edges):
            if not any(other.start <= start and end <= other.end for other in verbatim):
                yield replace(run, start=start, end=end)
