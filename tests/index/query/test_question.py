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


def test_no_bigram_holds_a_word_for_the_kind_of_answer(questions: QuestionReader) -> None:
    """An answer need not call itself so."""
    bigrams = [bigram.text for bigram in questions.read("停水时间是什么时候").bigrams]
    assert bigrams == ["停水"]


@pytest.mark.parametrize(
    ("asked", "person"),
    [
        ("何建刚是谁", "何建刚"),
        ("请问王刚是做什么的", "王刚"),
        ("谁是田永刚?", "田永刚"),
        ("王主任是谁", None),
        ("馆长是谁", None),
        ("何建刚的电话是多少", None),
    ],
)
def test_the_name_of_whom_a_question_asks_who_that_is_is_one(
    questions: QuestionReader, asked: str, person: str | None
) -> None:
    question = questions.read(asked)
    assert (question.person.text if question.person else None) == person


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


def test_a_counted_number_is_no_name(questions: QuestionReader) -> None:
    assert questions.read("65岁打流感疫苗要钱吗").compounds == ()
    assert ("九", "价") in questions.read("九价疫苗要钱吗").compounds


def test_keywords_side_by_side_make_no_name(questions: QuestionReader) -> None:
    assert questions.read("图书馆闭馆").compounds == (("图书馆", "闭馆"),)
    assert questions.read("图书馆 闭馆").compounds == ()


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


@pytest.mark.parametrize(
    ("dialect", "standard"),
    [
        ("澡堂啥前儿开门", "澡堂什么时候开门"),
        ("澡堂多前儿开门?", "澡堂什么时候开门?"),
        ("学校多会儿放假", "学校什么时候放假"),
        ("学校多咱放假", "学校什么时候放假"),
        ("集市多暂散场", "集市什么时候散场"),
        ("垃圾车几儿来", "垃圾车什么时候来"),
        ("垃圾车啥会儿来", "垃圾车什么时候来"),
        ("哪会儿停水", "什么时候停水"),
        ("停水啥辰光", "停水什么时候"),
        ("啥前停水", "什么时候停水"),
        ("图书馆几点开门儿", "图书馆几点开门"),
        ("车站搁哪", "车站在哪里"),
        ("车站搁哪嘎达", "车站在哪里"),
        ("车站在哪疙瘩", "车站在哪里"),
        ("哪块儿能停车", "哪里能停车"),
        ("上哪办户口", "去哪里办户口"),
        ("医院在阿达", "医院在哪里"),
        ("图书馆喺边度", "图书馆在哪里"),
        ("啥地方能停车", "哪里能停车"),
        ("门票多钱", "门票多少钱"),
        ("门票几多钱", "门票多少钱"),
        ("门票几钿", "门票多少钱"),
        ("门票多少米", "门票多少钱"),
        ("白菜啥价", "白菜多少钱"),
        ("停车咋收费", "停车怎么收费"),
        ("户口本咋整", "户口本怎么办"),
        ("户口本咋整啊", "户口本怎么办啊"),
        ("户口本咋弄哩", "户口本怎么办呢"),
        ("咋整户口本", "怎么弄户口本"),
        ("咋着报名", "怎么报名"),
        ("点样报名", "怎么报名"),
        ("啷个报名", "怎么报名"),
        ("医保卡哪能弄", "医保卡怎么弄"),
        ("边个负责", "谁负责"),
        ("哪个负责", "谁负责"),
        ("点解停水", "为什么停水"),
        ("凭啥罚款", "为什么罚款"),
        ("为嘛停电", "为什么停电"),
        ("乜嘢材料", "什么材料"),
        ("有冇停车场", "有没有停车场"),
        ("系咪停电", "是不是停电"),
        ("带狗行不?", "带狗可以吗?"),
        ("带狗中不", "带狗可以吗"),
        ("带狗中不中", "带狗可以吗"),
        ("医保卡使不使得", "医保卡可以吗"),
        ("医保卡好不好使", "医保卡可以吗"),
        ("要钱不?", "要钱吗?"),
    ],
)
def test_what_dialects_ask_with_asks_as_the_standard_word_does(
    questions: QuestionReader, dialect: str, standard: str
) -> None:
    asked, expected = questions.read(dialect), questions.read(standard)
    assert words(asked) == words(expected)
    assert asked.answer_type == expected.answer_type
    assert asked.wants_list == expected.wants_list


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ("周边度假村", ["周边", "度假村"]),
        ("一边个体经营", ["一边", "个体经营"]),
        ("重点解决", ["重点", "解决"]),
        ("网点样式", ["网点", "样式"]),
        ("会场布置多咱们的标语", ["会场", "布置", "标语"]),
        ("多暂停", ["暂停"]),
        ("什么价值", ["价值"]),
        ("啥前景", ["前景"]),
        ("很多钱", ["很多", "钱"]),
        ("怎么整治", ["整治"]),
        ("咋整改", ["整改"]),
        ("怎么事先预约", ["事先", "预约"]),
        ("海蛇在什么时候出没?", ["海蛇", "出没"]),
        ("砍伐", ["砍伐"]),
        ("途中不行", ["途中", "不行"]),
        ("女儿", ["女儿"]),
        ("张阿达木", ["张", "阿", "达", "木"]),
    ],
)
def test_what_only_looks_like_a_word_of_asking_is_looked_for(
    questions: QuestionReader, asked: str, kept: list[str]
) -> None:
    assert words(questions.read(asked)) == kept
