"""Every way in which the index can fail.

WenChuError
├── SettingsError        a setting has a value that cannot be used
├── UnreadableFile       a file cannot become an article: it is reported and skipped
├── IntakeError          an article is not added, or not removed
│   ├── AlreadyKept      another file has the same content
│   ├── LibraryFull      the limit of articles is reached
│   ├── NoSuchArticle    there is no file with this id
│   └── NotKept          the folder of articles cannot be written
├── WordListError        the user dictionary or the synonyms cannot be read at all
├── BuildError           a build ended without a new generation; the old one stays live
│   ├── BuildRunning     another process or task is building
│   ├── DiskFull         there is no space left for the new generation
│   ├── FolderUnreadable a folder whose articles are in the index cannot be listed
│   └── NothingToIndex   the seeds folder holds no article, or is not there
├── NoEarlierGeneration  there is no sound generation to go back to
├── DataSetError         an evaluation data set cannot be read
└── IndexUnavailable     no question can be answered
    ├── NoIndex          nothing has been built yet
    ├── ClusterUnavailable  the cluster that holds the index does not answer as it should
    └── DamagedIndex     a generation's files are missing, cut or altered
        └── OtherFormat  it is sound, and of another version of the program
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

FAULTS_NAMED = 3
"""Faults that the message of an error names."""


_ARTICLE_FILES = ".txt, .md, .html, .pdf, .docx or .epub"


class WenChuError(Exception):
    """The root of the project's errors. `str(error)` is a sentence for the log or a terminal."""


class SettingsError(WenChuError):
    """A setting has a value that cannot be used; the message names it and what is expected."""


class SkipReason(StrEnum):
    """Why a file did not become an article."""

    EMPTY = "empty"
    BINARY = "binary"
    UNDECODABLE = "undecodable"
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"
    TOO_LARGE = "too_large"
    NO_TEXT = "no_text"
    """There is nothing to read in it: a scan, pictures only, a page that scripts fill."""
    ENCRYPTED = "encrypted"
    BROKEN = "broken"
    TOO_HARD = "too_hard"
    """It takes more time or memory than a file may; or it is made to."""
    TOO_LONG = "too_long"
    """It holds more characters than an article may."""
    OUTSIDE = "outside"
    """It is a link to something outside the folder of articles."""
    TOO_MANY = "too_many"
    """There are as many articles before it as may be."""
    DUPLICATE = "duplicate"
    """Another file, whose name comes first, holds the very same."""
    BROKEN_SIDECAR = "broken_sidecar"
    """It should describe the article beside it, and cannot be understood."""
    ORPHAN_SIDECAR = "orphan_sidecar"
    """It describes an article that is not there."""


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that did not become an article.

    Attributes:
        path: below the seeds folder, with forward slashes.
        reason: the kind of fault.
        detail: one or two sentences with details.
        other: the file that it refers to: the first one with the same content, or the one that is
            described; empty where there is none.
    """

    path: str
    reason: SkipReason
    detail: str
    other: str = ""


class UnreadableFile(WenChuError):
    """A file cannot become an article.

    Attributes:
        reason: the kind of fault, for the channel's own words.
    """

    def __init__(self, reason: SkipReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class IntakeError(WenChuError):
    """An article is not added to the folder of articles, or not removed from it."""


class AlreadyKept(IntakeError):
    """A file in the folder has the same content.

    Attributes:
        first: the id of that file.
    """

    def __init__(self, first: str) -> None:
        super().__init__(f"{first} holds the very same.")
        self.first = first


class LibraryFull(IntakeError):
    """The limit of articles is reached."""

    def __init__(self, most: int) -> None:
        super().__init__(f"There are {most} articles already; INDEX_MOST_ARTICLES allows no more.")


class NoSuchArticle(IntakeError):
    """There is no file with this id in the folder of articles."""

    def __init__(self, article_id: str) -> None:
        super().__init__(f"There is no {article_id} in the folder of articles.")


class NotKept(IntakeError):
    """The folder of articles cannot be written; its content is unchanged."""


class LineFault(StrEnum):
    """Why a line of the user dictionary or of the synonyms cannot be used."""

    NO_WORD = "no_word"
    TOO_LONG = "too_long"
    ODD_CHARACTER = "odd_character"
    BLANK = "blank"
    FREQUENCY = "frequency"
    ONE_WORD = "one_word"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of the user dictionary or of the synonyms that was left out.

    Attributes:
        path: of the file, as the setting names it.
        line: its number, from 1.
        fault: the kind of fault.
        detail: what is wrong and what to do, in one or two sentences.
    """

    path: str
    line: int
    fault: LineFault
    detail: str


