"""Posts of listed channels: each is an article, in its current version."""

from telegram import Message, Update
from telegram.ext import filters

from bot.admin.media_types import suffix_of
from bot.admin.submissions import File, text_file
from bot.errors import FetchError
from bot.state.article_handles import Origin
from bot.telegram.handlers import admin_notices, errors
from bot.telegram.handlers.articles import file_name
from bot.telegram.handlers.context import Context, message_of
from bot.telegram.handlers.forward_origin import post_front
from bot.texts import contributions as contribution_texts
from index import SkipReason, UnreadableFile, safe_name


class FromListedChannel(filters.MessageFilter):
    """Accepts messages of channels that are listed."""

    def __init__(self, channels: frozenset[str]) -> None:
        """
        Args:
            channels: names in small letters, without @, and ids.
        """
        super().__init__()
        self._channels = channels

    def filter(self, message: Message) -> bool:
        """Whether the message is one."""
        names = {str(message.chat.id), (message.chat.username or "").lower()}
        return bool(names & self._channels)


async def post(update: Update, context: Context) -> None:
    """Handles a new or edited post."""
    message = message_of(update)
    origin = Origin(message.chat.id, message.message_id)
    # Telegram also reports edits that nobody made, for example when somebody reacts to a post.
    if await context.contributions.is_withdrawn(origin):
        return
    try:
        article_id, file = await _article(message, context)
        await context.contributions.post(article_id, file, origin)
    except (UnreadableFile, FetchError) as error:
        # Of a post that was no article nothing is missed; of an edited one the former stays.
        if await context.contributions.posted(origin):
            await _warn(context, error)
        else:
            errors.write(error)
        return
    except Exception as error:
        await _warn(context, error)
        return
    build = context.contributions.changed()
    context.application.create_task(
        admin_notices.build_unattended(context.bot, context.bot_data, build), update=update
    )


async def _warn(context: Context, error: Exception) -> None:
    """Informs the administrators, as the bot never writes in a channel."""
    warning = contribution_texts.refused(context.bot_data.catalogue.default, error)
    await admin_notices.warn(context.bot, context.bot_data, error, warning)


async def _article(message: Message, context: Context) -> tuple[str, File]:
    """Returns the id of a post's article, and its file: the document if readable, else the text.

    Raises:
        FetchError: a document cannot be downloaded.
        UnreadableFile: it holds nothing that could be an article.
    """
    chat = message.chat
    place = f"channels/{safe_name(chat.username or str(chat.id).lstrip('-'))}"
    number, front = message.message_id, post_front(message)
    document = message.document
    if document and suffix_of("", file_name(document)):
        name = safe_name(file_name(document))
        content = await context.bot_data.downloads.content(document)
        return f"{place}/{number}/{name}", File(name, content, front)
    written = message.text or message.caption or ""
    if not written.strip():
        raise UnreadableFile(SkipReason.EMPTY, "The post holds no text.")
    return f"{place}/{number}.md", text_file(written, front)
