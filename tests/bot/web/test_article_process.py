"""Articles are written in a process of their own: what readers notice of it, and how it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import psutil
import pytest
from bot_api_emulator.server import TelegramServer
from bot_program import end, running_program
from processes import PATIENCE, free_port
from pydantic import SecretStr
from running_bot import ZH, parts_for
from small_libraries import LAMPS, TOWN, finish, write_seeds
from waiting import wait_until
from web_page import KEY, Visiting, client_at, staging

from bot.core.workers import SECONDS_PER_MINUTE
from bot.state.database import STATE, Database
from bot.texts.keys import Key
from bot.web.article_pages import AskedArticle, PagesHere, WrittenArticle
from bot.web.article_process import Equipment, PagesBeside, _receive, _reply, _restored, _send
from bot.web.signed_links import Grants, kept_key
from bot.web.urls import Addresses
from index import (
    ClusterFault,
    ClusterUnavailable,
    DamagedIndex,
    IndexSettings,
    NoIndex,
    OtherFormat,
    WenChuError,
    WordListError,
    build,
)

ASKED = AskedArticle("lamps.txt", "", None, "zh", searchable=True)
SENTENCE = "县城管局安装路灯1260盏"
PUBLIC = "https://bot.example.com"


@pytest.fixture
def town(tmp_path: Path) -> IndexSettings:
    """The settings of a library that is built."""
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    return settings


@pytest.fixture(scope="module")
def visiting() -> Iterator[Visiting]:
    """Shows a page on the server that these tests share."""
    with staging() as stage:
        yield stage.visiting


@contextmanager
def pages_over(settings: IndexSettings, idle_seconds: float = PATIENCE) -> Iterator[PagesBeside]:
    """Yields what writes articles in a process, ended at the end of the block."""
    pages = PagesBeside(Equipment(settings, "zh", PUBLIC, KEY, idle_seconds))
    try:
        yield pages
    finally:
        pages.close()


def children_of(pid: int | None = None) -> list[psutil.Process]:
    """Returns the running processes that write articles for a process, or for this one."""
    children = psutil.Process(pid).children()
    return [
        child
        for child in children
        if not has_ended(child) and any("article_process" in word for word in child.cmdline())
    ]


def has_ended(process: psutil.Process) -> bool:
    """Whether a process does nothing any more, though nobody may have asked how it ended."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_an_article_is_written_in_a_process_as_it_is_here(
    town: IndexSettings, visiting: Visiting
) -> None:
    equipment = Equipment(town, "zh", PUBLIC, KEY)
    with pages_over(town) as pages:
        assert children_of() == []  # it starts with the first article
        for language, part in (("zh", None), ("en", None), ("zh", 3)):
            asked = replace(ASKED, locale=language, part=part)
            written = pages.write(asked)
            assert written.html == equipment.pages().write(asked).html
            assert SENTENCE in (written.html or "")
            assert written.seconds > 0
        assert pages.write(replace(ASKED, id="none.txt")).html is None
        assert len(children_of()) == 1
        async with visiting(articles=pages) as page:
            opened = await page.client.get(page.addresses.article("lamps.txt"))
            gone = await page.client.get(page.addresses.article("none.txt"))
    assert (opened.status_code, gone.status_code) == (200, 404)
    assert SENTENCE in opened.text
    assert children_of() == []


async def test_the_page_goes_on_after_its_process_was_killed(
    town: IndexSettings, visiting: Visiting
) -> None:
    with pages_over(town) as pages:
        async with visiting(articles=pages) as page:
            path = page.addresses.article("lamps.txt")
            assert (await page.client.get(path)).status_code == 200
            (killed,) = children_of()
            killed.kill()
            wait_until(lambda: has_ended(killed))
            answers = await asyncio.gather(*(page.client.get(path) for _ in range(4)))
            assert [answer.status_code for answer in answers] == [200] * 4
            (other,) = children_of()
            assert other.pid != killed.pid


def test_one_that_is_idle_ends_and_is_started_again(town: IndexSettings) -> None:
    with pages_over(town, idle_seconds=1.0) as pages:
        for _ in range(2):
            assert pages.write(ASKED).seconds > 0  # in another process
            wait_until(lambda: children_of() == [])


def test_a_new_generation_is_seen_at_once(town: IndexSettings) -> None:
    with pages_over(town) as pages:
        assert SENTENCE in (pages.write(ASKED).html or "")
        (town.seeds / "lamps.txt").write_text(LAMPS.replace("1260", "1300"), "utf-8")
        finish(build(town))
        assert "1300盏" in (pages.write(ASKED).html or "")
        (town.seeds / "lamps.txt").unlink()
        finish(build(town))
        assert pages.write(ASKED).html is None
        assert len(children_of()) == 1


