"""Exact top-k search over postings that leaves out what cannot come to the top.

MaxScore (Turtle and Flood, "Query Evaluation: Strategies and Optimizations", 1995), written for
arrays: each step works on all postings or passages at once, so that Python's own cost is paid some
dozens of times a question, not once a posting.

1. The shortest lists are summed. The k-th best sum is a first bound: what scores less cannot be
   among the best k. Looking the best of them up in all other lists raises the bound.
2. Lists are added, the shortest first, until all that the others could add stays well below the
   bound: a passage that stands in none of the lists added is out.
3. The passages that are left are looked up in the long lists, whose postings are never all read.

Where many postings are added they are summed in an array with a place for each passage, which costs
as much as there are passages; else they are sorted into buckets by their passages.

Scores are whole multiples of `1 / STEPS`. Such numbers add up exactly in any order, so that equal
passages have equal scores whatever was left out, and the search gives what a sum over all postings
gives, to the last bit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.engines.postings import Reals
from index.engines.runs import Numbers

STEPS = float(2**36)
"""Parts of one that scores are rounded to. Sums stay exact up to a score of 131,072."""

# How much work is worth what it may save. Chosen on 65,000 and 975,000 news passages with
# questions of 14 known terms; the median time changes by about a tenth for half or twice of them.
_FIRST_POSTINGS = 1_000
"""Postings from which the first bound is taken."""
_PROBED = 5
"""Passages looked up in all lists to raise the bound, for each that is asked for."""
_WORTH_PROBING = 4_000
"""Postings that must be at stake for it."""
_LEFT_SHARE = 0.4
"""What the lists that are not added may add, against the bound."""
_DENSE = 8
"""Times as many passages make an array of them cost more than sorting the postings; measured on
68,000 and a million passages of news, where it halves and thirds the time of slow questions."""
_BUCKETS_PER_POSTING = 2
"""Fewer make more passages share a bucket; more no longer fit the processor's cache."""


