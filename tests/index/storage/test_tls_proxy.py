"""The HTTPS door before the nodes of tests is strict, and breaks what it is told to."""

import base64
import gzip
import json
import ssl
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from cluster import Cluster
from tls_proxy import Fault, TlsProxy

USER = ("wenchu", "\u5bc6\u7801:with a colon")
READER = ("reader", "r")
KEY = "aWQ6a2V5"
PATIENCE = 60.0
POLL_SECONDS = 0.02
"""After which a node notices that it is to end."""


class Echo(BaseHTTPRequestHandler):
    """A node that says what it was asked."""

    protocol_version = "HTTP/1.1"
    asked = 0

    def answer(self) -> None:
        type(self).asked += 1
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        response = {
            "method": self.command,
            "path": self.path,
            "type": self.headers.get("Content-Type"),
            "authorization": self.headers.get("Authorization"),
            "bytes": len(body),
        }
        content = gzip.compress(json.dumps(response).encode())
        self.send_response(201)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer  # noqa: N815 - their given names

    def log_message(self, format: str, *args: object) -> None:
        """Tests are quiet."""


@pytest.fixture
def echo() -> Iterator[str]:
    """The address of a node."""
    Echo.asked = 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = Thread(target=server.serve_forever, args=(POLL_SECONDS,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy(echo: str, tmp_path: Path) -> Iterator[TlsProxy]:
    """A door that asks for a user or a key."""
    users = dict([USER, READER])
    with TlsProxy(echo, tmp_path, users, api_keys=[KEY], readers=["reader"]) as running:
        yield running


@pytest.fixture
def client(proxy: TlsProxy) -> Iterator[httpx.Client]:
    """One that trusts the proxy and is known to it."""
    with client_of(proxy) as known:
        known.auth = httpx.BasicAuth(*USER)
        yield known


def client_of(proxy: TlsProxy) -> httpx.Client:
    trusted = ssl.create_default_context(cafile=proxy.ca_file)
    return httpx.Client(base_url=proxy.url, verify=trusted, trust_env=False, timeout=PATIENCE)


def test_a_request_reaches_the_node_and_its_answer_the_client_as_they_are(
    client: httpx.Client,
) -> None:
    body = b'{"index":{}}\n' * 200_000
    answered = client.post(
        "/a%20b/_bulk?refresh=true&x=%2F",
        content=body,
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answered.status_code == 201
    assert answered.headers["Content-Encoding"] == "gzip"
    assert answered.json() == {
        "method": "POST",
        "path": "/a%20b/_bulk?refresh=true&x=%2F",
        "type": "application/x-ndjson",
        "authorization": None,
        "bytes": len(body),
    }


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
def test_every_method_is_passed_on(client: httpx.Client, method: str) -> None:
    answered = client.request(method, "/x")
    assert answered.status_code == 201
    assert method == "HEAD" or answered.json()["method"] == method


def basic(text: bytes) -> str:
    return f"Basic {base64.b64encode(text).decode()}"


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("", 401),
        ("Basic", 401),
        ("Basic !!!", 401),
        (basic(b"\xff\xfe"), 401),
        (basic(b"wenchu"), 401),
        (basic(b"wenchu:wrong"), 401),
        (basic(b"nobody:"), 401),
        (basic(":".join(USER).encode()), 201),
        ("ApiKey", 401),
        ("ApiKey wrong", 401),
        (f"ApiKey {KEY}", 201),
        (f"Bearer {KEY}", 401),
    ],
)
def test_nobody_comes_in_without_a_known_user_or_key(
    proxy: TlsProxy, header: str | None, status: int
) -> None:
    with client_of(proxy) as stranger:
        answered = stranger.get("/x", headers={"Authorization": header} if header else {})
    assert answered.status_code == status
    assert ("WWW-Authenticate" in answered.headers) is (status == 401)
    assert Echo.asked == (status == 201)
    assert [
        (request.path, request.authorization, request.status) for request in proxy.requests
    ] == [("/x", header or "", status)]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/x", 201),
        ("POST", "/x/_search?routing=1", 201),
        ("POST", "/x/_count", 201),
        ("POST", "/_bulk", 403),
        ("PUT", "/x", 403),
        ("DELETE", "/x/_search", 403),
        ("DELETE", "/x", 403),
    ],
)
def test_a_reader_changes_nothing(proxy: TlsProxy, method: str, path: str, status: int) -> None:
    with client_of(proxy) as reader:
        assert reader.request(method, path, auth=READER).status_code == status
    assert Echo.asked == (status == 201)


