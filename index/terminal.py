"""Text that may be shown in a terminal."""

_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def harmless(text: str) -> str:
    """`text` without characters that steer a terminal: an article or a file name may hold any."""
    return text.translate(_CONTROLS)
