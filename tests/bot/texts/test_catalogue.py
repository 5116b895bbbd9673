"""The sentences: complete in every language, and used with the values they have places for."""

import ast
import dataclasses
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from desk_fakes import DATA, REPORT

import bot
from bot.core.desk import Nothing
from bot.errors import AdminsOnly, BuildStopped, NotInvited
from bot.texts.catalogue import (
    FILES_LISTED,
    LINES_LISTED,
    LOCALES,
    SECTIONS,
    Catalogue,
    Locale,
    Texts,
    name_of,
    placeholders,
    sentences_of,
)
from bot.texts.keys import Key
from index import (
    BadLine,
    BuildError,
    BuildReport,
    BuildRunning,
    DamagedIndex,
    FolderUnreadable,
    LineFault,
    NoAnswer,
    NoEarlierGeneration,
    NoIndex,
    NothingToIndex,
    OtherFormat,
    Progress,
    RefusalReason,
    SkippedFile,
    SkipReason,
    Stage,
    WordListError,
)

NAMES = [*Key, *(name_of(member) for enum in SECTIONS for member in enum)]
SOURCES = sorted(Path(bot.__file__).parent.rglob("*.py"))


def nodes() -> Iterator[ast.AST]:
    """Every node of the bot's code."""
    for path in SOURCES:
        yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def key_in(node: ast.AST) -> Key | None:
    """The key that `Key.X` names."""
    match node:
        case ast.Attribute(value=ast.Name(id="Key"), attr=name):
            return Key[name]
    return None


