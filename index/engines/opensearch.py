"""The engine of an OpenSearch cluster: BM25 over one field of terms.

Scores are those of the embedded engine (`index.engines.memory`), except that Lucene stores a
passage's length in one byte, exact up to 40 terms and to one part in 16 beyond.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from index.analysis.index_terms import WeightedTerm
from index.engines.packing import hash_of
from index.engines.recent import Recent
from index.model import Hit

if TYPE_CHECKING:  # its client takes longer to import than a small library takes to open
    from index.engines.cluster_connection import Connection

K1, B = 0.9, 0.4
"""BM25's parameters, as in the embedded engine."""

TERMS = "terms"
"""The field that holds a passage's terms, separated by spaces."""

ROW = "row"
"""The field that holds a passage's id."""

TERMS_FIELD = {
    "type": "text",
    "analyzer": "whitespace",
    "index_options": "freqs",
    "similarity": "passages",
}
SIMILARITY = {"passages": {"type": "BM25", "k1": K1, "b": B}}

_LONGEST_TERM = 80
"""Characters; the whitespace analyser cuts at 255."""
_MOST_TERMS = 1_000
"""Terms of a question that are searched; a cluster refuses more than 1,024 as it comes."""
_HOLDERS_KEPT = 100_000
_LEGACY_UNTIL = 3
"""The major version from which on scores lack the factor k1 + 1."""


def pack(passages: Iterable[Sequence[str]]) -> bytes:
    """Packs the terms of passages as their fields will hold them."""
    return json.dumps([" ".join(map(spelled, terms)) for terms in passages]).encode()


def unpack(packed: bytes) -> list[str]:
    """Returns the fields that `pack` made, one for each passage."""
    fields: list[str] = json.loads(packed)
    return fields


def spelled(key: str) -> str:
    """Returns a term as the field holds it; a hash replaces one that the analyser would split."""
    plain = len(key) <= _LONGEST_TERM and not any(map(str.isspace, key))
    if plain and not any("\ud800" <= character <= "\udfff" for character in key):
        return key
    return f"#{hash_of(key):016x}"


class OpenSearchEngine:
    """See `index.engines.Engine`.

    Methods raise ClusterUnavailable, and DamagedIndex where the index has been removed.
    """

    def __init__(
        self, connection: "Connection", name: str, passages: int, hits: Recent[int, dict[str, Any]]
    ) -> None:
        """Args:
        connection: to the cluster.
        name: of the index.
        passages: how many it holds.
        hits: takes the stored fields of the passages that a search finds, by their ids.
        """
        self._connection = connection
        self._name = name
        self._passages = passages
        self._hits = hits
        self._holders: Recent[str, int] = Recent(_HOLDERS_KEPT)

    def search(self, terms: Sequence[WeightedTerm], limit: int) -> list[Hit]:
        boosts = self._boosts(terms)
        if not boosts or limit <= 0:
            return []
        asked = [{"term": {TERMS: {"value": term, "boost": boosts[term]}}} for term in boosts]
        body = {
            "size": limit,
            "query": {"bool": {"should": asked}},
            "sort": [{"_score": "desc"}, {ROW: "asc"}],
            "track_total_hits": False,
        }
        factor = 1.0 if self._connection.major < _LEGACY_UNTIL else K1 + 1
        hits = []
        for hit in self._connection.search(self._name, body, search_type="dfs_query_then_fetch"):
            score, passage_id = hit["sort"]
            self._hits.keep(passage_id, hit["_source"])
            hits.append(Hit(passage_id, score * factor))
        return hits

    def _boosts(self, terms: Sequence[WeightedTerm]) -> dict[str, float]:
        """Returns each term's boost, which makes its IDF that of the embedded engine."""
        weights: dict[str, float] = {}
        for term in terms:
            if term.weight > 0:
                weights[term.key] = weights.get(term.key, 0.0) + term.weight
        self.look_up(weights)
        scores = {
            key: weight * self.idf_of(key) for key, weight in weights.items() if self.holders(key)
        }
        heaviest = sorted(scores, key=lambda key: -scores[key])[:_MOST_TERMS]
        return {spelled(key): scores[key] / self._lucene_idf(key) for key in heaviest}

    def _lucene_idf(self, key: str) -> float:
        """Returns Lucene's IDF of a term that some passage holds."""
        holders = self.holders(key)
        return math.log(1 + (self._passages - holders + 0.5) / (holders + 0.5))

    def look_up(self, keys: Iterable[str]) -> None:
        unknown = [key for key in dict.fromkeys(keys) if self._holders.get(key) is None]
        if unknown:
            queries = [{"term": {TERMS: spelled(key)}} for key in unknown]
            counts = self._connection.counts(self._name, queries)
            for key, count in zip(unknown, counts, strict=True):
                self._holders.keep(key, count)

    @property
    def passages(self) -> int:
        return self._passages

    def holders(self, key: str) -> int:
        known = self._holders.get(key)
        if known is None:
            (known,) = self._connection.counts(self._name, [{"term": {TERMS: spelled(key)}}])
            self._holders.keep(key, known)
        return known

    def idf_of(self, key: str) -> float:
        return math.log((self._passages + 1) / max(1, self.holders(key)))


def mapping_with(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the mapping of an index that this engine searches.

    Args:
        properties: the mapping's other fields.
    """
    return {
        "dynamic": "strict",
        # Terms are found, never read back.
        "_source": {"excludes": [TERMS]},
        "properties": {TERMS: TERMS_FIELD, ROW: {"type": "long"}, **properties},
    }
