"""Text that may be shown in a terminal."""

_CONTROLS = {code: "\ufffd" for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}


def harmless(text: str) -> str:
    """Replaces control characters, which articles and file names may hold; keeps line breaks."""
    return text.translate(_CONTROLS)
