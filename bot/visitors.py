"""Who asks: a person or a chat, as the channel identifies them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person in a place: whose turn it is, and the key of a conversation.

    Attributes:
        chat: id of the chat; in a private chat, the person's id.
        person: id of the person.
        topic: id of the topic in a group with topics, else 0.
    """

    chat: int
    person: int
    topic: int = 0
