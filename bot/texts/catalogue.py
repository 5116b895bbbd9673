"""Every sentence people read, by key, in the language of the reader.

The sentences themselves are in `locales/*.toml` and `keys` names them; this module knows which
sentence goes with which value of the index or the desk.
"""

import math
import string
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any, Literal

from bot.admin.health import BackgroundTask
from bot.core.desk import Nothing
from bot.errors import (
    AdminsOnly,
    BackupFault,
    BuildStopped,
    DamagedStore,
    FetchFault,
    LaterStore,
    NotInvited,
    StoreError,
    TooMany,
)
from bot.texts.keys import Key
from index import (
    BadLine,
    BuildError,
    BuildReport,
    BuildRunning,
    ClusterUnavailable,
    DamagedIndex,
    FolderUnreadable,
    IndexUnavailable,
    LineFault,
    NoAnswer,
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
LISTED_LENGTH = 100
"""Characters of a question that stands in a list."""
LONGEST_IN_SECONDS = 90
"""Longer times are shown in minutes."""


Named = (
    RefusalReason
    | Nothing
    | Stage
    | SkipReason
    | LineFault
    | FetchFault
    | BackupFault
    | BackgroundTask
)
"""What has a sentence for each member: no `Key` names those."""
SECTIONS: Mapping[type[Named], str] = {
    RefusalReason: "refusal",
    Nothing: "nothing",
    Stage: "build",
    SkipReason: "skip",
    LineFault: "line",
    FetchFault: "fetch",
    BackupFault: "backup",
    BackgroundTask: "task",
}
"""The section of each enum's sentences, which have the names of its members."""
_NAMING_ANOTHER = frozenset({SkipReason.DUPLICATE, SkipReason.ORPHAN_SIDECAR})
"""Reasons whose sentences name the other file that they have to do with."""
# The first class that fits counts, so a class stands before the one it derives from.
_ERRORS: tuple[tuple[type[WenChuError], Key], ...] = (
    (OtherFormat, Key.ERROR_OTHER_FORMAT),
    (DamagedIndex, Key.ERROR_DAMAGED_INDEX),
    (ClusterUnavailable, Key.ERROR_CLUSTER_UNAVAILABLE),
    (IndexUnavailable, Key.ERROR_NO_INDEX),
    (BuildRunning, Key.ERROR_BUILD_RUNNING),
    (NothingToIndex, Key.ERROR_NOTHING_TO_INDEX),
    (FolderUnreadable, Key.ERROR_FOLDER_UNREADABLE),
    (NoEarlierGeneration, Key.ERROR_NO_EARLIER_GENERATION),
    (BuildError, Key.ERROR_BUILD_FAILED),
    (BuildStopped, Key.ERROR_BUILD_STOPPED),
    (WordListError, Key.ERROR_WORD_LIST),
    (NotInvited, Key.ERROR_NOT_INVITED),
    (AdminsOnly, Key.ERROR_ADMINS_ONLY),
    (TooMany, Key.ERROR_TOO_MANY),
)


class _WithPlurals(string.Formatter):
    """Fills in `{count:page|pages}` as "1 page" or "3 pages"."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Returns a value, followed by the singular or plural noun if the format names them."""
        singular, bar, plural = format_spec.partition("|")
        if not bar:
            return str(super().format_field(value, format_spec))
        return f"{value} {singular if value == 1 else plural}"


_WITH_PLURALS = _WithPlurals()


@dataclass(frozen=True, slots=True)
class Texts:
    """The sentences of one language."""

    locale: Locale
    _sentences: Mapping[str, str]

    @classmethod
    def load(cls, locale: Locale) -> "Texts":
        """Reads the sentences of a language."""
        return cls(locale, sentences_of(locale))

    def say(self, key: Key | Named, **values: object) -> str:
        """Returns the sentence `key` with its placeholders filled in: plain text, nothing escaped.

        Raises:
            TypeError: the values are not those which the sentence has places for.
        """
        name = key if isinstance(key, Key) else name_of(key)
        sentence = self._sentences[name]
        if placeholders(sentence) != values.keys():
            raise TypeError(f"{name} takes {sorted(placeholders(sentence))}, not {sorted(values)}")
        return _WITH_PLURALS.format(sentence, **values)

    def with_example(self, key: Key, example: str | None) -> str:
        """Returns the sentence `key`, which tells how to ask, with an example of a question."""
        return self.say(key, example=example or self.say(Key.ASK_EXAMPLE))

    def unusable_state(self, error: StoreError) -> str:
        """Returns why the bot's state cannot be used, and what to do about it."""
        match error:
            case DamagedStore():
                return self.say(Key.LAUNCH_DAMAGED_STATE, path=error.path, detail=error.detail)
            case LaterStore():
                return self.say(Key.LAUNCH_LATER_STATE, path=error.path)
        return str(error)

    def missed(self, questions: Sequence[str], count: int) -> str:
        """Returns what was reported to have no answer.

        Args:
            questions: the first ones.
            count: how many there are.
        """
        if count == 1:
            return self.say(Key.ADMIN_MISSED, question=questions[0])
        lines = "\n".join(f"· {shortened(question, LISTED_LENGTH)}" for question in questions)
        return self.say(Key.ADMIN_MISSED_SEVERAL, count=count, questions=lines)

    def refusal(self, reply: NoAnswer) -> list[str]:
        """Returns the lines of a refusal: why, which words were not found, or what there is."""
        lines = [self.say(reply.reason)]
        if reply.missing:
            apart = reply.reason is RefusalReason.NOT_TOGETHER
            key = Key.REFUSAL_APART if apart else Key.REFUSAL_MISSING
            words = self.say(Key.REFUSAL_SEPARATOR).join(reply.missing)
            lines.append(self.say(key, words=words))
        if reply.titles:
            lines.append(self.say(Key.REFUSAL_TITLES))
        return [*lines, *(f"· {shortened(title, LISTED_LENGTH)}" for title in reply.titles)]

    def error(self, error: BaseException) -> str:
        """Returns what went wrong, for the person who asked; one sentence for anything
        unforeseen."""
        known = (key for error_class, key in _ERRORS if isinstance(error, error_class))
        sentence = self.say(next(known, Key.ERROR_UNEXPECTED))
        skipped = error.skipped if isinstance(error, NothingToIndex) else ()
        return "\n".join((sentence, *self.skipped(skipped)))

    def progress(self, progress: Progress) -> str:
        """Returns how far a build has come, its rate, and how long its stage will still take."""
        text = self.say(progress.stage, done=progress.done, total=progress.total)
        if progress.rate is not None:
            text += self.say(Key.BUILD_RATE, rate=_rounded(progress.rate))
        if progress.remaining and progress.done < progress.total:
            text += self._left(progress.remaining)
        return text

    def _left(self, seconds: float) -> str:
        if seconds < LONGEST_IN_SECONDS:
            return self.say(Key.BUILD_SECONDS_LEFT, seconds=math.ceil(seconds))
        return self.say(Key.BUILD_MINUTES_LEFT, minutes=math.ceil(seconds / 60))

    def live(self, status: Status) -> str:
        """Returns what is live, and what was found damaged when it was opened."""
        text = self.say(
            Key.ADMIN_LIVE,
            built=local_time(status.built),
            generation=status.generation,
            articles=status.articles,
            passages=status.passages,
        )
        return "\n".join((text, *self.faults(status)))

    def unknown_setting(self, unknown: UnknownSetting) -> str:
        """Returns that a name is not a setting, and which one may have been meant."""
        if unknown.nearest is None:
            return self.say(Key.LAUNCH_UNKNOWN_SETTING, name=unknown.name)
        return self.say(Key.LAUNCH_MISSPELT_SETTING, name=unknown.name, nearest=unknown.nearest)

    def skip(self, reason: SkipReason, other: str = "") -> str:
        """Returns why a file is not an article.

        Args:
            other: the file that it has to do with, where the reason names one.
        """
        named = {"other": other} if reason in _NAMING_ANOTHER else {}
        return self.say(reason, **named)

    def faults(self, status: Status) -> list[str]:
        """Returns a line that names damaged generations; none if none was found."""
        if not status.faults:
            return []
        return [self.say(Key.ADMIN_FAULTS, faults=" ".join(status.faults))]

    def rolled_back(self, status: Status) -> str:
        """Returns which index is in use after a rollback."""
        text = self.say(
            Key.ADMIN_ROLLED_BACK,
            built=local_time(status.built),
            articles=status.articles,
            passages=status.passages,
        )
        if not status.withdrawn:
            return text
        return f"{text}\n{self.say(Key.ADMIN_STILL_WITHDRAWN, count=status.withdrawn)}"

    def report(self, report: BuildReport) -> str:
        """Returns what a build did, with the first files and lines that were left out and why."""
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
        """Returns what a build did that nobody asked for, in a line."""
        return self.say(
            Key.BUILD_FOLLOWED,
            added=report.added,
            changed=report.changed,
            removed=report.removed,
            articles=report.articles,
        )

    def skipped(self, files: Sequence[SkippedFile]) -> list[str]:
        """Returns lines that name the first skipped files, and why; none if there are none."""
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
        """Returns lines that name the first unusable lines of word lists, and why; none if there
        are none."""
        if not notes:
            return []
        lines = [self.say(Key.BUILD_NOTES, count=len(notes))]
        for note in notes[:LINES_LISTED]:
            reason = self.say(note.fault)
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
        """Reads all languages."""
        by_locale = {locale: Texts.load(locale) for locale in LOCALES}
        return cls(by_locale[default], by_locale)

    def all(self) -> tuple[Texts, ...]:
        """Returns the sentences of every language."""
        return tuple(self._by_locale.values())

    def of(self, language_code: str | None) -> Texts:
        """Returns the sentences for a person with an IETF language tag, such as `zh-hans`."""
        if not language_code:
            return self.default
        return self._by_locale["zh" if language_code.lower().startswith("zh") else "en"]


def sentences_of(locale: Locale) -> dict[str, str]:
    """Returns a locale file as one flat table: `section.name` -> sentence."""
    file = resources.files("bot.texts") / "locales" / f"{locale}.toml"
    sections = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        f"{section}.{name}": sentence
        for section, sentences in sections.items()
        for name, sentence in sentences.items()
    }


def name_of(member: Named) -> str:
    """Returns the name of a member's sentence."""
    return f"{SECTIONS[type(member)]}.{member.name.lower()}"


def placeholders(sentence: str) -> set[str]:
    """Returns the names in braces of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def shortened(text: str, length: int) -> str:
    """Returns a text, or its first `length` characters and a sign that more follows."""
    return text if len(text) <= length else text[:length] + LEFT_OUT


def _rounded(rate: float) -> str:
    """Returns a rate as precisely as it helps: 0.3, 7.5, 5000."""
    return f"{rate:.1f}" if rate < 10 else f"{rate:.0f}"


def local_time(moment: datetime) -> str:
    """Returns a moment in local time, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
