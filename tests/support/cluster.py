"""A real OpenSearch cluster on loopback, a process a node: killed, frozen and started at will.

    with Cluster(folder) as cluster:
        httpx.get(cluster.urls[0])
        cluster.node(1).kill()
        cluster.wait_until("yellow", nodes=2)
        cluster.node(1).start()
        cluster.wait_until("green", nodes=3)

Nodes end with the process that started them, however that ends.
"""

import json
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

import httpx
from cluster_jars import SOURCES, UTF_8, NoCluster, classpath, programs

Status = Literal["green", "yellow", "red"]
Setting = str | int | bool | list[str]

HOST = "127.0.0.1"
START_SECONDS = 120.0
"""A cluster is there in ten to twenty seconds; a busy machine with two cores takes longer."""
LOG_TAIL = 40
"""Lines of a node's log that are shown where it does not start."""
LOWEST_PORT, HIGHEST_PORT = 15_000, 32_000
"""Below the ports that systems give to outgoing connections: a killed node's stays free for it."""

FAULT_SETTINGS: Mapping[str, Setting] = {
    # A killed node is noticed by its closed connections, a frozen one by these within some
    # seconds. Shorter ones would lose nodes that only wait for one of two cores.
    "cluster.fault_detection.follower_check.interval": "500ms",
    "cluster.fault_detection.follower_check.timeout": "2s",
    "cluster.fault_detection.follower_check.retry_count": 2,
    "cluster.fault_detection.leader_check.interval": "500ms",
    "cluster.fault_detection.leader_check.timeout": "2s",
    "cluster.fault_detection.leader_check.retry_count": 2,
    "cluster.publish.timeout": "5s",
    "cluster.follower_lag.timeout": "5s",
}
QUICK_SETTINGS: Mapping[str, Setting] = {
    # Nodes look for each other, and take up their shards again, without the pauses of a network.
    "discovery.find_peers_interval": "100ms",
    "indices.recovery.retry_delay_network": "200ms",
    "indices.recovery.retry_delay_state_sync": "50ms",
    "cluster.routing.allocation.node_concurrent_recoveries": 8,
}
LOCAL_SETTINGS: Mapping[str, Setting] = {
    "network.host": HOST,
    # The machine's disk may be as full as it is.
    "cluster.routing.allocation.disk.threshold_enabled": False,
    # Garbage that is not collected yet is no reason to refuse a request.
    "indices.breaker.total.use_real_memory": False,
    # An index comes to be because somebody made it, not because somebody wrote to its name.
    "action.auto_create_index": False,
}
JAVA_OPTIONS = (
    "-Xms256m",
    *("-Dfile.encoding=UTF-8", "-Djava.awt.headless=true"),
    f"-Dlog4j2.configurationFile={SOURCES / 'log4j2.properties'}",
)
LIVELY: Sequence[str] = (
    # A node that lives for seconds spends most of them on starting: it is there with less than
    # half of the work where nothing is compiled twice and nobody else collects garbage.
    *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
    *("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote"),
)
"""Options of Java for nodes that are started often."""
LASTING: Sequence[str] = (
    "-XX:+UseG1GC",
    "-XX:G1ReservePercent=25",
    "-XX:InitiatingHeapOccupancyPercent=30",
)
"""Options of Java for nodes that are measured: OpenSearch's own."""


