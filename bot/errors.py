"""Every way in which the bot can fail or refuse a person.

WenChuError              (index.errors)
├── StoreError           the bot's state cannot be read or written
│   ├── StoreBusy        another program holds its file
│   ├── DamagedStore     its file is damaged
│   └── LaterStore       a later version of the program has written it
├── BackupError          a backup is not written, or not restored
├── BuildStopped         a build was cancelled; the old index stays live
├── PageUnavailable      the built-in page cannot be served
├── FetchError           a link or a file in a message is not fetched
└── DeskError            the desk refuses
    ├── NotInvited       this chat is not served
    ├── AdminsOnly       this is for administrators
    └── TooMany          the person or the chat has asked too much within a minute
"""

from enum import StrEnum

from index import WenChuError


class StoreError(WenChuError):
    """The file of the bot's state cannot be read or written."""


class StoreBusy(StoreError):
    """Another program holds the file of the bot's state.

    Attributes:
        is_known: whether this has been so since an earlier failure.
    """

    def __init__(self, path: str, is_known: bool = False) -> None:
        super().__init__(f"Another program is using {path}: nothing is kept until it has ended.")
        self.is_known = is_known


class DamagedStore(StoreError):
    """The file of the bot's state is damaged.

    Attributes:
        path: of the file.
        detail: what SQLite says.
    """

    def __init__(self, path: str, detail: str) -> None:
        super().__init__(
            f"The bot's state in {path} is damaged ({detail}). Stop the bot, then restore a backup "
            "(wenchu restore FILE --force), or move the file away to begin anew."
        )
        self.path = path
        self.detail = detail


class LaterStore(StoreError):
    """A later version of the program has written the file of the bot's state.

    Attributes:
        path: of the file.
    """

    def __init__(self, path: str) -> None:
        super().__init__(
            f"The bot's state in {path} was written by a later version of WenChu. Install that "
            "version, or move the file away to begin anew."
        )
        self.path = path


class BackupFault(StrEnum):
    """Why a backup is not written or not restored."""

    NOT_WRITTEN = "not_written"
    NOT_READ = "not_read"
    """It is damaged, or no backup."""
    UNSAFE = "unsafe"
    """It holds what no backup holds: it may be made to do harm."""
    RUNNING = "running"
    """The bot is running."""
    EXISTS = "exists"
    """It would replace what is there."""
    NOT_RESTORED = "not_restored"


class BackupError(WenChuError):
    """A backup is not written or not restored; everything is as it was.

    Attributes:
        fault: the kind of fault.
        detail: the file, or what the system says.
    """

    def __init__(self, fault: BackupFault, detail: str) -> None:
        super().__init__(f"The backup: {fault} ({detail})")
        self.fault = fault
        self.detail = detail


class BuildStopped(WenChuError):
    """A build was cancelled before its end."""

    def __init__(self) -> None:
        super().__init__("The build was cancelled. The live index stays in use.")


class PageUnavailable(WenChuError):
    """The built-in page cannot be served.

    Attributes:
        listen: where it should be.
        detail: the system's error message.
    """

    def __init__(self, listen: str, detail: str) -> None:
        super().__init__(f"The page cannot be served on {listen}: {detail}")
        self.listen = listen
        self.detail = detail


class FetchFault(StrEnum):
    """Why a link or a file in a message is not fetched."""

    NO_LINK = "no_link"
    """It is not an address on the web, or it contains a password."""
    NOT_PUBLIC = "not_public"
    """It leads to an address or a port that is not public."""
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    REDIRECTS = "redirects"
    """It redirects too many times."""
    STATUS = "status"
    """The page does not exist, or is not public."""
    KIND = "kind"
    """It has an unsupported format: a picture, a video."""
    TOO_LARGE = "too_large"
    FILE_LIMIT = "file_limit"
    """Telegram gives bots no files of this size."""
    FILE = "file"
    """Telegram did not give the file."""


class FetchError(WenChuError):
    """What a link leads to, or a file in a message, is not fetched.

    Attributes:
        fault: why.
    """

    def __init__(self, fault: FetchFault, detail: str = "") -> None:
        super().__init__(f"It was not fetched: {fault}" + (f" ({detail})" if detail else ""))
        self.fault = fault


class DeskError(WenChuError):
    """The desk refuses what was asked of it."""


class NotInvited(DeskError):
    """The chat is not one of those that are served."""

    def __init__(self) -> None:
        super().__init__("A chat that is not in BOT_CHATS asked.")


class AdminsOnly(DeskError):
    """A person who is no administrator asked for what only administrators may do."""

    def __init__(self) -> None:
        super().__init__(
            "A person who is not in BOT_ADMINS asked for what only administrators may do."
        )


class TooMany(DeskError):
    """The person or the chat has asked too much within a minute."""

    def __init__(self) -> None:
        super().__init__("Somebody asked more than BOT_QUESTIONS_PER_MINUTE allows.")
