"""SQLite with the careless defaults of some systems: what a program does not ask for, it lacks."""

import sqlite3
from typing import Any

import pytest


def make_sqlite_lax(monkeypatch: pytest.MonkeyPatch) -> None:
    """Opens each database so that deleted content stays in the file and the disk is not awaited."""
    connect = sqlite3.connect

    def connect_lax(*args: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*args, **options)
        connection.execute("PRAGMA secure_delete = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_lax)
