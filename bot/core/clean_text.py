"""Text from outside that can be written and sent back."""


def sendable(text: str) -> str:
    """A text without lone surrogate halves: they come in over JSON but can be neither written nor
    sent back."""
    return text.encode("utf-8", "replace").decode("utf-8")
