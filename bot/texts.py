"""Every sentence people read, by key, in the language of the reader.

The sentences themselves stand in `locales/*.toml`; this module knows their keys and which value
of the index or the desk is told with which sentence.
"""

import math
import string
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import resources
from typing import Literal

from bot.desk import Nothing
from bot.errors import AdminsOnly, BuildStopped, NotInvited, TooMany
from bot.figures import Day, Miss, Opinion
from bot.listings import Item, Listed
from bot.office import Condition
from index import (
    Article,
    BadLine,
    BuildError,
    BuildReport,
    BuildRunning,
    DamagedIndex,
    IndexUnavailable,
    LineFault,
    NoEarlierGeneration,
    NothingToIndex,
    Progress,
    RefusalReason,
    SkippedFile,
    SkipReason,
    Stage,
    Status,
    WenChuError,
    WordListError,
)

Locale = Literal["zh", "en"]
LOCALES: tuple[Locale, ...] = ("zh", "en")
FILES_LISTED = 20
LINES_LISTED = 20
LINE_LENGTH = 120
SECONDS_TOLD = 90
"""Longer times are told in minutes."""


class Key(StrEnum):
    """The name of each sentence: its table and its name in the locale files."""

    START_WELCOME = "start.welcome"
    HELP_PRIVATE = "help.private"
    HELP_GROUP = "help.group"
    HELP_ADMIN = "help.admin"
    ASK_HOW = "ask.how"
    ASK_HOW_TO_GUEST = "ask.how_to_guest"
    INLINE_HOW = "inline.how"
    INLINE_NOTHING = "inline.nothing"
    INLINE_NOT_INVITED = "inline.not_invited"
    INLINE_UNAVAILABLE = "inline.unavailable"
    INLINE_ANSWER = "inline.answer"
    ASK_UNDERSTOOD = "ask.understood"
    ASK_ONLY_TEXT = "ask.only_text"
    ASK_UNKNOWN_COMMAND = "ask.unknown_command"
    REFUSAL_NOTHING_ASKED = "refusal.nothing_asked"
    REFUSAL_TOO_LONG = "refusal.too_long"
    REFUSAL_NOTHING_FOUND = "refusal.nothing_found"
    REFUSAL_WEAK_EVIDENCE = "refusal.weak_evidence"
    REFUSAL_NO_MORE = "refusal.no_more"
    REFUSAL_MISSING = "refusal.missing"
    REFUSAL_SEPARATOR = "refusal.separator"
    REFUSAL_NEAREST = "refusal.nearest"
    CITATION_PARAGRAPH = "citation.paragraph"
    MORE_PLACE = "more.place"
    NOTHING_NO_QUESTION = "nothing.no_question"
    NOTHING_NO_MORE = "nothing.no_more"
    NOTHING_ARTICLE_GONE = "nothing.article_gone"
    NOTHING_GONE = "nothing.gone"
    BUTTON_PREVIOUS = "button.previous"
    BUTTON_NEXT = "button.next"
    BUTTON_GO_ON = "button.go_on"
    BUTTON_PREVIOUS_PAGE = "button.previous_page"
    BUTTON_NEXT_PAGE = "button.next_page"
    BUTTON_CONTEXT = "button.context"
    BUTTON_BACK = "button.back"
    BUTTON_LINK = "button.link"
    BUTTON_COPY = "button.copy"
    BUTTON_GOOD = "button.good"
    BUTTON_BAD = "button.bad"
    BUTTON_REPORT = "button.report"
    BUTTON_RESEND = "button.resend"
    PRESS_THANKS = "press.thanks"
    PRESS_REPORTED = "press.reported"
    PRESS_REPORTED_ALREADY = "press.reported_already"
    PRESS_OUTDATED = "press.outdated"
    PRESS_DOUBT = "press.doubt"
    BUILD_FIRST = "build.first"
    BUILD_MEND = "build.mend"
    BUILD_RATE = "build.rate"
    BUILD_SECONDS_LEFT = "build.seconds_left"
    BUILD_MINUTES_LEFT = "build.minutes_left"
    BUILD_READING = "build.reading"
    BUILD_CUTTING = "build.cutting"
    BUILD_WRITING = "build.writing"
    BUILD_DONE = "build.done"
    BUILD_HOLDS = "build.holds"
    BUILD_CHANGES = "build.changes"
    BUILD_SKIPPED = "build.skipped"
    BUILD_SKIPPED_FILE = "build.skipped_file"
    BUILD_SKIPPED_MORE = "build.skipped_more"
    BUILD_NOTES = "build.notes"
    BUILD_NOTE = "build.note"
    BUILD_NOTES_MORE = "build.notes_more"
    FORGET_DONE = "forget.done"
    ADMIN_MISSED = "admin.missed"
    ADMIN_TODAY = "admin.today"
    ADMIN_PICTURE = "admin.picture"
    ADMIN_LISTED = "admin.listed"
    ADMIN_LISTED_NOTHING = "admin.listed_nothing"
    ADMIN_ARTICLE = "admin.article"
    ADMIN_MISS = "admin.miss"
    ADMIN_MISS_REPORTED = "admin.miss_reported"
    ADMIN_OPINION = "admin.opinion"
    ADMIN_HOW_WORD = "admin.how_word"
    ADMIN_HOW_SYNONYM = "admin.how_synonym"
    ADMIN_WORD_ADDED = "admin.word_added"
    ADMIN_SYNONYM_ADDED = "admin.synonym_added"
    ADMIN_LINE_REFUSED = "admin.line_refused"
    ADMIN_CANCELLED = "admin.cancelled"
    ADMIN_NOTHING_TO_CANCEL = "admin.nothing_to_cancel"
    ADMIN_ROLLED_BACK = "admin.rolled_back"
    ADMIN_LIVE = "admin.live"
    ADMIN_FAULTS = "admin.faults"
    SKIP_EMPTY = "skip.empty"
    SKIP_BINARY = "skip.binary"
    SKIP_UNDECODABLE = "skip.undecodable"
    SKIP_UNREADABLE = "skip.unreadable"
    SKIP_UNSUPPORTED = "skip.unsupported"
    SKIP_TOO_LARGE = "skip.too_large"
    LINE_NO_WORD = "line.no_word"
    LINE_TOO_LONG = "line.too_long"
    LINE_ODD_CHARACTER = "line.odd_character"
    LINE_BLANK = "line.blank"
    LINE_FREQUENCY = "line.frequency"
    LINE_ONE_WORD = "line.one_word"
    LINE_TOO_MANY = "line.too_many"
    ERROR_NO_INDEX = "error.no_index"
    ERROR_DAMAGED_INDEX = "error.damaged_index"
    ERROR_BUILD_RUNNING = "error.build_running"
    ERROR_NOTHING_TO_INDEX = "error.nothing_to_index"
    ERROR_BUILD_FAILED = "error.build_failed"
    ERROR_BUILD_STOPPED = "error.build_stopped"
    ERROR_NO_EARLIER_GENERATION = "error.no_earlier_generation"
    ERROR_WORD_LIST = "error.word_list"
    ERROR_NOT_INVITED = "error.not_invited"
    ERROR_ADMINS_ONLY = "error.admins_only"
    ERROR_TOO_MANY = "error.too_many"
    ERROR_UNEXPECTED = "error.unexpected"
    CONSOLE_WELCOME = "console.welcome"
    CONSOLE_WELCOME_EMPTY = "console.welcome_empty"
    CONSOLE_PROMPT = "console.prompt"
    CONSOLE_HELP = "console.help"
    CONSOLE_EMPTY_SEEDS = "console.empty_seeds"
    CONSOLE_UNKNOWN_COMMAND = "console.unknown_command"
    CONSOLE_GOODBYE = "console.goodbye"
    COMMAND_ASK = "command.ask"
    COMMAND_HELP = "command.help"
    COMMAND_START = "command.start"
    COMMAND_FORGET = "command.forget"
    COMMAND_REINDEX = "command.reindex"
    COMMAND_CANCEL = "command.cancel"
    COMMAND_ROLLBACK = "command.rollback"
    COMMAND_STATUS = "command.status"
    COMMAND_ARTICLES = "command.articles"
    COMMAND_MISSES = "command.misses"
    COMMAND_FEEDBACK = "command.feedback"
    COMMAND_STATS = "command.stats"
    COMMAND_WORD = "command.word"
    COMMAND_SYNONYM = "command.synonym"
    PROFILE_DESCRIPTION = "profile.description"
    PROFILE_ABOUT = "profile.about"
    LAUNCH_WRONG_TOKEN = "launch.wrong_token"  # noqa: S105 - a key, not a token
    LAUNCH_NO_NETWORK = "launch.no_network"
    LAUNCH_BAD_SETTINGS = "launch.bad_settings"
    LAUNCH_NO_PORT = "launch.no_port"
    LAUNCH_FAILED = "launch.failed"


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
    Stage.CUTTING: Key.BUILD_CUTTING,
    Stage.WRITING: Key.BUILD_WRITING,
}
_SKIPS = {
    SkipReason.EMPTY: Key.SKIP_EMPTY,
    SkipReason.BINARY: Key.SKIP_BINARY,
    SkipReason.UNDECODABLE: Key.SKIP_UNDECODABLE,
    SkipReason.UNREADABLE: Key.SKIP_UNREADABLE,
    SkipReason.UNSUPPORTED: Key.SKIP_UNSUPPORTED,
    SkipReason.TOO_LARGE: Key.SKIP_TOO_LARGE,
}
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
    (DamagedIndex, Key.ERROR_DAMAGED_INDEX),
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

    def condition(self, condition: Condition) -> str:
        """How the index is, and how the day goes."""
        today = condition.today
        told = self.say(
            Key.ADMIN_TODAY,
            asked=today.asked,
            share=_share(today.answered, today.asked),
            median=f"{today.median * 1000:.1f}",
            slowest=f"{today.slowest * 1000:.1f}",
            memory=round(condition.memory / 1e6),
        )
        return f"{self.live(condition.live)}\n{told}"

    def days(self, days: Sequence[Day]) -> str:
        """What the picture of these days shows."""
        asked = sum(day.asked for day in days)
        share = _share(sum(day.answered for day in days), asked)
        return self.say(Key.ADMIN_PICTURE, days=len(days), asked=asked, share=share)

    def listed(self, listed: Listed) -> str:
        """A page of a list."""
        if not listed.items:
            return self.say(Key.ADMIN_LISTED_NOTHING)
        last = listed.first + len(listed.items) - 1
        head = self.say(Key.ADMIN_LISTED, first=listed.first, last=last, total=listed.total)
        lines = [self._item(number, item) for number, item in enumerate(listed.items, listed.first)]
        return "\n".join((head, *lines))

    def _item(self, number: int, item: Item) -> str:
        match item:
            case Article(id=id, title=title):
                title, id = shortened(title), shortened(id)
                return self.say(Key.ADMIN_ARTICLE, number=number, title=title, id=id)
            case Miss(question=question, times=times, reported=reported):
                key = Key.ADMIN_MISS_REPORTED if reported else Key.ADMIN_MISS
                return self.say(key, number=number, question=shortened(question), times=times)
            case Opinion(question=question, good=good, bad=bad):
                question = shortened(question)
                return self.say(
                    Key.ADMIN_OPINION, number=number, good=good, bad=bad, question=question
                )

    def line_refused(self, fault: LineFault) -> str:
        """Why a line cannot be added to the dictionary or the synonyms."""
        return self.say(Key.ADMIN_LINE_REFUSED, reason=self.say(_LINES[fault]))

    def faults(self, status: Status) -> list[str]:
        """A line that names damaged generations; none if none was found."""
        if not status.faults:
            return []
        return [self.say(Key.ADMIN_FAULTS, faults=" ".join(status.faults))]

    def rolled_back(self, status: Status) -> str:
        """Which index is in use after going back to it."""
        return self.say(
            Key.ADMIN_ROLLED_BACK,
            built=_local(status.built),
            articles=status.articles,
            passages=status.passages,
        )

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

    def skipped(self, files: Sequence[SkippedFile]) -> list[str]:
        """Lines that name the first files that were skipped, and why; none if there are none."""
        if not files:
            return []
        lines = [self.say(Key.BUILD_SKIPPED, count=len(files))]
        for file in files[:FILES_LISTED]:
            reason = self.say(_SKIPS[file.reason])
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
    file = resources.files("bot") / "locales" / f"{locale}.toml"
    sections = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        f"{section}.{name}": sentence
        for section, sentences in sections.items()
        for name, sentence in sentences.items()
    }


def placeholders(sentence: str) -> set[str]:
    """The names in braces of a sentence."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def shortened(text: str) -> str:
    """As much of a text as a line of a list shows, on one line."""
    line = " ".join(text.split())
    return line if len(line) <= LINE_LENGTH else f"{line[:LINE_LENGTH]}……"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"


def _rounded(rate: float) -> str:
    """A rate as precisely as it helps: 0.3, 7.5, 5000."""
    return f"{rate:.1f}" if rate < 10 else f"{rate:.0f}"


def _local(moment: datetime) -> str:
    """A moment on the clock of this machine, to the minute."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
