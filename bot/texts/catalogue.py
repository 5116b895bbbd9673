"""Every sentence people read, by key, in the language of the reader.

The sentences themselves stand in `locales/*.toml` and `keys` names them; this module knows which
value of the index or the desk is told with which sentence.
"""

import math
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Literal

from bot.core.desk import Nothing
from bot.errors import AdminsOnly, BuildStopped, NotInvited, TooMany
from bot.texts.keys import Key
from index import (
    BadLine,
    BuildError,
    BuildReport,
    BuildRunning,
    ClusterUnavailable,
    DamagedIndex,
    IndexUnavailable,
    LineFault,
    NoEarlierGeneration,
    NothingToIndex,
    OtherFormat,
    Progress,
    RefusalReason,
    SkippedFile,
    SkipReason,
    Stage,
    Status,
    WenChuError,
    WordListError,
)
from index.settings import UnknownSetting

Locale = Literal["zh", "en"]
LOCALES: tuple[Locale, ...] = ("zh", "en")
FILES_LISTED = 20
LINES_LISTED = 20
LEFT_OUT = "……"
SECONDS_TOLD = 90
"""Longer times are told in minutes."""


_REFUSALS = {
    RefusalReason.NOTHING_ASKED: Key.REFUSAL_NOTHING_ASKED,
    RefusalReason.TOO_LONG: Key.REFUSAL_TOO_LONG,
    RefusalReason.NOTHING_FOUND: Key.REFUSAL_NOTHING_FOUND,
    RefusalReason.WEAK_EVIDENCE: Key.REFUSAL_WEAK_EVIDENCE,
    RefusalReason.NO_MORE: Key.REFUSAL_NO_MORE,
}
_NOTHING = {
    Nothing.NO_QUESTION: Key.NOTHING_NO_QUESTION,
    Nothing.NO_MORE: Key.NOTHING_NO_MORE,
    Nothing.ARTICLE_GONE: Key.NOTHING_ARTICLE_GONE,
    Nothing.GONE: Key.NOTHING_GONE,
}
_STAGES = {
    Stage.READING: Key.BUILD_READING,
    Stage.INDEXING: Key.BUILD_CUTTING,
    Stage.WRITING: Key.BUILD_WRITING,
}
_SKIPS = {
    SkipReason.EMPTY: Key.SKIP_EMPTY,
    SkipReason.BINARY: Key.SKIP_BINARY,
    SkipReason.UNDECODABLE: Key.SKIP_UNDECODABLE,
    SkipReason.UNREADABLE: Key.SKIP_UNREADABLE,
    SkipReason.UNSUPPORTED: Key.SKIP_UNSUPPORTED,
    SkipReason.TOO_LARGE: Key.SKIP_TOO_LARGE,
    SkipReason.NO_TEXT: Key.SKIP_NO_TEXT,
    SkipReason.ENCRYPTED: Key.SKIP_ENCRYPTED,
    SkipReason.BROKEN: Key.SKIP_BROKEN,
    SkipReason.TOO_HARD: Key.SKIP_TOO_HARD,
    SkipReason.TOO_LONG: Key.SKIP_TOO_LONG,
    SkipReason.TOO_MANY: Key.SKIP_TOO_MANY,
    SkipReason.DUPLICATE: Key.SKIP_DUPLICATE,
    SkipReason.BROKEN_SIDECAR: Key.SKIP_BROKEN_SIDECAR,
    SkipReason.ORPHAN_SIDECAR: Key.SKIP_ORPHAN_SIDECAR,
}
_NAMING_ANOTHER = frozenset({SkipReason.DUPLICATE, SkipReason.ORPHAN_SIDECAR})
"""Reasons whose sentences name the other file that they have to do with."""
_LINES = {
    LineFault.NO_WORD: Key.LINE_NO_WORD,
    LineFault.TOO_LONG: Key.LINE_TOO_LONG,
    LineFault.ODD_CHARACTER: Key.LINE_ODD_CHARACTER,
    LineFault.BLANK: Key.LINE_BLANK,
    LineFault.FREQUENCY: Key.LINE_FREQUENCY,
    LineFault.ONE_WORD: Key.LINE_ONE_WORD,
    LineFault.TOO_MANY: Key.LINE_TOO_MANY,
}
# The first class that fits counts, so a class stands before the one it derives from.
_ERRORS: tuple[tuple[type[WenChuError], Key], ...] = (
    (OtherFormat, Key.ERROR_OTHER_FORMAT),
    (DamagedIndex, Key.ERROR_DAMAGED_INDEX),
    (ClusterUnavailable, Key.ERROR_CLUSTER_UNAVAILABLE),
    (IndexUnavailable, Key.ERROR_NO_INDEX),
    (BuildRunning, Key.ERROR_BUILD_RUNNING),
    (NothingToIndex, Key.ERROR_NOTHING_TO_INDEX),
    (NoEarlierGeneration, Key.ERROR_NO_EARLIER_GENERATION),
    (BuildError, Key.ERROR_BUILD_FAILED),
    (BuildStopped, Key.ERROR_BUILD_STOPPED),
    (WordListError, Key.ERROR_WORD_LIST),
    (NotInvited, Key.ERROR_NOT_INVITED),
    (AdminsOnly, Key.ERROR_ADMINS_ONLY),
    (TooMany, Key.ERROR_TOO_MANY),
)


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language."""

    locale: Locale
    _sentences: Mapping[str, str]

    @classmethod
    def load(cls, locale: Locale) -> "Texts":
        """Read the sentences of a language."""
        return cls(locale, sentences_of(locale))

    def say(self, key: Key, **values: object) -> str:
        """The sentence `key` with its placeholders filled in: plain text, nothing escaped.

        Raises:
            TypeError: the values are not those which the sentence has places for.
        """
        sentence = self._sentences[key]
        if placeholders(sentence) != values.keys():
            raise TypeError(f"{key} takes {sorted(placeholders(sentence))}, not {sorted(values)}")
        return sentence.format(**values)

    def refusal(self, reason: RefusalReason) -> str:
        """Why a question has no answer."""
        return self.say(_REFUSALS[reason])

    def missing(self, words: Iterable[str]) -> str:
        """Which of a question's words were not found."""
        return self.say(Key.REFUSAL_MISSING, words=self.say(Key.REFUSAL_SEPARATOR).join(words))

    def nothing(self, why: Nothing) -> str:
        """Why there is nothing to show."""
        return self.say(_NOTHING[why])

    def error(self, error: BaseException) -> str:
        """What went wrong, for the person who asked; anything unforeseen gets one sentence."""
        known = (key for kind, key in _ERRORS if isinstance(error, kind))
        told = self.say(next(known, Key.ERROR_UNEXPECTED))
        skipped = error.skipped if isinstance(error, NothingToIndex) else ()
        return "\n".join((told, *self.skipped(skipped)))

    def progress(self, progress: Progress) -> str:
        """How far a build has come, how fast it goes, and how long its stage will still take."""
        told = self.say(_STAGES[progress.stage], done=progress.done, total=progress.total)
        if progress.rate is not None:
            told += self.say(Key.BUILD_RATE, rate=_rounded(progress.rate))
        if progress.remaining and progress.done < progress.total:
            told += self._left(progress.remaining)
        return told

    def _left(self, seconds: float) -> str:
        if seconds < SECONDS_TOLD:
            return self.say(Key.BUILD_SECONDS_LEFT, seconds=math.ceil(seconds))
        return self.say(Key.BUILD_MINUTES_LEFT, minutes=math.ceil(seconds / 60))

    def live(self, status: Status) -> str:
        """What is live, and what was found damaged when it was opened."""
        told = self.say(
            Key.ADMIN_LIVE,
            built=_local(status.built),
            generation=status.generation,
            articles=status.articles,
            passages=status.passages,
        )
        return "\n".join((told, *self.faults(status)))

    def unknown_setting(self, unknown: UnknownSetting) -> str:
        """That a name is no setting, and which one may have been meant."""
        if unknown.nearest is None:
            return self.say(Key.LAUNCH_UNKNOWN_SETTING, name=unknown.name)
        return self.say(Key.LAUNCH_MISSPELT_SETTING, name=unknown.name, nearest=unknown.nearest)

    def line_fault(self, fault: LineFault) -> str:
        """Why a line of a word list cannot be used."""
        return self.say(_LINES[fault])

    def skip(self, reason: SkipReason, other: str = "") -> str:
        """Why a file is no article.

        Args:
            other: the file that it has to do with, where the reason names one.
        """
        named = {"other": other} if reason in _NAMING_ANOTHER else {}
        return self.say(_SKIPS[reason], **named)

    def faults(self, status: Status) -> list[str]:
        """A line that names damaged generations; none if none was found."""
        if not status.faults:
            return []
        return [self.say(Key.ADMIN_FAULTS, faults=" ".join(status.faults))]

    def rolled_back(self, status: Status) -> str:
        """Which index is in use after going back to it."""
        told = self.say(
            Key.ADMIN_ROLLED_BACK,
            built=_local(status.built),
            articles=status.articles,
            passages=status.passages,
        )
        if not status.withdrawn:
            return told
        return f"{told}\n{self.say(Key.ADMIN_STILL_WITHDRAWN, count=status.withdrawn)}"

    def report(self, report: BuildReport) -> str:
        """What a build did, with the first files and lines that were left out and why."""
        lines = [
            self.say(Key.BUILD_DONE, seconds=f"{report.seconds:.1f}"),
            self.say(Key.BUILD_HOLDS, articles=report.articles, passages=report.passages),
            self.say(
                Key.BUILD_CHANGES,
                added=report.added,
                changed=report.changed,
                removed=report.removed,
                unchanged=report.unchanged,
            ),
        ]
        return "\n".join((*lines, *self.skipped(report.skipped), *self.notes(report.notes)))

    def followed(self, report: BuildReport) -> str:
        """What a build did that nobody asked for, in a line."""
        return self.say(
            Key.BUILD_FOLLOWED,
            added=report.added,
            changed=report.changed,
            removed=report.removed,
            articles=report.articles,
        )

    def skipped(self, files: Sequence[SkippedFile]) -> list[str]:
        """Lines that name the first files that were skipped, and why; none if there are none."""
        if not files:
            return []
        lines = [self.say(Key.BUILD_SKIPPED, count=len(files))]
        for file in files[:FILES_LISTED]:
            reason = self.skip(file.reason, file.other)
            lines.append(self.say(Key.BUILD_SKIPPED_FILE, path=file.path, reason=reason))
        if len(files) > FILES_LISTED:
            lines.append(self.say(Key.BUILD_SKIPPED_MORE, count=len(files) - FILES_LISTED))
        return lines

    def notes(self, notes: Sequence[BadLine]) -> list[str]:
        """Lines that name the first lines of word lists that were left out, and why."""
        if not notes:
            return []
        lines = [self.say(Key.BUILD_NOTES, count=len(notes))]
        for note in notes[:LINES_LISTED]:
            reason = self.say(_LINES[note.fault])
            lines.append(self.say(Key.BUILD_NOTE, path=note.path, line=note.line, reason=reason))
        if len(notes) > LINES_LISTED:
            lines.append(self.say(Key.BUILD_NOTES_MORE, count=len(notes) - LINES_LISTED))
        return lines


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The sentences of all languages.

    Attributes:
        default: the language of people whose own is not known.
    """

    default: Texts
    _by_locale: Mapping[Locale, Texts]

    @classmethod
    def load(cls, default: Locale) -> "Catalogue":
        """Read all languages."""
        by_locale = {locale: Texts.load(locale) for locale in LOCALES}
        return cls(by_locale[default], by_locale)

    def all(self) -> tuple[Texts, ...]:
        """Every language there is."""
        return tuple(self._by_locale.values())

    def of(self, language_code: str | None) -> Texts:
        """The sentences for a person with an IETF language tag, such as `zh-hans`."""
        if not language_code:
            return self.default
        return self._by_locale["zh" if language_code.lower().startswith("zh") else "en"]


def sentences_of(locale: Locale) -> dict[str, str]:
    """A locale file as one flat table: `section.name` -> sentence."""
    file = resources.files("bot.texts") / "locales" / f"{locale}.toml"
    sections = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        f"{section}.{name}": sentence
        for section, sentences in sections.items()
        for name, sentence in sentences.items()
    }


def placeholders(sentence: str) -> set[str]:
    """The names in braces of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def shortened(text: str, length: int) -> str:
    """A text, or its first `length` characters and a sign that more follows."""
    return text if len(text) <= length else text[:length] + LEFT_OUT


def _rounded(rate: float) -> str:
    """A rate as precisely as it helps: 0.3, 7.5, 5000."""
    return f"{rate:.1f}" if rate < 10 else f"{rate:.0f}"


def _local(moment: datetime) -> str:
    """A moment on the clock of this machine, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
