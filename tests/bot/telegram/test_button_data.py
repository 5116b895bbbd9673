"""The data of buttons: short, versioned, and nothing else is taken for it."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.constants import InlineKeyboardButtonLimit

from bot.admin.lists import Leaf, Listing
from bot.core.article_pages import SheetId
from bot.state.exchanges import ID_LENGTH
from bot.telegram.messages.button_data import (
    ON_ARTICLES,
    Act,
    Choice,
    Deed,
    Press,
    Use,
    decode,
    decode_choice,
    encode,
    encode_choice,
)

IDS = st.text("ABCXYZabcxyz0189_-", min_size=ID_LENGTH, max_size=ID_LENGTH)
SHEETS = st.builds(SheetId, IDS, st.integers(0, 999), st.none() | st.integers(0, 999_999))
PRESSES = st.builds(Press, st.sampled_from(Deed), IDS, st.integers(0, 999)) | SHEETS
LEAVES = st.builds(Leaf, st.sampled_from(Listing), st.integers(0, 999))
CHOICES = st.builds(Choice, st.sampled_from(Act), IDS) | st.sampled_from(Use)
ENCODED = (PRESSES | LEAVES).map(encode)
ENCODED_CHOICES = CHOICES.map(encode_choice)
WRONG = st.sampled_from(
    ["", " ", "\n", ".", "-", "+", "é", "\u0661", "\uff11", "0", "a", "z", "\x00"]
)


def nearly(encoded: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Data of which a part is missing, or wrong, or one too many."""
    return st.builds(
        lambda data, place, length, wrong: data[:place] + wrong + data[place + length :],
        encoded,
        st.integers(0, 24),
        st.integers(0, 2),
        WRONG,
    )


@given(PRESSES)
def test_what_is_encoded_is_decoded_and_fits_into_a_button(press: Press | SheetId) -> None:
    data = encode(press)
    assert decode(data) == press
    assert len(data.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


@settings(max_examples=max(600, settings().max_examples))
@given(nearly(ENCODED) | nearly(ENCODED_CHOICES) | st.text())
def test_any_other_text_is_no_press_or_one_that_reads_the_same(text: str) -> None:
    """But for zeros that lead a number: these ask for the same in other letters."""
    press = decode(text)
    if press is None:
        return
    assert encode(press) == without_leading_zeros(text)
    assert isinstance(press, Leaf) or len(press.exchange) == ID_LENGTH


def without_leading_zeros(data: str) -> str:
    """The data with the numbers at its end written as short as can be."""
    head = 3 if data.startswith("1l") else 2 + ID_LENGTH
    return data[:head] + re.sub(r"(?<![0-9])0+([0-9])", r"\1", data[head:])


@given(PRESSES, st.sampled_from("02aA"))
def test_the_data_of_another_version_is_no_press(press: Press | SheetId, version: str) -> None:
    assert decode(version + encode(press)[1:]) is None


@given(CHOICES)
def test_a_choice_is_decoded_as_it_was_encoded_and_is_for_its_own_handler(
    choice: Choice | Use,
) -> None:
    data = encode_choice(choice)
    assert decode_choice(data) == choice
    assert re.match(ON_ARTICLES, data)
    assert decode(data) is None
    assert len(data.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


@given(PRESSES, st.builds(Leaf, st.sampled_from(Listing), st.integers(0, 999_999)))
def test_no_other_button_is_taken_for_a_choice(press: Press, leaf: Leaf) -> None:
    for one in (press, leaf):
        assert decode_choice(encode(one)) is None
        assert not re.match(ON_ARTICLES, encode(one))


@settings(max_examples=max(600, settings().max_examples))
@given(nearly(ENCODED_CHOICES) | nearly(ENCODED) | st.text())
def test_any_other_text_is_no_choice_or_one_that_reads_the_same(text: str) -> None:
    choice = decode_choice(text)
    if choice is None:
        return
    assert encode_choice(choice) == text
    assert isinstance(choice, Use) or len(choice.handle) == ID_LENGTH