class WordListError(WenChuError):
    """The file of the user dictionary or of the synonyms is missing, or is no text."""


class BuildError(WenChuError):
    """A build ended without a new generation; the generation that was live stays live."""


class BuildRunning(BuildError):
    """Another process or task is building into the same data folder."""

    def __init__(self, data: Path | str) -> None:
        super().__init__(f"Another build is writing to {data}. Wait until it has ended.")


class DiskFull(BuildError):
    """There is no space left for the new generation."""

    def __init__(self, data: Path) -> None:
        super().__init__(
            f"The disk is full: there is no space left for a new index in {data}. "
            "Free some and build again; what was live is still live."
        )


class FolderUnreadable(BuildError):
    """A folder of articles cannot be listed: its articles must not be taken for removed."""

    def __init__(self, folder: str) -> None:
        super().__init__(
            f"The folder {folder} cannot be read, so nothing was changed; what was live is still "
            "live. Make it readable, or remove it if its articles are to go; then build again."
        )


class NothingToIndex(BuildError):
    """The seeds folder holds no article that can be read.

    Attributes:
        seeds: the folder.
        skipped: the files that are there but could not be read.
    """

    def __init__(self, seeds: Path, skipped: tuple[SkippedFile, ...] = ()) -> None:
        problem = f"No readable article in {seeds}." if skipped else f"The folder {seeds} is empty."
        super().__init__(
            f"{problem} Put articles there: {_ARTICLE_FILES}."
            if seeds.is_dir()
            else f"There is no folder {seeds}. Make it and put articles there ({_ARTICLE_FILES}), "
            "or name the folder that holds them: INDEX_SEEDS."
        )
        self.seeds = seeds
        self.skipped = skipped


class NoEarlierGeneration(WenChuError):
    """There is no sound generation older than the live one."""

    def __init__(self, data: Path | str) -> None:
        super().__init__(f"There is no earlier sound generation in {data} to go back to.")


class DataSetError(WenChuError):
    """A file of an evaluation data set is missing, or a line of it is not what it should be."""


class IndexUnavailable(WenChuError):
    """No question can be answered for now."""


class NoIndex(IndexUnavailable):
    """Nothing has been built yet."""

    def __init__(self, data: Path | str) -> None:
        super().__init__(f"No index in {data}. Build one with: python -m index build")


class ClusterFault(StrEnum):
    """Why a cluster does not answer as it should."""

    UNREACHABLE = "unreachable"
    """No node answers, or none in time."""
    REFUSED = "refused"
    """It does not take the credentials, or they do not allow what was asked."""
    BUSY = "busy"
    """It has more to do than it takes on."""
    INCOMPLETE = "incomplete"
    """A part of the index is on no node that is there."""
    UNSUPPORTED = "unsupported"
    """It is another program, or a version that is not known to work."""
    OTHER = "other"

    @property
    def may_pass(self) -> bool:
        """Whether the same request may be answered a little later."""
        return self in (ClusterFault.UNREACHABLE, ClusterFault.BUSY, ClusterFault.INCOMPLETE)


class ClusterUnavailable(IndexUnavailable):
    """The cluster that holds the index does not answer as it should. What it holds is still there.

    Attributes:
        fault: the kind of fault.
    """

    def __init__(self, fault: ClusterFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


class DamagedIndex(IndexUnavailable):
    """A generation's files are missing, cut or altered.

    Attributes:
        faults: what is wrong, a line each; the message names the first few.
    """

    def __init__(self, folder: Path | str, *faults: str) -> None:
        """Args:
        folder: a generation's, or the data folder.
        faults: at least one.
        """
        more = f"; and {len(faults) - FAULTS_NAMED} more" if len(faults) > FAULTS_NAMED else ""
        named = "; ".join(fault.rstrip(".") for fault in faults[:FAULTS_NAMED])
        super().__init__(
            f"The index in {folder} is damaged: {named}{more}. "
            "Build a new one with: python -m index build --full"
        )
        self.faults = faults


class OtherFormat(DamagedIndex):
    """A generation was written by another version of the program, in another format."""

    def __init__(self, folder: Path | str) -> None:
        """Args:
        folder: the generation's.
        """
        fault = "it was written by another version of the program"
        super().__init__(folder, fault)
        self.args = (f"The index in {folder}: {fault}. Build a new one: python -m index build",)
