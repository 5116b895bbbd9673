"""What a library does while its cluster loses a node, freezes, or refuses."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, cycle, islice
from pathlib import Path

import pytest
from cluster import Cluster
from cluster_libraries import cluster_seeds
from small_libraries import finish, library_of, write_seeds

import index.storage.cluster.writer
from index import ClusterUnavailable, IndexSettings, Library, NoAnswer, build, open_library

pytestmark = pytest.mark.cluster

VILLAGES = [f"{a}{b}{c}" for a in "东西南北中上下前后" for b in "河山桥林泉塘" for c in "村镇庄"]
QUESTIONS = 5_000
ASKERS = 4


def article(village: str, lamps: int) -> str:
    built = f"{village}去年安装路灯{lamps}盏。工程由{village}城管所负责,居民都说好。"
    return f"{village}换灯记\n\n{built}\n"


def villages(first: int = 0) -> dict[str, str]:
    """Returns an article for each village; each names its own number of lamps."""
    return {
        f"{number:03d}.txt": article(village, first + 100 + number)
        for number, village in enumerate(VILLAGES)
    }


@pytest.fixture
def settings(mended_cluster: Cluster, tmp_path: Path) -> IndexSettings:
    """A library of three shards with a copy each, alone in the cluster."""
    built = cluster_seeds(
        mended_cluster, tmp_path, villages(), opensearch_shards=3, opensearch_timeout=3
    )
    finish(build(built))
    return built


def answered_by(library: Library, village: str) -> str:
    """Returns the marked sentence of an answer; empty without one, or "away"."""
    try:
        result = library.ask(f"{village}安装了多少盏路灯")
    except ClusterUnavailable:
        return "away"
    if isinstance(result, NoAnswer):
        return ""
    citation = result.citations[0]
    return citation.sentence.of(citation.passage.text)


def expected(folder: Path, first: int = 0) -> dict[str, str]:
    """Returns what a library on one machine says to each village."""
    library = library_of(folder, villages(first))
    return {village: answered_by(library, village) for village in VILLAGES}


def ask_all(
    library: Library,
    asked: Sequence[str],
    right: Mapping[str, str],
    before: Callable[[int], None] = lambda _: None,
) -> Counter[str]:
    """Asks from several threads; returns the outcomes.

    Args:
        library: asked.
        asked: the village of each question.
        right: the answer to each village.
        before: called with the number of each question, from 0, before it is asked.
    """

    def outcome(number: int, village: str) -> str:
        before(number)
        text = answered_by(library, village)
        if text == "away":
            return "away"
        return "right" if text == right[village] else f"wrong: {village}: {text}"

    with ThreadPoolExecutor(ASKERS) as threads:
        return Counter(threads.map(outcome, count(), asked))


def test_a_node_that_is_killed_costs_no_answer_that_is_wrong(
    cluster: Cluster, settings: IndexSettings, tmp_path: Path
) -> None:
    """5,000 questions, a node killed in their midst: each is answered as on one machine, or it is
    said that the library is away; and afterwards all are answered."""
    right = expected(tmp_path / "disk")
    assert sum(village in text for village, text in right.items()) > 100
    library = open_library(settings)
    asked = list(islice(cycle(VILLAGES), QUESTIONS))

    def kill_amid(number: int) -> None:
        if number == QUESTIONS // 10:
            cluster.node(1).kill()

    outcomes = ask_all(library, asked, right, kill_amid)
    assert not cluster.node(1).running
    assert set(outcomes) <= {"right", "away"}
    assert outcomes["right"] > 0.9 * QUESTIONS, outcomes
    cluster.wait_until("yellow", nodes=2)
    assert ask_all(library, VILLAGES, right) == {"right": len(VILLAGES)}
    assert list(library.faults()) == []


def test_a_node_that_is_killed_in_a_build_costs_no_article(
    cluster: Cluster, settings: IndexSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The build goes on with the nodes that are left; the one before answers meanwhile."""
    library = open_library(settings)
    write_seeds(settings.seeds.parent, villages(first=1000))
    answers: list[str] = []
    report = None
    steps = build(settings)
    while report is None:
        try:
            step = next(steps)
        except StopIteration as end:
            report = end.value
            break
        if not answers and step.stage.value == "writing":
            cluster.node(2).kill()
            # Copies in place of the lost ones are made after a minute: nobody waits for these.
            monkeypatch.setattr(index.storage.cluster.writer, "COPIES_SECONDS", 1)
            answers.append(answered_by(library, VILLAGES[0]))
    assert answers in (["away"], [f"{VILLAGES[0]}去年安装路灯100盏。"])
    assert report.changed == len(VILLAGES)
    fresh = open_library(settings)
    assert ask_all(fresh, VILLAGES, expected(tmp_path / "disk", first=1000)) == {
        "right": len(VILLAGES)
    }
    assert list(fresh.faults()) == []


