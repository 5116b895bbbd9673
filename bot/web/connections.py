"""What one connection to the page may cost: a client that is slow on purpose is cut off, and one
alone does not take the places of all others."""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from bot.visitors import Visitor
from bot.web.visitors import visitor_at

_RECEIVED = (h11.DONE, h11.MUST_CLOSE, h11.CLOSED)
_ANSWERING = (h11.SEND_RESPONSE, h11.SEND_BODY)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of connections.

    Attributes:
        request_seconds: timeout for receiving a whole request.
        answer_seconds: timeout for delivering a whole answer.
        of_one: maximum number of open connections of one client.
        of_all: maximum number of open connections of all clients.
        trusted: addresses and networks of reverse proxies, which connect for many clients.
    """

    request_seconds: float = 10.0
    answer_seconds: float = 60.0
    of_one: int = 40
    of_all: int = 200
    trusted: frozenset[str] = frozenset()

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

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Starts, unless there are too many connections."""
        super().connection_made(transport)
        # The event loop does so only for sockets that name their protocol, which `create_server`
        # leaves out. Else each answer but the first waits 40 ms for the client to acknowledge.
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        host = self.client[0] if self.client else ""
        self._visitor = None if self._limits.trusts(host) else visitor_at(host)
        if self._crowded():
            transport.abort()
        else:
            self._expect(self._limits.request_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the deadline."""
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receives a part of a request."""
        if self._deadline is None:
            self._expect(self._limits.request_seconds)
        super().data_received(data)
        self._settle()

    def on_response_complete(self) -> None:
        """Continues with the next request after an answer."""
        super().on_response_complete()
        self._settle()

    def _crowded(self) -> bool:
        # The server counts this one already.
        others = (other for other in self.connections if isinstance(other, BoundedConnection))
        of_one = sum(
            self._visitor is not None and other._visitor == self._visitor for other in others
        )
        return len(self.connections) > self._limits.of_all or of_one > self._limits.of_one

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
