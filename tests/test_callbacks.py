"""The data of buttons: short, versioned, and nothing else is taken for it."""

import re

from hypothesis import given
from hypothesis import strategies as st
from telegram.constants import InlineKeyboardButtonLimit

from bot.callbacks import (
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
    respelt,
)
from bot.listings import Leaf, Listing
from bot.sheets import SheetId

IDS = st.from_regex(r"[A-Za-z0-9_-]{12}", fullmatch=True)
SHEETS = st.builds(SheetId, IDS, st.integers(0, 999), st.none() | st.integers(0, 999_999))
PRESSES = st.builds(Press, st.sampled_from(Deed), IDS, st.integers(0, 999)) | SHEETS


@given(PRESSES)
def test_what_is_encoded_is_decoded_and_fits_into_a_button(press: Press | SheetId) -> None:
    data = encode(press)
    assert decode(data) == press
    assert len(data.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


@given(PRESSES | st.builds(Leaf, st.sampled_from(Listing), st.integers(0, 999)))
def test_the_same_can_be_asked_for_in_other_letters(press: Press | Leaf | SheetId) -> None:
    data = encode(press)
    assert respelt(data) != data
    assert decode(respelt(data)) == decode(respelt(respelt(data))) == press
    assert len(respelt(respelt(data)).encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


@given(st.text())
def test_any_other_text_is_no_press_or_one_that_reads_the_same(text: str) -> None:
    press = decode(text)
    assert press is None or decode(encode(press)) == press


@given(PRESSES, st.sampled_from("02aA"))
def test_the_data_of_another_version_is_no_press(press: Press | SheetId, version: str) -> None:
    assert decode(version + encode(press)[1:]) is None


CHOICES = st.builds(Choice, st.sampled_from(Act), IDS) | st.sampled_from(Use)


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


@given(st.text() | st.from_regex(ON_ARTICLES))
def test_any_other_text_is_no_choice_or_one_that_reads_the_same(text: str) -> None:
    choice = decode_choice(text)
    assert choice is None or encode_choice(choice) == text
