"""Read and cut files: here, or in processes of their own where there are many."""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, cycle
from pathlib import Path
from typing import IO, BinaryIO

from index.cutting import CutArticle, cut_articles
from index.engines import ENGINES
from index.errors import BuildError, SkippedFile, SkipReason, UnreadableFile
from index.loaders import make_article
from index.model import Article
from index.seeds import read_seed
from index.text import TextReader
from index.user_dictionary import UserDictionary

_WORTH_PROCESSES = 2_000_000
"""Bytes of files that are worth starting processes for: they take half a second to start."""

_MOST_PROCESSES = 8
"""More would wait for the one process that writes what they have cut."""

_BATCH_FILES, _BATCH_BYTES = 32, 500_000
"""Files that a process is given at once, at most; a larger file comes alone."""

_BYTES_PER_CHARACTER = 24
"""That a path counts for in a batch: what is asked has to fit into a pipe, where it waits."""

_ASKED_AHEAD = 2
"""Batches that a process has been given and not answered: while it cuts one, another waits."""

_PIPE_BYTES = 1 << 20
"""Where the system allows it: room for answers, so that a process need not wait to be heard."""

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
    known: Sequence[str]


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

    def cut(self, batch: Sequence[Task]) -> list[Outcome]:
        """Read files, and cut those whose content is not known; what becomes of each."""
        read = [self._read(task) for task in batch]
        articles = [article for article in read if isinstance(article, Article)]
        cut = iter(cut_articles(articles, self._reader, self._pack))
        return [next(cut) if isinstance(one, Article) else one for one in read]

    def _read(self, task: Task) -> Article | KnownContent | SkippedFile:
        try:
            content = read_seed(Path(task.path), self._largest_bytes)
            if content.digest in task.known:
                return KnownContent(task.id, content.digest)
            return make_article(content, task.id)
        except UnreadableFile as fault:
            return SkippedFile(task.id, fault.reason, str(fault))


def cut_files(cutting: Cutting, tasks: Sequence[Task]) -> Iterator[Outcome]:
    """Read and cut files; what becomes of each comes in the order of the tasks.

    Raises:
        BuildError: a process ended unexpectedly.
    """
    if sum(task.size for task in tasks) < _WORTH_PROCESSES:
        cutter = Cutter(cutting)
        return chain.from_iterable(map(cutter.cut, _batches(tasks)))
    return _cut_in_processes(cutting, tasks)


def _cut_in_processes(cutting: Cutting, tasks: Sequence[Task]) -> Iterator[Outcome]:
    processes = [_Process(cutting) for _ in range(min(_MOST_PROCESSES, _processors()))]
    asked: deque[tuple[_Process, Sequence[Task]]] = deque()
    try:
        # In turn, so that answers come in order: whoever is asked next has answered longest ago.
        for process, batch in zip(cycle(processes), _batches(tasks), strict=False):
            if len(asked) == _ASKED_AHEAD * len(processes):
                answering, first = asked.popleft()
                yield from answering.answers(first)
            process.ask(batch)
            asked.append((process, batch))
        while asked:
            answering, first = asked.popleft()
            yield from answering.answers(first)
    finally:
        for process in processes:
            process.stop()


def _batches(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    batch: list[Task] = []
    size = 0
    for task in tasks:
        batch.append(task)
        size += task.size + _BYTES_PER_CHARACTER * len(task.path)
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
            pipesize=_PIPE_BYTES,
            start_new_session=True,  # Ctrl-C is for the one who started the build
        )
        assert self._process.stdin  # noqa: S101 - it is a pipe
        assert self._process.stdout  # noqa: S101 - it is a pipe
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout
        told = [cutting.engine, cutting.largest_bytes, cutting.dictionary.to_bytes().decode()]
        with suppress(OSError):  # that it has ended is told by the first file it is given
            self._tell(told)

    def ask(self, batch: Sequence[Task]) -> None:
        """Have files cut. Raises BuildError where the process has ended."""
        try:
            self._tell([[task.id, task.path, task.size, task.known] for task in batch])
        except OSError as error:
            raise self._ended(batch[0]) from error

    def answers(self, batch: Sequence[Task]) -> Iterator[Outcome]:
        """What becomes of each file, in the order in which batches were asked for.

        Raises:
            BuildError: the process has ended.
        """
        return (self._outcome(task) for task in batch)

    def stop(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
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
            batch = [Task(one, path, size, known) for one, path, size, known in json.loads(line)]
            for outcome in cutter.cut(batch):
                _answer(out, outcome)
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
