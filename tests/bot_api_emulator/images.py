"""The size of a picture, read from its first bytes as far as a test needs it."""

import struct

from bot_api_emulator.contract import ApiError

PNG = b"\x89PNG\r\n\x1a\n"
# The markers of JPEG segments that hold the size: all SOFn but DHT, JPG and DAC.
SIZE_SEGMENTS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def checked_size(content: bytes) -> tuple[int, int]:
    """Returns a photo's width and height in pixels; refuses what Telegram would refuse."""
    size = _png_size(content) or _jpeg_size(content)
    if size is None:
        raise ApiError("IMAGE_PROCESS_FAILED (only PNG and JPEG are emulated)")
    width, height = size
    if width + height > 10_000 or max(size) > 20 * min(size):
        raise ApiError("PHOTO_INVALID_DIMENSIONS")
    return width, height


def _png_size(content: bytes) -> tuple[int, int] | None:
    if not content.startswith(PNG) or len(content) < 24:
        return None
    width, height = struct.unpack(">II", content[16:24])
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    position = 2
    while content.startswith(b"\xff\xd8") and position + 9 <= len(content):
        _, marker, length, _, height, width = struct.unpack(
            ">BBHBHH", content[position : position + 9]
        )
        if marker in SIZE_SEGMENTS:
            return width, height
        position += 2 + length
    return None
