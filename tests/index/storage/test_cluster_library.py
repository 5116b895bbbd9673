"""A library in a real OpenSearch cluster: built, asked, changed, rolled back, moved and damaged."""

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from cluster import Cluster
from cluster_libraries import (
    alter,
    as_environment,
    cluster_seeds,
    cluster_settings,
    indices_of,
    printed_json,
)
from small_libraries import (
    BRIDGE,
    INVESTED,
    LAMPS,
    ROOT,
    TOWN,
    finish,
    library_of,
    plain_environment,
    run_python,
    settings_in,
    sum_in,
    town_of,
    write_seeds,
)
from waiting import wait_until

from index import (
    Answer,
    BuildRunning,
    ClusterUnavailable,
    DamagedIndex,
    IndexSettings,
    NoAnswer,
    NoIndex,
    SettingsError,
    build,
    open_library,
    rollback,
)
from index.engines.cluster_connection import Connection
from index.errors import ClusterFault, NoEarlierGeneration
from index.storage.cluster.lease import LASTS
from index.storage.cluster.repository import open_cluster

pytestmark = pytest.mark.cluster

QUESTIONS = [
    INVESTED,
    "图书馆馆长叫什么",
    "石桥有多长",
    "路灯什么时候点亮",
    "可以借几册书",
    "没有的事情",
]


@pytest.fixture
def town(cluster: Cluster, tmp_path: Path) -> IndexSettings:
    """Settings of a library in the cluster that has been built."""
    settings = cluster_seeds(cluster, tmp_path, TOWN)
    finish(build(settings))
    return settings


def elsewhere(settings: IndexSettings, folder: Path) -> IndexSettings:
    """Returns the same cluster as another machine sees it, with nothing on its own disk."""
    return settings.model_copy(update={"seeds": folder / "none", "data": folder / "data"})


def live(settings: IndexSettings) -> str:
    return open_library(settings).status().generation


def test_the_same_questions_get_the_same_answers_as_on_one_machine(
    town: IndexSettings, tmp_path: Path
) -> None:
    """Word for word, with the same citation, sentence and highlights."""
    ours, theirs = open_library(town), library_of(tmp_path / "disk", TOWN)
    for question in QUESTIONS:
        here, there = ours.ask(question), theirs.ask(question)
        assert type(here) is type(there), question
        assert here.confidence == pytest.approx(there.confidence, abs=1e-4)
        if isinstance(here, Answer) and isinstance(there, Answer):
            assert here.citations == there.citations
    assert ours.article("lamps.txt") == theirs.article("lamps.txt")
    assert ours.article_ids() == theirs.article_ids()
    assert ours.newest_titles(9) == theirs.newest_titles(9) != []
    assert ours.article("none.txt") is None


def test_another_machine_needs_nothing_but_the_address(cluster: Cluster, tmp_path: Path) -> None:
    """The user's words, too, come with the generation: questions are cut as the passages were."""
    settings = cluster_seeds(cluster, tmp_path, TOWN)
    words = tmp_path / "words.txt"
    words.write_text("石匠周大山 nr\n", "utf-8")
    finish(build(settings.model_copy(update={"user_dict": words})))
    there = open_library(elsewhere(settings, tmp_path / "there"))
    result = there.ask("石匠周大山主持了什么")
    assert isinstance(result, Answer)
    assert result.citations[0].passage.article_id == "bridge.txt"
    words_there = open_cluster(settings).open(live(settings)).dictionary.words
    assert [word.text for word in words_there] == ["石匠周大山"]
    assert list(there.faults()) == []


def test_nothing_built_is_told(cluster: Cluster, tmp_path: Path) -> None:
    with pytest.raises(NoIndex, match="python -m index build"):
        open_library(cluster_settings(cluster, tmp_path)).ask(INVESTED)


