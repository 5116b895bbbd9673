"""Documents with faults in them, as a broken disk or a hostile hand makes them."""

import re
from collections.abc import Callable, Sequence
from itertools import islice
from random import Random

from hostile_files import archive, members

_DIGIT = re.compile(rb"[0-9]")
_NUMBERS = (b"0", b"-1", b"65536", b"4294967295", b"99999999999999999999", b"1e999")
_MARKS = (b"<", b">", b"&", b'"', b"/", b"\x00", b"\xff", b"</p>", b"<table>", b"&#0;", b"<!--")


def mutated(content: bytes, seeds: Sequence[bytes], random: Random) -> bytes:
    """Returns a document with one to eight faults."""
    for _ in range(random.randint(1, 8)):
        content = random.choice(_FAULTS)(content, random, seeds)
    return content


def mutated_package(content: bytes, random: Random) -> bytes:
    """Returns a ZIP archive, one of whose members has faults."""
    held = members(content)
    name = random.choice([name for name in held if name.endswith(("xml", "opf", "rels"))])
    held[name] = mutated(held[name], list(held.values()), random)
    return archive(held)


Fault = Callable[[bytes, Random, Sequence[bytes]], bytes]


def _range(content: bytes, random: Random) -> tuple[int, int]:
    start = random.randrange(len(content) + 1)
    return start, min(len(content), start + int(random.paretovariate(0.6)))


def _flip(content: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    start, end = _range(content, random)
    noise = bytes(byte ^ random.randrange(256) for byte in content[start : start + 8])
    return content[:start] + noise + content[min(end, start + 8) :]


def _cut(content: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    start, end = _range(content, random)
    return content[:start] + content[end:]


def _repeat(content: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    start, end = _range(content, random)
    return content[:end] + content[start:end] * random.randint(1, 20) + content[end:]


def _splice(content: bytes, random: Random, seeds: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    start, end = _range(other, random)
    at = random.randrange(len(content) + 1)
    return content[:at] + other[start : end + 40] + content[at:]


def _number(content: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    digits = list(islice(_DIGIT.finditer(content), 2_000))
    if not digits:
        return content
    at = random.choice(digits).start()
    return content[:at] + random.choice(_NUMBERS) + content[at + 1 :]


def _mark(content: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    at = random.randrange(len(content) + 1)
    return content[:at] + random.choice(_MARKS) + content[at:]


def _truncate(content: bytes, random: Random, _: Sequence[bytes]) -> bytes:
    return content[: random.randrange(len(content) + 1)] if random.random() < 0.3 else content


_FAULTS: tuple[Fault, ...] = (_flip, _cut, _repeat, _splice, _number, _mark, _truncate)
