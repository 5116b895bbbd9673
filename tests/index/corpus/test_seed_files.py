"""Which files there are, and whether a later change of one would show."""

import os
import time
from pathlib import Path

import pytest

from index.corpus.seed_files import SeedFile, SeedKind, list_seeds

TICK_NS = 2_000_000_000
"""The tick of the coarsest clock of a file system, FAT's."""
LISTED_NS = 1_800_000_000 * 10**9


@pytest.mark.parametrize(
    ("age_ns", "is_settled"),
    [(TICK_NS + 1, True), (TICK_NS, False), (0, False), (-TICK_NS, False)],
)
def test_a_file_that_may_change_within_the_same_tick_is_not_settled(
    age_ns: int, is_settled: bool
) -> None:
    file = SeedFile("a.txt", "a.txt", 1, "1.2.3.4", LISTED_NS - age_ns)
    assert file.settled(LISTED_NS) is is_settled


def test_what_cannot_be_looked_at_is_never_settled() -> None:
    assert not SeedFile("a.txt", "a.txt", 0, "", 0).settled(LISTED_NS)


@pytest.mark.parametrize("later", ["a.txt", "a.txt.yaml"])
def test_an_article_was_touched_when_it_or_what_describes_it_was(
    tmp_path: Path, later: str
) -> None:
    future_ns = (int(time.time()) + 1_000) * 10**9
    for name in ("a.txt", "a.txt.yaml"):
        (tmp_path / name).write_text("title: a", "utf-8")
    os.utime(tmp_path / later, ns=(future_ns, future_ns))
    [article] = [file for file in list_seeds(tmp_path) if file.kind is SeedKind.ARTICLE]
    assert article.touched_ns == future_ns
