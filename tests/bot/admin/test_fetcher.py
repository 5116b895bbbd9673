"""Links are fetched from the public web only, and never cost more than they may."""

import asyncio
import gzip
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from ipaddress import IPv4Address, ip_address
from pathlib import Path

import pytest
from bot_api_emulator.server import TelegramServer, User
from hypothesis import given
from hypothesis import strategies as st
from local_web import PAGE, LocalWeb, local_fetcher, local_web, odd_server, only_here
from running_bot import ZH, answered, parts_for, running

from bot.admin.fetcher import Bounds, Fetcher
from bot.admin.media_types import suffix_of
from bot.admin.public_addresses import is_public
from bot.errors import FetchError, FetchFault
from bot.texts.keys import Key


@pytest.fixture
async def site() -> AsyncIterator[LocalWeb]:
    async with local_web() as running:
        yield running


async def fault_of(url: str, fetcher: Fetcher | None = None) -> FetchFault:
    """Returns why a link is not fetched."""
    with pytest.raises(FetchError) as refusal:
        await (fetcher or local_fetcher()).fetch(url)
    return refusal.value.fault


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.9.1",
        "0.0.0.0",  # noqa: S104 - nobody listens there
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "240.0.0.1",
        "::1",
        "::",
        "::7f00:1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "2001::1",
        "100::1",
        "fec0::1",
        "3fff::1",
        "192.88.99.1",
        "192.0.0.8",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.0.255",
        "::ffff:192.0.0.9",
        "5f00::1",
        "::ffff:0:127.0.0.1",
        "2606:4700::5efe:127.0.0.1",
        "2606:4700::200:5efe:10.0.0.1",
    ],
)
def test_an_address_that_is_not_for_everybody_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "93.184.216.34",
        "2606:4700::1111",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
        "2606:4700::5efe:1.1.1.1",
    ],
)
def test_an_address_that_is_for_everybody_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_is_as_public_as_the_one_that_it_leads_to(address: IPv4Address) -> None:
    for written in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(ip_address(written)) == is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://localhost/",
        "http://[::1]/",
        "http://0.0.0.0/",
        "http://0x7f.1/",
        "http://2130706433/",
        "http://017700000001/",
        "http://127.1/",
        "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://192.168.0.1/",
        "https://localhost/",
        "http://1.1.1.1:22/",
        "http://1.1.1.1:8080/",
    ],
)
async def test_a_link_into_the_house_is_refused(url: str) -> None:
    assert await fault_of(url, Fetcher(Bounds())) is FetchFault.NOT_PUBLIC


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://1.1.1.1/a",
        "javascript:alert(1)",
        "http://",
        "//example.com/a",
        "http://user:secret@1.1.1.1/",
        "http://[::1",
        "http://xn--a.com/",
        "http://xn--/",
        "http://xn--/?a=b",
        "http://a.example/\ud800",
        "http://a\n.example/",
        "x" * 10_000,
        "http://1.1.1.1:99999/",
    ],
)
async def test_what_is_no_link_on_the_web_is_refused(url: str) -> None:
    assert await fault_of(url) is FetchFault.NO_LINK


async def test_a_page_is_fetched_without_cookies_and_with_its_host_named(site: LocalWeb) -> None:
    site.page("/news/惠民.html", PAGE)
    fetched = await local_fetcher().fetch(site.redirect("/go", "/news/%E6%83%A0%E6%B0%91.html#top"))
    assert fetched.content == PAGE.encode()
    assert fetched.name == "惠民.html"
    assert fetched.url == f"{site.url}/news/%E6%83%A0%E6%B0%91.html"
    assert len(site.asked) == 2
    for headers in site.asked:
        assert headers["Host"] == site.url.removeprefix("http://")
        assert "Cookie" not in headers


