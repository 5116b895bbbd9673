"""What one connection to the page may cost: a client that is slow on purpose is cut off, one alone
does not take the places of all others, and all together leave the process its files."""

import asyncio
import socket
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import Any, Self, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from bot.core.open_files import connections_within
from bot.visitors import Visitor
from bot.web.visitors import visitor_at

_RECEIVED = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)
_ANSWERING = (h11.SEND_RESPONSE, h11.SEND_BODY)
_REFUSED_SHARE = 4
"""So many times as many as are refused at once are served."""
_REFUSED_SECONDS = 1.0
"""Time for the client to read that it is refused: what is cut off at once may arrive as a fault."""
_REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Length: 19\r\n"
    b"Retry-After: 10\r\n"
    b"Connection: close\r\n\r\n"
    b"Service Unavailable"
)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of connections.

    Attributes:
        request_seconds: timeout for receiving a whole request.
        answer_seconds: timeout for delivering a whole answer.
        of_one: maximum number of open connections of one client.
        of_all: maximum number of open connections of all clients that are served.
        trusted: addresses and networks of reverse proxies, which connect for many clients.
    """

    request_seconds: float = 10.0
    answer_seconds: float = 60.0
    of_one: int = 40
    of_all: int = 200
    trusted: frozenset[str] = frozenset()

    def within(self, files: int) -> Self:
        """Returns these limits for a process that may have so many files open."""
        return replace(self, of_all=connections_within(files, self.of_all))

    def trusts(self, host: str) -> bool:
        """Returns whether an address belongs to a reverse proxy."""
        try:
            address = ip_address(host)
        except ValueError:
            return False
        return any(address in ip_network(proxy, strict=False) for proxy in self.trusted)


class BoundedConnection(H11Protocol):
    """A connection with a deadline for each request and for each answer.

    The server by itself bounds only the time between an answer and the next request.
    """

    def __init__(self, limits: ConnectionLimits, **known: Any) -> None:
        """
        Args:
            known: what the server gives to each connection.
        """
        super().__init__(**known)
        self._limits = limits
        self._visitor: Visitor | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._timed: RequestResponseCycle | None = None
        self._began = self.loop.time()
        self._refused = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts; where there are too many connections, ends the one that has waited longest for a
        request, or refuses this one."""
        super().connection_made(transport)
        # The event loop does so only for sockets that name their protocol, which `create_server`
        # leaves out. Else each answer but the first waits 40 ms for the client to acknowledge.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host = self.client[0] if self.client else ""
        self._visitor = None if self._limits.trusts(host) else visitor_at(host)
        self._expect(self._limits.request_seconds)
        if self._has_too_many():
            self._refuse()
        elif self._are_too_many():
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the deadline."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receives a part of a request."""
        if self._refused:
            return
        if self._deadline is None:
            self._expect(self._limits.request_seconds)
        super().data_received(data)
        self._settle()

    def on_response_complete(self) -> None:
        """Continues with the next request after an answer."""
        super().on_response_complete()
        self._settle()

    def _open(self) -> list["BoundedConnection"]:
        """Returns the connections that are not about to end, this one included."""
        # All are of this class; those that were cut off just now are counted by the server still.
        connections = cast(set[BoundedConnection], self.connections)
        return [each for each in connections if not each.transport.is_closing()]

    def _has_too_many(self) -> bool:
        if self._visitor is None:
            return False
        return sum(each._visitor == self._visitor for each in self._open()) > self._limits.of_one

    def _are_too_many(self) -> bool:
        return sum(not each._refused for each in self._open()) > self._limits.of_all

    def _make_room(self) -> None:
        """Ends the connection that has waited longest for a request; refuses this one where all
        others are being answered."""
        waiting = [each for each in self._open() if each is not self and each._waits()]
        if waiting:
            min(waiting, key=lambda each: each._began).transport.abort()
        else:
            self._refuse()

    def _waits(self) -> bool:
        return not self._refused and (self.cycle is None or self.cycle.response_complete)

    def _refuse(self) -> None:
        """Answers, before any request, that there are too many connections."""
        refused = sum(each._refused for each in self._open())
        self._refused = True
        if refused * _REFUSED_SHARE >= self._limits.of_all:
            self.transport.abort()
            return
        self.transport.write(_REFUSAL)
        self.transport.write_eof()
        self._expect(_REFUSED_SECONDS)

    def _settle(self) -> None:
        """Sets the deadline for the current state of the connection."""
        ours, theirs = self.conn.our_state, self.conn.their_state
        begun, _ = self.conn.trailing_data
        if theirs in _RECEIVED and ours in _ANSWERING:
            if self._timed is not self.cycle:
                self._timed = self.cycle
                self._expect(self._limits.answer_seconds)
        elif ours is h11.IDLE and not (begun or self.transport.get_write_buffer_size()):
            # All is taken that was sent: until the next request the server counts.
            self._expect_nothing()

    def _expect(self, seconds: float) -> None:
        self._expect_nothing()
        # Not closed: what is closed goes on until all is taken that was sent.
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None
