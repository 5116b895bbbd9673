"""The built-in page in a real browser: a link from a chat leads to its passage, marked, in view."""

import asyncio
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bot_api_emulator.server import TelegramServer, User
from browser import DESKTOP, NEEDS_BROWSER, PHONE, Browser, browsing
from desk_fakes import FakeLibrary, a_citation, an_article
from running_bot import LONG, ZH, buttons_of, parts_for, running
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.wait import WebDriverWait
from web_page import site_of

from bot.texts.keys import Key
from index import Article, Citation, IndexSettings, open_library

pytestmark = [pytest.mark.slow, NEEDS_BROWSER]

QUESTION = "城西区投资了多少"
HOSTILE = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\"><style>"
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
SCHEMES = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    profile: Path = tmp_path_factory.mktemp("profile")
    with browsing(profile) as running:
        yield running


@pytest.fixture(scope="module")
def page(shelf: IndexSettings) -> Iterator[str]:
    """The page over a real index; gives its address."""
    site, _ = site_of(open_library(shelf))
    with site.serving_beside() as port:
        yield f"http://127.0.0.1:{port}"


def colour_of(browser: Browser, selector: str) -> tuple[int, int, int]:
    """Returns the background of an element."""
    style = f"getComputedStyle(document.querySelector('{selector}')).backgroundColor"
    written = str(browser.driver.execute_script(f"return {style}"))
    red, green, blue = (int(part) for part in written.strip("rgb()").split(","))
    return red, green, blue


def shown_marked(browser: Browser) -> None:
    """Passes if the marked sentence is in view, in a colour of its own, and nothing sticks out."""
    assert browser.sees("#cited")
    mark, paper = colour_of(browser, "#cited"), colour_of(browser, "body")
    assert mark != paper
    assert browser.shows(mark)
    assert browser.shows(paper)
    assert browser.number("document.scrollingElement.scrollWidth <= innerWidth") == 1
    assert browser.complaints() == []


@SIZES
@SCHEMES
async def test_the_link_in_a_chat_opens_the_article_at_the_marked_passage(
    size: tuple[int, int],
    dark: bool,
    browser: Browser,
    shelf: IndexSettings,
    server: TelegramServer,
    stranger: User,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    parts = parts_for(server, index_settings=shelf, web_listen=listen, web_url=f"http://{listen}")
    assert parts.site
    async with parts.site.serving(), running(parts, server):
        # The first question opens the library.
        reply = await server.answer_to(await stranger.send(QUESTION), timeout=LONG)
        held = buttons_of(reply)
        await asyncio.to_thread(browser.open, held[ZH.say(Key.BUTTON_OPEN)], size, dark)
        marked = browser.driver.find_element(By.CSS_SELECTOR, "mark").text
        assert "投资2000万元" in marked
        shown_marked(browser)
        assert browser.number("scrollY") > 0
    assert server.violations == []


@SIZES
def test_a_search_leads_to_the_marked_passage(
    size: tuple[int, int], browser: Browser, page: str
) -> None:
    browser.open(page, size)
    box = browser.driver.find_element(By.NAME, "q")
    box.send_keys(QUESTION, Keys.ENTER)
    # The browser does not wait for the page that a key leads to.
    mark = WebDriverWait(browser.driver, LONG).until(
        expected_conditions.presence_of_element_located((By.CSS_SELECTOR, "mark"))
    )
    assert "投资2000万元" in mark.text
    assert browser.driver.find_element(By.NAME, "q").get_attribute("value") == QUESTION
    assert browser.number("document.scrollingElement.scrollWidth <= innerWidth") == 1
    browser.driver.find_element(By.CSS_SELECTOR, ".source a").click()
    WebDriverWait(browser.driver, LONG).until(expected_conditions.url_contains("/article?"))
    shown_marked(browser)


@SIZES
@pytest.mark.parametrize("path", ["", "?q=天气怎么样", "none", "article?id=none"])
def test_no_page_makes_the_browser_complain_but_of_what_is_missing(
    path: str, size: tuple[int, int], browser: Browser, page: str
) -> None:
    browser.open(f"{page}/{path}", size)
    assert browser.driver.find_element(By.CSS_SELECTOR, "main p").is_displayed()
    assert browser.number("document.scrollingElement.scrollWidth <= innerWidth") == 1
    complaints = [line for line in browser.complaints() if "404" not in line]
    assert complaints == []


def test_the_style_is_loaded_and_follows_the_scheme_of_the_device(
    browser: Browser, page: str
) -> None:
    papers = []
    for dark in (False, True):
        browser.open(page, PHONE, dark)
        papers.append(sum(colour_of(browser, "body")))
    assert papers[0] > 600
    assert papers[1] < 150


class HostileLibrary(FakeLibrary):
    """An article whose every value is markup."""

    def article(self, article_id: str, *_: object) -> Article:
        article = replace(an_article(HOSTILE), title=HOSTILE, source=HOSTILE)
        return replace(article, id=article_id)


def hostile_citation() -> Citation:
    return a_citation(HOSTILE, HOSTILE, (), title=HOSTILE, headings=(HOSTILE,))


def test_what_an_article_holds_is_never_run(browser: Browser) -> None:
    cited = hostile_citation()
    site, addresses = site_of(HostileLibrary((cited,)))
    with site.serving_beside() as port:
        for path in (addresses.within(cited), "?q=" + HOSTILE.replace('"', "%22")):
            browser.open(f"http://127.0.0.1:{port}/{path}", PHONE)
            assert browser.driver.find_element(By.CSS_SELECTOR, "mark").text == HOSTILE
            assert browser.driver.title != "run"
            assert browser.complaints() == []


@SIZES
def test_an_endless_word_does_not_stick_out(size: tuple[int, int], browser: Browser) -> None:
    text = "a" * 3_000
    cited = a_citation(text, text, (), title="b" * 300)
    site, addresses = site_of(FakeLibrary((cited,), text))
    with site.serving_beside() as port:
        for path in (addresses.within(cited), "?q=a"):
            browser.open(f"http://127.0.0.1:{port}/{path}", size)
            assert browser.number("document.scrollingElement.scrollWidth <= innerWidth") == 1
