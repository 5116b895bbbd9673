"""What a question looks for."""

import pytest
from articles import ANY_TEXT
from hypothesis import given
from hypothesis import strategies as st

from index.analysis.reader import TextReader
from index.query.question import Question, QuestionReader


@pytest.fixture(scope="session")
def questions(reader: TextReader) -> QuestionReader:
    return QuestionReader(reader)


def words(question: Question) -> list[str]:
    return [word.text for word in question.words]


@pytest.mark.parametrize(
    "asked",
    [
        "城西区投资了多少",
        "請問城西區投資了多少錢?",
        "你好,我想知道城西区投资了多少呢",
        "城 西 区 投 资 多 少",
        "城西区 投资",
        "城西区投资",
        "\u3000城西区投资了几个?\n",
    ],
)
def test_the_same_question_in_other_dress_looks_for_the_same(
    questions: QuestionReader, asked: str
) -> None:
    assert words(questions.read(asked)) == ["城西区", "投资"]


@pytest.mark.parametrize(
    "asked", ["多少", "谁", "你好", "请问", "是什么时候的", "怎么样?", "", "  ", "?!。", "😀"]
)
def test_words_that_only_ask_leave_nothing_to_look_for(
    questions: QuestionReader, asked: str
) -> None:
    question = questions.read(asked)
    assert question.words == question.bigrams == ()


def test_no_bigram_spans_a_word_that_was_left_out(questions: QuestionReader) -> None:
    bigrams = [bigram.text for bigram in questions.read("投资了多少路灯").bigrams]
    assert bigrams == ["投资", "路灯"]


def test_a_word_said_twice_is_looked_for_once(questions: QuestionReader) -> None:
    assert words(questions.read("路灯,路灯,路灯")) == ["路灯"]


@pytest.mark.parametrize(
    ("asked", "focus"),
    [
        ("图书馆获得了什么称号", []),
        ("部长是谁", ["部长"]),
        ("有多少志愿者", ["志愿者"]),
        ("志愿者队伍有多少", ["队伍", "志愿者"]),
        ("图书馆的馆长是谁", ["馆长"]),
        ("图书馆 馆长", ["馆长", "图书馆"]),
        ("谁是青海省省长", ["省长"]),
    ],
)
def test_the_focus_is_what_the_asking_word_belongs_to(
    questions: QuestionReader, asked: str, focus: list[str]
) -> None:
    words = [word.text for word in questions.read(asked).focus]
    assert words == focus


@given(text=ANY_TEXT | st.text())
def test_any_text_can_be_asked(questions: QuestionReader, text: str) -> None:
    """Each word stands once, in the order of the question, and the focus is one of them."""
    question = questions.read(text)
    assert question.text == text
    assert len(set(words(question))) == len(question.words)
    starts = [word.start for word in question.words]
    assert starts == sorted(starts)
    assert {word.text for word in question.focus} <= set(words(question))


def test_markup_that_was_copied_along_is_no_part_of_the_question(reader: TextReader) -> None:
    plain = QuestionReader(reader).read("城西区投资了多少")
    marked = QuestionReader(reader).read('<b>城西区</b>投资了<a href="http://x.y">多少</a>')
    assert [word.text for word in marked.words] == [word.text for word in plain.words]


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("城东区有多少人口", ["城东区", "人口"]),
        ("这里有多少家庭", ["家庭"]),
        ("有多少人大代表", ["人大代表"]),
        ("城北区有几家银行", ["城北区", "银行"]),
        ("来了多少人", []),
        ("面积多少平方米", ["面积"]),
    ],
)
def test_a_measure_word_is_dropped_whole_and_never_bitten_off_a_longer_word(
    questions: QuestionReader, asked: str, kept: list[str]
) -> None:
    assert words(questions.read(asked)) == kept
