"""Who may do what: visitors and what they are allowed."""

from dataclasses import dataclass

from bot.errors import AdminsOnly, NotInvited
from bot.visitors import Visitor


@dataclass(frozen=True, slots=True)
class Rights:
    """Who is served, and who administers.

    Attributes:
        admins: ids of the administrators.
        chats: ids of the chats that are served; empty means all.
    """

    admins: frozenset[int] = frozenset()
    chats: frozenset[int] = frozenset()

    def is_admin(self, visitor: Visitor) -> bool:
        """Returns whether the person is an administrator."""
        return visitor.person in self.admins

    def require_invited(self, visitor: Visitor) -> None:
        """Checks that the chat is served; an administrator's private chat always is.

        Raises:
            NotInvited: it is not.
        """
        served = not self.chats or visitor.chat in self.chats
        private = visitor.chat == visitor.person
        if not served and not (private and self.is_admin(visitor)):
            raise NotInvited

    def require_admin(self, visitor: Visitor) -> None:
        """Checks that the person is an administrator and the chat is served.

        Raises:
            NotInvited: the chat is not served.
            AdminsOnly: the person is no administrator.
        """
        self.require_invited(visitor)
        if not self.is_admin(visitor):
            raise AdminsOnly