@dataclass(frozen=True, slots=True)
class TermLists:
    """The postings lists of the query's terms, the shortest first.

    Attributes:
        passage_ids, profile_ids: see `index.engines.postings.Postings`.
        impacts: what each profile adds to a score, before the term's own factor.
        slices: the range of each list in the postings.
        factors: what the impacts of each list are multiplied by, in steps.
        ends: how many postings the lists up to and including each hold.
        rest: the most that the lists from each on can add to a score, in steps; 0 after the last.
    """

    passage_ids: NDArray[np.int32]
    profile_ids: Numbers
    impacts: Reals
    slices: Sequence[slice]
    factors: Reals
    ends: NDArray[np.int64]
    rest: Reals

    def postings(self, first: int, end: int) -> tuple[NDArray[np.int32], Reals]:
        """Returns the passages in a range of lists, and each posting's part of a score."""
        slices = self.slices[first:end]
        sizes = np.diff(self.ends[first:end], prepend=self.ends[first - 1] if first else 0)
        profiles = np.concatenate([self.profile_ids[part] for part in slices])
        parts = _in_steps(self.impacts.take(profiles), self.factors[first:end].repeat(sizes))
        return np.concatenate([self.passage_ids[part] for part in slices]), parts

    def parts(self, number: int) -> tuple[NDArray[np.int32], Reals]:
        """Returns the passages in one list, and each posting's part of a score."""
        profiles, factor = self.profile_ids[self.slices[number]], self.factors[number]
        if len(profiles) > len(self.impacts):
            parts = _in_steps(self.impacts, factor).take(profiles)
        else:
            parts = _in_steps(self.impacts.take(profiles), factor)
        return self.passage_ids[self.slices[number]], parts

    def add(self, number: int, passages: "Passages") -> None:
        holders = self.passage_ids[self.slices[number]]
        places = holders.searchsorted(passages.ids)
        hits = (holders.take(places, mode="clip") == passages.ids).nonzero()[0]
        if len(hits):
            profiles = self.profile_ids[self.slices[number]].take(places.take(hits))
            passages.scores[hits] += _in_steps(self.impacts.take(profiles), self.factors[number])


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages in ascending order, with their scores so far, in steps."""

    ids: NDArray[np.int32]
    scores: Reals

    def among_best(self, limit: int) -> float:
        """Returns the lowest score of the best `limit`; 0 where there are fewer passages."""
        place = len(self.scores) - limit
        return float(np.partition(self.scores, place)[place]) if place >= 0 else 0.0

    def at_least(self, score: float) -> "Passages":
        """Returns the passages that score at least as much."""
        return self._chosen((self.scores >= score).nonzero()[0])

    def best(self, limit: int) -> "Passages":
        """Returns copies of the best `limit`; among equal scores, any."""
        if len(self.scores) <= limit:
            return Passages(self.ids, self.scores.copy())
        chosen = np.argpartition(self.scores, len(self.scores) - limit)[-limit:]
        chosen.sort()
        return self._chosen(chosen)

    def _chosen(self, places: NDArray[np.intp]) -> "Passages":
        return Passages(self.ids.take(places), self.scores.take(places))


def term_lists(
    passage_ids: NDArray[np.int32],
    profile_ids: Numbers,
    impacts: Reals,
    starts: NDArray[np.int64],
    ends: NDArray[np.int64],
    best: Numbers,
    factors: Reals,
) -> TermLists:
    """Sorts the lists of the query's terms into the order in which they are searched.

    Args:
        passage_ids, profile_ids, impacts: see `TermLists`.
        starts, ends: the range of each term's list in the postings.
        best: the profile in each list with the highest impact.
        factors: what the impacts of each list are multiplied by; above 0.
    """
    sizes = ends - starts
    order = np.argsort(sizes, kind="stable")
    factors = factors.take(order) * STEPS
    bounds = _in_steps(impacts.take(best.take(order)), factors)
    rest = np.zeros(len(order) + 1)
    rest[:-1] = bounds[::-1].cumsum()[::-1]
    ranges = zip(starts.take(order).tolist(), ends.take(order).tolist(), strict=True)
    return TermLists(
        passage_ids=passage_ids,
        profile_ids=profile_ids,
        impacts=impacts,
        slices=[slice(start, end) for start, end in ranges],
        factors=factors,
        ends=sizes.take(order).cumsum(),
        rest=rest,
    )


class Accumulators:
    """Arrays of zeros with an element for each passage, each lent to one search at a time."""

    def __init__(self, passages: int) -> None:
        self.passages = passages
        self._free: list[Reals] = []

    @contextmanager
    def lent(self) -> Iterator[Reals]:
        """Lends an array to a search; there are as many as were ever needed at the same time."""
        try:
            sums = self._free.pop()
        except IndexError:
            sums = np.zeros(self.passages)
        yield sums
        sums.fill(0)
        self._free.append(sums)


def top_passages(
    lists: TermLists, limit: int, accumulators: Accumulators
) -> tuple[NDArray[np.int32], Reals]:
    """Returns the passages with the highest scores, best first, equal ones in ascending order.

    Args:
        lists: at least one.
        limit: how many; at least one.
        accumulators: of all passages that the lists may hold.

    Returns:
        Their ids and scores.
    """
    passages, bound, added = _candidates(lists, limit, accumulators)
    for number in range(added, len(lists.slices)):
        lists.add(number, passages)
        if len(passages.ids) > 2 * limit:
            bound = max(bound, passages.among_best(limit))
            passages = passages.at_least(bound - lists.rest[number + 1])
    passages = passages.at_least(passages.among_best(limit))
    order = np.argsort(-passages.scores, kind="stable")[:limit]
    return passages.ids[order], passages.scores[order] / STEPS


def _candidates(
    lists: TermLists, limit: int, accumulators: Accumulators
) -> tuple[Passages, float, int]:
    """Returns all possible top passages, the bound, and how many lists have been added."""
    first = min(int(lists.ends.searchsorted(_FIRST_POSTINGS)) + 1, len(lists.slices))
    ids, parts = lists.postings(0, first)
    passages = _sum_up(ids, parts)
    bound = passages.among_best(limit)
    added = _to_add(lists, first, bound)
    if lists.ends[added - 1] - lists.ends[first - 1] > _WORTH_PROBING:
        bound = max(bound, _probe(lists, first, passages.best(_PROBED * limit), limit))
        added = _to_add(lists, first, bound)
    if added > first and lists.ends[added - 1] * _DENSE > accumulators.passages:
        passages = _sum_densely(lists, added, bound - lists.rest[added], accumulators)
        bound = max(bound, passages.among_best(limit))
    elif added > first:
        more_ids, more_parts = lists.postings(first, added)
        ids, parts = np.concatenate((ids, more_ids)), np.concatenate((parts, more_parts))
        passages = _sum_up(*_promising(ids, parts, bound - lists.rest[added]))
        bound = max(bound, passages.among_best(limit))
    return passages.at_least(bound - lists.rest[added]), bound, added


def _to_add(lists: TermLists, first: int, bound: float) -> int:
    """Returns how many lists to add, at least `first`, to rule out passages in none of them."""
    lists_left = (lists.rest[first:-1] < _LEFT_SHARE * bound).sum()
    return len(lists.slices) - int(lists_left)


def _probe(lists: TermLists, first: int, passages: Passages, limit: int) -> float:
    """Returns the bound that follows from the full scores of some passages."""
    for number in range(first, len(lists.slices)):
        lists.add(number, passages)
    return passages.among_best(limit)


def _sum_densely(
    lists: TermLists, added: int, least: float, accumulators: Accumulators
) -> Passages:
    """Returns the passages whose parts of the first lists add up to `least`."""
    with accumulators.lent() as sums:
        for number in range(added):
            holders, parts = lists.parts(number)
            sums[holders] += parts
        ids = (sums >= max(least, 1.0)).nonzero()[0]  # one step: those in no list are out
        return Passages(ids.astype(np.int32), sums.take(ids))


def _promising(
    ids: NDArray[np.int32], parts: Reals, least: float
) -> tuple[NDArray[np.int32], Reals]:
    """Returns the postings of all passages whose parts add up to `least`, and few others.

    Passages share buckets, and a bucket's sum is at least that of each passage in it. Few
    postings are then left to be sorted by passage, which costs most.
    """
    # Masking also keeps what a damaged file holds in place of an id within the buckets.
    bits = min(30, (_BUCKETS_PER_POSTING * len(ids)).bit_length())
    numbers = ids & np.int32((1 << bits) - 1)
    kept = (np.bincount(numbers, parts).take(numbers) >= least).nonzero()[0]
    return ids.take(kept), parts.take(kept)


def _sum_up(ids: NDArray[np.int32], parts: Reals) -> Passages:
    """Adds up the parts of each passage."""
    # Stable is a merge sort, and the lists are runs in order already.
    order = ids.argsort(kind="stable")
    ids, parts = ids.take(order), parts.take(order)
    begins = np.ones(len(ids), np.bool_)
    np.not_equal(ids[1:], ids[:-1], out=begins[1:])
    places = begins.nonzero()[0]
    return Passages(ids.take(places), np.add.reduceat(parts, places))


def _in_steps(impacts: Reals, factors: "Reals | np.float64 | float") -> Reals:
    steps: Reals = np.rint(impacts * factors)
    return steps
