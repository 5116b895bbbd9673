"""Reads files in the sandbox: the other side of `index.loaders.sandbox.client`."""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from index.analysis.encoding import decode
from index.errors import SkipReason, UnreadableFile
from index.loaders.draft import LoadedArticle
from index.loaders.sandbox.client import READY, TEXTS, TOO_HARD, Format, Limits, SandboxReply

_CRASHED = "The file is damaged: what reads it has failed on it."
_MOST_KEPT = 0.4
"""Share of the memory limit up to which the process reads further files."""


def serve(limits: str) -> None:
    """Reads the files that come on standard input, until it ends.

    Args:
        limits: the `Limits` as JSON.
    """
    # Other output must not be taken for a reply.
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    parsed_limits = Limits(**json.loads(limits))
    _confine(parsed_limits)
    # The system counts the memory that the starting process held then.
    most_kept = max(_MOST_KEPT * parsed_limits.memory, _most_memory())
    files: SimpleQueue[tuple[Format, bytes]] = SimpleQueue()
    Thread(target=_receive, args=(sys.stdin.buffer, files), daemon=True).start()
    out.write(READY)
    out.flush()
    while True:
        answer = _answer(*files.get(), parsed_limits, most_kept)
        out.write(answer.to_bytes())
        out.flush()


def _receive(source: BinaryIO, files: "SimpleQueue[tuple[Format, bytes]]") -> None:
    """Reads all input, and ends the process at once when no more can come.

    No more can come when the served process has ended, and this one may be busy for long.
    """
    while line := source.readline():
        form, size = json.loads(line)
        content = source.read(size)
        if len(content) < size:
            break
        files.put((Format(form), content))
    os._exit(0)


def _answer(form: Format, content: bytes, limits: Limits, most_kept: float) -> SandboxReply:
    _limit_work(limits)
    try:
        if form in TEXTS:
            _require_short(decode(content), limits)
        draft = _loader(form)(content)
        _require_short(draft.text, limits)
    except UnreadableFile as fault:
        return SandboxReply(None, fault.reason, str(fault), leaves=_most_memory() > most_kept)
    except (MemoryError, RecursionError):
        return SandboxReply(None, SkipReason.TOO_HARD, TOO_HARD, leaves=True)
    except ImportError as error:
        # The file is not to blame.
        return SandboxReply(
            None, SkipReason.UNREADABLE, f"What reads such files is missing: {error}."
        )
    except Exception:
        # Libraries fail in many ways on unexpected bytes.
        return SandboxReply(None, SkipReason.BROKEN, _CRASHED, leaves=_most_memory() > most_kept)
    return SandboxReply(draft, leaves=_most_memory() > most_kept)


def _require_short(text: str, limits: Limits) -> None:
    """Refuses a text of more characters than the limits allow. Raises UnreadableFile."""
    if len(text) > limits.characters:
        raise UnreadableFile(
            SkipReason.TOO_LONG, f"The article is longer than {limits.characters} characters."
        )


def _loader(form: Format) -> Callable[[bytes], LoadedArticle]:
    """Returns the loader of a format; each imports a library that the others need not wait for."""
    match form:
        case Format.DOCX:
            from index.loaders.docx import load_docx

            return load_docx
        case Format.EPUB:
            from index.loaders.epub import load_epub

            return load_epub
        case Format.HTML:
            from index.loaders.html import load_html

            return load_html
        case Format.MARKDOWN:
            from index.loaders.markdown import load_markdown

            return load_markdown
        case Format.PLAIN:
            from index.loaders.plain import load_plain

            return load_plain
        case Format.PDF:
            from index.loaders.pdf import load_pdf

            return load_pdf
        case Format.WEB_ARCHIVE:
            from index.loaders.web_archive import load_web_archive

            return load_web_archive


def _confine(limits: Limits) -> None:
    """Limits the resources of this process, as far as the system can."""
    with suppress(ImportError):
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, limits.memory),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            with suppress(OSError, ValueError):  # the system has no such limit
                resource.setrlimit(kind, (most, most))


def _limit_work(limits: Limits) -> None:
    """Allows the next file its own processor time; earlier files have used some."""
    with suppress(ImportError, OSError, ValueError):
        import resource

        most = int(time.process_time()) + limits.processor_seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _most_memory() -> int:
    """Returns the peak memory of this process in bytes; 0 if unknown."""
    with suppress(ImportError):
        import resource

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return 0
