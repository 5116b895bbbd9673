"""Which files there are, and whether a later change of one would show."""

import pytest

from index.corpus.seed_files import SeedFile

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
