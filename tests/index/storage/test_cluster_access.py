"""A cluster behind TLS that asks who comes in, and one that has too much to do."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster import Cluster
from cluster_libraries import as_environment, cluster_seeds
from pydantic import SecretStr
from small_libraries import INVESTED, TOWN, finish, run_python, sum_in, write_seeds
from tls_proxy import Fault, TlsProxy

from index import BuildError, ClusterFault, ClusterUnavailable, IndexSettings, build, open_library

PASSWORD = "correct-horse-battery"  # noqa: S105 - of a proxy in these tests
KEY = "a2V5OnNlY3JldC1rZXk="

pytestmark = pytest.mark.cluster


@pytest.fixture
def proxy(cluster: Cluster, tmp_path: Path) -> Iterator[TlsProxy]:
    (tmp_path / "tls").mkdir()
    with TlsProxy(
        cluster.urls[0],
        tmp_path / "tls",
        users={"wenchu": PASSWORD, "reader": PASSWORD},
        api_keys={KEY},
        readers={"reader"},
    ) as proxy:
        yield proxy


@pytest.fixture
def guarded(cluster: Cluster, proxy: TlsProxy, tmp_path: Path) -> IndexSettings:
    """Settings with all that the proxy wants to see."""
    return cluster_seeds(
        cluster,
        tmp_path,
        TOWN,
        opensearch_url=proxy.url,
        opensearch_ca=proxy.ca_file,
        opensearch_user="wenchu",
        opensearch_password=SecretStr(PASSWORD),
    )


def changed(settings: IndexSettings, **changes: object) -> IndexSettings:
    return settings.model_copy(update=changes)


def fault_of(settings: IndexSettings) -> ClusterUnavailable:
    with pytest.raises(ClusterUnavailable) as caught:
        open_library(settings).ask(INVESTED)
    return caught.value


def test_a_user_comes_in_and_no_log_tells_the_password(
    guarded: IndexSettings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        finish(build(guarded))
        assert "三百万" in sum_in(open_library(guarded))
    assert PASSWORD not in caplog.text
    assert PASSWORD not in repr(guarded)


def test_a_key_comes_in_in_place_of_a_user(
    guarded: IndexSettings, caplog: pytest.LogCaptureFixture
) -> None:
    finish(build(guarded))
    by_key = changed(
        guarded, opensearch_user=None, opensearch_password=None, opensearch_api_key=SecretStr(KEY)
    )
    with caplog.at_level(logging.DEBUG):
        assert "三百万" in sum_in(open_library(by_key))
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"opensearch_password": SecretStr("guessed-word")},
        {"opensearch_user": None, "opensearch_password": None},
    ],
)
def test_who_is_not_let_in_is_told_what_to_check(
    guarded: IndexSettings, wrong: dict[str, object], caplog: pytest.LogCaptureFixture
) -> None:
    fault = fault_of(changed(guarded, **wrong))
    assert fault.fault is ClusterFault.REFUSED
    assert "INDEX_OPENSEARCH_USER" in str(fault)
    assert "guessed-word" not in str(fault) + caplog.text


def test_an_authority_that_is_not_known_is_named(guarded: IndexSettings) -> None:
    fault = fault_of(changed(guarded, opensearch_ca=None))
    assert fault.fault is ClusterFault.REFUSED
    assert "INDEX_OPENSEARCH_CA" in str(fault)


def test_a_bot_may_be_let_in_to_read_only(guarded: IndexSettings) -> None:
    """It answers; a build is refused in a sentence, and what was live is live."""
    finish(build(guarded))
    reader = changed(guarded, opensearch_user="reader")
    assert "三百万" in sum_in(open_library(reader))
    with pytest.raises(BuildError, match="and their rights"):
        finish(build(reader, full=True))
    assert "三百万" in sum_in(open_library(guarded))


def test_the_command_line_tells_a_refusal_without_a_traceback(
    guarded: IndexSettings, tmp_path: Path
) -> None:
    environment = as_environment(guarded) | {
        "INDEX_OPENSEARCH_USER": "wenchu",
        "INDEX_OPENSEARCH_PASSWORD": "guessed-word",
        "INDEX_OPENSEARCH_CA": str(guarded.opensearch_ca),
    }
    assert set(environment) <= set(IndexSettings.names())
    for command in ("build", "status", "verify", "rollback"):
        ended = run_python("-m", "index", command, folder=tmp_path, typed=b"", **environment)
        output = ended.stdout + ended.stderr
        assert ended.returncode == 1, command
        assert b"refuses" in output
        assert b"Traceback" not in output
        assert b"guessed-word" not in output


def test_a_cluster_with_too_much_to_do_is_asked_again(
    guarded: IndexSettings, proxy: TlsProxy
) -> None:
    proxy.inject(
        Fault(status=429, times=3, path="_bulk"),
        Fault(status=503, times=1, path="_refresh"),
    )
    finish(build(guarded))
    assert [request.status for request in proxy.requests].count(429) == 3
    library = open_library(guarded)
    proxy.inject(Fault(status=429, times=2, path="_search"), Fault(status=503, path="_msearch"))
    assert "三百万" in sum_in(library)
    assert list(library.faults()) == []


def test_where_it_goes_on_that_is_said_and_later_all_is_well_again(
    guarded: IndexSettings, proxy: TlsProxy
) -> None:
    finish(build(guarded))
    library = open_library(guarded)
    assert "三百万" in sum_in(library)
    for status, fault in ((429, ClusterFault.BUSY), (503, ClusterFault.INCOMPLETE)):
        proxy.inject(Fault(status=status, times=None, path="_m?search"))
        with pytest.raises(ClusterUnavailable) as caught:
            library.ask("图书馆馆长叫什么名字")
        assert caught.value.fault is fault
        proxy.heal()
    assert "三百万" in sum_in(library)


@pytest.mark.parametrize("path", ["_bulk", "_aliases", "_create|000001$", "_refresh", "_mapping"])
@pytest.mark.parametrize("cut", ["before", "after"])
def test_an_answer_that_is_lost_in_a_build_costs_nothing(
    guarded: IndexSettings, proxy: TlsProxy, path: str, cut: str
) -> None:
    """Whether the cluster had done its part or not: the request is sent again."""
    proxy.inject(Fault(cut="before" if cut == "before" else "after", path=path))
    report = finish(build(guarded))
    assert report.articles == len(TOWN)
    write_seeds(guarded.seeds.parent, {"lamps.txt": TOWN["lamps.txt"].replace("三百万", "九百万")})
    proxy.inject(Fault(cut="before" if cut == "before" else "after", path=path))
    finish(build(guarded))
    library = open_library(guarded)
    assert "九百万" in sum_in(library)
    assert list(library.faults()) == []


def test_a_node_that_does_not_answer_in_time_gives_way_to_the_next(
    cluster: Cluster, guarded: IndexSettings, proxy: TlsProxy
) -> None:
    finish(build(guarded))
    both = changed(guarded, opensearch_url=f"{proxy.url},{cluster.urls[1]}", opensearch_timeout=0.5)
    proxy.inject(Fault(seconds=5, times=None))
    library = open_library(both)
    for _ in range(5):
        assert "三百万" in sum_in(library)
