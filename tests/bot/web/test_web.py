"""The built-in page over real HTTP: what it shows, to whom, and what it never does."""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from itertools import count
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from bot_api_emulator.server import TelegramServer, User
from desk_fakes import (
    EXAMPLE,
    SENTENCE,
    TEXT,
    FakeLibrary,
    a_citation,
    a_desk,
    a_possible_answer,
    an_article,
)
from hypothesis import given
from hypothesis import strategies as st
from running_bot import EN, PATIENCE, ZH, answered, buttons_of, covered, parts_for, running
from small_libraries import library_of
from web_page import KEY, Visiting, site_of, staging
from web_page import visiting as visiting_alone

from bot.composition import Parts
from bot.core.desk import AskedQuestion
from bot.core.workers import Workers
from bot.errors import PageUnavailable
from bot.state.database import Database
from bot.state.exchanges import Exchange
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from bot.visitors import Visitor
from bot.web import accept_language
from bot.web.article_view import PART_LENGTH, PART_LINES, groups_of, part_of
from bot.web.citation_places import CurrentPlace
from bot.web.pages import LONGEST_QUESTION, Writer
from bot.web.signed_links import Grants, kept_key
from bot.web.urls import Addresses
from bot.web.visitors import visitor_at
from index import (
    Answer,
    Article,
    Block,
    BlockKind,
    Certainty,
    Citation,
    Library,
    NoIndex,
    RefusalReason,
    Span,
    Turn,
)

