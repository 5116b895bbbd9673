"""Reads and indexes files: in this process, or in several where there are many files."""

import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from itertools import cycle
from queue import SimpleQueue
from threading import Thread
from typing import IO, BinaryIO

from index.errors import BuildError, SkippedFile, SkipReason
from index.indexing.worker import IndexingOptions, KnownContent, Outcome, Task, Worker
from index.lexicon.user_dictionary import UserDictionary
from index.storage.article_record import ArticleRecord

_WORTH_PROCESSES = 2_000_000
"""Bytes of files that are worth starting processes for: they take half a second to start."""

_MOST_PROCESSES = 8
"""More would wait for the one process that writes what they have indexed."""

_BATCH_FILES, _BATCH_BYTES = 32, 500_000
"""Files that a process is given at once, at most; the one that fills a batch may be larger."""

_ASKED_AHEAD = 2
"""Batches that a process has been given and not answered: while it indexes one, another waits."""

_PIPE_BYTES = 1 << 20
"""Where the system allows it: room for answers, so that a process need not wait to be heard."""

_CUT, _SKIPPED, _KNOWN = b"C", b"S", b"K"
"""What a process says of a file."""

_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from index.indexing import worker_pool"
)


def index_files(options: IndexingOptions, tasks: Sequence[Task]) -> Iterator[Outcome]:
    """Reads and indexes files; yields the outcome of each in the order of the tasks.

    Raises:
        BuildError: a process ended unexpectedly.
    """
    if not tasks:
        return iter(())
    if sum(task.size for task in tasks) < _WORTH_PROCESSES:
        return _index_here(options, tasks)
    return _index_in_processes(options, tasks)


def _index_here(options: IndexingOptions, tasks: Sequence[Task]) -> Iterator[Outcome]:
    with closing(Worker(options)) as worker:
        for batch in _batches(tasks):
            yield from worker.index(batch)


def _index_in_processes(options: IndexingOptions, tasks: Sequence[Task]) -> Iterator[Outcome]:
    processes = [_WorkerProcess(options) for _ in range(min(_MOST_PROCESSES, _processors()))]
    asked: deque[tuple[_WorkerProcess, Sequence[Task]]] = deque()
    try:
        # In turn, so that answers come in order: the next process answered longest ago.
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


class _WorkerProcess:
    """A process that indexes. It ends when its input does, also where this process is killed."""

    def __init__(self, options: IndexingOptions) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own code
            [sys.executable, "-c", f"{_START}; worker_pool.serve()", json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the one who started the build
        )
        assert self._process.stdin  # noqa: S101 - it is a pipe
        assert self._process.stdout  # noqa: S101 - it is a pipe
        self._input: IO[bytes] = self._process.stdin
        self._output: IO[bytes] = self._process.stdout
        _widen(self._output)
        words = options.dictionary.to_bytes().decode()
        with suppress(OSError):  # as in `ask`
            self._tell([options.engine, options.largest_bytes, options.largest_article, words])

    def ask(self, batch: Sequence[Task]) -> None:
        """Sends files to be indexed; never waits for the answers."""
        with suppress(OSError):  # the missing answer shows that it has ended
            self._tell(
                [[task.id, task.path, task.sidecar, task.size, task.known] for task in batch]
            )

    def answers(self, batch: Sequence[Task]) -> Iterator[Outcome]:
        """Returns the outcomes of a batch; batches come in the order in which they were sent.

        Raises:
            BuildError: the process has ended.
        """
        return (self._outcome(task) for task in batch)

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._input, self._output):
            with suppress(OSError):
                pipe.close()

    def _tell(self, message: object) -> None:
        self._input.write(json.dumps(message).encode("ascii") + b"\n")
        self._input.flush()

    def _outcome(self, task: Task) -> Outcome:
        kind = self._output.read(1)
        if kind == _CUT:
            cut = ArticleRecord.read(self._output)
            if cut:
                return cut
        elif kind:
            line = self._output.readline()
            if line.endswith(b"\n"):
                first, *rest = json.loads(line)
                if kind == _KNOWN:
                    return KnownContent(task.id, first)
                return SkippedFile(task.id, SkipReason(first), rest[0])
        raise BuildError(
            "A process that cuts articles ended unexpectedly, at "
            f"{task.id} or one of the {_BATCH_FILES} files after it."
        )


def _widen(pipe: IO[bytes]) -> None:
    """Enlarges the buffer of a pipe, where the system can and allows it."""
    with suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)


def serve() -> None:
    """Serves a `_WorkerProcess`: indexes the files named on standard input until it ends."""
    with suppress(AttributeError, OSError):  # a service manager may forbid it
        os.nice(10)  # questions come first
    # Read at once, whatever becomes of the answers: who asks and who answers could else both wait
    # for room in a pipe.
    lines: SimpleQueue[bytes] = SimpleQueue()
    Thread(target=_read_lines, args=(sys.stdin.buffer, lines), daemon=True).start()
    engine, largest_bytes, largest_article, dictionary = json.loads(lines.get())
    words = UserDictionary.from_bytes(dictionary.encode())
    worker = Worker(IndexingOptions(engine, largest_bytes, largest_article, words))
    out = sys.stdout.buffer
    try:
        while line := lines.get():
            batch = [Task(*fields) for fields in json.loads(line)]
            for outcome in worker.index(batch):
                _answer(out, outcome)
            out.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), out.fileno())  # nobody is left to tell


def _read_lines(source: BinaryIO, lines: "SimpleQueue[bytes]") -> None:
    for line in source:
        lines.put(line)
    lines.put(b"")


def _answer(out: BinaryIO, outcome: Outcome) -> None:
    match outcome:
        case ArticleRecord():
            out.write(_CUT + outcome.to_bytes())
        case KnownContent():
            out.write(_KNOWN + json.dumps([outcome.digest]).encode() + b"\n")
        case SkippedFile():
            reason = json.dumps([outcome.reason, outcome.detail]).encode()
            out.write(_SKIPPED + reason + b"\n")