async def test_a_redirect_into_the_house_is_refused(site: LocalWeb) -> None:
    async with local_web("127.0.0.2") as inner:
        secret = inner.page("/secret", "secret")
        for target in (secret, "http://[::1]/", "//127.0.0.2/x", "http://169.254.169.254/"):
            assert await fault_of(site.redirect("/go", target)) is FetchFault.NOT_PUBLIC
        assert inner.asked == []
    assert await fault_of(site.redirect("/go", "file:///etc/passwd")) is FetchFault.NO_LINK


async def test_redirects_come_to_an_end(site: LocalWeb) -> None:
    assert await fault_of(site.redirect("/round", "/round")) is FetchFault.REDIRECTS
    assert len(site.asked) == 6


async def test_a_name_that_leads_elsewhere_after_the_check_gains_nothing(
    site: LocalWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is looked up once; the connection goes to the address that was checked."""
    port = int(site.url.rpartition(":")[2])
    answers = ["127.0.0.1", "127.0.0.2"]

    async def look_up(host: str, *_: object, **__: object) -> list[object]:
        assert host == "rebinding.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    site.page("/a.html", PAGE)
    fetched = await local_fetcher().fetch(f"http://rebinding.example:{port}/a.html")
    assert fetched.content == PAGE.encode()
    assert answers == ["127.0.0.2"]
    assert site.asked[0]["Host"] == f"rebinding.example:{port}"
    assert await fault_of(f"http://rebinding.example:{port}/a.html") is FetchFault.NOT_PUBLIC


async def test_a_name_with_one_address_in_the_house_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def look_up(*_: object, **__: object) -> list[object]:
        hosts = ("1.1.1.1", "10.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 80)) for host in hosts]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    assert await fault_of("http://mixed.example/", Fetcher(Bounds())) is FetchFault.NOT_PUBLIC


def self_signed(folder: Path) -> tuple[Path, Path]:
    """Returns the key and the certificate of good.example."""
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(  # noqa: S603 - a certificate for the test
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",  # noqa: S607
         "-keyout", key, "-out", certificate, "-subj", "/CN=good.example",
         "-addext", "subjectAltName=DNS:good.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, certificate


async def test_the_certificate_has_to_be_the_one_of_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = self_signed(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=certificate)
    fetcher = Fetcher(Bounds(), only_here, ports=None, tls=trusting)
    async with local_web(ssl_context=serving) as site:
        port = int(site.url.rpartition(":")[2])

        async def look_up(*_: object, **__: object) -> list[object]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        site.page("/a.html", PAGE)
        fetched = await fetcher.fetch(f"https://good.example:{port}/a.html")
        assert fetched.content == PAGE.encode()
        other = await fault_of(f"https://other.example:{port}/a.html", fetcher)
        assert other is FetchFault.UNREACHABLE


async def test_a_proxy_of_the_environment_is_not_asked(
    site: LocalWeb, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (await local_fetcher().fetch(site.page("/a.html", PAGE))).name == "a.html"


async def test_a_stream_of_1_gb_is_left_as_soon_as_it_is_too_large(site: LocalWeb) -> None:
    assert await fault_of(site.stream("/endless.txt")) is FetchFault.TOO_LARGE
    assert site.sent < 30_000_000


async def test_a_length_that_is_too_large_is_believed(site: LocalWeb) -> None:
    link = site.page("/large.txt", b"x" * 1_000_001, "text/plain")
    assert await fault_of(link) is FetchFault.TOO_LARGE


async def test_a_page_that_is_packed_small_counts_as_large_as_it_is(site: LocalWeb) -> None:
    bomb = gzip.compress(b"x" * 50_000_000)
    link = site.page("/bomb.txt", bomb, "text/plain", Content_Encoding="gzip")
    assert await fault_of(link) is FetchFault.TOO_LARGE
    packed = site.page("/a.html", gzip.compress(PAGE.encode()), Content_Encoding="gzip")
    assert (await local_fetcher().fetch(packed)).content == PAGE.encode()
    broken = site.page("/b.html", b"no gzip at all", Content_Encoding="gzip")
    assert await fault_of(broken) is FetchFault.UNREACHABLE


@pytest.mark.parametrize("bounds", [{"seconds": 0.2}, {"pause": 0.2}])
async def test_silence_is_not_waited_for(site: LocalWeb, bounds: dict[str, float]) -> None:
    assert await fault_of(site.silence("/a"), local_fetcher(**bounds)) is FetchFault.TIMEOUT


HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
PACKED = HTML + b"Content-Encoding: gzip\r\n\r\n"
AWAY = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: "


@pytest.mark.parametrize(
    ("response", "then"),
    [
        (HTML + b"\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
    ids=["body", "headers", "hints"],
)
async def test_whoever_always_says_a_little_more_is_left_when_the_time_is_over(
    response: bytes, then: bytes
) -> None:
    """No single wait is long: all of them together are."""
    async with odd_server(response, then, pause=0.01) as link:
        fetcher = local_fetcher(seconds=0.5, pause=30.0)
        assert await fault_of(link, fetcher) is FetchFault.TIMEOUT


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1_000_000,
        b"HTTP/1.1 200 OK\r\n" + b"X: a\r\n" * 200_000,
        HTML + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        HTML + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
        HTML + b"Content-Length: 500\r\n\r\nshort",
        HTML + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        HTML + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"x" * 1_000_000,
        b"\x16\x03\x01\x02\x00",
        b"no HTTP at all\r\n\r\n",
        b"",
    ],
)
async def test_an_answer_that_is_no_sound_http_is_a_refusal_like_any_other(response: bytes) -> None:
    async with odd_server(response) as link:
        assert await fault_of(link) is FetchFault.UNREACHABLE


@pytest.mark.parametrize(
    "target",
    [
        "http://xn--/",
        "http://[",
        "http://a:b:c/",
        "http://127.0.0.1:99999/",
        "http://a..b/",
        "http://user:secret@127.0.0.1/",
        "//user@127.0.0.1/",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1/",
        "data:text/html,x",
        "javascript:alert(1)",
        "http:\\\\127.0.0.1\\",
        "/x" * 40_000,
    ],
)
async def test_a_redirect_to_what_is_no_link_is_a_refusal_like_any_other(target: str) -> None:
    async with odd_server(AWAY + target.encode() + b"\r\n\r\n") as link:
        assert await fault_of(link) in (FetchFault.NO_LINK, FetchFault.UNREACHABLE)


async def test_what_is_packed_in_several_parts_is_unpacked_as_a_whole() -> None:
    first, second = gzip.compress(b"<p>one"), gzip.compress(b"<p>two")
    for after in (b"", b"\0" * 512, b"and more"):
        async with odd_server(PACKED + first + second + after) as link:
            assert (await local_fetcher().fetch(link)).content == b"<p>one<p>two"


async def test_what_is_packed_and_ends_too_early_is_not_taken_for_the_whole() -> None:
    packed = gzip.compress(PAGE.encode())
    partly = (packed + packed[:1], packed + packed[:9], packed + packed[:-9])
    for there in (packed[:-20], packed[:-1], *partly, b""):
        async with odd_server(PACKED + there) as link:
            assert await fault_of(link) is FetchFault.UNREACHABLE


@pytest.mark.parametrize(
    ("first", "nothing"),
    [(b"", gzip.compress(b"")), (gzip.compress(b"")[:10], b"\x00\x00\x00\xff\xff")],
    ids=["members", "blocks"],
)
async def test_what_unpacks_to_nothing_for_ever_is_left(first: bytes, nothing: bytes) -> None:
    async with odd_server(PACKED + first, nothing * 1_000) as link:
        assert await fault_of(link) is FetchFault.TOO_LARGE


async def test_a_page_is_kept_as_it_came_whatever_is_said_of_its_encoding() -> None:
    body = PAGE.encode("gb18030")
    for charset in ("utf-8", "nonsense", "utf-16"):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset={charset}\r\n\r\n"
        async with odd_server(head.encode() + body) as link:
            assert (await local_fetcher().fetch(link)).content == body


async def test_a_header_that_takes_long_to_read_names_nothing() -> None:
    naming = b'Content-Disposition: attachment; filename="' + b'";"' * 15_000
    async with odd_server(HTML + naming + b"\r\n\r\n" + PAGE.encode()) as link:
        assert (await local_fetcher().fetch(link)).name == "a.html"


async def test_a_refusal_does_not_repeat_the_link_nor_what_the_other_side_said() -> None:
    fault = "SECRET"
    for header in (
        b"SECRET",
        b"HTTP/1.1 404 SECRET\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: SECRET\r\n\r\n",
        AWAY + b"http://xn--/?SECRET\r\n\r\n",
        AWAY + b"http://a:SECRET/\r\n\r\n",
        AWAY + b"http://10.0.0.1/SECRET\r\n\r\n",
    ):
        async with odd_server(header) as link:
            with pytest.raises(FetchError) as refusal:
                await local_fetcher().fetch(link)
            assert fault not in str(refusal.value)


@pytest.mark.parametrize(
    "media_type", ["image/png", "video/mp4", "application/octet-stream", "", "x"]
)
async def test_what_cannot_be_read_is_not_fetched(site: LocalWeb, media_type: str) -> None:
    assert await fault_of(site.page("/a", b"x", media_type)) is FetchFault.KIND


async def test_a_page_that_is_not_there_is_no_article(site: LocalWeb) -> None:
    assert await fault_of(f"{site.url}/nowhere") is FetchFault.STATUS
    assert await fault_of(site.status("/forbidden", 403)) is FetchFault.STATUS


async def test_where_nobody_listens_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    async def look_up(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        assert await fault_of(f"http://127.0.0.1:{port}/") is FetchFault.UNREACHABLE
    # Not looked up in earnest: without a network that may take longer than a fetch may.
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
    assert await fault_of("http://nowhere.invalid/") is FetchFault.UNREACHABLE


@pytest.mark.parametrize(
    ("media_type", "name", "suffix"),
    [
        ("text/html; charset=gb2312", "", ".html"),
        ("TEXT/PLAIN", "/README.md", ".md"),
        ("text/plain", "/a.php", ".txt"),
        ("application/octet-stream", "报告.PDF", ".pdf"),
        ("", "a.docx", ".docx"),
        ("application/pdf", "/download", ".pdf"),
        ("application/zip", "a.zip", None),
        ("image/png", "a.html", None),
    ],
)
def test_the_kind_is_told_by_the_type_and_where_that_is_vague_by_the_name(
    media_type: str, name: str, suffix: str | None
) -> None:
    assert suffix_of(media_type, name) == suffix


async def test_a_document_is_called_as_its_sender_calls_it(site: LocalWeb) -> None:
    named = "attachment; filename*=UTF-8''%E6%8A%A5%E5%91%8A.doc"
    link = site.page("/download", b"%PDF", "application/pdf", Content_Disposition=named)
    assert (await local_fetcher().fetch(link)).name == "报告.pdf"
    root = site.page("/", PAGE)
    assert (await local_fetcher().fetch(root)).name == "127.0.0.1.html"


async def test_a_refused_link_is_no_fault_in_the_log_and_its_query_does_not_stand_there(
    server: TelegramServer,
    admin: User,
    site: LocalWeb,
    log: list[str],
) -> None:
    links = (f"{site.url}/gone?key=SECRET", "http://10.0.0.1/?key=SECRET")
    async with running(parts_for(server, fetcher=local_fetcher()), server):
        for link in links:
            assert await answered(admin, f"/add {link}") != ZH.say(Key.INTAKE_RECEIVED)
    ours = [line for line in log if " bot." in line]
    assert [line for line in ours if "It was not fetched" in line and " INFO " in line]
    assert not [line for line in ours if " ERROR " in line or " WARNING " in line]
    assert "SECRET" not in "".join(ours)