def say_calls() -> Iterator[tuple[Key, set[str]]]:
    """Every `….say(Key.X, name=…)` in the bot's code: the key and the names."""
    for node in nodes():
        match node:
            case ast.Call(func=ast.Attribute(attr="say"), args=[first, *_], keywords=keywords):
                if key := key_in(first):
                    yield key, {str(keyword.arg) for keyword in keywords}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_key_has_a_sentence_and_every_sentence_a_key(locale: Locale) -> None:
    assert sorted(sentences_of(locale)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_sentence_has_the_same_places_for_values_in_every_language(name: str) -> None:
    assert len({frozenset(placeholders(sentences_of(locale)[name])) for locale in LOCALES}) == 1


def test_every_key_is_used() -> None:
    assert set(filter(None, map(key_in, nodes()))) == set(Key)


def test_code_fills_in_just_the_values_that_a_sentence_has_places_for() -> None:
    chinese = sentences_of("zh")
    calls = list(say_calls())
    assert len(calls) > 20
    assert [call for call in calls if placeholders(chinese[call[0]]) != call[1]] == []


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", NAMES)
def test_no_sentence_is_blank_or_ends_in_white_space(locale: Locale, name: str) -> None:
    sentence = Texts.load(locale)._sentences[name]
    assert sentence.strip()
    # These are followed by something: what a person types, the next word.
    assert sentence == sentence.rstrip() or name in {Key.CONSOLE_PROMPT, Key.REFUSAL_SEPARATOR}


def test_a_missing_or_superfluous_value_is_an_error() -> None:
    texts = Texts.load("zh")
    with pytest.raises(TypeError, match=r"citation\.paragraph"):
        texts.say(Key.CITATION_PARAGRAPH)
    with pytest.raises(TypeError, match=r"help\.private"):
        texts.say(Key.HELP_PRIVATE, number=1)


@pytest.mark.parametrize(("count", "answer"), [(0, "0 pages"), (1, "1 page"), (2, "2 pages")])
def test_what_is_counted_agrees_with_its_number(count: int, answer: str) -> None:
    assert Texts.load("en").say(Key.INTAKE_PAGES, count=count) == answer
    assert Texts.load("zh").say(Key.INTAKE_PAGES, count=count) == f"{count} 页"


def test_braces_in_a_value_are_left_alone() -> None:
    sentence = Texts.load("zh").say(Key.CONSOLE_UNKNOWN_COMMAND, command="/{number}")
    assert "/{number}" in sentence


@pytest.mark.parametrize(
    ("code", "locale"),
    [("zh", "zh"), ("zh-hans", "zh"), ("ZH-TW", "zh"), ("en", "en"), ("de", "en"), ("", "zh")],
)
def test_a_person_is_spoken_to_in_chinese_if_theirs_is_chinese_else_in_english(
    code: str, locale: Locale
) -> None:
    assert Catalogue.load("zh").of(code).locale == locale


def test_the_setting_decides_where_telegram_tells_no_language() -> None:
    assert Catalogue.load("en").of(None).locale == "en"


@pytest.mark.parametrize("locale", LOCALES)
def test_every_reason_stage_and_error_has_a_sentence_of_its_own(locale: Locale) -> None:
    texts = Texts.load(locale)
    errors = [
        NoIndex(DATA),
        DamagedIndex(DATA, "cut"),
        OtherFormat(DATA),
        BuildRunning(DATA),
        NothingToIndex(DATA),
        FolderUnreadable("seeds/a"),
        BuildError("disk full"),
        BuildStopped(),
        NoEarlierGeneration(DATA),
        WordListError("gone"),
        NotInvited(),
        AdminsOnly(),
        ValueError("unforeseen"),
    ]
    assert len({texts.error(error) for error in errors}) == len(errors)
    assert len({texts.say(why) for why in Nothing}) == len(Nothing)
    assert len({texts.progress(Progress(stage, 1, 2)) for stage in Stage}) == len(Stage)
    assert all(texts.say(reason) for reason in RefusalReason)


@pytest.mark.parametrize(
    ("progress", "sentence"),
    [
        (Progress(Stage.INDEXING, 1200, 68000, 0.24), "1200/68000，每秒 5000，还要约 14 秒"),
        (Progress(Stage.INDEXING, 100, 68000, 1.0), "100/68000，每秒 100，还要约 12 分钟"),
        (Progress(Stage.READING, 3, 30, 10.0), "3/30，每秒 0.3，还要约 2 分钟"),
        (Progress(Stage.READING, 0, 30, 10.0), "0/30"),
        (Progress(Stage.READING, 30, 30, 10.0), "30/30，每秒 3.0"),
    ],
)
def test_progress_tells_its_pace_and_the_time_left_as_far_as_known(
    progress: Progress, sentence: str
) -> None:
    assert Texts.load("zh").progress(progress).endswith(sentence)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_report_names_the_first_skipped_files_with_their_reasons_and_counts_the_rest(
    locale: Locale,
) -> None:
    reasons = list(SkipReason)
    files = tuple(
        SkippedFile(f"f{number}.txt", reasons[number % len(reasons)], "detail")
        for number in range(FILES_LISTED + 3)
    )
    report = BuildReport("g", 3, 9, 11, 12, 13, 14, files, 1.26)
    text = Texts.load(locale).report(report)
    for part in ("1.3", "11", "12", "13", "14", "f0.txt", f"f{FILES_LISTED - 1}.txt"):
        assert part in text
    assert f"f{FILES_LISTED}.txt" not in text
    assert "3" in text.splitlines()[-1]


@pytest.mark.parametrize("locale", LOCALES)
def test_a_report_names_the_first_lines_left_out_with_their_faults_and_counts_the_rest(
    locale: Locale,
) -> None:
    faults = list(LineFault)
    notes = tuple(
        BadLine("words.txt", number, faults[number % len(faults)], "detail")
        for number in range(1001, 1001 + LINES_LISTED + 3)
    )
    texts = Texts.load(locale)
    *note_lines, last = texts.report(dataclasses.replace(REPORT, notes=notes)).splitlines()[4:]
    assert len(note_lines) == LINES_LISTED
    assert "words.txt" in note_lines[0]
    assert "1001" in note_lines[0]
    assert "3" in last
    assert len({line.replace(str(1001 + n), "") for n, line in enumerate(note_lines)}) == len(
        faults
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_where_nothing_can_be_indexed_the_files_that_are_there_are_named_with_their_reasons(
    locale: Locale,
) -> None:
    texts = Texts.load(locale)
    files = (SkippedFile("empty.txt", SkipReason.EMPTY, "detail"),)
    first, _, file = texts.error(NothingToIndex(DATA, files)).splitlines()
    assert first == texts.error(NothingToIndex(DATA))
    assert "empty.txt" in file
    assert texts.say(SkipReason.EMPTY) in file


def test_missing_words_are_listed_as_the_language_does() -> None:
    reply = NoAnswer("?", RefusalReason.WEAK_EVIDENCE, missing=("地铁", "公园"))
    assert Texts.load("zh").refusal(reply)[-1].endswith("地铁、公园")
    assert Texts.load("en").refusal(reply)[-1].endswith("地铁, 公园")
    apart = replace(reply, reason=RefusalReason.NOT_TOGETHER)
    assert Texts.load("zh").refusal(apart)[-1] == "最接近的原文没有提到：地铁、公园"


def test_the_titles_of_what_there_is_are_listed_below_the_sentence_long_ones_cut() -> None:
    reply = NoAnswer("?", RefusalReason.CONTENTS, titles=("停水通知", "长" * 500))
    texts = Texts.load("zh")
    sentence, heading, first, second = texts.refusal(reply)
    assert (sentence, heading) == (texts.say(reply.reason), texts.say(Key.REFUSAL_TITLES))
    assert first == "· 停水通知"
    assert len(second) < 120


@pytest.mark.parametrize("locale", LOCALES)
def test_an_emergency_is_told_the_national_numbers(locale: Locale) -> None:
    sentence = Texts.load(locale).say(RefusalReason.EMERGENCY)
    assert all(number in sentence for number in ("119", "120", "110"))


def test_a_report_without_skipped_files_does_not_mention_any() -> None:
    assert len(Texts.load("zh").report(REPORT).splitlines()) == 3