def test_a_build_costs_what_has_changed_and_equals_one_that_is_built_anew(
    town: IndexSettings, tmp_path: Path
) -> None:
    assert finish(build(town)).generation.endswith("000001")  # nothing has changed
    (town.seeds / "lamps.txt").write_text(LAMPS.replace("三百万", "四百万"), "utf-8")
    (town.seeds / "bridge.txt").unlink()
    (town.seeds / "new.txt").write_text(BRIDGE.replace("白河镇", "黑河镇"), "utf-8")
    report = finish(build(town))
    assert (report.added, report.changed, report.removed, report.unchanged) == (1, 1, 1, 1)
    changed = open_library(town)
    assert "四百万" in sum_in(changed)
    assert list(changed.faults()) == []
    anew = library_of(
        tmp_path / "anew", {path.name: path.read_bytes() for path in sorted(town.seeds.iterdir())}
    )
    ours, theirs = (library._serving.live().snapshot for library in (changed, anew))
    assert ours.manifest.passages == theirs.manifest.passages
    for key in ("路灯", "石桥", "投资", "白河", "黑河", "馆"):
        # What was removed does not count as a holder any more.
        assert ours.engine.holders(key) == theirs.engine.holders(key), key
    for question in QUESTIONS:
        here, there = changed.ask(question), anew.ask(question)
        assert here.confidence == pytest.approx(there.confidence, abs=1e-4)


def test_many_builds_leave_three_generations_and_one_can_go_back(
    cluster: Cluster, town: IndexSettings
) -> None:
    for sum_of_money in ("四百万", "五百万", "六百万"):
        write_seeds(town.seeds.parent, town_of(sum_of_money))
        finish(build(town))
    prefix = town.opensearch_prefix
    assert indices_of(cluster, town) == [f"{prefix}-00000{n}" for n in (2, 3, 4)]
    library = open_library(town)
    assert "六百万" in sum_in(library)
    assert rollback(town) == f"{prefix}-000003"
    wait_until(lambda: "五百万" in sum_in(library))  # the alias is looked at once a second
    assert rollback(town) == f"{prefix}-000002"
    with pytest.raises(NoEarlierGeneration):
        rollback(town)
    write_seeds(town.seeds.parent, town_of("七百万"))
    assert finish(build(town)).generation == f"{prefix}-000005"
    # Those between were left by going back.
    assert indices_of(cluster, town) == [f"{prefix}-00000{n}" for n in (2, 5)]


def test_a_bot_sees_what_another_process_has_built(town: IndexSettings, tmp_path: Path) -> None:
    library = open_library(elsewhere(town, tmp_path / "bot"))
    assert "三百万" in sum_in(library)
    write_seeds(town.seeds.parent, town_of("九百万"))
    finish(build(town))
    wait_until(lambda: "九百万" in sum_in(library))


def test_where_the_alias_is_gone_the_newest_generation_answers_and_a_build_brings_it_back(
    cluster: Cluster, town: IndexSettings
) -> None:
    cluster.request("DELETE", f"/{town.opensearch_prefix}-000001/_alias/{town.opensearch_prefix}")
    library = open_library(town)
    assert "三百万" in sum_in(library)
    (gone, instead) = library.status().faults
    assert "alias" in gone
    assert "000001 answers instead" in instead
    finish(build(town))
    assert open_library(town).status().faults == ()


def test_an_index_that_is_removed_under_a_bot_is_passed_over(
    cluster: Cluster, town: IndexSettings
) -> None:
    write_seeds(town.seeds.parent, town_of("四百万"))
    newest = finish(build(town)).generation
    library = open_library(town)
    assert "四百万" in sum_in(library)
    cluster.request("DELETE", f"/{newest}")
    assert "三百万" in sum_in(library)
    assert any(
        "not in the cluster" in fault or "alias" in fault for fault in library.status().faults
    )


def test_a_build_that_is_cancelled_leaves_nothing_in_the_cluster(
    cluster: Cluster, town: IndexSettings
) -> None:
    with closing(build(town, full=True)) as steps:
        for step in steps:
            if step.stage.value == "indexing":
                break
    assert indices_of(cluster, town) == [f"{town.opensearch_prefix}-000001"]
    assert "三百万" in sum_in(open_library(town))
    assert finish(build(town, full=True)).generation.endswith("000002")


