"""Questions whose characters are typed by their sound."""

from collections.abc import Iterable

import pytest

from index.analysis.reader import TextReader
from index.query.question import QuestionReader
from index.query.spelling import respelt

LIBRARY = (
    "城西区投资改造图书馆，图书馆周一闭馆。停水通知贴在楼道里。关闭阀门。天目湖不收门票。"
    "身份证补办。老人受人尊敬，经验丰富。幼儿园开学。货车绕行，开往车站。教师五月不上课。"
)


def are_held(bigrams: Iterable[str]) -> set[str]:
    return {bigram for bigram in bigrams if bigram in LIBRARY}


def readings(reader: TextReader, text: str) -> list[str]:
    questions = QuestionReader(reader)
    return list(respelt(questions.read(text), questions, reader, are_held))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("投姿多少", "投资多少"),
        ("图书管几点开门", "图书馆几点开门"),
        ("停水通之", "停水通知"),
        ("天幕湖", "天目湖"),
        ("幼儿圆停水", "幼儿园停水"),
    ],
)
def test_a_character_of_the_same_sound_makes_a_word_of_the_library(
    reader: TextReader, typed: str, meant: str
) -> None:
    assert readings(reader, typed)[0] == meant


@pytest.mark.parametrize(
    "typed",
    [
        *("投资多少", "图书馆闭馆", "受人敬仰", "离分", "布门票", "火车站", "月球上有什么"),
        *("教室在几楼", "一月补几个钱", "", "abc 5"),
    ],
)
def test_what_no_change_brings_nearer_to_the_library_stays(reader: TextReader, typed: str) -> None:
    """No word of the dictionary gives way for half of another, no ordinary one at all, and none
    for 不 or 之."""
    assert readings(reader, typed) == []
