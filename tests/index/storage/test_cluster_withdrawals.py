"""What was withdrawn from a library in a cluster stays out of it, and nobody can read it there."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from cluster import Cluster
from cluster_libraries import cluster_settings, indices_of
from small_libraries import finish, write_seeds
from waiting import wait_until
from withdrawing import ASKED, KEPT_ASKED, OTHER_ASKED, SECRET, answers, with_secret

from index import (
    IndexSettings,
    NoEarlierGeneration,
    build,
    discard_article,
    open_library,
    rollback,
)
from index.engines.opensearch import TERMS
from index.storage.withdrawals import Withdrawals

WORD = "青石镇"

pytestmark = pytest.mark.cluster


@pytest.fixture
def settings(cluster: Cluster, tmp_path: Path) -> IndexSettings:
    return with_secret(cluster_settings(cluster, tmp_path))


def holding(cluster: Cluster, settings: IndexSettings) -> list[str]:
    """Returns the indices of the library in which the secret can be read, or found by one of its
    words.
    """
    place = f"/{settings.opensearch_prefix}-*/_search?expand_wildcards=open,hidden"
    cluster.request("POST", f"/{settings.opensearch_prefix}-*/_refresh").raise_for_status()
    everything = cluster.request("POST", place, json={"size": 10_000})
    by_word = cluster.request("POST", place, json={"query": {"term": {TERMS: WORD}}})
    hits = [
        *(hit for hit in hits_of(everything) if SECRET[:-1] in str(hit)),
        *hits_of(by_word),
    ]
    return sorted({str(hit["_index"]) for hit in hits})


def hits_of(response: httpx.Response) -> list[dict[str, Any]]:
    hits: list[dict[str, Any]] = response.raise_for_status().json()["hits"]["hits"]
    return hits


def deleted_documents(cluster: Cluster, index: str) -> int:
    """Returns how many documents are deleted and still stored, in all copies of an index."""
    stats = cluster.request("GET", f"/{index}/_stats/docs").json()
    return int(stats["_all"]["total"]["docs"]["deleted"])


def test_going_back_leaves_out_what_was_withdrawn(
    cluster: Cluster, settings: IndexSettings
) -> None:
    library = open_library(settings)
    assert answers(library, ASKED)
    prefix = settings.opensearch_prefix
    assert holding(cluster, settings) == [f"{prefix}-000001", f"{prefix}-000002"]
    discard_article(settings, "secret.txt")
    assert rollback(settings) == f"{prefix}-000003"
    # What is open looks for another generation once a second.
    wait_until(lambda: library.status().generation == f"{prefix}-000003")
    wait_until(lambda: not answers(library, ASKED))
    assert library.article("secret.txt") is None
    assert not answers(library, OTHER_ASKED)
    assert answers(library, KEPT_ASKED)
    assert library.status().withdrawn == 1
    assert list(library.faults()) == []
    assert f"{prefix}-000003" not in holding(cluster, settings)

    finish(build(settings))
    assert holding(cluster, settings) == []
    wait_until(lambda: answers(library, OTHER_ASKED))
    assert answers(library, KEPT_ASKED)
    assert not answers(library, ASKED)
    assert library.status().withdrawn == 0
    assert list(library.faults()) == []
    assert Withdrawals(settings.data).noted() == {}


def test_the_build_after_a_withdrawal_leaves_nothing_of_it_in_any_index(
    cluster: Cluster, settings: IndexSettings
) -> None:
    """The copy that the build makes loses it, and the indices before are removed, also under a bot
    that has one of them open: it goes on with the live one."""
    library = open_library(settings)
    assert answers(library, ASKED)
    discard_article(settings, "secret.txt")
    live = finish(build(settings)).generation
    assert indices_of(cluster, settings) == [live]
    assert holding(cluster, settings) == []
    wait_until(lambda: not answers(library, ASKED))
    assert answers(library, KEPT_ASKED)
    assert answers(library, OTHER_ASKED)
    assert list(library.faults()) == []
    with pytest.raises(NoEarlierGeneration):
        rollback(settings)


def test_a_build_merges_away_what_the_one_before_removed(
    cluster: Cluster, settings: IndexSettings, tmp_path: Path
) -> None:
    """Also where it has only added. Until then removed documents, which nobody can read, are
    stored, as a copy that lags behind may need to hear of them."""
    discard_article(settings, "secret.txt")
    finish(build(settings))
    write_seeds(tmp_path, {"third.txt": "南溪村收获小麦九百吨。"})
    finish(build(settings))
    [before, live] = indices_of(cluster, settings)
    assert deleted_documents(cluster, live) == 0
    assert list(open_library(settings).faults()) == []
    assert rollback(settings) == before
    assert holding(cluster, settings) == []


def test_an_article_that_is_added_again_is_answered_and_may_be_gone_back_to(
    cluster: Cluster, settings: IndexSettings, tmp_path: Path
) -> None:
    discard_article(settings, "secret.txt")
    finish(build(settings))
    write_seeds(tmp_path, {"secret.txt": SECRET})
    again = finish(build(settings)).generation
    assert Withdrawals(settings.data).noted() == {}
    assert holding(cluster, settings) == [again]
    (settings.seeds / "secret.txt").unlink()
    finish(build(settings))
    assert not answers(open_library(settings), ASKED)
    assert rollback(settings) == again
    assert answers(open_library(settings), ASKED)