KILLED_IN_A_BUILD = """
import os, signal
from index import IndexSettings, build
for step in build(IndexSettings.load(), full=True):
    if step.stage.value == "writing":
        os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_build_that_is_killed_is_never_live_and_is_cleared_away(
    cluster: Cluster, town: IndexSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {**as_environment(town), "INDEX_SEEDS": "seeds", "INDEX_DATA": "data"}
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", KILLED_IN_A_BUILD],
        cwd=town.seeds.parent,
        env=plain_environment() | environment,
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    prefix = town.opensearch_prefix
    assert indices_of(cluster, town) == [f"{prefix}-000001", f"{prefix}-000002"]
    assert live(town) == f"{prefix}-000001"
    with pytest.raises(BuildRunning):  # for a minute, nobody knows that it is dead
        finish(build(town))
    now = time.time()
    monkeypatch.setattr("index.storage.cluster.lease.time.time", lambda: now + 2 * LASTS)
    assert finish(build(town, full=True)).generation == f"{prefix}-000002"
    assert list(open_library(town).faults()) == []


def test_two_machines_do_not_build_at_once(town: IndexSettings, tmp_path: Path) -> None:
    other = elsewhere(town, tmp_path / "other").model_copy(update={"seeds": town.seeds})
    with open_cluster(town).drafting(), pytest.raises(BuildRunning, match="Another build"):
        finish(build(other))
    finish(build(other))


def test_whoever_lost_the_right_to_write_makes_nothing_live(
    cluster: Cluster, town: IndexSettings
) -> None:
    with open_cluster(town).drafting() as draft, draft.writer(None) as writer:
        for _ in writer.finish(open_cluster(town).open(live(town)).dictionary):
            pass
        writer.complete("other")
        cluster.request("DELETE", f"/{town.opensearch_prefix}-lock/_doc/writing?refresh=true")
        with pytest.raises(ClusterUnavailable, match="took over"):
            draft.publish(None)
    assert live(town).endswith("000001")


def test_verify_tells_an_altered_passage_and_a_missing_one(
    cluster: Cluster, town: IndexSettings
) -> None:
    library = open_library(town)
    name = library.status().generation
    assert list(library.faults()) == []
    alter(cluster, name, "p0", text="别的话", start=0, end=3)
    assert any("passage 0 is not what" in fault for fault in open_library(town).faults())
    cluster.request("PUT", f"/{name}/_settings", json={"index.blocks.write": False})
    cluster.request("DELETE", f"/{name}/_doc/p1?refresh=true")
    assert any(
        "in place of" in fault or "missing" in fault for fault in open_library(town).faults()
    )


def test_what_cannot_be_read_is_damage_and_no_traceback(
    cluster: Cluster, town: IndexSettings
) -> None:
    name = live(town)
    alter(cluster, name, "p0", normal=None, headings=7)
    snapshot = open_cluster(town).open(name)
    for read in (snapshot.passages, snapshot.normal_passages):
        with pytest.raises(DamagedIndex):
            read([0])
    assert any(name in fault for fault in open_library(town).faults())


def test_a_library_moves_to_the_cluster_and_back_by_one_command_each(
    cluster: Cluster, tmp_path: Path
) -> None:
    write_seeds(tmp_path, TOWN)
    settings = cluster_settings(cluster, tmp_path)
    there = as_environment(settings)
    here: dict[str, str] = {}
    answers = []
    for environment in (here, there, here):
        for command in ("build", "verify"):
            ended = run_python("-m", "index", command, folder=tmp_path, typed=b"", **environment)
            assert ended.returncode == 0, ended.stderr
        ended = run_python(
            "-m", "index", "ask", "--json", INVESTED, folder=tmp_path, typed=b"", **environment
        )
        answers.append(printed_json(ended.stdout.decode()))
    first, *others = answers
    assert first["answered"]
    for other in others:
        assert other["citations"][0]["sentence"] == first["citations"][0]["sentence"]
        assert other["citations"][0]["start"] == first["citations"][0]["start"]


# What a cluster may be


def described_by(settings: IndexSettings) -> ClusterUnavailable:
    with pytest.raises(ClusterUnavailable) as caught:
        open_library(settings).ask(INVESTED)
    return caught.value


class _Other(BaseHTTPRequestHandler):
    """Answers as another search engine does."""

    def do_GET(self) -> None:
        body = json.dumps({"version": {"number": "8.15.0", "build_flavor": "default"}}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def another_engine() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_another_program_is_not_taken_for_a_cluster(another_engine: str, tmp_path: Path) -> None:
    update = {"engine": "opensearch", "opensearch_url": another_engine}
    fault = described_by(settings_in(tmp_path).model_copy(update=update))
    assert fault.fault is ClusterFault.UNSUPPORTED
    assert "8.15.0" in str(fault)


def test_where_no_node_answers_that_is_said_and_a_build_keeps_what_was_live(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.engines.cluster_connection.BRIEFLY", 0.5)
    update = {"engine": "opensearch", "opensearch_url": "http://127.0.0.1:9"}
    settings = write_seeds(tmp_path, TOWN).model_copy(update=update)
    assert described_by(settings).fault is ClusterFault.UNREACHABLE
    ended = run_python(
        "-m",
        "index",
        "build",
        folder=tmp_path,
        typed=b"",
        INDEX_ENGINE="opensearch",
        INDEX_OPENSEARCH_URL="http://127.0.0.1:9",
    )
    assert ended.returncode == 1
    assert b"No node answers at http://127.0.0.1:9." in ended.stderr
    assert b"Traceback" not in ended.stderr


@pytest.mark.parametrize(
    "changes",
    [
        {"opensearch_url": ""},
        {"opensearch_url": "localhost:9200"},
        {"opensearch_url": "http://user:secret@localhost:9200"},
        {"opensearch_url": "http://localhost:99999"},
        {"opensearch_ca": Path("/none.pem")},
    ],
)
def test_settings_that_cannot_work_are_named_without_their_secrets(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    update = {"engine": "opensearch", "opensearch_url": "http://localhost:9200", **changes}
    with pytest.raises(SettingsError, match="INDEX_OPENSEARCH") as caught:
        open_library(settings_in(tmp_path).model_copy(update=update))
    assert "secret" not in str(caught.value)


def test_a_refusal_is_no_answer_where_nothing_fits(town: IndexSettings) -> None:
    assert isinstance(open_library(town).ask("火星上有几座矿山"), NoAnswer)


def test_the_program_runs_from_the_root(town: IndexSettings) -> None:
    """`status` and `verify` name the generation."""
    environment = {**as_environment(town), "INDEX_DATA": str(town.data)}
    for command in ("status", "verify"):
        ended = run_python("-m", "index", command, folder=ROOT, typed=b"", **environment)
        assert f"{town.opensearch_prefix}-000001" in ended.stdout.decode()


def test_what_is_sent_again_after_a_lost_answer_is_done_once(
    cluster: Cluster, tmp_path: Path
) -> None:
    """Also what deletes: it is gone already, and that is as it should be."""
    settings = cluster_seeds(cluster, tmp_path, TOWN)
    finish(build(settings))
    name = live(settings)
    cluster.request("PUT", f"/{name}/_settings", json={"index.blocks.write": False})
    connection = Connection(settings)
    document = {"_index": name, "_id": "p900", "row": 900, "stored": {}}
    for _ in range(2):
        connection.bulk([{"_op_type": "delete", "_index": name, "_id": "p0"}, document])
    cluster.request("POST", f"/{name}/_refresh")
    queries = [{"term": {"row": row}} for row in (0, 1, 900)]
    assert connection.counts(name, queries) == [0, 1, 1]
    with pytest.raises(ClusterUnavailable, match="refuses"):
        connection.bulk([{**document, "unknown": 1}])
