"""An HTTPS door before a node that has none: it asks who comes in, and breaks what it is told to.

    with TlsProxy(cluster.urls[0], folder, users={"wenchu": "secret"}) as proxy:
        httpx.get(proxy.url, auth=("wenchu", "secret"), verify=proxy.ca_file)
        proxy.inject(Fault(status=429, times=2, path="_bulk"))
        proxy.requests[-1].status

It serves from a thread with an event loop of its own, so that clients of any kind can use it.
"""

import asyncio
import base64
import binascii
import io
import re
import ssl
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import trustme
from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, web
from multidict import CIMultiDict
from yarl import URL

HOST = "127.0.0.1"
OF_THE_CONNECTION = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"}
)
"""Headers that concern one connection and are not passed on."""
READS = re.compile(r"/_(?:search|msearch|count|mget|search/scroll)$")
"""What is asked with POST and changes nothing."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with a request, where it concerns it.

    Attributes:
        status: answered in place of the node, such as 429 or 503; None asks the node.
        seconds: waited before anything else.
        cut: whether the connection is cut, before the node is asked or after it has done its part.
        times: requests that it befalls; None for all from now on.
        path: a regular expression that is found in the path and query of those.
        method: theirs, such as POST; empty for any.
    """

    status: int | None = None
    seconds: float = 0.0
    cut: Literal["before", "after"] | None = None
    times: int | None = 1
    path: str = ""
    method: str = ""

    def concerns(self, method: str, path: str) -> bool:
        return self.method in ("", method) and re.search(self.path, path) is not None


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """A request that came in.

    Attributes:
        method: such as GET.
        path: with its query.
        authorization: the header as it came, empty where there was none.
        status: what was answered; None where the connection was cut.
    """

    method: str
    path: str
    authorization: str
    status: int | None


@dataclass(slots=True)
class _Planned:
    """A fault and how often it is still to befall a request; None for ever."""

    fault: Fault
    left: int | None


