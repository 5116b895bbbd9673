"""Text from outside that can be written and sent back."""


def sendable(text: str) -> str:
    """Returns a text without lone surrogates, which arrive in JSON but can be neither written nor
    sent."""
    return text.encode("utf-8", "replace").decode("utf-8")
