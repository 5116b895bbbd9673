"""How Chinese is read: normalise, sentences, terms."""

import sys
import unicodedata

import pytest
from articles import ANY_TEXT
from hypothesis import given
from hypothesis import strategies as st

from index.analysis.reader import Term, TermKind, TextReader, close_han_gaps
from index.analysis.sentences import LONGEST_SENTENCE, sentences
from index.model import Span

LINES = st.lists(ANY_TEXT | st.text(max_size=20), max_size=6).map("\n".join)


def words(reader: TextReader, text: str) -> list[str]:
    return [term.text for term in reader.words(text)]


@given(text=LINES)
def test_each_normalised_character_knows_its_place_in_the_original(
    reader: TextReader, text: str
) -> None:
    normalised = reader.normalise(text)
    spans = [normalised.original(i, i + 1) for i in range(len(normalised.text))]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert spans == sorted(spans, key=lambda span: (span.start, span.end))
    if spans:
        assert normalised.original(0, len(spans)) == Span(spans[0].start, spans[-1].end)


@given(text=st.text())
def test_no_text_is_too_odd_to_be_read(reader: TextReader, text: str) -> None:
    """Surrogates and control characters included."""
    terms = reader.terms(text + "\ud83d\x00城\udc00区")
    assert terms == reader.terms(text + "\ufffd\x00城\ufffd区")


def test_normalising_a_character_twice_changes_no_more(reader: TextReader) -> None:
    characters = [chr(code) for code in range(sys.maxunicode + 1) if chr(code) != "\n"]
    # A line each, so that they can be read in one go.
    once = reader.normalise("\n".join(characters)).text
    twice = reader.normalise(once).text
    changed = [
        character
        for character, first, second in zip(
            characters, once.split("\n"), twice.split("\n"), strict=True
        )
        if first != second
    ]
    # 苧 is the simplified form of 薴 and the traditional form of 苎 at once.
    assert changed == ["薴"]


@given(text=LINES.filter(lambda text: "薴" not in text))
def test_normalising_a_text_twice_changes_no_more(reader: TextReader, text: str) -> None:
    once = reader.normalise(text).text
    assert reader.normalise(once).text == once


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\uff2c\uff25\uff24\uff11\uff10\uff05", "led10%"),
        ("臺灣與開放", "台湾与开放"),
        ("Café", "cafe"),
        ("Cafe\u0301", "cafe"),
        ("①㎡", "1m2"),
        ("乾隆年間的乾糧", "乾隆年间的干粮"),
        ("", ""),
    ],
)
def test_width_case_accents_and_traditional_characters_are_folded(
    reader: TextReader, written: str, read: str
) -> None:
    assert reader.normalise(written).text == read


@given(text=LINES)
def test_a_term_is_what_stands_at_its_place(reader: TextReader, text: str) -> None:
    normalised = reader.normalise(text)
    for term in reader.terms(text):
        assert 0 <= term.start < term.end <= len(text)
        read = reader.normalise(text[term.start : term.end]).text.replace(",", "")
        if normalised.origins is None:
            assert len(read) == len(term.text)
        # Where one character is read as several (㎡), a term may be a part of them.
        assert term.text in read


@given(text=LINES)
def test_words_cover_each_letter_and_digit_once_and_in_order(reader: TextReader, text: str) -> None:
    """What is left out is punctuation, spaces and symbols."""
    normalised = reader.normalise(text).text
    terms = reader.words(normalised)
    expected = [
        character
        for character in normalised
        if character.isalpha() or (character.isdecimal() and character != "_")
    ]
    cut = [c for term in terms for c in term.text if c.isalpha() or c.isdecimal()]
    assert cut == expected


@given(text=LINES)
def test_a_bigram_never_reaches_over_what_is_no_chinese_character(
    reader: TextReader, text: str
) -> None:
    for term in reader.bigrams(text):
        assert len(term.text) == 2
        assert term.kind is TermKind.BIGRAM
        # The newest ideographs are not assigned yet where Python's tables are older (Cn).
        assert {unicodedata.category(character) for character in term.text} <= {"Lo", "Nl", "Cn"}


def test_terms_are_words_then_bigrams_with_their_places(reader: TextReader) -> None:
    assert reader.terms("投資LED") == [
        Term("投资", TermKind.WORD, 0, 2),
        Term("led", TermKind.WORD, 2, 5),
        Term("投资", TermKind.BIGRAM, 0, 2),
    ]


