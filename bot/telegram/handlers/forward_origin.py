"""Where a Telegram message comes from, as a citation names it."""

from datetime import date, datetime

from telegram import (
    Chat,
    Message,
    MessageOriginChannel,
    MessageOriginChat,
)

from index import FrontMatter

_PRIVATE_PREFIX = "-100"


def origin_of(message: Message) -> FrontMatter | None:
    """Returns the metadata of a forwarded message; None for one that its sender wrote."""
    match message.forward_origin:
        case None:
            return None
        case MessageOriginChannel(chat=chat, message_id=number, date=sent):
            return FrontMatter("", chat.title or "", day(sent), link(chat, number))
        case MessageOriginChat(sender_chat=chat, date=sent):
            return FrontMatter("", chat.title or "", day(sent))
        case other:
            # Who wrote in private is nobody's source.
            return FrontMatter(published=day(other.date))


def post_front(post: Message) -> FrontMatter:
    """Returns the metadata of a channel's post; of one forwarded into it, those of the original."""
    forwarded = origin_of(post)
    here = FrontMatter("", post.chat.title or "", day(post.date), link(post.chat, post.message_id))
    if forwarded is None:
        return here
    return FrontMatter("", forwarded.source or here.source, forwarded.published, here.url)


def link(chat: Chat, message: int) -> str:
    """Returns the address of a channel's post; a private channel's is for its members only."""
    if chat.username:
        return f"https://t.me/{chat.username}/{message}"
    return f"https://t.me/c/{str(chat.id).removeprefix(_PRIVATE_PREFIX)}/{message}"


def day(moment: datetime) -> date:
    """Returns the day of a moment on the clock of this machine."""
    return moment.astimezone().date()
