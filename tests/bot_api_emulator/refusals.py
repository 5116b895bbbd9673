"""What the tests of the emulated Bot API share."""

import struct
from typing import Any

import pytest
from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import BadRequest, Conflict, Forbidden

from bot_api_emulator.images import PNG
from bot_api_emulator.server import TelegramServer


async def refused(server: TelegramServer, call: Any, reason: str) -> None:
    """Awaits a call, and checks that it fails for this reason and is noted as a violation."""
    with pytest.raises((BadRequest, Forbidden, Conflict), match=f"(?i){reason}"):
        await call
    [violation] = server.take_violations()
    assert reason.lower() in violation.lower()


def keyboard(*buttons: InlineKeyboardButton) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([list(buttons)])


def png(width: int, height: int) -> bytes:
    """Returns the first bytes of a picture of this size, which is all that the emulation reads."""
    return PNG + struct.pack(">I4sII", 13, b"IHDR", width, height) + b"\x08\x02\x00\x00\x00"
