"""Articles that are added and removed by chat: by administrators, and by configured channels."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import PurePosixPath

from bot.admin.admin_desk import AdminDesk
from bot.admin.build_queue import Waiting
from bot.admin.folder_watch import OwnChanges
from bot.admin.submissions import File
from bot.core.clean_text import sendable
from bot.core.desk import AnsweringLibrary
from bot.core.rights import Rights
from bot.errors import StoreError
from bot.state.article_handles import ArticleHandle, ArticleHandles, Origin
from bot.state.drafts import Drafts
from bot.visitors import Visitor
from index import Article, FrontMatter, IntakeError, KeptArticle, NoSuchArticle

log = logging.getLogger(__name__)

TITLES_SEARCHED = 5_000
"""If there are more articles, only their numbers and names are searched, not their titles."""


@dataclass(frozen=True, slots=True)
class Intake:
    """Changes of the folder of articles; each as in `index`, for the folder of the settings.

    Attributes:
        discard: withdraws an article.
        replace: removes an article that another one replaces.
    """

    keep: Callable[[str, bytes, FrontMatter | None], KeptArticle]
    put: Callable[[str, bytes, FrontMatter | None], KeptArticle]
    discard: Callable[[str], None]
    replace: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AddedArticle:
    """An article that was added.

    Attributes:
        handle: stands for it in a button.
        kept: the article.
        is_new: whether it was not there before.
    """

    handle: ArticleHandle
    kept: KeptArticle
    is_new: bool = True


class Contributions:
    """Adds and removes articles. Belongs to one event loop; blocking work runs in threads."""

    def __init__(
        self,
        intake: Intake,
        article_handles: ArticleHandles,
        drafts: Drafts,
        rights: Rights,
        library: AnsweringLibrary,
        admin_desk: AdminDesk,
        own_changes: OwnChanges,
    ) -> None:
        """
        Args:
            library: what can be asked now.
            admin_desk: builds the index.
            own_changes: learns which files need no further build.
        """
        self._intake = intake
        self._article_handles = article_handles
        self._drafts = drafts
        self._rights = rights
        self._library = library
        self._admin_desk = admin_desk
        self._own_changes = own_changes
        self._changed: set[str] = set()
        # One at a time: whether the same is there already is looked up before it is written.
        self._turn = asyncio.Lock()

    def admit(self, visitor: Visitor) -> None:
        """Checks that the visitor may add articles, before anything is fetched.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
        """
        self._rights.require_admin(visitor)

    def changed(self) -> Waiting:
        """Requests a build, one for everything that changes within a moment."""
        changed, self._changed = self._changed, set()
        self._own_changes.add(changed)
        return self._admin_desk.request_build()

    async def keep(self, visitor: Visitor, file: File, message: int) -> AddedArticle:
        """Adds what an administrator brought with a message.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            UnreadableFile, IntakeError: it is not taken in; see `index.keep_article`.
        """
        self._rights.require_admin(visitor)
        return await self._add(file, Origin(visitor.chat, message))

    async def keep_link(self, visitor: Visitor, file: File, url: str, message: int) -> AddedArticle:
        """Adds what an administrator's link leads to; replaces it if the link was added before.

        Raises:
            NotInvited, AdminsOnly, UnreadableFile, IntakeError: as `keep` does.
        """
        self._rights.require_admin(visitor)
        origin = Origin(visitor.chat, message, url)
        known = await asyncio.to_thread(self._article_handles.of_url, url)
        if known:
            return await self._replace(known, file, origin)
        return await self._add(file, origin)

    async def brought(self, visitor: Visitor, message: int) -> ArticleHandle | None:
        """Returns the article that a message of this chat brought; None if it brought none.

        Raises:
            NotInvited, AdminsOnly: the visitor may not know.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._article_handles.of_message, visitor.chat, message)

    async def revise(
        self, visitor: Visitor, handle: ArticleHandle, file: File, message: int, url: str = ""
    ) -> AddedArticle:
        """Replaces the article that a message brought with what the message says now; adds it
        beside that one if another message brought the same.

        Args:
            url: where the file was found, if the message holds a link.

        Raises:
            NotInvited, AdminsOnly, UnreadableFile, IntakeError: as `keep` does.
        """
        self._rights.require_admin(visitor)
        origin, former = Origin(visitor.chat, message, url), handle.article_id
        shared = await asyncio.to_thread(
            self._article_handles.is_shared, former, visitor.chat, message
        )
        known = await asyncio.to_thread(self._article_handles.of_url, url) if url else None
        place = known or (None if shared else handle)
        if place is None:
            return await self._add(file, origin)
        brought = await self._replace(place, file, origin)
        if not shared and place.article_id != former:
            async with self._turn:
                await asyncio.to_thread(self._leave, former)
                self._changed.add(former)
        return brought

    async def hold(self, visitor: Visitor, message: int, text: str) -> None:
        """Stores a text until its sender has said what it is.

        Raises:
            NotInvited, AdminsOnly: the visitor may not bring articles.
        """
        self._rights.require_admin(visitor)
        await asyncio.to_thread(self._drafts.add, visitor.chat, message, sendable(text))

    async def reword(self, visitor: Visitor, message: int, text: str) -> bool:
        """Replaces a waiting text that was edited; returns False if it does not wait.

        Raises:
            NotInvited, AdminsOnly: as `hold` does.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._drafts.reword, visitor.chat, message, sendable(text))

    async def held(self, visitor: Visitor, message: int) -> str | None:
        """Returns a waiting text; None if it does not wait, or no longer.

        Raises:
            NotInvited, AdminsOnly: as `hold` does.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._drafts.get, visitor.chat, message)

    async def release(self, visitor: Visitor, message: int) -> None:
        """Deletes a waiting text: its sender has said what it is.

        Raises:
            NotInvited, AdminsOnly: as `hold` does.
        """
        self._rights.require_admin(visitor)
        await asyncio.to_thread(self._drafts.drop, visitor.chat, message)

    async def posted(self, origin: Origin) -> ArticleHandle | None:
        """Returns the article that a channel post became; None if it became none."""
        return await asyncio.to_thread(
            self._article_handles.of_message, origin.chat, origin.message
        )

    async def is_withdrawn(self, origin: Origin) -> bool:
        """Whether an administrator took out the article that a post of a channel made."""
        return await asyncio.to_thread(
            self._article_handles.is_withdrawn, origin.chat, origin.message
        )

    async def post(self, article_id: str, file: File, origin: Origin) -> KeptArticle:
        """Adds a channel post under a given id, in place of what it was before.

        Raises:
            UnreadableFile, IntakeError: it is not taken in; see `index.put_article`.
        """
        began = time.monotonic()
        async with self._turn:
            before = await self.posted(origin)
            kept = await asyncio.to_thread(self._intake.put, article_id, file.content, file.about)
            self._changed.add(article_id)
            if before and before.article_id != article_id:
                # An edit made it a file of another name. The old one goes when the new one is in.
                await asyncio.to_thread(self._leave, before.article_id)
                self._changed.add(before.article_id)
            await asyncio.to_thread(self._article_handles.forget, article_id)
            await asyncio.to_thread(self._article_handles.add, article_id, origin)
        _log_added(kept, origin, began)
        return kept

    async def forget(self, person: int) -> None:
        """Forgets which messages a person brought articles with. Nobody is refused this."""
        # A private chat has the id of its person.
        await asyncio.to_thread(self._article_handles.unlink, person)
        await asyncio.to_thread(self._drafts.forget, person)

    async def prune(self, handle_days: float, draft_days: float, now: float) -> None:
        """Deletes older handles of articles, and older texts that nobody has decided on.

        Raises:
            StoreError: the bot's state cannot be written.
        """
        await asyncio.to_thread(self._article_handles.prune, handle_days, now)
        await asyncio.to_thread(self._drafts.prune, draft_days, now)

    async def find(self, visitor: Visitor, wanted: str) -> list[Article]:
        """Returns the articles that somebody may mean by a number of the list, a name, a title or a
        link.

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
        return [
            article for article in self._articles(ids) if wanted in (article.url, article.title)
        ] or [article for article in self._articles(ids) if wanted in article.title]

    def _articles(self, ids: list[str]) -> list[Article]:
        return [article for id in ids if (article := self._library.article(id))]

    async def handle(self, visitor: Visitor, article_id: str) -> ArticleHandle:
        """Returns a handle for a button that asks about an article.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
        """
        self._rights.require_admin(visitor)
        return await asyncio.to_thread(self._article_handles.add, article_id, Origin())

    async def article(self, visitor: Visitor, handle: str) -> Article | None:
        """Returns the article that a handle stands for, if it can be asked about now.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            IndexUnavailable: there is no index.
        """
        self._rights.require_admin(visitor)
        known = await asyncio.to_thread(self._article_handles.get, handle)
        return await asyncio.to_thread(self._library.article, known.article_id) if known else None

    async def discard(self, visitor: Visitor, handle: str) -> str | None:
        """Removes the article that a handle stands for.

        Returns:
            Its id; None where it is gone already.

        Raises:
            NotInvited, AdminsOnly: the visitor may not.
            NotKept: it cannot be deleted.
        """
        self._rights.require_admin(visitor)
        known = await asyncio.to_thread(self._article_handles.get, handle)
        if known is None:
            return None
        async with self._turn:
            gone = await asyncio.to_thread(self._discard, known.article_id)
            self._changed.add(known.article_id)
        if gone:
            log.info("User %d removed the article %s.", visitor.person, known.article_id)
        return known.article_id if gone else None

    def _discard(self, article_id: str) -> bool:
        """Removes an article; returns False if it is gone already."""
        try:
            self._intake.discard(article_id)
        except NoSuchArticle:
            was_there = False
        else:
            was_there = True
        self._article_handles.withdraw(article_id)
        return was_there

    async def _add(self, file: File, origin: Origin) -> AddedArticle:
        began = time.monotonic()
        async with self._turn:
            kept = await asyncio.to_thread(self._intake.keep, file.name, file.content, file.about)
            self._changed.add(kept.article.id)
            handle = await asyncio.to_thread(self._stand_for_new, kept.article.id, origin)
        _log_added(kept, origin, began)
        return AddedArticle(handle, kept)

    def _stand_for_new(self, article_id: str, origin: Origin) -> ArticleHandle:
        """Makes a message stand for an article that it brought; removes the article where that
        cannot be kept: whoever brought it is told that it failed."""
        try:
            return self._article_handles.add(article_id, origin)
        except StoreError:
            with suppress(IntakeError):
                self._intake.replace(article_id)
            raise

    async def _replace(self, handle: ArticleHandle, file: File, origin: Origin) -> AddedArticle:
        if PurePosixPath(handle.article_id).suffix != PurePosixPath(file.name).suffix:
            # Another format, and so another file. The old one goes when the new one is there.
            added = await self._add(file, origin)
            async with self._turn:
                await asyncio.to_thread(self._supersede, handle.article_id, added.handle, origin)
                self._changed.add(handle.article_id)
            return added
        began = time.monotonic()
        async with self._turn:
            kept = await asyncio.to_thread(
                self._intake.put, handle.article_id, file.content, file.about
            )
            self._changed.add(handle.article_id)
            handle = await asyncio.to_thread(self._stand_for, handle, origin)
        _log_added(kept, origin, began)
        return AddedArticle(handle, kept, is_new=False)

    def _leave(self, article_id: str) -> None:
        """Removes an article whose message brings another one now."""
        with suppress(NoSuchArticle):
            self._intake.replace(article_id)
        self._article_handles.forget(article_id)

    def _supersede(self, article_id: str, other: ArticleHandle, origin: Origin) -> None:
        """Removes an article that another one replaces, and moves its handles to that one."""
        with suppress(NoSuchArticle):
            self._intake.replace(article_id)
        self._article_handles.move(article_id, other.article_id)
        self._article_handles.lead(other.article_id, origin.url)

    def _stand_for(self, handle: ArticleHandle, origin: Origin) -> ArticleHandle:
        """Makes a message stand for an article that was there already."""
        self._article_handles.lead(handle.article_id, origin.url)
        if origin.chat is not None and origin.message is not None:
            known = self._article_handles.of_message(origin.chat, origin.message)
            if known and known.article_id == handle.article_id:
                return known
        return self._article_handles.add(handle.article_id, origin)


def _log_added(kept: KeptArticle, origin: Origin, began: float) -> None:
    """Logs what was added by whom: a private chat has the id of its person."""
    seconds = time.monotonic() - began
    text = "Chat %s added the article %s: %d passages, in %.1f s."
    log.info(text, origin.chat, kept.article.id, kept.passages, seconds)