async def test_what_fails_in_the_process_is_told_as_if_it_failed_here(
    tmp_path: Path, visiting: Visiting
) -> None:
    settings = write_seeds(tmp_path, TOWN)
    with pages_over(settings) as pages:
        with pytest.raises(NoIndex) as raised:
            pages.write(ASKED)
        assert str(raised.value) == str(NoIndex(settings.data))
        async with visiting(articles=pages) as page:
            refused = await page.client.get(page.addresses.article("lamps.txt"))
        finish(build(settings))
        with pytest.raises(RuntimeError, match="TypeError"):
            pages.write(replace(ASKED, at=None))  # type: ignore[arg-type]
        assert len(children_of()) == 1
    assert refused.status_code == 503
    assert ZH.say(Key.ERROR_NO_INDEX) in refused.text


FAILURES = (
    NoIndex("data"),
    ClusterUnavailable(ClusterFault.BUSY, "busy"),
    DamagedIndex("data", "first", "second"),
    OtherFormat("data"),
    WordListError("missing"),
)


@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_each_failure_keeps_its_sentence_on_its_way(error: WenChuError) -> None:
    class Failing(PagesHere):
        def __init__(self) -> None: ...

        def write(self, _: AskedArticle) -> WrittenArticle:
            raise error

    restored = _restored(**_reply(Failing(), ASKED))
    assert (type(restored), str(restored)) == (type(error), str(error))
    assert ZH.error(restored) == ZH.error(error) != ZH.say(Key.ERROR_UNEXPECTED)


def test_the_process_is_equipped_as_the_bot_is() -> None:
    index = IndexSettings(
        data=Path("\udc80"), opensearch_user="reader", opensearch_password=SecretStr("口令")
    )
    equipment = Equipment(index, "en", PUBLIC, KEY, 1.5)
    pipe = BytesIO()
    _send(pipe, equipment.to_fields())
    assert Equipment.from_fields(_receive(BytesIO(pipe.getvalue()))) == equipment


async def test_what_a_page_costs_the_process_counts_for_its_visitor(visiting: Visiting) -> None:
    class Costly:
        def write(self, _: AskedArticle) -> WrittenArticle:
            return WrittenArticle("here", SECONDS_PER_MINUTE)

        def close(self) -> None: ...

    async with visiting(articles=Costly()) as page:
        path = page.addresses.article("lamps.txt")
        answers = [await page.client.get(path) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].text == "here"


async def test_the_process_ends_with_the_page(town: IndexSettings, server: TelegramServer) -> None:
    database = Database()
    path = Addresses(PUBLIC, Grants(kept_key(database))).article("lamps.txt")
    with free_port() as port:
        site = parts_for(
            server,
            index_settings=town,
            database=database,
            web_listen=f"127.0.0.1:{port}",
            web_url=PUBLIC,
        ).site
        assert site
        async with site.serving(), client_at(port) as client:
            assert SENTENCE in (await client.get(path)).text
            assert len(children_of()) == 1
        assert children_of() == []
        with site.serving_beside():
            async with client_at(port) as client:
                assert SENTENCE in (await client.get(path)).text
        assert children_of() == []


@asynccontextmanager
async def bot_with_a_visit(
    town: IndexSettings,
) -> AsyncIterator[tuple[asyncio.subprocess.Process, psutil.Process]]:
    """Yields the program whose page has been visited, and the process that wrote the article."""
    path = Addresses(PUBLIC, Grants(kept_key(Database(town.data / STATE)))).article("lamps.txt")
    with free_port() as port:
        settings = {"BOT_WEB_LISTEN": f"127.0.0.1:{port}", "BOT_WEB_URL": PUBLIC}
        async with (
            TelegramServer() as server,
            running_program(server, town.data.parent, **settings) as bot,
            client_at(port) as client,
        ):
            assert children_of(bot.pid) == []
            assert SENTENCE in (await client.get(path)).text
            (child,) = children_of(bot.pid)
            yield bot, child


@pytest.mark.parametrize("is_killed", [True, False], ids=["killed", "ended"])
async def test_the_process_outlives_no_bot(is_killed: bool, town: IndexSettings) -> None:
    async with bot_with_a_visit(town) as (bot, child):
        assert child.nice() == psutil.Process(bot.pid).nice() + 10
        if is_killed:
            bot.kill()
            await bot.wait()
        else:
            await end(bot)
        wait_until(lambda: has_ended(child))
