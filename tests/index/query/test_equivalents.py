"""What means the same in every library."""

from importlib import resources

import pytest

from index.analysis.reader import TextReader
from index.query.equivalents import find_equivalents
from index.query.question import QuestionReader, asking_spans

ROWS = [
    [phrase.strip() for phrase in row.split("=")]
    for line in resources.files("index.query")
    .joinpath("equivalents.txt")
    .read_text("utf-8")
    .splitlines()
    if (row := line.partition("#")[0]).strip()
]
PHRASES = sorted({phrase for row in ROWS for phrase in row})
SAFE_ALONE = {"带", "牙", "狗", "犬"}
"""Single characters that mean one thing wherever they are a word."""
ASKS_BY_ITSELF = {"多久一班"}
"""Is also typed without anything that asks."""


def test_a_row_names_several_phrases_each_once() -> None:
    assert [row for row in ROWS if len(row) < 2 or len(set(row)) < len(row)] == []


def test_no_row_is_part_of_another() -> None:
    """Such a row says nothing."""
    sets = [frozenset(row) for row in ROWS]
    assert len(set(sets)) == len(sets)
    assert [sorted(a) for a in sets if any(a < b for b in sets)] == []


def test_phrases_are_written_as_normalised_text(reader: TextReader) -> None:
    """A phrase with a capital or a traditional character would match nothing."""
    assert [phrase for phrase in PHRASES if reader.normalise(phrase).text != phrase] == []


def test_no_phrase_is_a_single_character_unless_it_is_safe() -> None:
    assert {phrase for phrase in PHRASES if len(phrase) == 1} == SAFE_ALONE


def test_no_phrase_holds_a_word_of_asking() -> None:
    """It is blotted out of the question before phrases are looked for."""
    assert {phrase for phrase in PHRASES if asking_spans(phrase)} == ASKS_BY_ITSELF


def test_each_phrase_holds_something_to_look_for(reader: TextReader) -> None:
    only_asks = QuestionReader(reader).only_asks
    words = {phrase: [word.text for word in reader.words(phrase)] for phrase in PHRASES}
    assert [phrase for phrase in PHRASES if all(map(only_asks, words[phrase]))] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_each_phrase_of_a_row_finds_all_others(row: list[str]) -> None:
    for phrase in row:
        others = {other for found in find_equivalents(phrase) for other in found.others}
        assert set(row) - {phrase} <= others


@pytest.mark.parametrize(
    ("question", "other"),
    [
        ("洗个澡多少钱", "洗澡"),
        ("洗了一次澡", "淋浴"),
        ("医保在哪交", "缴费"),
        ("学费什么时候交呢", "缴"),
    ],
)
def test_a_rule_finds_what_no_row_holds(question: str, other: str) -> None:
    assert other in {other for found in find_equivalents(question) for other in found.others}


@pytest.mark.parametrize("text", ["材料向谁提交", "公交"])
def test_a_part_of_another_verb_pays_nothing(text: str) -> None:
    assert not any("缴" in found.others for found in find_equivalents(text))


def test_what_rows_and_rules_say_of_a_phrase_counts_together(reader: TextReader) -> None:
    (rewording,) = QuestionReader(reader).read("食堂周末营业").rewordings[1:2]
    others = {alternative.text for alternative in rewording.alternatives}
    assert {"双休日", "每天"} <= others
