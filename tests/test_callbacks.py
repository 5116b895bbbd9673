"""The data of buttons: short, versioned, and nothing else is taken for it."""

from hypothesis import given
from hypothesis import strategies as st
from telegram.constants import InlineKeyboardButtonLimit

from bot.callbacks import Deed, Press, decode, encode, respelt
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
