"""What each page says: sentences and values for the templates, none of them markup."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.core.source_links import SourceLinks, is_web_link
from bot.state.exchanges import OVERVIEW
from bot.texts.catalogue import Texts
from bot.texts.citations import NEAREST_SHOWN, caution, lacking, places, where
from bot.texts.keys import Key
from bot.web.article_view import ArticlePart, Group, groups_of
from bot.web.citation_places import CurrentPlace
from bot.web.marked_pieces import MarkedPiece, marked_pieces
from bot.web.urls import Addresses
from index import Answer, Article, Certainty, Citation, Span, Turn, readable

RESULTS = 5
"""Passages that are shown for a question."""
LONGEST_QUESTION = 2_000
"""Maximum length in the search box; the index refuses shorter ones already, with a sentence."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link.

    Attributes:
        label: what is read.
        address: where it leads.
    """

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Search:
    """The search box.

    Attributes:
        label: what belongs into it.
        example: a question that shows how.
        button: what sends it.
        question: what was asked.
        longest: how many characters it takes.
    """

    label: str
    example: str
    button: str
    question: str
    longest: int


@dataclass(frozen=True, slots=True)
class Frame:
    """What all pages have.

    Attributes:
        language: tag of the language of the sentences.
        name: of the site.
        title: of the page.
        search: the search box; None where nobody may search.
    """

    language: str
    name: str
    title: str
    search: Search | None


@dataclass(frozen=True, slots=True)
class Quote:
    """A citation.

    Attributes:
        pieces: the passage.
        article: the link to the place in the article.
        path: the headings above it.
        facts: byline, source, date and the like.
        original: the link to where the article was published; None where there is none.
        lacks: which words of the question the passage lacks; may be empty.
    """

    pieces: tuple[MarkedPiece, ...]
    article: Anchor
    path: tuple[str, ...]
    facts: str
    original: Anchor | None
    lacks: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found for a question.

    Attributes:
        question: one of several; empty where one was asked.
        sentences: that there is no answer, and why, or that it is only possible; none where it is
            sure.
        quotes: the passages that answer, or that come nearest.
    """

    question: str
    sentences: tuple[str, ...]
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class ArticleView:
    """An article.

    Attributes:
        title: of the article.
        facts: source and date.
        original: the link to where it was published; None where there is none.
        notice: what a reader has to know of a place that is not as it was; may be empty.
        groups: the paragraphs.
        pages: the label of each page of the article that begins here, by number.
        place: which part of the article this is; empty where it has one.
        previous, next: the links to the parts before and after.
    """

    title: str
    facts: str
    original: Anchor | None
    notice: str
    groups: tuple[Group, ...]
    pages: Mapping[int, str]
    place: str
    previous: Anchor | None
    next: Anchor | None


class Writer:
    """Puts pages into words, in one language."""

    def __init__(self, texts: Texts, addresses: Addresses) -> None:
        self._texts = texts
        self._addresses = addresses

    def frame(
        self,
        title: str = "",
        question: str = "",
        searchable: bool = True,
        example: str | None = None,
    ) -> Frame:
        """Returns what surrounds a page.

        Args:
            example: a question that shows how to ask; None for any.
            searchable: whether there is a search box.
        """
        say = self._texts.say
        name = say(Key.WEB_NAME)
        search = Search(
            say(Key.WEB_QUESTION),
            self._texts.with_example(Key.WEB_EXAMPLE, example),
            say(Key.WEB_SEARCH),
            question,
            LONGEST_QUESTION,
        )
        heading = f"{title} \u00b7 {name}" if title else name
        return Frame(self._texts.locale, name, heading, search if searchable else None)

    def replies(self, turn: Turn) -> list[Results]:
        """Returns the reply to a question, or the first passage for each of several."""
        if not turn.parts:
            return [self._results("", turn, RESULTS)]
        return [self._results(part.question, part, 1) for part in turn.parts]

    def _results(self, question: str, turn: Turn, limit: int) -> Results:
        result = turn.result
        if isinstance(result, Answer):
            shown = result.citations[:limit]
            if result.certainty is Certainty.POSSIBLE and len(shown) > 1:
                lacks = [lacking(turn, OVERVIEW, self._texts)]
                sentences = (caution(result, self._texts), *filter(None, lacks))
                return Results(question, sentences, tuple(map(self._quote, shown)))
            quotes = tuple(
                self._quote(citation, lacking(turn, number, self._texts))
                for number, citation in enumerate(shown)
            )
            return Results(question, tuple(filter(None, [caution(result, self._texts)])), quotes)
        refusal = self._texts.refusal(result)
        if result.nearest:
            refusal.append(self._texts.say(Key.REFUSAL_NEAREST))
        nearest = result.nearest[: min(limit, NEAREST_SHOWN)]
        return Results(
            question, tuple(refusal), tuple(self._quote(citation) for citation in nearest)
        )

    def _quote(self, citation: Citation, lacks: str = "") -> Quote:
        shown = readable(citation)
        whole = Span(0, len(shown.passage.text))
        return Quote(
            marked_pieces(shown.passage.text, whole, whole, shown.sentence),
            Anchor(citation.title, self._addresses.within(citation)),
            places(citation),
            " \u00b7 ".join(where(citation, self._texts)),
            self._original(citation),
            lacks,
        )

    def _original(self, citation: Citation) -> Anchor | None:
        link = SourceLinks().of(citation)
        return Anchor(self._texts.say(Key.BUTTON_LINK), link.address) if link else None

    def article(self, article: Article, part: ArticlePart, asked: str) -> ArticleView:
        """Returns an article, or a part of it.

        Args:
            asked: the place that was asked for, as it stands in the link; empty where none was.
        """
        groups = groups_of(article, part)
        published = article.published.isoformat() if article.published else ""
        return ArticleView(
            article.title,
            " \u00b7 ".join(filter(None, (article.source, published))),
            self._published(article),
            self._notice(part.place) if asked else "",
            groups,
            self._pages(groups),
            self._place(part),
            self._turn(article, part, -1, asked),
            self._turn(article, part, 1, asked),
        )

    def _published(self, article: Article) -> Anchor | None:
        if not is_web_link(article.url):
            return None
        return Anchor(self._texts.say(Key.BUTTON_LINK), article.url)

    def _notice(self, place: CurrentPlace | None) -> str:
        if place is None:
            return self._texts.say(Key.WEB_CHANGED)
        return self._texts.say(Key.WEB_MOVED) if place.changed else ""

    def _pages(self, groups: tuple[Group, ...]) -> dict[int, str]:
        paragraphs = (paragraph for group in groups for paragraph in group.paragraphs)
        pieces = (piece for paragraph in paragraphs for piece in paragraph.pieces)
        numbers = {piece.page for piece in pieces if piece.page}
        return {number: self._texts.say(Key.CITATION_PAGE, number=number) for number in numbers}

    def _place(self, part: ArticlePart) -> str:
        if part.total == 1:
            return ""
        return self._texts.say(Key.ARTICLE_PAGE_PLACE, number=part.number + 1, total=part.total)

    def _turn(self, article: Article, part: ArticlePart, by: int, asked: str) -> Anchor | None:
        number = part.number + by
        if not 0 <= number < part.total:
            return None
        label = Key.BUTTON_PREVIOUS_PAGE if by < 0 else Key.BUTTON_NEXT_PAGE
        more = {"at": asked} if asked else {}
        address = self._addresses.article(article.id, **more, part=str(number))
        return Anchor(self._texts.say(label), address)
