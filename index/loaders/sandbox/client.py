"""Reads files of formats that may be hostile, in a process with limits.

A small file can be made to take hours or all memory, or to crash its parser. So such files are read
in another process that has limited memory and time and cannot write files. It is started for the
first file, serves the next ones, and is restarted after a file has ended it.

The process limits itself through the system. If it may not (a service manager can forbid that), the
asking process still watches the clock and the memory that reading takes.
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
    """The formats that are read in the sandbox."""

    DOCX = "docx"
    EPUB = "epub"
    HTML = "html"
    MARKDOWN = "markdown"
    PDF = "pdf"
    PLAIN = "plain text"
    WEB_ARCHIVE = "web archive"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of reading one file.

    Attributes:
        seconds: wall-clock timeout.
        processor_seconds: processor time.
        memory: bytes of address space, including those of Python and the libraries.
        characters: length of the text.
    """

    seconds: float = 60.0
    processor_seconds: int = 30
    memory: int = 1_500_000_000
    characters: int = 20_000_000


_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from index.loaders.sandbox import worker; worker.serve(sys.argv[2])"
)
_WITHHELD_SETTINGS = ("BOT_", "INDEX_")
"""Prefixes of environment variables with settings, which the sandbox does not get."""
_SIZE = struct.Struct("<Q")
READY = b"R"
_BYTES_A_CHARACTER = 16
"""Upper bound of the bytes that JSON takes for a character and its share of the blocks."""
_DYING_SECONDS = 5.0
_LOOKED_AT_EVERY = 0.05
"""Seconds between two checks of the memory of a sandbox process."""
_SIGNAL_OF_WORK = getattr(signal, "SIGXCPU", 0)

TEXTS = frozenset({Format.MARKDOWN, Format.PLAIN})
"""Formats whose bytes are the text itself, so that its length is known before parsing."""
TOO_HARD = "Reading the file takes more time or memory than a file may."
_CRASHED = "The file is damaged, or made to do damage: what reads it has failed."
_NO_PROCESS = "The process that reads files of this kind cannot be started."


class Confined:
    """Reads files in a process that is started for the first file.

    The process ends when this is closed, and when the process that it serves ends in any way. Not
    safe to use from several threads.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: _SandboxProcess | None = None

    def load(self, form: Format, content: bytes) -> LoadedArticle:
        """Reads a file.

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
        """Ends the process."""
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
    """The reply of the process for a file.

    Attributes:
        loaded: the article; None if there is none.
        reason, detail: why there is none.
        leaves: whether the process ends after this reply, because it has taken too much memory.
    """

    loaded: LoadedArticle | None
    reason: str = ""
    detail: str = ""
    leaves: bool = False

    def draft(self) -> LoadedArticle:
        """Returns the article.

        Raises:
            UnreadableFile: there is none.
        """
        if self.loaded is None:
            raise UnreadableFile(SkipReason(self.reason), self.detail)
        return self.loaded

    def to_bytes(self) -> bytes:
        """Returns the reply as bytes, after their own length."""
        draft = self.loaded
        fields = [self.reason, self.detail, self.leaves, draft and _draft_fields(draft)]
        content = json.dumps(fields).encode("ascii")
        return _SIZE.pack(len(content)) + content

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Reads a reply from the bytes of `to_bytes` without the length."""
        reason, detail, leaves, draft = json.loads(content)
        return cls(draft and _draft(draft), reason, detail, leaves)


def _draft_fields(draft: LoadedArticle) -> list[object]:
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
    """A running sandbox process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._took_too_much = False
        arguments = [json.dumps(sys.path), json.dumps(asdict(limits))]
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().startswith(_WITHHELD_SETTINGS)
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", _START, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            # Each thread of a numeric library takes some of the limited memory.
            env=environment | {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"},
            start_new_session=True,  # Ctrl-C is meant for the build
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
        """Has the process read a file.

        Raises:
            UnreadableFile: reading it has ended the process.
        """
        with self._watched():
            with suppress(OSError):  # the missing reply shows that it has ended
                self._input.write(json.dumps([form, len(content)]).encode("ascii") + b"\n")
                self._input.write(content)
                self._input.flush()
            answer = self._answer()
        if answer is None:
            raise self._casualty()
        return answer

    def stop(self) -> None:
        """Ends the process."""
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
        """Ends the process if it takes too much time or memory within the context."""
        is_done = Event()
        watch = Thread(target=self._watch, args=(is_done,), daemon=True)
        watch.start()
        try:
            yield
        finally:
            is_done.set()
            watch.join()  # otherwise it could end the process at the next file

    def _watch(self, is_done: Event) -> None:
        end = time.monotonic() + self._limits.seconds
        while not is_done.wait(_LOOKED_AT_EVERY):
            if time.monotonic() > end or self._memory() > self._limits.memory:
                self._took_too_much = True
                self._process.kill()
                return

    def _memory(self) -> int:
        """Returns the bytes of memory that the process holds; 0 if unknown."""
        import psutil  # it is not needed to answer a question

        with suppress(psutil.Error):
            return int(psutil.Process(self._process.pid).memory_info().rss)
        return 0

    def _casualty(self) -> UnreadableFile:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_DYING_SECONDS)
        if self._took_too_much or self._process.returncode == -_SIGNAL_OF_WORK:
            return UnreadableFile(SkipReason.TOO_HARD, TOO_HARD)
        return UnreadableFile(SkipReason.BROKEN, _CRASHED)
