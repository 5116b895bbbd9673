"""Articles that are brought and taken away by chat: by administrators, and by listed channels."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.admin.admin_desk import Office
from bot.admin.build_queue import Waiting
from bot.admin.submissions import File
from bot.core.clean_text import sendable
from bot.core.desk import AnsweringLibrary
from bot.core.rights import Rights
from bot.state.article_handles import Handle, Handles, Origin
from bot.state.drafts import Drafts
from bot.visitors import Visitor
from index import Article, FrontMatter, KeptArticle, NoSuchArticle

TITLES_SEARCHED = 5_000
"""With more articles, only their numbers and names are looked through, not what they hold."""


@dataclass(frozen=True, slots=True)
class Intake:
    """What changes the folder of articles; each as in `index`, for the folder of the settings.

    Attributes:
        discard: withdraws an article.
        replace: takes out an article whose place another took.
    """

    keep: Callable[[str, bytes, FrontMatter | None], KeptArticle]
    put: Callable[[str, bytes, FrontMatter | None], KeptArticle]
    discard: Callable[[str], None]
    replace: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Contribution:
    """An article that was brought.

    Attributes:
        handle: stands for it in a button.
        kept: the article.
        is_new: whether it was not there before.
    """

    handle: Handle
    kept: KeptArticle
    is_new: bool = True


class Contributions:
    """Takes articles in and out. Belongs to one event loop; blocking work runs in threads."""

    def __init__(
        self,
        intake: Intake,
        handles: Handles,
        drafts: Drafts,
        rights: Rights,
        library: AnsweringLibrary,
        office: Office,
    ) -> None:
        """
        Args:
            library: what can be asked now.
            office: builds the index.
        """
        self._intake = intake
        self._handles = handles
        self._drafts = drafts
        self._rights = rights
        self._library = library
        self._office = office
        # One at a time: whether the same is there already is looked up before it is written.
        self._turn = asyncio.Lock()

    def admit(self, visitor: Visitor) -> None:
        """Pass if the visitor may bring articles: before anything is fetched.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
        """
        self._rights.require_admin(visitor)

    def changed(self) -> Waiting:
        """Have the index built anew, once for all that changes within a moment."""
        return self._office.request_build()

    async def keep(self, visitor: Visitor, file: File, message: int) -> Contribution:
        """Take in what an administrator brought with a message.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            UnreadableFile, IntakeError: it is not taken in; see `index.keep_article`.
        """
        self._rights.require_admin(visitor)
        return await self._add(file, Origin(visitor.chat, message))

    async def keep_link(self, visitor: Visitor, file: File, url: str, message: int) -> Contribution:
        """Take in what a link of an administrator leads to; once more, in place of the old.

        Raises:
            NotInvited, AdminsOnly, UnreadableFile, IntakeError: as `keep` does.
        """
        self._rights.require_admin(visitor)
        origin = Origin(visitor.chat, message, url)
        known = await asyncio.to_thread(self._handles.of_url, url)
        if known:
            return await self._replace(known, file, origin)
        return await self._add(file, origin)

    async def brought(self, visitor: Visitor, message: int) -> Handle | None:
        """The article that a message of this chat brought; None where it brought none.

        Raises:
            NotInvited, AdminsOnly: the visitor may not know.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._handles.of_message, visitor.chat, message)

    async def revise(
        self, visitor: Visitor, handle: Handle, file: File, message: int, url: str = ""
    ) -> Contribution:
        """Put what a message says now in place of the article that it brought; where another
        message brought that one too, beside it.

        Args:
            url: where the file was found, if the message holds a link.

        Raises:
            NotInvited, AdminsOnly, UnreadableFile, IntakeError: as `keep` does.
        """
        self._rights.require_admin(visitor)
        origin, former = Origin(visitor.chat, message, url), handle.article_id
        shared = await asyncio.to_thread(self._handles.is_shared, former, visitor.chat, message)
        known = await asyncio.to_thread(self._handles.of_url, url) if url else None
        place = known or (None if shared else handle)
        if place is None:
            return await self._add(file, origin)
        brought = await self._replace(place, file, origin)
        if not shared and place.article_id != former:
            async with self._turn:
                await asyncio.to_thread(self._leave, former)
        return brought

    async def hold(self, visitor: Visitor, message: int, text: str) -> None:
        """Keep a text until its sender has said what it is.

        Raises:
            NotInvited, AdminsOnly: the visitor may not bring articles.
        """
        self._rights.require_admin(visitor)
        await asyncio.to_thread(self._drafts.add, visitor.chat, message, sendable(text))

    async def reword(self, visitor: Visitor, message: int, text: str) -> bool:
        """Take note that a text was changed meanwhile; false where it does not wait.

        Raises:
            NotInvited, AdminsOnly: as `hold` does.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._drafts.reword, visitor.chat, message, sendable(text))

    async def held(self, visitor: Visitor, message: int) -> str | None:
        """What a text says that waits; None where it does not wait, or no longer.

        Raises:
            NotInvited, AdminsOnly: as `hold` does.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._drafts.get, visitor.chat, message)

    async def release(self, visitor: Visitor, message: int) -> None:
        """Keep a text no longer: it has become what its sender said.

        Raises:
            NotInvited, AdminsOnly: as `hold` does.
        """
        self._rights.require_admin(visitor)
        await asyncio.to_thread(self._drafts.drop, visitor.chat, message)

    async def posted(self, origin: Origin) -> Handle | None:
        """The article that a post of a channel made; None where it made none."""
        if origin.chat is None or origin.message is None:
            return None
        return await asyncio.to_thread(self._handles.of_message, origin.chat, origin.message)

    async def post(self, article_id: str, file: File, origin: Origin) -> KeptArticle:
        """Take in a post of a listed channel under a given id, in place of what it was before.

        Raises:
            UnreadableFile, IntakeError: it is not taken in; see `index.put_article`.
        """
        async with self._turn:
            before = await self.posted(origin)
            kept = await asyncio.to_thread(self._intake.put, article_id, file.content, file.about)
            if before and before.article_id != article_id:
                # An edit made it a file of another name. The old one goes when the new one is in.
                await asyncio.to_thread(self._leave, before.article_id)
            await asyncio.to_thread(self._handles.forget, article_id)
            await asyncio.to_thread(self._handles.add, article_id, origin)
        return kept

    async def forget(self, person: int) -> None:
        """Forget which messages a person brought articles with. Nobody is refused this."""
        # A private chat has the id of its person.
        await asyncio.to_thread(self._handles.unlink, person)
        await asyncio.to_thread(self._drafts.forget, person)

    async def prune(self, handle_days: float, draft_days: float) -> None:
        """Forget which messages and buttons stand for articles, and texts that nobody has decided
        on, where that is longer ago.

        Raises:
            StoreError: the bot's state cannot be written.
        """
        await asyncio.to_thread(self._handles.prune, handle_days)
        await asyncio.to_thread(self._drafts.prune, draft_days)

    async def find(self, visitor: Visitor, wanted: str) -> list[Article]:
        """The articles that somebody may mean by a number of the list, a name, a title or a link.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            IndexUnavailable: there is no index.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._find, wanted.strip())

    def _find(self, wanted: str) -> list[Article]:
        ids = self._library.article_ids()
        if wanted.isdecimal() and 0 < int(wanted) <= len(ids):
            return self._articles([ids[int(wanted) - 1]])
        if wanted in ids:
            return self._articles([wanted])
        named = self._articles([id for id in ids if wanted.casefold() in id.casefold()])
        if named or len(ids) > TITLES_SEARCHED:
            return named
        return [one for one in self._articles(ids) if wanted in (one.url, one.title)] or [
            one for one in self._articles(ids) if wanted in one.title
        ]

    def _articles(self, ids: list[str]) -> list[Article]:
        return [article for id in ids if (article := self._library.article(id))]

    async def handle(self, visitor: Visitor, article_id: str) -> Handle:
        """A handle for a button that asks about an article.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._handles.add, article_id, Origin())

    async def article(self, visitor: Visitor, handle: str) -> Article | None:
        """The article that a handle stands for, as far as it can be asked now.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            IndexUnavailable: there is no index.
        """
        self._rights.require_admin(visitor)
        found = await asyncio.to_thread(self._handles.get, handle)
        return await asyncio.to_thread(self._library.article, found.article_id) if found else None

    async def discard(self, visitor: Visitor, handle: str) -> str | None:
        """Take out the article that a handle stands for.

        Returns:
            Its id; None where it is gone already.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            NotKept: it cannot be deleted.
        """
        self._rights.require_admin(visitor)
        found = await asyncio.to_thread(self._handles.get, handle)
        if found is None:
            return None
        async with self._turn:
            gone = await asyncio.to_thread(self._discard, found.article_id)
        return found.article_id if gone else None

    def _discard(self, article_id: str) -> bool:
        """Take out an article; false where it is gone already."""
        try:
            self._intake.discard(article_id)
        except NoSuchArticle:
            found = False
        else:
            found = True
        self._handles.forget(article_id)
        return found

    async def _add(self, file: File, origin: Origin) -> Contribution:
        async with self._turn:
            kept = await asyncio.to_thread(self._intake.keep, file.name, file.content, file.about)
            handle = await asyncio.to_thread(self._handles.add, kept.article.id, origin)
        return Contribution(handle, kept)

    async def _replace(self, handle: Handle, file: File, origin: Origin) -> Contribution:
        if PurePosixPath(handle.article_id).suffix != PurePosixPath(file.name).suffix:
            # Another format, and so another file. The old one goes when the new one is there.
            added = await self._add(file, origin)
            async with self._turn:
                await asyncio.to_thread(self._supersede, handle.article_id, added.handle, origin)
            return added
        async with self._turn:
            kept = await asyncio.to_thread(
                self._intake.put, handle.article_id, file.content, file.about
            )
            handle = await asyncio.to_thread(self._stand_for, handle, origin)
        return Contribution(handle, kept, is_new=False)

    def _leave(self, article_id: str) -> None:
        """Take out an article that what brought it has left for another place."""
        with suppress(NoSuchArticle):
            self._intake.replace(article_id)
        self._handles.forget(article_id)

    def _supersede(self, article_id: str, other: Handle, origin: Origin) -> None:
        """Take out an article whose place another took; what stood for it stands for that."""
        with suppress(NoSuchArticle):
            self._intake.replace(article_id)
        self._handles.move(article_id, other.article_id)
        self._handles.lead(other.article_id, origin.url)

    def _stand_for(self, handle: Handle, origin: Origin) -> Handle:
        """Let a message stand for an article that was there already."""
        self._handles.lead(handle.article_id, origin.url)
        if origin.chat is not None and origin.message is not None:
            found = self._handles.of_message(origin.chat, origin.message)
            if found and found.article_id == handle.article_id:
                return found
        return self._handles.add(handle.article_id, origin)
