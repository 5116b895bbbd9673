"""The cluster of the tests is a real one: its nodes are lost, frozen and come back."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cluster_jars
import psutil
import pytest
from cluster import Cluster, Node
from cluster_jars import NoCluster, Programs, classpath, programs
from small_libraries import ROOT, plain_environment
from waiting import wait_until

INDEX = "/cluster-nodes"
COPIES = {
    "settings": {
        "number_of_shards": 2,
        "number_of_replicas": 2,
        "index.unassigned.node_left.delayed_timeout": "0s",
    }
}
CHILD = """
import sys, time
from pathlib import Path
from cluster import Cluster

node = Cluster(Path(sys.argv[1]), nodes=1).node(0)
node.start()
{then}
print(node.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def three_copies(mended_cluster: Cluster) -> Cluster:
    """A cluster whose nodes hold three copies of ten documents."""
    mended_cluster.request("PUT", INDEX, json=COPIES).raise_for_status()
    for number in range(10):
        mended_cluster.request(
            "PUT", f"{INDEX}/_doc/{number}?refresh=true", json={"number": number}
        ).raise_for_status()
    mended_cluster.wait_until("green", nodes=3)
    return mended_cluster


def documents(cluster: Cluster) -> int:
    counted = cluster.request("GET", f"{INDEX}/_count").raise_for_status().json()
    assert counted["_shards"]["failed"] == 0
    return int(counted["count"])


def follower(cluster: Cluster) -> Node:
    manager = cluster.manager()
    return next(node for node in cluster.nodes if node is not manager)


@pytest.mark.parametrize("choose", [follower, Cluster.manager], ids=["follower", "manager"])
def test_the_other_nodes_answer_where_one_is_killed_and_it_comes_back_with_what_it_stored(
    three_copies: Cluster, choose: Callable[[Cluster], Node]
) -> None:
    killed = choose(three_copies)
    killed.kill()
    assert not killed.running
    three_copies.wait_until("yellow", nodes=2)
    assert documents(three_copies) == 10
    killed.start()
    three_copies.wait_until("green", nodes=3)
    assert documents(three_copies) == 10


def test_a_frozen_node_is_left_out_until_it_goes_on(three_copies: Cluster) -> None:
    frozen = follower(three_copies)
    frozen.pause()
    assert frozen.running
    three_copies.wait_until("yellow", nodes=2)
    frozen.resume()
    three_copies.wait_until("green", nodes=3)
    assert documents(three_copies) == 10


def test_a_node_that_is_ended_in_order_comes_back(three_copies: Cluster) -> None:
    ended = three_copies.node(0)
    ended.stop()
    three_copies.wait_until("yellow", nodes=2)
    three_copies.start()
    assert documents(three_copies) == 10


def test_no_index_comes_to_be_by_a_wrong_name(cluster: Cluster) -> None:
    refused = cluster.request("PUT", "/never-made/_doc/1", json={"number": 1})
    assert refused.status_code == 404


def test_a_cluster_is_cleared_of_all_that_a_test_left(three_copies: Cluster) -> None:
    three_copies.clear()
    assert three_copies.request("GET", "/_cat/indices").text == ""


def test_snapshots_are_kept_in_the_folder_that_the_nodes_share(three_copies: Cluster) -> None:
    place = {"type": "fs", "settings": {"location": f"{three_copies.snapshots}"}}
    three_copies.request("PUT", "/_snapshot/kept", json=place).raise_for_status()
    taken = three_copies.request("PUT", "/_snapshot/kept/one?wait_for_completion=true")
    assert taken.json()["snapshot"]["state"] == "SUCCESS"
    three_copies.request("DELETE", "/_snapshot/kept/one").raise_for_status()
    three_copies.request("DELETE", "/_snapshot/kept").raise_for_status()


@pytest.mark.cluster
def test_a_node_that_does_not_start_shows_its_log(tmp_path: Path) -> None:
    broken = Cluster(tmp_path, nodes=1, settings={"no.such.setting": True})
    with pytest.raises(NoCluster, match=r"no\.such\.setting"), broken:
        pass
    assert not broken.node(0).running


@pytest.mark.cluster
@pytest.mark.parametrize("then", ["", "node.pause()"], ids=["running", "frozen"])
def test_nodes_end_with_the_killed_process_that_started_them(tmp_path: Path, then: str) -> None:
    child = subprocess.Popen(  # noqa: S603 - our own code
        [sys.executable, "-c", CHILD.format(then=then), f"{tmp_path}"],
        stdout=subprocess.PIPE,
        cwd=ROOT / "tests" / "support",
        text=True,
    )
    with child:
        assert child.stdout is not None
        node = psutil.Process(int(child.stdout.readline()))
        child.send_signal(signal.SIGKILL)
        wait_until(lambda: gone(node))


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended; nobody may be there to ask an orphan how it did."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("program", ["java", "javac", "mvn"])
def test_a_program_that_is_missing_is_named_with_what_installs_it(
    program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_programs(tmp_path, without=program)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(NoCluster, match=rf"\({program}\).*make test-cluster"):
        programs()


@pytest.mark.parametrize(
    ("version", "taken"), [("1.8.0_402", False), ("11.0.22", False), ("17.0.15", True)]
)
def test_java_is_17_at_least(
    version: str, taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_programs(tmp_path, version=version)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    if taken:
        assert programs().javac == f"{tmp_path / 'javac'}"
    else:
        with pytest.raises(NoCluster, match=f"Java 17 or newer.*{re.escape(version)}"):
            programs()


def put_programs(folder: Path, without: str = "", version: str = "17.0.15") -> None:
    """Programs that tell the version of Java, and nothing else."""
    for name in {"java", "javac", "mvn"} - {without}:
        (folder / name).write_text(f"#!/bin/sh\necho javac {version}\n", "utf-8")
        (folder / name).chmod(0o755)


MAVEN = """#!/bin/sh
for argument; do
    case $argument in -Dmdep.outputFile=*) printf %s "$0" >"${argument#*=}" ;; esac
done
"""
COMPILER = """#!/bin/sh
mkdir -p "$4"
: >"$4/ClusterNode.class"
[ -e "$0.lets-be" ] || kill -9 $$
: >"$4/ClusterNode\\$Modules.class"
"""


def test_what_a_killed_compiler_left_is_compiled_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_jars, "CACHE", tmp_path / "cache")
    for name, script in (("mvn", MAVEN), ("javac", COMPILER)):
        (tmp_path / name).write_text(script, "utf-8")
        (tmp_path / name).chmod(0o755)
    present = Programs(java="", javac=f"{tmp_path / 'javac'}", maven=f"{tmp_path / 'mvn'}")
    with pytest.raises(NoCluster, match="does not compile"):
        classpath(present)
    (tmp_path / "javac.lets-be").touch()
    classes, maven = classpath(present).split(os.pathsep)
    assert maven == present.maven
    assert sorted(path.name for path in Path(classes).iterdir()) == [
        "ClusterNode$Modules.class",
        "ClusterNode.class",
    ]


@pytest.mark.parametrize("java", [True, False])
def test_a_run_without_the_cluster_says_what_it_left_out(java: bool, tmp_path: Path) -> None:
    (tmp_path / "programs").mkdir()
    if java:
        put_programs(tmp_path / "programs")
    environment = plain_environment() | {"PATH": f"{tmp_path / 'programs'}", "JAVA_HOME": ""}
    run = subprocess.run(  # noqa: S603 - our own code
        [
            *[sys.executable, "-m", "pytest", "tests/index/storage/test_cluster_nodes.py"],
            *["-k", "frozen", "-p", "no:cacheprovider"],
        ],
        env=environment,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    [line] = [line for line in run.stdout.splitlines() if "make test-cluster" in line]
    assert "left out" in line
    assert ("needs" in line) is not java


def test_the_cluster_tests_are_part_of_what_a_change_has_to_pass() -> None:
    landing = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert [line for line in landing if line.startswith("step ")] == [
        "step lint",
        "step test",
        "step test-slow",
        "step test-cluster",
    ]