def test_copies_that_are_not_made_in_time_are_no_reason_to_refuse_a_build(
    cluster: Cluster, settings: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after the loss of a node, whose copies are made anew after a minute."""
    monkeypatch.setattr(index.storage.cluster.writer, "COPIES_SECONDS", 1)
    write_seeds(settings.seeds.parent, villages(first=2000))
    limit_copies(cluster, "primaries")
    try:
        finish(build(settings))
        cluster.wait_until("yellow")
        assert answered_by(open_library(settings), VILLAGES[0]).endswith("2100盏。")
    finally:
        limit_copies(cluster, None)


def limit_copies(cluster: Cluster, kind: str | None) -> None:
    """Has the cluster make no copies but of this kind; all where there is none."""
    limits = {"transient": {"cluster.routing.allocation.enable": kind}}
    cluster.request("PUT", "/_cluster/settings", json=limits).raise_for_status()


def test_all_nodes_gone_is_told_and_their_return_is_enough(
    cluster: Cluster, settings: IndexSettings, tmp_path: Path
) -> None:
    right = expected(tmp_path / "disk")
    library = open_library(settings)
    assert answered_by(library, VILLAGES[0]).endswith("100盏。")
    for number in range(3):
        cluster.node(number).kill()
    with pytest.raises(ClusterUnavailable, match=r"No node answers|does not answer"):
        library.ask(f"{VILLAGES[5]}安装了多少盏路灯")
    cluster.start()
    assert ask_all(library, VILLAGES, right) == {"right": len(VILLAGES)}


def test_a_frozen_node_is_worked_around(
    cluster: Cluster, settings: IndexSettings, tmp_path: Path
) -> None:
    """Until the others notice, questions may be told to come again; none is answered wrongly."""
    right = expected(tmp_path / "disk")
    library = open_library(settings)
    cluster.node(1).pause()
    outcomes = ask_all(library, VILLAGES[:20], right)
    assert set(outcomes) <= {"right", "away"}
    end = time.monotonic() + 60
    while ask_all(library, VILLAGES[:8], right) != {"right": 8}:
        assert time.monotonic() < end, "it does not recover"
    cluster.node(1).resume()


def test_a_part_of_the_index_that_is_away_is_no_reason_to_guess(
    mended_cluster: Cluster, tmp_path: Path
) -> None:
    """Without copies, a lost node takes passages with it: no question is answered from the rest."""
    settings = cluster_seeds(
        mended_cluster, tmp_path, villages(), opensearch_shards=3, opensearch_replicas=0
    )
    finish(build(settings))
    right = expected(tmp_path / "disk")
    library = open_library(settings)
    assert answered_by(library, VILLAGES[5]).endswith("105盏。")
    mended_cluster.node(0).kill()
    try:
        mended_cluster.wait_until("red", nodes=2)
        with pytest.raises(ClusterUnavailable):
            library.ask(f"{VILLAGES[5]}安装了多少盏路灯")
    finally:
        mended_cluster.start()
    assert ask_all(library, VILLAGES, right) == {"right": len(VILLAGES)}
