"""Makes text from outside fit to be stored and sent."""


def sendable(text: str) -> str:
    """Returns a text without lone surrogates, which arrive in JSON but can be neither written nor
    sent."""
    return text.encode("utf-8", "replace").decode("utf-8")