QUESTION = "河口县更换路灯投资多少"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>'\"></mark></p>{{ 7*7 }}&amp;"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""What every response forbids."""
TEXTS = st.text(
    st.one_of(
        st.sampled_from("<>&\"'/=`{}%\x00\x0b\u202e\ufffe😀城"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)


@pytest.fixture(scope="module")
def visiting() -> Iterator[Visiting]:
    """Shows a page on the server that these tests share."""
    with staging() as stage:
        yield stage.visiting


class Page(HTMLParser):
    """What a browser would make of a page: its elements, and the text of some."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.marked = ""
        self._marks = 0
        self.feed(source)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self._marks += tag == "mark"

    def handle_endtag(self, tag: str) -> None:
        self._marks -= tag == "mark"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._marks:
            self.marked += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


# -- what is shown -------------------------------------------------------------------------


async def test_a_citation_opens_with_its_sentence_marked_and_anchored(visiting: Visiting) -> None:
    async with visiting() as page:
        opened = await page.client.get(page.addresses.within(a_citation()))
    shown = Page(opened.text)
    assert opened.status_code == 200
    assert shown.marked == SENTENCE
    assert [mark.get("id") for mark in shown.all("mark")] == ["cited"]
    assert page.addresses.within(a_citation()).endswith("#cited")
    for part in ("永不停步", "青海新闻网", "群众满意。", "创建惠民"):
        assert part in shown.text
    assert ZH.say(Key.WEB_MOVED) not in shown.text


async def test_an_article_of_the_library_stands_there_word_for_word(
    visiting: Visiting, town: Library
) -> None:
    async with visiting(town) as page:
        results = await page.client.get("/", params={"q": QUESTION})
        link = next(
            a["href"] or "" for a in Page(results.text).all("a") if "article" in (a["href"] or "")
        )
        opened = await page.client.get(link)
    article = town.article("lamps.txt")
    assert article
    shown = Page(opened.text).text
    for block in article.blocks:
        assert article.text[block.start : block.end] in shown
    assert "三百万元" in Page(opened.text).marked
    assert Page(results.text).marked == Page(opened.text).marked


async def test_a_question_is_answered_by_the_desk_with_marks_and_citations(
    visiting: Visiting, town: Library
) -> None:
    async with visiting(town) as page:
        results = await page.client.get("/", params={"q": QUESTION})
    answer = town.ask(QUESTION)
    shown = Page(results.text)
    assert shown.marked.startswith("河口县去年投资三百万元更换路灯。")
    assert "老城换灯记" in shown.text
    assert "2021-03-05" in shown.text
    assert question_in(shown) == QUESTION
    assert answer.question == QUESTION


async def test_several_questions_are_answered_each_under_its_own_heading(
    visiting: Visiting, town: Library
) -> None:
    async with visiting(town) as page:
        results = await page.client.get("/", params={"q": f"{QUESTION}\uff1f石桥有多长\uff1f"})
    assert f"<h2>{QUESTION}" in results.text
    assert results.text.index("<h2>石桥有多长") < results.text.rindex("<blockquote>")
    assert results.text.count("<blockquote>") == 2


@pytest.mark.parametrize(("language", "texts"), [("zh", ZH), ("en", EN)])
async def test_a_possible_answer_is_said_to_be_so_above_its_passages(
    visiting: Visiting, language: str, texts: Texts
) -> None:
    cited = tuple(a_citation(number=number) for number in range(3))
    library = FakeLibrary(cited, certainty=Certainty.POSSIBLE, missing=("地铁", "<站>"))
    async with visiting(library) as page:
        answers = await page.client.get(
            "/", params={"q": "?"}, headers={"Accept-Language": language}
        )
    shown = Page(answers.text)
    words = texts.say(Key.REFUSAL_SEPARATOR).join(("地铁", "<站>"))
    notices = [texts.say(Key.CERTAINTY_POSSIBLE), texts.say(Key.CERTAINTY_ALL_LACK, words=words)]
    assert [shown.text.count(notice) for notice in notices] == [1, 1]
    assert shown.text.index(notices[1]) < shown.text.index(SENTENCE)
    assert answers.text.count("<blockquote>") == 3


@pytest.mark.parametrize(("language", "texts"), [("zh", ZH), ("en", EN)])
async def test_a_sure_answer_names_the_words_that_its_first_passage_lacks(
    visiting: Visiting, language: str, texts: Texts
) -> None:
    cited = tuple(a_citation(number=number) for number in range(3))
    async with visiting(FakeLibrary(cited, missing=("<站>",))) as page:
        answers = await page.client.get(
            "/", params={"q": "?"}, headers={"Accept-Language": language}
        )
    first, *others = answers.text.split("</article>")
    lacks = texts.say(Key.CERTAINTY_LACKS, words="<站>")
    assert lacks in Page(first).text
    assert lacks not in Page("".join(others)).text
    assert texts.say(Key.CERTAINTY_POSSIBLE) not in answers.text


def test_of_several_questions_one_that_is_possibly_answered_says_so() -> None:
    possible = a_possible_answer(missing=("地铁",))
    sure = Answer("甲", (a_citation(),), 0.9)
    parts = tuple(Turn(str(n), str(n), result) for n, result in enumerate((sure, possible)))
    turn = replace(parts[0], question="甲？乙？", parts=parts)
    addresses = Addresses("https://bot.example.com", Grants(KEY))
    first, second = Writer(ZH, addresses).replies(turn)
    assert (first.sentences, len(first.quotes)) == ((), 1)
    assert second.sentences == (ZH.say(Key.CERTAINTY_POSSIBLE),)
    assert [quote.lacks for quote in second.quotes] == [ZH.say(Key.CERTAINTY_LACKS, words="地铁")]


def question_in(shown: Page) -> str:
    [box] = [field for field in shown.all("input") if field["name"] == "q"]
    return box["value"] or ""


async def test_a_refusal_names_the_words_and_shows_what_comes_nearest(
    visiting: Visiting, town: Library
) -> None:
    async with visiting(town) as page:
        results = await page.client.get("/", params={"q": "河口县的地铁什么时候开通"})
        small_talk = await page.client.get("/", params={"q": "你好"})
        endless = await page.client.get("/", params={"q": "路灯" * LONGEST_QUESTION})
    assert "文章里没有找到这个问题的答案" in results.text
    assert ZH.say(Key.REFUSAL_NEAREST) in results.text
    assert ZH.say(RefusalReason.GREETING) in small_talk.text
    assert ZH.say(RefusalReason.TOO_LONG) in endless.text


async def test_the_first_page_offers_to_search_and_an_empty_question_is_the_first_page(
    visiting: Visiting,
) -> None:
    async with visiting() as page:
        first = await page.client.get("/")
        empty = await page.client.get("/", params={"q": "  "})
    assert ZH.say(Key.PROFILE_ABOUT) in first.text
    assert ZH.with_example(Key.WEB_EXAMPLE, EXAMPLE) in first.text
    assert empty.text == first.text


@pytest.mark.parametrize(("header", "texts"), [("en-US,en;q=0.5", EN), ("zh-TW", ZH), ("", ZH)])
async def test_the_page_speaks_the_language_of_the_browser(
    visiting: Visiting, header: str, texts: object
) -> None:
    async with visiting() as page:
        first = await page.client.get("/", headers={"Accept-Language": header})
    assert (EN if texts is EN else ZH).say(Key.WEB_SEARCH) in first.text
    assert first.headers["Vary"] == "Accept-Language"


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("de-DE,zh;q=0.3,en;q=0.4", "en"),
        ("fr;q=0.9, zh-Hant-HK;q=0.8", "zh-hant-hk"),
        ("de", "de"),
        ("en;q=0, zh", "zh"),
        ("*", None),
        (";;;,=,q", "q"),
    ],
)
def test_the_language_that_the_bot_speaks_and_that_is_wanted_most_is_preferred(
    header: str, tag: str | None
) -> None:
    assert accept_language.preferred(header) == tag


@given(st.text())
def test_whatever_a_browser_says_of_its_languages_it_is_read(header: str) -> None:
    tag = accept_language.preferred(header)
    assert tag is None or tag in header.lower()


async def test_an_article_with_an_address_links_to_it(visiting: Visiting) -> None:
    library = FakeLibrary((a_citation(url="https://example.com/a"),))
    async with visiting(library) as page:
        results = Page((await page.client.get("/", params={"q": "投资"})).text)
    [original] = [a for a in results.all("a") if (a["href"] or "").startswith("https:")]
    assert (original["href"] or "").startswith("https://example.com/a#:~:text=")


# -- articles that changed, and long ones ------------------------------------------------------


async def opened_after(visiting: Visiting, text: str | None) -> tuple[int, Page]:
    """Returns the link to the citation of TEXT, opened when the article has another text."""
    library = FakeLibrary(text=text)
    async with visiting(library) as page:
        opened = await page.client.get(page.addresses.within(a_citation()))
    return opened.status_code, Page(opened.text)


async def test_a_sentence_that_has_moved_is_found_and_the_reader_is_told(
    visiting: Visiting,
) -> None:
    status, shown = await opened_after(visiting, "新的第一段。\n\n" + TEXT)
    assert (status, shown.marked) == (200, SENTENCE)
    assert ZH.say(Key.WEB_MOVED) in shown.text


async def test_a_sentence_between_others_than_before_is_marked_alone(visiting: Visiting) -> None:
    status, shown = await opened_after(visiting, TEXT.replace("坚持创建惠民。", "一直坚持不懈。"))
    assert (status, shown.marked) == (200, SENTENCE)
    assert ZH.say(Key.WEB_MOVED) in shown.text


async def test_where_the_sentence_is_gone_the_article_is_shown_from_its_top(
    visiting: Visiting,
) -> None:
    status, shown = await opened_after(visiting, TEXT.replace("2000", "3000"))
    assert (status, shown.marked) == (200, "")
    assert ZH.say(Key.WEB_CHANGED) in shown.text
    assert "3000万元" in shown.text


async def test_a_sentence_that_stands_there_twice_now_is_not_guessed_at(visiting: Visiting) -> None:
    _, shown = await opened_after(visiting, f"一。{SENTENCE}\n\n二。{SENTENCE}\n\n三。")
    assert shown.marked == ""
    assert ZH.say(Key.WEB_CHANGED) in shown.text


async def test_an_article_that_is_gone_is_said_to_be(visiting: Visiting) -> None:
    status, shown = await opened_after(visiting, None)
    assert status == 404
    assert ZH.say(Key.WEB_GONE) in shown.text


@pytest.mark.parametrize("at", ["", "x", "1-2-3", "9-1-2-3-" + "0" * 24, "0-9-2-3-" + "g" * 24])
async def test_a_link_without_a_place_or_with_a_broken_one_shows_the_article(
    visiting: Visiting, at: str
) -> None:
    async with visiting() as page:
        opened = await page.client.get(page.addresses.article("创城.txt", at=at))
    assert opened.status_code == 200
    assert Page(opened.text).marked == ""
    assert ZH.say(Key.WEB_CHANGED) not in opened.text


async def test_a_long_article_has_parts_and_opens_at_the_one_with_the_passage(
    visiting: Visiting,
) -> None:
    lines = [f"第{number}段的内容。" * 20 for number in range(1_000)]
    text = "\n\n".join([*lines, TEXT, *lines])
    cited = a_citation()
    start = text.index(cited.passage.text)
    moved = replace(cited.passage, start=start, end=start + len(cited.passage.text))
    cited = replace(cited, passage=moved)
    async with visiting(FakeLibrary((cited,), text)) as page:
        opened = Page((await page.client.get(page.addresses.within(cited))).text)
        shown = opened.text
        assert opened.marked == SENTENCE
        for turn in ("prev", "next"):
            here = opened
            while links := [a["href"] or "" for a in here.all("a") if a.get("rel") == turn]:
                here = Page((await page.client.get(links[0])).text)
                shown += here.text
        last = await page.client.get(page.addresses.article("a", part="999999"))
    assert [line for line in lines if line not in shown] == []
    assert lines[-1] in last.text


@given(st.text("城。 \n", max_size=300), st.data())
def test_the_parts_of_an_article_show_every_block_and_one_anchor(
    text: str, data: st.DataObject
) -> None:
    article = an_article(text)
    ends = st.integers(0, len(text))
    a, b, c, d = sorted(data.draw(st.tuples(ends, ends, ends, ends)))
    place = CurrentPlace(Span(a, d), Span(b, c), changed=False)
    shown = [
        piece
        for group in groups_of(article, replace(part_of(text, None), place=place))
        for paragraph in group.paragraphs
        for piece in paragraph.pieces
    ]
    blocks = "".join(article.text[block.start : block.end] for block in article.blocks)
    assert "".join(piece.text for piece in shown) == blocks
    assert sum(piece.anchor for piece in shown) == any(p.quoted or p.marked for p in shown)


@given(st.lists(st.sampled_from(["城", "", "惠民。", "长" * 50_000]), max_size=40), st.data())
def test_the_parts_of_a_text_are_the_text_and_bounded_in_lines_as_in_length(
    lines: list[str], data: st.DataObject
) -> None:
    many = "短\n" * data.draw(st.integers(0, 2 * PART_LINES))
    text = many + "\n".join(lines)
    first = part_of(text, None, 0)
    shown = [part_of(text, None, number).shown for number in range(first.total)]
    assert "".join(span.of(text) for span in shown) == text
    assert all(span.end - span.start <= PART_LENGTH for span in shown)
    assert all(len(span.of(text).splitlines()) <= PART_LINES for span in shown)
    assert part_of(text, None, first.total).number == first.total - 1


async def test_a_view_reads_hardly_more_of_a_long_article_than_it_shows(
    tmp_path: Path, visiting: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [f"第{number}行路灯。" for number in range(20_000)]
    library = library_of(tmp_path, {"long.txt": "\n".join(lines)})
    read: list[BlockKind] = []

    class Counted(Block):
        def __init__(self, kind: BlockKind, level: int, start: int, end: int) -> None:
            super().__init__(kind, level, start, end)
            read.append(kind)

    async with visiting(library) as page:
        article = library.article("long.txt")
        assert article
        assert len(article.blocks) > 10_000
        monkeypatch.setattr("index.storage.rows.Block", Counted)
        seen = ""
        for part in range(part_of(article.text, None).total):
            read.clear()
            path = page.addresses.article("long.txt", part=str(part))
            shown = Page((await page.client.get(path)).text)
            assert 0 < len(read) <= len(shown.all("p")) + 1
            seen += shown.text
    assert [line for line in lines if line not in seen] == []


async def test_where_a_page_of_a_document_begins_its_number_stands(visiting: Visiting) -> None:
    class Paged(FakeLibrary):
        def article(self, article_id: str, *_: object) -> Article:
            pages = (0, TEXT.index(SENTENCE), TEXT.index("群众"), TEXT.index("永不"))
            return replace(an_article(), id=article_id, pages=pages)

    async with visiting(Paged()) as page:
        opened = Page((await page.client.get(page.addresses.within(a_citation()))).text)
    labels = [ZH.say(Key.CITATION_PAGE, number=number) for number in range(1, 5)]
    assert [label for label in labels if opened.text.count(label) != 1] == []
    assert f"坚持创建惠民。{labels[1]}{SENTENCE}" in opened.text
    assert f"{labels[2]}群众满意。" in opened.text
    assert opened.marked == SENTENCE


# -- who may read ------------------------------------------------------------------------------


async def test_where_not_everybody_is_served_a_link_grants_its_article_and_nothing_else(
    visiting: Visiting,
) -> None:
    cited = a_citation()
    other = replace(cited, passage=replace(cited.passage, article_id="秘密.txt"))
    async with visiting(chats=frozenset({-5})) as page:
        granted = await page.client.get(page.addresses.within(cited))
        key = page.addresses.article(cited.passage.article_id).partition("key=")[2]
        stolen = page.addresses.article(other.passage.article_id).partition("&key=")[0]
        refused = [
            await page.client.get("/"),
            await page.client.get("/", params={"q": "投资"}),
            await page.client.get(f"{stolen}&key={key}"),
            await page.client.get(stolen),
            await page.client.get("/article", params={"id": "没有.txt", "key": "x"}),
        ]
    assert Page(granted.text).marked == SENTENCE
    assert Page(granted.text).all("form") == []
    assert {response.status_code for response in refused} == {403}
    for response in refused:
        assert ZH.say(Key.WEB_PRIVATE) in response.text
        assert SENTENCE not in response.text
        assert Page(response.text).all("form") == []
    # Whether an article exists cannot be told from the refusal.
    assert len({response.text for response in refused}) == 1


@given(st.text(), st.text())
def test_a_seal_fits_one_article_and_one_key(article_id: str, other: str) -> None:
    grants = Grants(KEY)
    assert grants.admit(article_id, grants.of(article_id))
    assert not Grants(b"\0" * 32).admit(article_id, grants.of(article_id))
    assert grants.admit(article_id, grants.of(other)) == (article_id == other)
    assert not grants.admit(article_id, other)


def test_the_key_is_made_once_and_outlives_a_restart(tmp_path: Path) -> None:
    keys = set()
    for _ in range(2):
        database = Database(tmp_path / "bot.sqlite3")
        keys |= {kept_key(database), kept_key(database)}
        database.close()
    assert len(keys) == 1
    assert len(keys.pop()) == 32
    assert kept_key(Database()) not in keys


async def test_one_who_asks_too_much_is_asked_to_wait(visiting: Visiting) -> None:
    async with visiting(per_minute=3) as page:
        statuses = [
            (await page.client.get("/", params={"q": "投资"})).status_code for _ in range(2)
        ]
        statuses += [
            (await page.client.get(page.addresses.within(a_citation()))).status_code
            for _ in range(2)
        ]
        refusal = await page.client.get("/", params={"q": "投资"})
        home = await page.client.get("/")
    assert statuses == [200, 200, 200, 429]
    assert ZH.say(Key.ERROR_TOO_MANY) in refusal.text
    assert refusal.headers["Retry-After"] == "60"
    assert home.status_code == 200


@pytest.mark.parametrize(
    ("proxies", "statuses"),
    [(frozenset({"127.0.0.0/8"}), [200, 200, 429]), (frozenset(), [200, 429, 429])],
)
async def test_only_a_trusted_proxy_tells_who_asks(
    proxies: frozenset[str], statuses: list[int]
) -> None:
    async with visiting_alone(per_minute=1, proxies=proxies) as page:
        answered = []
        # What a client has written there itself stands further left.
        for forwarded in ("6.6.6.6, 1.2.3.4", "7.7.7.7, 2001:db8::1", "8.8.8.8, 2001:db8::2"):
            headers = {"X-Forwarded-For": forwarded}
            answer = await page.client.get("/", params={"q": "投资"}, headers=headers)
            answered.append(answer.status_code)
    assert answered == statuses


def test_visitors_are_told_apart_by_household_and_are_nobody_on_telegram() -> None:
    assert visitor_at("1.2.3.4") == visitor_at("::ffff:1.2.3.4")
    assert visitor_at("1.2.3.4") != visitor_at("1.2.3.5")
    assert visitor_at("2001:db8::1%eth0") == visitor_at("2001:db8::2")
    assert visitor_at("2001:db8::1") != visitor_at("2001:db8:0:1::1")
    assert visitor_at(None) == visitor_at("")
    assert visitor_at("unknown").person < -(2**53)


async def test_what_is_done_for_the_page_holds_up_no_chat() -> None:
    entered, leave = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()
    # Chats have one thread: where the page takes it, no chat is answered.
    loop.set_default_executor(ThreadPoolExecutor(1))

    class Slow(FakeLibrary):
        def article(self, article_id: str, *_: object) -> Article | None:
            loop.call_soon_threadsafe(entered.set)
            assert leave.wait(PATIENCE)
            return super().article(article_id)

    async with visiting_alone(Slow()) as page, asyncio.timeout(PATIENCE):
        path = page.addresses.within(a_citation())
        opening = asyncio.create_task(page.client.get(path))
        try:
            await entered.wait()
            exchange = await a_desk().ask(Visitor(1, 1), AskedQuestion("投资"))
        finally:
            leave.set()
        assert isinstance(exchange, Exchange)
        assert (await opening).status_code == 200


async def test_one_whose_pages_cost_too_much_is_asked_to_wait(visiting: Visiting) -> None:
    worked = count(step=2)
    workers = Workers(
        seconds_per_minute=3.0,
        clock=lambda: 0.0,
        processor_time=lambda: next(worked),
        sleep=lambda _: None,
    )
    async with visiting(workers=workers) as page:
        first = await page.client.get("/", params={"q": "投资"})
        second = await page.client.get(page.addresses.within(a_citation()))
        home = await page.client.get("/")
    assert [first.status_code, second.status_code, home.status_code] == [200, 429, 200]
    assert ZH.say(Key.ERROR_TOO_MANY) in second.text


async def test_no_client_chooses_where_the_page_sends_others(visiting: Visiting) -> None:
    async with visiting() as page:
        path = page.addresses.article("创城.txt").replace("article?", "article/?")
        answer = await page.client.get(path, headers={"Host": "evil.example"})
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert "evil.example" not in answer.text


# -- hostile input -----------------------------------------------------------------------------


def harmless(source: str) -> Page:
    """Returns the page, once nothing in it could run or load anything."""
    shown = Page(source)
    known = {"html", "head", "meta", "title", "link", "body", "header", "a", "form", "input"}
    known |= {"button", "main", "p", "article", "h1", "h2", "h3", "h4", "h5", "h6", "section"}
    known |= {"mark", "span", "blockquote", "nav"}
    assert {tag for tag, _ in shown.elements} <= known
    for _, attributes in shown.elements:
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("href", "action", "src"):
            address = attributes.get(name) or ""
            assert not address or address.startswith(("./", "article?", "style.css", "icon.svg"))
    return shown


async def test_what_articles_and_questions_hold_is_shown_and_never_run(visiting: Visiting) -> None:
    cited = a_citation(HOSTILE, HOSTILE, (), title=HOSTILE, headings=(HOSTILE,))
    article = replace(an_article(HOSTILE), title=HOSTILE, source=HOSTILE, url="javascript:alert(1)")

    class Hostile(FakeLibrary):
        def article(self, article_id: str, *_: object) -> Article:
            return replace(article, id=article_id)

    async with visiting(Hostile((cited,))) as page:
        shown = harmless((await page.client.get("/", params={"q": HOSTILE})).text)
        opened = harmless((await page.client.get(page.addresses.within(cited))).text)
    assert shown.marked == opened.marked == HOSTILE
    assert question_in(shown) == HOSTILE
    assert shown.text.count(HOSTILE) >= 3
    assert opened.text.count(HOSTILE) >= 3


@given(TEXTS, TEXTS, TEXTS, st.data())
def test_whatever_an_article_holds_the_page_is_whole_and_harmless(
    visiting: Visiting, title: str, before: str, sentence: str, data: st.DataObject
) -> None:
    text = f"城{before}{sentence}区"
    start = len(before) + 1
    cited = a_citation(text, sentence, (), title=title, headings=(before, sentence), url=title)
    cited = replace(
        cited,
        passage=replace(cited.passage, start=0, end=len(text)),
        sentence=Span(start, start + len(sentence)),
    )
    pages = sorted(data.draw(st.sets(st.integers(1, len(text)), max_size=3)))
    article = replace(
        an_article(text),
        title=title,
        source=before,
        url=sentence,
        pages=(0, *pages) if pages else (),
    )

    class Drawn(FakeLibrary):
        def article(self, article_id: str, *_: object) -> Article:
            return replace(article, id=article_id)

    async def visit() -> None:
        async with visiting(Drawn((cited,), text)) as page:
            opened = await page.client.get(page.addresses.within(cited))
            results = await page.client.get("/", params={"q": "城"})
        for answer in (opened, results):
            assert answer.status_code == 200
            harmless(answer.text)
        anchors = [
            element for _, element in Page(opened.text).elements if element.get("id") == "cited"
        ]
        assert len(anchors) == 1

    asyncio.run(visit())


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS, TEXTS), min_size=1, max_size=5))
def test_whatever_a_query_holds_the_page_is_whole_and_harmless(
    visiting: Visiting,
    queries: list[tuple[str, str, str, str]],
) -> None:
    async def visit() -> None:
        async with visiting() as page:
            for q, id, at, part in queries:
                results = await page.client.get("/", params={"q": q})
                known = {"id": id, "at": at, "part": part, "key": at}
                opened = await page.client.get("/article", params=known)
                assert results.status_code == opened.status_code == 200
                for answer in (results, opened):
                    harmless(answer.text)
                    assert forbids_all(answer)

    asyncio.run(visit())


@pytest.mark.parametrize(
    "path", ["/none", "/article/x", "/..%2f..%2fetc/passwd", "/static/", "/%00", "//evil.example"]
)
async def test_what_is_no_page_is_not_found(visiting: Visiting, path: str) -> None:
    async with visiting() as page:
        answer = await page.client.get(page.url + path)
    assert answer.status_code == 404
    assert ZH.say(Key.WEB_NO_PAGE) in harmless(answer.text).text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
async def test_the_page_is_only_read(visiting: Visiting, method: str) -> None:
    async with visiting() as page:
        for path in ("/", "/article", "/style.css"):
            answer = await page.client.request(method, path)
            assert answer.status_code == 405
            assert forbids_all(answer)


async def test_an_article_id_that_no_article_has_is_gone(visiting: Visiting, town: Library) -> None:
    async with visiting(town) as page:
        for id in ("../../etc/passwd", "/etc/passwd", "lamps.txt/", "\0", "%", "a" * 5_000, ""):
            answer = await page.client.get("/article", params={"id": id})
            assert answer.status_code == 404, id
            assert ZH.say(Key.WEB_GONE) in answer.text


async def test_a_request_of_a_megabyte_is_refused_and_the_next_one_answered(
    visiting: Visiting,
) -> None:
    async with visiting() as page:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(page.url.split(":")[-1]))
        writer.write(b"GET /?q=" + b"a" * 1_000_000)
        status = await reader.readline()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        assert status.split()[1] == b"400"
        assert (await page.client.get("/")).status_code == 200


# -- headers and states ------------------------------------------------------------------------


def forbids_all(answer: httpx.Response) -> bool:
    """Whether a response has each of the headers, with its value and no other."""
    return all(answer.headers.get(name) == value for name, value in HEADERS.items())


async def test_every_response_forbids_what_the_page_does_not_need(visiting: Visiting) -> None:
    library = FakeLibrary()
    async with visiting(library, per_minute=50) as page:
        library.failure = NoIndex(Path("data"))
        answers = [await page.client.get("/", params={"q": "x"})]
        library.failure = RuntimeError("unforeseen")
        answers.append(await page.client.get("/", params={"q": "x"}))
        library.failure = None
        for path in ("/", "/style.css", "/icon.svg", "/none", "/?q=x"):
            answers.append(await page.client.get(path))
    assert [response.status_code for response in answers] == [503, 500, 200, 200, 200, 404, 200]
    for response in answers:
        assert forbids_all(response)
        assert "set-cookie" not in response.headers
        assert "server" not in response.headers
    assert ZH.say(Key.ERROR_NO_INDEX) in answers[0].text
    assert ZH.say(Key.ERROR_UNEXPECTED) in answers[1].text
    assert "RuntimeError" not in answers[1].text
    # The server ends the connection after what was unforeseen, and says so.
    assert [response.headers.get("Connection") for response in answers[:3]] == [None, "close", None]


@pytest.mark.parametrize("failure", [None, RuntimeError("unforeseen")])
async def test_the_log_tells_neither_questions_nor_the_keys_of_articles(
    log: list[str], failure: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server's module of the log, as it is in a process that has started no server yet.
    monkeypatch.setattr(logging.getLogger("uvicorn.access"), "propagate", True)
    library = FakeLibrary(failure=failure)
    async with visiting_alone(library) as page, asyncio.timeout(PATIENCE):
        article = page.addresses.article("创城.txt")
        key = article.partition("key=")[2].partition("&")[0]
        for path in (f"/?q={quote(QUESTION)}", f"/{article}"):
            # Not by the tests' client, which tells the log what it asks for.
            reader, writer = await asyncio.open_connection("127.0.0.1", httpx.URL(page.url).port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            assert (await reader.read()).startswith(b"HTTP/1.1 500" if failure else b"HTTP/1.1 200")
            writer.close()
    logged = "\n".join(log)
    assert ("unforeseen" in logged) is (failure is not None)
    for secret in ("q=", "key=", QUESTION, quote(QUESTION), key):
        assert secret not in logged


async def test_a_page_that_has_not_changed_is_not_sent_again(visiting: Visiting) -> None:
    async with visiting() as page:
        path = page.addresses.within(a_citation())
        first = await page.client.get(path)
        again = await page.client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        weak = await page.client.get(
            path, headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'}
        )
        english = await page.client.get(
            path, headers={"If-None-Match": first.headers["ETag"], "Accept-Language": "en"}
        )
    assert (again.status_code, again.content) == (304, b"")
    assert weak.status_code == 304
    assert english.status_code == 200


async def test_a_head_tells_what_a_get_would(visiting: Visiting) -> None:
    async with visiting() as page:
        for path in ("/", "/?q=x", "/style.css"):
            got, head = await page.client.get(path), await page.client.head(path)
            assert head.content == b""
            assert head.status_code == got.status_code == 200
            assert head.headers["content-length"] == got.headers["content-length"]


async def test_a_port_that_is_taken_is_named() -> None:
    site, _ = site_of()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        site._port = taken.getsockname()[1]
        with pytest.raises(PageUnavailable, match=str(site._port)):
            async with site.serving():
                pass
        with pytest.raises(PageUnavailable), site.serving_beside():
            pass


async def test_the_port_is_free_again_after_the_end() -> None:
    site, _ = site_of()
    async with site.serving() as port:
        site._port = port
    async with site.serving() as again:
        assert again == port


# -- the links in the chat ---------------------------------------------------------------------


def with_page(server: TelegramServer, library: FakeLibrary | None = None) -> Parts:
    """Returns the bot with a page that it links to; the page itself is not served."""
    public = "https://bot.example.com/wen"
    return parts_for(server, library, web_listen="127.0.0.1:1", web_url=public)


async def test_the_chat_links_an_article_without_an_address_to_its_place_on_the_page(
    server: TelegramServer, stranger: User
) -> None:
    chat = server.private_chat(stranger)
    async with running(with_page(server), server):
        await answered(stranger, "投资")
    message = server.messages(chat)[-1]
    address = buttons_of(message)[ZH.say(Key.BUTTON_OPEN)]
    [link] = [entity["url"] for entity in message["entities"] if entity["type"] == "text_link"]
    assert address == link
    assert covered(message, "text_link") == ["永不停步"]
    assert address.startswith("https://bot.example.com/wen/article?id=")
    assert server.violations == []


async def test_an_article_with_an_address_of_its_own_is_linked_to_that(
    server: TelegramServer, stranger: User
) -> None:
    cited = a_citation(url="https://example.com/a")
    async with running(with_page(server, FakeLibrary((cited,))), server):
        await answered(stranger, "投资")
    held = buttons_of(server.messages(server.private_chat(stranger))[-1])
    assert held[ZH.say(Key.BUTTON_LINK)].startswith("https://example.com/a#:~:text=")
    assert ZH.say(Key.BUTTON_OPEN) not in held


async def test_an_article_whose_link_would_be_too_long_is_read_in_the_chat(
    server: TelegramServer, stranger: User
) -> None:
    cited = a_citation()
    long = replace(cited, passage=replace(cited.passage, article_id="很长的名字" * 60 + ".txt"))
    async with running(with_page(server, FakeLibrary((long,))), server):
        await answered(stranger, "投资")
    held = buttons_of(server.messages(server.private_chat(stranger))[-1])
    assert ZH.say(Key.BUTTON_READ) in held
    assert server.violations == []


def citation_on(article: Article) -> Citation:
    """Returns a citation of a sentence of an article."""
    cited = a_citation()
    return replace(cited, passage=replace(cited.passage, article_id=article.id))


@given(TEXTS)
def test_the_address_of_any_article_leads_to_it(article_id: str) -> None:
    _, addresses = site_of()
    cited = citation_on(replace(an_article(), id=article_id))
    parsed = httpx.URL("https://x.example/" + addresses.within(cited))
    assert parsed.params["id"] == article_id
    assert Grants(KEY).admit(article_id, parsed.params["key"])
    assert parsed.fragment == "cited"
