"""The data of buttons: short, versioned, and nothing else is taken for it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.constants import InlineKeyboardButtonLimit

from bot.admin.lists import Listing, ListPage
from bot.core.article_pages import ArticlePageId
from bot.state.exchanges import ID_LENGTH
from bot.telegram.messages.button_data import (
    ArticleAction,
    ArticleButton,
    Button,
    ReplyAction,
    ReplyButton,
    TextUse,
    decode,
    encode,
)

IDS = st.text("ABCXYZabcxyz0189_-", min_size=ID_LENGTH, max_size=ID_LENGTH)
BUTTONS = st.one_of(
    st.builds(ReplyButton, st.sampled_from(ReplyAction), IDS, st.integers(0, 999)),
    st.builds(ArticlePageId, IDS, st.integers(0, 999), st.none() | st.integers(0, 999_999)),
    st.builds(ListPage, st.sampled_from(Listing), st.integers(0, 999_999)),
    st.builds(ArticleButton, st.sampled_from(ArticleAction), IDS),
    st.sampled_from(TextUse),
)
WRONG = st.sampled_from(
    ["", " ", "\n", ".", "-", "+", "é", "\u0661", "\uff11", "0", "a", "z", "\x00"]
)


def nearly(encoded: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Returns data of which a part is missing, or wrong, or one too many."""
    return st.builds(
        lambda data, place, length, wrong: data[:place] + wrong + data[place + length :],
        encoded,
        st.integers(0, 24),
        st.integers(0, 2),
        WRONG,
    )


@given(BUTTONS)
def test_what_is_encoded_is_decoded_and_fits_into_a_button(button: Button) -> None:
    data = encode(button)
    assert decode(data) == button
    assert type(decode(data)) is type(button)
    assert len(data.encode()) <= InlineKeyboardButtonLimit.MAX_CALLBACK_DATA


@settings(max_examples=max(1_200, settings().max_examples))
@given(nearly(BUTTONS.map(encode)) | st.text())
def test_any_other_text_is_no_button_or_one_that_reads_the_same(text: str) -> None:
    """But for zeros that lead a number: these ask for the same in other letters."""
    button = decode(text)
    if button is None:
        return
    assert encode(button) == without_leading_zeros(text, button)
    match button:
        case ReplyButton(exchange=id) | ArticlePageId(exchange=id) | ArticleButton(handle=id):
            assert len(id) == ID_LENGTH


def without_leading_zeros(data: str, button: Button) -> str:
    """Returns the data with the numbers at its end, if it has any, written as short as can be."""
    if isinstance(button, ArticleButton | TextUse):
        return data
    head = 3 if isinstance(button, ListPage) else 2 + ID_LENGTH
    return data[:head] + re.sub(r"(?<![0-9])0+([0-9])", r"\1", data[head:])


@given(BUTTONS, st.sampled_from("02aA"))
def test_the_data_of_another_version_is_no_button(button: Button, version: str) -> None:
    assert decode(version + encode(button)[1:]) is None


@pytest.mark.parametrize(
    "data", ["1xAAAAAAAAAAAA2", "1hxAAAAAAAAAAAA", "1hpAAAAAAAAAAAA", "1lx4", "1tx"]
)
def test_an_action_that_no_button_has_is_no_button(data: str) -> None:
    assert decode(data) is None


@pytest.mark.parametrize(
    ("data", "button"),
    [
        ("1pAAAAAAAAAAAA2", ReplyButton(ReplyAction.PAGE, "A" * 12, 2)),
        ("1wAAAAAAAAAAAA0", ReplyButton(ReplyAction.AS_TYPED, "A" * 12)),
        ("1aAAAAAAAAAAAA2", ArticlePageId("A" * 12, 2, None)),
        ("1aAAAAAAAAAAAA2.3", ArticlePageId("A" * 12, 2, 3)),
        ("1lm4", ListPage(Listing.MISSES, 4)),
        ("1huAAAAAAAAAAAA", ArticleButton(ArticleAction.UNDO, "A" * 12)),
        ("1tq", TextUse.QUESTION),
    ],
)
def test_buttons_that_stand_in_chats_keep_their_meaning(data: str, button: Button) -> None:
    assert decode(data) == button
    assert encode(button) == data