@dataclass(slots=True)
class TlsProxy:
    """A reverse proxy with TLS before one node.

    Attributes:
        target: the node's address; may be changed while the proxy runs.
        folder: where the certificate of its authority is written.
        users: names and passwords that may come in; with no keys either, anybody may.
        api_keys: what may stand after `ApiKey` in the header Authorization.
        readers: those of the users and keys that may read only, and get 403 for more.
        names: what the certificate is made out to; others let a client refuse it.
        url: the proxy's address, once it runs.
    """

    target: str
    folder: Path
    users: Mapping[str, str] = field(default_factory=dict, repr=False)
    api_keys: Collection[str] = field(default=(), repr=False)
    readers: Collection[str] = field(default=(), repr=False)
    names: tuple[str, ...] = (HOST, "localhost")
    url: str = field(default="", init=False)
    _requests: list[ReceivedRequest] = field(default_factory=list, init=False)
    _planned: list[_Planned] = field(default_factory=list, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)
    _thread: threading.Thread | None = field(default=None, init=False)
    _loop: asyncio.AbstractEventLoop | None = field(default=None, init=False)
    _ended: asyncio.Event | None = field(default=None, init=False)
    _ready: threading.Event = field(default_factory=threading.Event, init=False)
    _failure: Exception | None = field(default=None, init=False)

    @property
    def ca_file(self) -> Path:
        """The certificate of the authority that a client has to trust."""
        return self.folder / "ca.pem"

    @property
    def requests(self) -> tuple[ReceivedRequest, ...]:
        """All requests that were answered or cut so far, in the order in which that was done."""
        with self._lock:
            return tuple(self._requests)

    def inject(self, *faults: Fault) -> None:
        """Adds faults; the oldest one that matches a request applies."""
        with self._lock:
            self._planned.extend(_Planned(fault, fault.times) for fault in faults)

    def heal(self) -> None:
        """Removes all faults that are still pending."""
        with self._lock:
            self._planned.clear()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        context = self._context()
        self._thread = threading.Thread(target=self._run, args=(context,), name="tls-proxy")
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._loop is not None and self._ended is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._ended.set)
            self._thread.join()

    def _context(self) -> ssl.SSLContext:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(f"{self.ca_file}")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(*self.names).configure_cert(context)
        return context

    def _run(self, context: ssl.SSLContext) -> None:
        """Serves to the end; whoever waits for the beginning is told what went wrong before it."""
        try:
            asyncio.run(self._serve(context))
        except Exception as error:
            self._failure = error
            raise
        finally:
            self._ready.set()

    async def _serve(self, context: ssl.SSLContext) -> None:
        """Serves until the event says so, with what it could not do kept for the one who waits."""
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        async with ClientSession(
            auto_decompress=False,
            cookie_jar=DummyCookieJar(),
            timeout=ClientTimeout(total=None),
        ) as session:

            async def answer(request: web.Request) -> web.StreamResponse:
                return await self._answer(request, session)

            application = web.Application(client_max_size=0)
            application.router.add_route("*", "/{path:.*}", answer)
            # A client that has lost patience leaves nobody waiting for the end of a delay.
            runner = web.AppRunner(
                application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
            )
            await runner.setup()
            try:
                await web.TCPSite(runner, HOST, 0, ssl_context=context).start()
                self.url = f"https://{HOST}:{runner.addresses[0][1]}"
            except OSError as error:
                self._failure = error
                self._ended.set()
            self._ready.set()
            await self._ended.wait()
            # Clients that keep connections open take their time over a farewell in TLS.
            for connection in runner.server.connections if runner.server else ():
                if connection.transport:
                    connection.transport.abort()
            await asyncio.sleep(0)
            await runner.cleanup()

    async def _answer(self, request: web.Request, session: ClientSession) -> web.StreamResponse:
        refused = self._refusal(request)
        fault = self._next_fault(request) if refused is None else None
        if fault is not None and fault.seconds:
            await asyncio.sleep(fault.seconds)
        if fault is not None and fault.cut == "before":
            return self._cut(request)
        if refused is not None:
            response = refused
        elif fault is not None and fault.status is not None:
            response = _error(fault.status, "injected")
        else:
            response = await self._forward(request, session)
        if fault is not None and fault.cut == "after":
            return self._cut(request)
        self._note(request, response.status)
        return response

    def _refusal(self, request: web.Request) -> web.Response | None:
        """Returns the error for a request without permission; None where it is permitted."""
        if not self.users and not self.api_keys:
            return None
        name = self._name(request.headers.get("Authorization", ""))
        if name is None:
            refused = _error(401, "security_exception")
            refused.headers["WWW-Authenticate"] = 'Basic realm="OpenSearch Security"'
            return refused
        reads = request.method in ("GET", "HEAD") or (
            request.method == "POST" and READS.search(request.path)
        )
        return _error(403, "security_exception") if not reads and name in self.readers else None

    def _name(self, authorization: str) -> str | None:
        """Returns the user or the key that a header proves."""
        scheme, _, proof = authorization.partition(" ")
        if scheme.lower() == "apikey":
            return proof if proof in self.api_keys else None
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(proof, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return user if self.users.get(user) == password else None

    def _next_fault(self, request: web.Request) -> Fault | None:
        with self._lock:
            for planned in self._planned:
                if planned.fault.concerns(request.method, request.path_qs):
                    if planned.left is not None:
                        planned.left -= 1
                        if planned.left <= 0:
                            self._planned.remove(planned)
                    return planned.fault
        return None

    async def _forward(self, request: web.Request, session: ClientSession) -> web.Response:
        """Returns the node's response unchanged; 502 where there is none."""
        asked = _passed_on(request.headers, without={"host", "authorization"})
        body = await request.read()
        try:
            async with session.request(
                request.method,
                URL(self.target + request.raw_path, encoded=True),
                headers=asked,
                data=io.BytesIO(body) if body else None,
                allow_redirects=False,
            ) as answer:
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    headers=_passed_on(answer.headers, without=()),
                )
        except ClientError as error:
            return _error(502, type(error).__name__)

    def _cut(self, request: web.Request) -> web.Response:
        self._note(request, None)
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    def _note(self, request: web.Request, status: int | None) -> None:
        authorization = request.headers.get("Authorization", "")
        with self._lock:
            self._requests.append(
                ReceivedRequest(request.method, request.path_qs, authorization, status)
            )


def _passed_on(headers: Mapping[str, str], without: Collection[str]) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in OF_THE_CONNECTION and name.lower() not in without
    )


def _error(status: int, kind: str) -> web.Response:
    """Returns an error in the form that OpenSearch gives it."""
    reason = {"type": kind, "reason": f"{kind} ({status})"}
    return web.json_response({"error": reason, "status": status}, status=status)
