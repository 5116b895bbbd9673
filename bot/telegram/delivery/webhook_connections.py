"""What connections to the webhook may cost: whoever is slow on purpose is cut off, and all together
leave the process its files. The library has no setting for it, but one exact version of it is asked
for."""

from tornado.httpserver import HTTPServer
from tornado.iostream import IOStream

IDLE_SECONDS = 60.0
"""Within which an update has to begin, and its headers to be there; Telegram connects again."""
BODY_SECONDS = 20.0
LARGEST_UPDATE = 4_000_000
"""Bytes. Whoever sends one is not known before all of it is there."""
MOST_CONNECTIONS = 200
"""Telegram opens 40."""


def bound(server: HTTPServer, most: int) -> None:
    """Bounds the connections that a server accepts from now on.

    Args:
        most: how many are open at the same time; each further one ends the oldest. Telegram brings
            again what it was bringing there.
    """
    server.conn_params.header_timeout = IDLE_SECONDS
    server.conn_params.body_timeout = BODY_SECONDS
    server.conn_params.max_body_size = LARGEST_UPDATE
    serve = server.handle_stream
    opened: list[IOStream] = []

    def serve_bounded(stream: IOStream, address: tuple[object, ...]) -> None:
        opened[:] = [each for each in opened if not each.closed()]
        if len(opened) >= most:
            opened.pop(0).close()
        opened.append(stream)
        serve(stream, address)

    server.handle_stream = serve_bounded  # type: ignore[method-assign]
