"""Read files of formats that may be hostile, in a process that may take little.

A small file can be made to take hours or all memory, or to crash what reads it. So such files are
read in another process, with limits to its memory and its time, that
cannot write files. It is started for the first of them, serves for the next ones, and is started
anew where a file has ended it.

The process limits itself by means of the system. Where it may not (a service manager can forbid
that), the process that asks still watches the clock and the memory that reading takes.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from threading import Event, Thread
from types import TracebackType
from typing import IO, Any, Self

from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.model import Block, BlockKind


class Format(StrEnum):
    """The formats that are read in confinement."""

    DOCX = "docx"
    EPUB = "epub"
    HTML = "html"
    MARKDOWN = "markdown"
    PDF = "pdf"
    PLAIN = "plain text"
    WEB_ARCHIVE = "web archive"


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take.

    Attributes:
        seconds: of waiting, as a clock on the wall counts them.
        processor_seconds: of work.
        memory: bytes of address space; with what Python and the libraries take.
        characters: of the text that comes of it.
    """

    seconds: float = 60.0
    processor_seconds: int = 30
    memory: int = 1_500_000_000
    characters: int = 20_000_000


_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from index.loaders.sandbox import worker; worker.serve(sys.argv[2])"
)
_KEPT_FROM_IT = ("BOT_", "INDEX_")
"""Settings of the bot and the index are no business of what reads a file."""
_SIZE = struct.Struct("<Q")
READY = b"R"
_BYTES_A_CHARACTER = 16
"""More than JSON takes for a character and its share of the blocks."""
_DYING_SECONDS = 5.0
_LOOKED_AT_EVERY = 0.05
"""Seconds between two looks at the memory of a process that reads."""
_SIGNAL_OF_WORK = getattr(signal, "SIGXCPU", 0)

TEXTS = frozenset({Format.MARKDOWN, Format.PLAIN})
"""Formats whose bytes are the text itself, so that its length is known before it is parsed."""
TOO_HARD = "Reading the file takes more time or memory than a file may."
_CRASHED = "The file is damaged, or made to do damage: what reads it has failed."
_NO_PROCESS = "The process that reads files of this kind cannot be started."


class Confined:
    """A process that reads files, if any has to be read.

    It ends when this is closed, and when the process that it serves ends, in whatever way. Not for
    several threads at once.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: _SandboxProcess | None = None

    def load(self, form: Format, content: bytes) -> LoadedArticle:
        """Read a file.

        Raises:
            UnreadableFile: it cannot become an article; the error says why.
        """
        if self._process is None:
            self._process = _SandboxProcess(self._limits)
        answered = False
        try:
            answer = self._process.ask(form, content)
            answered = not answer.leaves
        finally:
            if not answered:
                self.close()
        return answer.draft()

    def close(self) -> None:
        """End the process."""
        if self._process:
            self._process.stop()
            self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class SandboxReply:
    """What the process says of a file.

    Attributes:
        loaded: the article; None where there is none.
        reason, detail: why there is none.
        leaves: whether the process ends with this answer: it has taken too much to go on.
    """

    loaded: LoadedArticle | None
    reason: str = ""
    detail: str = ""
    leaves: bool = False

    def draft(self) -> LoadedArticle:
        """The article.

        Raises:
            UnreadableFile: there is none.
        """
        if self.loaded is None:
            raise UnreadableFile(SkipReason(self.reason), self.detail)
        return self.loaded

    def to_bytes(self) -> bytes:
        """The same as bytes that tell their own length."""
        draft = self.loaded
        fields = [self.reason, self.detail, self.leaves, draft and _told(draft)]
        content = json.dumps(fields).encode("ascii")
        return _SIZE.pack(len(content)) + content

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read what `to_bytes` gives, without its length."""
        reason, detail, leaves, draft = json.loads(content)
        return cls(draft and _draft(draft), reason, detail, leaves)


def _told(draft: LoadedArticle) -> list[object]:
    published = draft.published.isoformat() if draft.published else None
    blocks = [(block.kind, block.level, block.start, block.end) for block in draft.blocks]
    return [draft.text, blocks, draft.title, draft.source, published, draft.url, draft.pages]


def _draft(fields: list[Any]) -> LoadedArticle:
    text, blocks, title, source, published, url, pages = fields
    return LoadedArticle(
        text=text,
        blocks=tuple(Block(BlockKind(kind), *numbers) for kind, *numbers in blocks),
        title=title,
        source=source,
        published=date.fromisoformat(published) if published else None,
        url=url,
        pages=tuple(pages),
    )


class _SandboxProcess:
    """A process that is running."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._took_too_much = False
        arguments = [json.dumps(sys.path), json.dumps(asdict(limits))]
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().startswith(_KEPT_FROM_IT)
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", _START, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Each thread that could calculate takes some of the memory that it may have.
            env=environment | {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,  # Ctrl-C is for the one who started the build
        )
        assert self._process.stdin  # noqa: S101 - it is a pipe
        assert self._process.stdout  # noqa: S101 - it is a pipe
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout
        with self._watched():
            is_ready = self._output.read(1) == READY
        if not is_ready:
            self.stop()
            raise UnreadableFile(SkipReason.UNREADABLE, _NO_PROCESS)

    def ask(self, form: Format, content: bytes) -> SandboxReply:
        """Have a file read.

        Raises:
            UnreadableFile: reading it has ended the process.
        """
        with self._watched():
            with suppress(OSError):  # that it has ended is told by the answer that does not come
                self._input.write(json.dumps([form, len(content)]).encode("ascii") + b"\n")
                self._input.write(content)
                self._input.flush()
            answer = self._answer()
        if answer is None:
            raise self._casualty()
        return answer

    def stop(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()

    def _answer(self) -> SandboxReply | None:
        head = self._output.read(_SIZE.size)
        if len(head) < _SIZE.size:
            return None
        [size] = _SIZE.unpack(head)
        if size > self._limits.characters * _BYTES_A_CHARACTER:
            return None
        content = self._output.read(size)
        return SandboxReply.from_bytes(content) if len(content) == size else None

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """End the process where what it does meanwhile takes too much time or memory."""
        is_done = Event()
        watch = Thread(target=self._watch, args=(is_done,), daemon=True)
        watch.start()
        try:
            yield
        finally:
            is_done.set()
            watch.join()  # else it could end the process at the next file

    def _watch(self, is_done: Event) -> None:
        end = time.monotonic() + self._limits.seconds
        while not is_done.wait(_LOOKED_AT_EVERY):
            if time.monotonic() > end or self._memory() > self._limits.memory:
                self._took_too_much = True
                self._process.kill()
                return

    def _memory(self) -> int:
        """Bytes of memory that the process holds; 0 where that is not told."""
        import psutil  # whoever asks a question need not wait for it

        with suppress(psutil.Error):
            return int(psutil.Process(self._process.pid).memory_info().rss)
        return 0

    def _casualty(self) -> UnreadableFile:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING_SECONDS)
        if self._took_too_much or self._process.returncode == -_SIGNAL_OF_WORK:
            return UnreadableFile(SkipReason.TOO_HARD, TOO_HARD)
        return UnreadableFile(SkipReason.BROKEN, _CRASHED)
