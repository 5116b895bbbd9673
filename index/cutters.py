"""Read and cut files: here, or in processes of their own where there are many."""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, BinaryIO

from index.cutting import CutArticle, cut_article
from index.engines import ENGINES
from index.errors import BuildError, SkippedFile, SkipReason, UnreadableFile
from index.loaders import make_article
from index.seeds import read_seed
from index.text import TextReader
from index.user_dictionary import UserDictionary

_WORTH_PROCESSES = 2_000_000
"""Bytes of files that are worth starting processes for: they take half a second to start."""

_MOST_PROCESSES = 8
"""More would wait for the one process that writes what they have cut."""

_BATCH_FILES, _BATCH_BYTES = 32, 500_000
"""Files that a process is given at once."""

_AHEAD_BATCHES, _AHEAD_BYTES = 3, 8_000_000
"""How far the processes may be ahead of what has been taken from them: batches a process, and
bytes of files in all."""

_CUT, _SKIPPED, _KNOWN = b"C", b"S", b"K"
"""What a process says of a file."""

_START = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); import index.cutters as cutters"


@dataclass(frozen=True, slots=True)
class Task:
    """A file to be read.

    Attributes:
        id: of its article.
        path: where it is.
        size: bytes.
        known: digests of contents that need not be cut again.
    """

    id: str
    path: str
    size: int
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KnownContent:
    """A file that holds what is known already.

    Attributes:
        digest: which of the task's known digests.
    """

    id: str
    digest: str


Outcome = CutArticle | KnownContent | SkippedFile


@dataclass(frozen=True, slots=True)
class Cutting:
    """How files are read and cut.

    Attributes:
        engine: the engine's name.
        largest_bytes: a larger file is skipped.
        dictionary: a user's words.
    """

    engine: str
    largest_bytes: int
    dictionary: UserDictionary


class Cutter:
    """Reads and cuts files in this process."""

    def __init__(self, cutting: Cutting) -> None:
        self._largest_bytes = cutting.largest_bytes
        self._reader = TextReader(cutting.dictionary.words)
        self._pack = ENGINES[cutting.engine].pack

    def cut(self, task: Task) -> Outcome:
        """Read a file, and cut it unless its content is known."""
        try:
            content = read_seed(Path(task.path), self._largest_bytes)
            if content.digest in task.known:
                return KnownContent(task.id, content.digest)
            return cut_article(make_article(content, task.id), self._reader, self._pack)
        except UnreadableFile as fault:
            return SkippedFile(task.id, fault.reason, str(fault))


def cut_files(cutting: Cutting, tasks: Sequence[Task]) -> Iterator[Outcome]:
    """Read and cut files; what becomes of each comes in the order of the tasks.

    Raises:
        BuildError: a process ended unexpectedly.
    """
    if sum(task.size for task in tasks) < _WORTH_PROCESSES:
        cutter = Cutter(cutting)
        return map(cutter.cut, tasks)
    return _cut_in_processes(cutting, tasks)


def _cut_in_processes(cutting: Cutting, tasks: Sequence[Task]) -> Iterator[Outcome]:
    processes = [_Process(cutting) for _ in range(min(_MOST_PROCESSES, _processors()))]
    idle: SimpleQueue[_Process] = SimpleQueue()
    for process in processes:
        idle.put(process)

    def cut(batch: Sequence[Task]) -> list[Outcome]:
        process = idle.get()
        try:
            return process.cut(batch)
        finally:
            idle.put(process)

    pool = ThreadPoolExecutor(len(processes))
    waiting: deque[Future[list[Outcome]]] = deque()
    ahead: deque[int] = deque()
    try:
        for batch in _batches(tasks):
            while waiting and (
                len(waiting) >= _AHEAD_BATCHES * len(processes) or sum(ahead) > _AHEAD_BYTES
            ):
                ahead.popleft()
                yield from waiting.popleft().result()
            waiting.append(pool.submit(cut, batch))
            ahead.append(sum(task.size for task in batch))
        while waiting:
            yield from waiting.popleft().result()
    finally:
        for process in processes:
            process.kill()
        pool.shutdown(cancel_futures=True)
        for process in processes:
            process.close()


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    batch: list[Task] = []
    size = 0
    for task in tasks:
        batch.append(task)
        size += task.size
        if len(batch) == _BATCH_FILES or size > _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Process:
    """A process that cuts. It ends when its input does, also where this process is killed."""

    def __init__(self, cutting: Cutting) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", f"{_START}; cutters.serve()", json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the one who started the build
        )
        assert self._process.stdin  # noqa: S101 - it is a pipe
        assert self._process.stdout  # noqa: S101 - it is a pipe
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout
        told = [cutting.engine, cutting.largest_bytes, cutting.dictionary.to_bytes().decode()]
        with suppress(OSError):  # that it has ended is told by the first file it is given
            self._tell(told)

    def cut(self, batch: Sequence[Task]) -> list[Outcome]:
        """What becomes of each file. Raises BuildError where the process has ended."""
        try:
            self._tell([[task.id, task.path, task.size, task.known] for task in batch])
        except OSError as error:
            raise self._ended(batch[0]) from error
        return [self._outcome(task) for task in batch]

    def kill(self) -> None:
        """End the process; whoever waits for it is told that it ended."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Give back what is left of a process that was ended."""
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()

    def _tell(self, told: object) -> None:
        self._input.write(json.dumps(told).encode("ascii") + b"\n")
        self._input.flush()

    def _outcome(self, task: Task) -> Outcome:
        kind = self._output.read(1)
        if kind == _CUT:
            cut = CutArticle.read(self._output)
            if cut:
                return cut
        elif kind:
            first, *rest = json.loads(self._output.readline())
            if kind == _KNOWN:
                return KnownContent(task.id, first)
            return SkippedFile(task.id, SkipReason(first), rest[0])
        raise self._ended(task)

    def _ended(self, task: Task) -> BuildError:
        return BuildError(f"The process that cuts the articles ended unexpectedly at {task.id}.")


def serve() -> None:
    """Cut what is asked for on standard input, until it ends: the other side of `_Process`."""
    if hasattr(os, "nice"):
        os.nice(10)  # whoever asks a question comes first
    engine, largest_bytes, dictionary = json.loads(sys.stdin.buffer.readline())
    words = UserDictionary.from_bytes(dictionary.encode())
    cutter = Cutter(Cutting(engine, largest_bytes, words))
    out = sys.stdout.buffer
    try:
        for line in sys.stdin.buffer:
            for article_id, path, size, known in json.loads(line):
                _answer(out, cutter.cut(Task(article_id, path, size, tuple(known))))
            out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # nobody is left to tell


def _answer(out: BinaryIO, outcome: Outcome) -> None:
    match outcome:
        case CutArticle():
            out.write(_CUT + outcome.to_bytes())
        case KnownContent():
            out.write(_KNOWN + json.dumps([outcome.digest]).encode() + b"\n")
        case SkippedFile():
            told = json.dumps([outcome.reason, outcome.detail]).encode()
            out.write(_SKIPPED + told + b"\n")