@dataclass(slots=True)
class Node:
    """One node of the cluster; what it stores stays there while it is down.

    Attributes:
        name: its name in the cluster, such as node-0.
        home: its folder with settings, data and log.
        http_port: where it answers HTTP.
        transport_port: where the other nodes reach it.
        command: what starts its process.
    """

    name: str
    home: Path
    http_port: int
    transport_port: int
    command: tuple[str, ...]
    _process: "subprocess.Popen[bytes] | None" = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.http_port}"

    @property
    def log(self) -> Path:
        return self.home / "node.log"

    @property
    def running(self) -> bool:
        """Whether there is a process, frozen or not."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Raises NoCluster where the node does not run."""
        return self._running().pid

    def start(self) -> None:
        """Starts the process, with what the node stored before; does not wait for it to answer."""
        if self.running:
            return
        with self.log.open("ab") as log:
            # A group of its own: an interrupt from the keyboard is for the tests. In the same
            # session, so that the kernel also wakes and ends frozen nodes once these are gone.
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                self.command,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.home,
                env=os.environ | UTF_8,
                process_group=0,
            )

    def kill(self) -> None:
        """Ends the process at once (SIGKILL), frozen or not: nothing is flushed or said."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """Ends the process in order (SIGTERM), or at once where it does not end."""
        self.resume()
        self._end(signal.SIGTERM)

    def pause(self) -> None:
        """Freezes the process (SIGSTOP): connections to it open, and nothing answers."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets a frozen process go on (SIGCONT)."""
        if self.running:
            self._running().send_signal(signal.SIGCONT)

    def tail(self) -> str:
        """Returns the last lines of its log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-LOG_TAIL:])

    def _running(self) -> "subprocess.Popen[bytes]":
        if self._process is None or self._process.poll() is not None:
            raise NoCluster(f"{self.name} does not run.\n{self.tail()}")
        return self._process

    def _end(self, how: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


class Cluster:
    """Some nodes in one cluster, on free ports of loopback.

    Args:
        folder: an empty one, for what the nodes store; snapshots may lie in its folder snapshots.
        nodes: how many.
        heap: megabytes of heap that a node may take.
        settings: further ones of each node, as opensearch.yml has them.
        java: options of Java for each node.

    Raises:
        NoCluster: Java or Maven is missing, or the jars cannot be had.
    """

    def __init__(
        self,
        folder: Path,
        nodes: int = 3,
        heap: int = 512,
        settings: Mapping[str, Setting] | None = None,
        java: Sequence[str] = LIVELY,
    ) -> None:
        tools = programs()
        options = (*JAVA_OPTIONS, *java, f"-Xmx{heap}m", "-cp", classpath(tools), "ClusterNode")
        ports = free_ports(2 * nodes)
        self.nodes = tuple(
            Node(
                name=f"node-{number}",
                home=folder / f"node-{number}",
                http_port=next(ports),
                transport_port=next(ports),
                command=(tools.java, *options, f"{folder / f'node-{number}'}"),
            )
            for number in range(nodes)
        )
        self.snapshots = folder / "snapshots"
        for node in self.nodes:
            self._write_settings(node, settings or {})

    def _write_settings(self, node: Node, further: Mapping[str, Setting]) -> None:
        chosen: dict[str, Setting] = {
            **LOCAL_SETTINGS,
            **FAULT_SETTINGS,
            **QUICK_SETTINGS,
            "cluster.name": f"wenchu-tests-{self.nodes[0].transport_port}",
            "node.name": node.name,
            "http.port": node.http_port,
            "transport.port": node.transport_port,
            "discovery.seed_hosts": [f"{HOST}:{peer.transport_port}" for peer in self.nodes],
            "cluster.initial_cluster_manager_nodes": [peer.name for peer in self.nodes],
            "path.repo": [f"{self.snapshots}"],
            **further,
        }
        config = node.home / "config"
        config.mkdir(parents=True)
        # JSON is YAML.
        (config / "opensearch.yml").write_text(json.dumps(chosen, indent=1), "utf-8")

    @property
    def urls(self) -> tuple[str, ...]:
        """The address of each node, whether it runs or not."""
        return tuple(node.url for node in self.nodes)

    def node(self, number: int) -> Node:
        """Returns the node of a number, from 0."""
        return self.nodes[number]

    def start(self, status: Status | None = "green") -> None:
        """Starts the nodes that do not run, lets frozen ones go on, and waits for all of them.

        Args:
            status: which they have to reach together; None where being together is enough.

        Raises:
            NoCluster: a node ends, or they do not find each other, with their logs.
        """
        for node in self.nodes:
            node.resume()
            node.start()
        self.wait_until(status, nodes=len(self.nodes), ended=False)

    def stop(self) -> None:
        """Ends all nodes at once; what they stored stays."""
        for node in self.nodes:
            node.kill()

    def manager(self) -> Node:
        """Returns the node that decides for the cluster now."""
        response = self._ask("/_cat/cluster_manager?format=json&h=node")
        names = [str(row["node"]) for row in response] if isinstance(response, list) else []
        for node in self.nodes:
            if node.name in names:
                return node
        raise NoCluster(f"No node manages the cluster.\n{self._tails()}")

    def wait_until(
        self,
        status: Status | None,
        nodes: int | None = None,
        seconds: float = START_SECONDS,
        *,
        ended: bool = True,
    ) -> None:
        """Waits until the cluster's health is exactly this, no better and no worse.

        Args:
            status: of its worst index, green where there is none; None where any will do.
            nodes: how many nodes belong to the cluster, if it matters.
            seconds: how long to wait at most.
            ended: whether nodes may be down.

        Raises:
            NoCluster: it did not come to be so, with the logs of the nodes.
        """
        response: Any = None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not ended and not all(node.running for node in self.nodes):
                break
            response = self._ask("/_cluster/health")
            if (
                isinstance(response, dict)
                and status in (None, response["status"])
                and nodes in (None, response["number_of_nodes"])
                # A new manager has not looked for all shards yet.
                and not response["number_of_in_flight_fetch"]
            ):
                return
            time.sleep(0.1)
        wanted = f"{status or 'there'}, with {'some' if nodes is None else nodes} nodes"
        raise NoCluster(f"The cluster is not {wanted}: {response}\n{self._tails()}")

    def clear(self) -> None:
        """Removes all indices and aliases."""
        self.request("DELETE", "/_all").raise_for_status()

    def request(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Asks the first node that answers.

        Raises:
            NoCluster: none does.
        """
        for node in self.nodes:
            if node.running:
                try:
                    return httpx.request(
                        method, node.url + path, timeout=10, trust_env=False, **content
                    )
                except httpx.TransportError:
                    continue
        raise NoCluster(f"No node answers.\n{self._tails()}")

    def _ask(self, path: str) -> Any:
        """Returns the response of any node; None without one."""
        for node in self.nodes:
            if node.running:
                try:
                    response = httpx.get(node.url + path, timeout=2, trust_env=False)
                    response.raise_for_status()
                except httpx.HTTPError:
                    continue
                return response.json()
        return None

    def _tails(self) -> str:
        return "\n".join(f"{node.name} ({node.log}):\n{node.tail()}" for node in self.nodes)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def free_ports(number: int) -> Iterator[int]:
    """Returns ports of loopback that nobody listens on, all different."""
    candidates = random.sample(range(LOWEST_PORT, HIGHEST_PORT), HIGHEST_PORT - LOWEST_PORT)
    tools = (port for port in candidates if _is_free(port))
    return (next(tools) for _ in range(number))


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
    return True