def test_without_users_and_keys_anybody_comes_in(echo: str, tmp_path: Path) -> None:
    with TlsProxy(echo, tmp_path) as proxy, client_of(proxy) as anybody:
        assert anybody.get("/x").status_code == 201


def test_a_client_that_does_not_trust_the_authority_says_nothing(proxy: TlsProxy) -> None:
    with (
        httpx.Client(base_url=proxy.url, trust_env=False, auth=USER) as doubtful,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        doubtful.get("/x")
    assert proxy.requests == ()


def test_a_certificate_of_another_name_is_told_by_the_client(echo: str, tmp_path: Path) -> None:
    with (
        TlsProxy(echo, tmp_path, names=("elsewhere.example",)) as proxy,
        client_of(proxy) as careful,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        careful.get("/x")


@pytest.mark.parametrize("status", [429, 503])
def test_a_status_is_answered_as_often_as_was_said_and_only_where(
    proxy: TlsProxy, client: httpx.Client, status: int
) -> None:
    proxy.inject(Fault(status=status, times=2, path="_bulk", method="POST"))
    statuses = [
        client.request(method, path).status_code
        for method, path in [
            ("GET", "/_bulk"),
            ("POST", "/_bulk"),
            ("POST", "/_count"),
            ("POST", "/_bulk?x=1"),
            ("POST", "/_bulk"),
        ]
    ]
    assert statuses == [201, status, 201, status, 201]
    assert [request.status for request in proxy.requests] == statuses
    assert Echo.asked == 3


def test_an_injected_error_has_the_form_of_the_cluster(
    proxy: TlsProxy, client: httpx.Client
) -> None:
    proxy.inject(Fault(status=503))
    response = client.get("/x").json()
    assert response["status"] == 503
    assert response["error"]["type"]


def test_faults_befall_until_they_are_taken_back(proxy: TlsProxy, client: httpx.Client) -> None:
    proxy.inject(Fault(status=503, times=None))
    assert [client.get("/x").status_code for _ in range(5)] == [503] * 5
    proxy.heal()
    assert client.get("/x").status_code == 201


@pytest.mark.parametrize(("cut", "asked"), [("before", 0), ("after", 1)])
def test_a_connection_is_cut_before_or_after_the_node_has_done_its_part(
    proxy: TlsProxy, client: httpx.Client, cut: str, asked: int
) -> None:
    proxy.inject(Fault(cut="before" if cut == "before" else "after"))
    with pytest.raises(httpx.TransportError):
        client.get("/x")
    assert Echo.asked == asked
    assert [request.status for request in proxy.requests] == [None]
    assert client.get("/x").status_code == 201


def test_a_delay_outlasts_the_patience_of_a_client(proxy: TlsProxy, client: httpx.Client) -> None:
    proxy.inject(Fault(seconds=600))
    with pytest.raises(httpx.ReadTimeout):
        client.get("/x", timeout=httpx.Timeout(PATIENCE, read=0.3))
    assert client.get("/x").status_code == 201


def test_a_node_that_is_not_there_gives_502_until_another_is_chosen(
    proxy: TlsProxy, client: httpx.Client
) -> None:
    working, proxy.target = proxy.target, "http://127.0.0.1:9"
    assert client.get("/x").status_code == 502
    proxy.target = working
    assert client.get("/x").status_code == 201


def test_the_door_is_shut_after_the_test(echo: str, tmp_path: Path) -> None:
    with TlsProxy(echo, tmp_path) as proxy:
        pass
    with client_of(proxy) as late, pytest.raises(httpx.ConnectError):
        late.get("/x")


def test_passwords_and_keys_do_not_show_in_failures(proxy: TlsProxy) -> None:
    assert USER[1] not in repr(proxy)
    assert KEY not in repr(proxy)


def test_a_real_cluster_answers_behind_it(cluster: Cluster, tmp_path: Path) -> None:
    with (
        TlsProxy(cluster.urls[0], tmp_path, users=dict([USER])) as proxy,
        client_of(proxy) as client,
    ):
        assert client.get("/").status_code == 401
        assert client.get("/", auth=USER).json()["version"]["number"].startswith("2.19.")