def test_numbers_stay_whole_and_lose_their_thousands_commas(reader: TextReader) -> None:
    assert words(reader, "45.5万元、179,804平方米、12%") == (
        ["45.5", "万元", "179804", "平方米", "12%"]
    )


def test_punctuation_and_emoji_are_no_terms(reader: TextReader) -> None:
    assert words(reader, "。!?“”…\u3000\uff0c😀_") == []


def test_everyday_words_are_more_common_than_unknown_ones(reader: TextReader) -> None:
    assert reader.commonness("我们") > reader.commonness("白花") > 0
    assert reader.commonness("\U00020000") > 0


def test_verbs_are_told_from_nouns(reader: TextReader) -> None:
    assert reader.is_verb("安装")
    assert not reader.is_verb("路灯")


@given(text=st.lists(LINES | st.text("无", min_size=300, max_size=700), max_size=4).map("".join))
def test_sentences_hold_each_visible_character_once(text: str) -> None:
    """In order, without overlap, without white space around them, none too long."""
    spans = sentences(text)
    position = 0
    for span in spans:
        assert text[position : span.start].strip() == ""
        assert 0 < span.end - span.start <= LONGEST_SENTENCE
        assert span.of(text) == span.of(text).strip()
        position = span.end
    assert text[position:].strip() == ""


@pytest.mark.parametrize(
    ("text", "split"),
    [
        ("好。真好!对吗?", ["好。", "真好!", "对吗?"]),
        ("他说:“好。”然后走了。", ["他说:“好。”", "然后走了。"]),
        ("共3.5万元。版本1.2发布", ["共3.5万元。", "版本1.2发布"]),
        ("He left. She stayed.", ["He left.", "She stayed."]),
        ("一行\n\u3000\u3000又一行", ["一行", "又一行"]),
        ("等等……再说", ["等等……", "再说"]),
        ("真的吗\uff1f\uff01是\uff01", ["真的吗\uff1f\uff01", "是\uff01"]),
        ("", []),
    ],
)
def test_a_sentence_ends_where_a_reader_pauses(text: str, split: list[str]) -> None:
    assert [span.of(text) for span in sentences(text)] == split


def test_an_endless_sentence_is_cut_after_a_comma_where_it_has_one() -> None:
    text = "无" * 250 + "\uff0c" + "有" * 250
    assert [span.of(text) for span in sentences(text)] == ["无" * 250 + "\uff0c", "有" * 250]


@given(text=LINES)
def test_closing_gaps_takes_out_nothing_but_space(text: str) -> None:
    closed = close_han_gaps(text)
    assert "".join(closed.split()) == "".join(text.split())


def test_gaps_close_between_chinese_characters_only() -> None:
    assert close_han_gaps("城 西\u3000区 LED 灯 2 盏") == "城西区 LED 灯 2 盏"


def test_the_commas_of_thousands_are_no_part_of_a_number(reader: TextReader) -> None:
    assert [term.text for term in reader.words("2,000万元")] == ["2000", "万元"]


def test_numbers_in_a_list_stay_apart(reader: TextReader) -> None:
    terms = reader.words("100\uff0c200\uff0c300人")
    assert [term.text for term in terms][:3] == ["100", "200", "300"]


@pytest.mark.parametrize("invisible", ["\u200b", "\ufeff", "\u200d", "\ufe0f"])
def test_what_cannot_be_seen_cuts_no_word(reader: TextReader, invisible: str) -> None:
    assert [term.text for term in reader.words(f"城西{invisible}区")] == ["城西区"]


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("关 于 召 开 座 谈 会 的 通 知", "关于召开座谈会的通知"),
        ("通\u3000\u3000知", "通知"),
        ("公\u3000告\n路灯 三千盏", "公告\n路灯 三千盏"),
        ("路 灯 检 修 \uff0c 三 月 十 2 日 停 电 。", "路灯检修,三月十2日停电。"),
        ("事由:换 路 灯 三千盏", "事由:换路灯 三千盏"),
    ],
)
def test_letter_spaced_chinese_is_closed(reader: TextReader, text: str, closed: str) -> None:
    assert reader.normalise(text).text == closed


@pytest.mark.parametrize("text", ["召开 会议 通知", "他 在 家里", "价目 1 2 3", "赵强 男 县城"])
def test_words_that_stand_apart_are_not_glued(reader: TextReader, text: str) -> None:
    assert reader.normalise(text).text == text


def test_a_letter_spaced_word_is_found_where_it_stands(reader: TextReader) -> None:
    text = "定于明日 召 开 会 议 。"
    word = next(term for term in reader.words(text) if term.text == "会议")
    assert text[word.start : word.end] == "会 议"
