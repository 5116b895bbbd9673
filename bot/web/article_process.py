"""Articles written as pages in a process of their own, so that no chat waits for it.

It takes what it works with from the process that has started it, by a pipe, and reads the index as
that does; it ends when its input does, also where the other process is killed.
"""

import json
import os
import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import IO, Any, Self

from pydantic import SecretStr

from bot.texts.catalogue import Catalogue, Locale
from bot.web.article_pages import AskedArticle, PagesHere, WrittenArticle
from bot.web.signed_links import Grants
from bot.web.urls import Addresses
from index import (
    ClusterUnavailable,
    DamagedIndex,
    IndexSettings,
    NoIndex,
    OtherFormat,
    WordListError,
    open_library,
)

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from bot.web import article_process; article_process.serve()"
)

_FORESEEN: dict[str, type[Exception]] = {
    error.__name__: error
    for error in (NoIndex, ClusterUnavailable, DamagedIndex, OtherFormat, WordListError)
}
"""Errors that readers have a sentence for, by name."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the process works with.

    Attributes:
        index: the settings of the index.
        locale: the usual language.
        url: the public address of the page.
        key: of the signatures in links.
        idle_seconds: after which the process ends where nothing is asked for: it gives back its
            memory, and the files of generations that are no longer there.
    """

    index: IndexSettings
    locale: Locale
    url: str
    key: bytes
    idle_seconds: float = 600.0

    def to_fields(self) -> dict[str, object]:
        """Returns what `from_fields` reads, with the passwords among the settings."""
        return asdict(self) | {"index": self.index.model_dump(), "key": self.key.hex()}

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> Self:
        """Returns the equipment that another process has told of."""
        index, key = IndexSettings(**fields["index"]), bytes.fromhex(fields["key"])
        return cls(**fields | {"index": index, "key": key})

    def pages(self) -> PagesHere:
        """Returns what writes articles in this process."""
        addresses = Addresses(self.url, Grants(self.key))
        return PagesHere(open_library(self.index), Catalogue.load(self.locale), addresses)


class PagesBeside:
    """Writes articles in a process of their own, one at a time; it starts with the first one."""

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def write(self, asked: AskedArticle) -> WrittenArticle:
        """Returns the page of an article, as `ArticlePages` does."""
        with self._lock:
            try:
                reply = self._ask(asked)
            except (OSError, EOFError):
                # It was killed, by a system short of memory for instance, or was idle for long.
                self._end()
                reply = self._ask(asked)
        if "error" in reply:
            raise _restored(**reply)
        return WrittenArticle(**reply)

    def close(self) -> None:
        """Ends the process; the next use starts another."""
        with self._lock:
            self._end()

    def _ask(self, asked: AskedArticle) -> dict[str, Any]:
        process = self._process or self._start()
        _send(process.stdin, asdict(asked))
        return _receive(process.stdout)

    def _start(self) -> "subprocess.Popen[bytes]":
        self._process = process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", _START, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the bot
        )
        _send(process.stdin, self._equipment.to_fields())
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in filter(None, (process.stdin, process.stdout)):
            with suppress(OSError):  # it has not taken all that it was sent
                pipe.close()


def serve() -> None:
    """Writes the articles that are asked for on standard input until it ends."""
    with suppress(AttributeError, OSError):  # a service manager may forbid it
        os.nice(10)  # chats come first
    source, out = sys.stdin.buffer, sys.stdout.buffer
    with suppress(EOFError, BrokenPipeError):
        equipment = Equipment.from_fields(_receive(source))
        pages = equipment.pages()
        while True:
            idle = threading.Timer(equipment.idle_seconds, os._exit, (0,))
            idle.daemon = True
            idle.start()
            asked = AskedArticle(**_receive(source))
            idle.cancel()
            _send(out, _reply(pages, asked))
    os._exit(0)  # nobody is left to tell what is still to be written


def _reply(pages: PagesHere, asked: AskedArticle) -> dict[str, Any]:
    started = time.process_time()
    try:
        written = pages.write(asked)
    except Exception as error:
        name = type(error).__name__
        return {
            "error": name,
            "detail": str(error) if name in _FORESEEN else traceback.format_exc(),
        }
    return asdict(replace(written, seconds=time.process_time() - started))


def _restored(error: str, detail: str) -> Exception:
    kind = _FORESEEN.get(error, RuntimeError)
    # Some are made of what their message only mentions.
    return kind.__new__(kind, detail)


def _send(pipe: IO[bytes] | None, message: object) -> None:
    assert pipe  # noqa: S101 - both are pipes
    line = json.dumps(message, ensure_ascii=False, default=_plain)
    # An article may hold half a surrogate pair, as the name of a folder may.
    pipe.write(line.encode("utf-8", "surrogatepass") + b"\n")
    pipe.flush()


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _receive(pipe: IO[bytes] | None) -> dict[str, Any]:
    """Returns the next message.

    Raises:
        EOFError: the other process has ended.
    """
    assert pipe  # noqa: S101 - both are pipes
    line = pipe.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    message: dict[str, Any] = json.loads(line.decode("utf-8", "surrogatepass"))
    return message
