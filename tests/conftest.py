"""What tests share. Helpers that are no fixtures are in support/."""

import logging
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from bot_api_emulator.server import Chat, TelegramServer, User
from cluster import Cluster
from cluster_jars import NoCluster, programs
from hypothesis import settings as hypothesis_settings
from running_bot import ADMIN_ID, ARTICLE, STRANGER_ID
from small_libraries import SEEDS, TOWN, finish, library_of, write_seeds
from telegram import Bot

from bot import logs
from index import IndexSettings, Library, build
from index.analysis.reader import TextReader
from index.corpus import seed_files
from index.indexing import worker
from index.loaders import FileContent, read_file

# A run of the suite tries the same examples each time; HYPOTHESIS_PROFILE=search looks for new
# ones. No deadline: how fast one example is says more of the machine than of the code.
hypothesis_settings.register_profile("same", max_examples=60, derandomize=True, deadline=None)
hypothesis_settings.register_profile("search", max_examples=3_000, deadline=None)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))

LEFT_OUT = pytest.StashKey[int]()
"""How many tests of a cluster this run does without."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks whatever asks for the cluster as a test of it, before tests are chosen by marks."""
    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.cluster)


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("cluster"):
            item.config.stash[LEFT_OUT] = item.config.stash.get(LEFT_OUT, 0) + 1


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Says which tests were left out, and on a machine without Java also what they need."""
    left_out = config.stash.get(LEFT_OUT, 0)
    if not left_out:
        return
    line = f"Tests of a real cluster left out: {left_out}. `make test-cluster` runs them."
    try:
        programs()
    except NoCluster as missing:
        line += f" {missing}"
    terminalreporter.line(line)


@pytest.fixture(scope="session", autouse=True)
def _heeded_interrupts() -> Iterator[None]:
    """Has SIGINT interrupt this process and those that tests start.

    A run that was started in the background of a script, or by `nohup`, ignores it, and what it
    starts would, too.
    """
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Three real nodes for all tests of the run; indices are the test's to name and to remove."""
    with Cluster(tmp_path_factory.mktemp("三台 nodes")) as running:
        yield running


@pytest.fixture
def mended_cluster(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster for a test that breaks nodes: whole and empty before it and after it.

    An index without copies that another test left would be red where a node is lost.
    """
    cluster.start()
    cluster.clear()
    yield cluster
    cluster.start(status=None)
    cluster.clear()
    cluster.wait_until("green", nodes=len(cluster.nodes))


@pytest.fixture(scope="session")
def reader() -> TextReader:
    """One reader for all tests: it is safe to share."""
    return TextReader()


@pytest.fixture(scope="session")
def seeds_folder() -> Path:
    """The articles that come with the project."""
    return SEEDS


@pytest.fixture
def make_library(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Library]:
    """Builds a library from the names and the contents of its files."""
    return lambda files: library_of(tmp_path, files)


@pytest.fixture
def built(tmp_path: Path) -> IndexSettings:
    """Settings of a library of three articles."""
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    return settings


@pytest.fixture
def all_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as written long ago: a build may trust what it has seen of them."""
    monkeypatch.setattr(seed_files, "_SETTLED_NS", -(10**18))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that builds read in this process, as they are."""
    read: list[str] = []

    def counted(path: Path, largest_bytes: int) -> FileContent:
        read.append(path.name)
        return read_file(path, largest_bytes)

    monkeypatch.setattr(worker, "read_file", counted)
    return read


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library of three short articles, for tests that only ask."""
    return library_of(tmp_path_factory.mktemp("town"), TOWN)


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    async with TelegramServer() as running:
        yield running


@pytest.fixture
async def bot(server: TelegramServer) -> AsyncIterator[Bot]:
    """The library's own client, for tests of the emulated Bot API."""
    async with Bot(server.token, base_url=f"{server.url}/bot") as running:
        yield running


@pytest.fixture
async def alice(server: TelegramServer) -> User:
    """A person who has written to the bot already, as message 1."""
    user = server.user(1001, "Alice")
    await user.send("你好")
    return user


@pytest.fixture
def chat(server: TelegramServer, alice: User) -> Chat:
    """Alice's private chat."""
    return server.private_chat(alice)


@pytest.fixture
def admin(server: TelegramServer) -> User:
    return server.user(ADMIN_ID, "馆长")


@pytest.fixture
def stranger(server: TelegramServer) -> User:
    return server.user(STRANGER_ID, "读者")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> IndexSettings:
    """A real index of an article of the project."""
    seeds = tmp_path_factory.mktemp("seeds")
    shutil.copy(ARTICLE, seeds)
    settings = IndexSettings(seeds=seeds, data=tmp_path_factory.mktemp("data"))
    finish(build(settings))
    return settings


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What the bot's log handler writes, with the root logger as talkative as can be."""
    lines: list[str] = []
    handler = logging.Handler()
    root = logging.getLogger()
    level = root.level

    def install(token: str) -> None:
        handler.setFormatter(logs.RedactingFormatter(logs.secrets_of(token)))

    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    install("123456789:" + "A" * 35)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)
