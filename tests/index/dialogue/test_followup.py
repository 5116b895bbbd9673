"""Follow-ups: dialogues over small libraries, and what holds for any conversation."""

import tomllib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from articles import ANY_TEXT
from dialogue_libraries import DIALOGUE_LIBRARIES, RESIDENTS
from hypothesis import assume, given
from hypothesis import strategies as st
from small_libraries import library_of

from index import Answer, Certainty, Library, NoAnswer, RefusalReason, Turn, asks_for_more
from index.analysis.reader import TextReader
from index.analysis.simplified import simple
from index.query.question import LONGEST_QUESTION, Question
from index.ranking.ranking import Ranking, rank

DIALOGUES = tomllib.loads((Path(__file__).parent / "dialogues.toml").read_text("utf-8"))["dialogue"]

Libraries = Callable[[str], Library]


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory, seeds_folder: Path) -> Libraries:
    """The libraries of the dialogues, each built at its first use."""
    built: dict[str, Library] = {}
    files = {name: dict(library) for name, library in DIALOGUE_LIBRARIES.items()}
    files["all"] = {path: text for library in files.values() for path, text in library.items()}
    files |= {name: dict(town) for name, town in RESIDENTS.items()}
    files["seeds"] = {path.name: path.read_text("utf-8") for path in seeds_folder.iterdir()}

    def library(name: str) -> Library:
        if name not in built:
            built[name] = library_of(tmp_path_factory.mktemp(name), files[name])
        return built[name]

    return library


def understands(turn: Turn, expected: str) -> bool:
    if expected == "=":
        return turn.understood == turn.question
    if expected.startswith("~"):
        return all(word in turn.understood for word in expected[1:].split())
    return expected in ("", turn.understood)


def replies(turn: Turn, expected: str) -> bool:
    if not expected:
        return True
    if expected == "?":
        return turn.result.certainty is not Certainty.SURE
    if expected.startswith("!"):
        refused = isinstance(turn.result, NoAnswer)
        return refused and expected[1:] in ("", getattr(turn.result, "reason", None))
    if not isinstance(turn.result, Answer):
        return False
    passage = turn.result.citations[0].passage
    shown = "\n".join((passage.text, passage.byline, *passage.headings))
    return all(words in shown for words in expected.split())


EACH_DIALOGUE = pytest.mark.parametrize(
    "dialogue", DIALOGUES, ids=lambda dialogue: f"{dialogue['library']}: {dialogue['turns'][0][0]}"
)


@EACH_DIALOGUE
def test_a_conversation_is_understood_turn_by_turn(
    libraries: Libraries, dialogue: dict[str, Any]
) -> None:
    library = libraries(dialogue["library"])
    turns: list[Turn] = []
    for typed, understood, reply in dialogue["turns"]:
        turn = library.follow(turns, typed)
        assert understands(turn, understood), (typed, turn.understood, understood)
        assert replies(turn, reply), (typed, turn.result, reply)
        assert turn.question == typed
        assert turn.result.question == turn.understood
        turns.append(turn)


@EACH_DIALOGUE
def test_a_turn_leans_where_its_text_alone_is_understood_otherwise(
    libraries: Libraries, dialogue: dict[str, Any]
) -> None:
    library = libraries(dialogue["library"])
    turns: list[Turn] = []
    for typed, *_ in dialogue["turns"]:
        turns.append(library.follow(turns, typed))
        if not asks_for_more(typed):
            alone = library.follow([], typed)
            assert turns[-1].leans is (turns[-1].understood != alone.understood), typed
            assert not alone.leans


def test_a_text_that_is_only_respelt_or_asks_for_more_does_not_lean(town: Library) -> None:
    first = town.follow([], "路灯投姿多少")
    again, more = (town.follow([first], text) for text in ("路灯投姿多少", "还有吗"))
    assert first.understood == again.understood == more.understood == "路灯投资多少"
    assert not first.leans
    assert not again.leans
    assert not more.leans


def test_the_table_holds_enough_of_what_must_not_be_inherited() -> None:
    later = [turn for dialogue in DIALOGUES for turn in dialogue["turns"][1:]]
    assert len(DIALOGUES) >= 60
    assert sum(turn[1] == "=" for turn in later) * 3 >= len(later)


# Laws

TALK = st.lists(
    st.sampled_from(
        [
            *"那呢他她它其这该里个区人谁多少吗为什么时候的,?!<& ",
            *("图书馆", "路灯", "石桥", "馆长", "座位", "河口县", "还有吗", "2021年", "X1", "谢谢"),
        ]
    ),
    max_size=8,
).map("".join)


ANSWERED = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "那", "请问"]),
    st.sampled_from(["馆长是谁", "石桥有多长", "路灯投资多少", "修缮石桥花了多少钱", "谁主持修缮"]),
    st.sampled_from(["", "?", "呢", "\uff1f"]),
)
"""Questions of a talk about the library that the town answers, with its topic or their own."""


@given(texts=st.lists(ANY_TEXT | st.text() | TALK, min_size=1, max_size=5))
def test_any_conversation_can_be_held(town: Library, texts: list[str]) -> None:
    turns: list[Turn] = []
    for text in texts:
        turn = town.follow(turns, text)
        assert turn.question == text
        assert turn.result.question == turn.understood
        assert turn.understood or not text
        assert turn.understood == text or len(turn.understood) <= LONGEST_QUESTION
        turns.append(turn)


@given(text=ANY_TEXT | st.text() | TALK)
def test_the_first_text_of_a_conversation_is_understood_as_it_was_typed(
    town: Library, text: str
) -> None:
    turn = town.follow([], text)
    first = turn.parts[0] if turn.parts else turn
    assert first.understood == first.question
    assert turn.parts or first.question == text
    if not asks_for_more(text):
        assert first.result == town.ask(first.question)


@given(text=ANSWERED)
def test_what_was_understood_is_answered_as_if_it_had_been_typed(town: Library, text: str) -> None:
    turn = town.follow([town.follow([], "图书馆新增多少座位")], text)
    assert not asks_for_more(text)
    alone = town.ask(turn.understood)
    assert isinstance(alone, Answer)
    assert turn.result == alone


@given(text=TALK)
def test_what_is_answered_alone_is_answered_no_otherwise_in_a_talk(
    town: Library, text: str
) -> None:
    assume(not asks_for_more(text))
    turn = town.follow([town.follow([], "图书馆新增多少座位")], text)
    alone = town.ask(turn.understood)
    assert isinstance(alone, NoAnswer) or turn.result == alone


@given(text=st.sampled_from(["谢谢", "你好", "好的", "", "?", "/help", "嗯"]))
def test_small_talk_is_left_alone_and_does_not_end_a_topic(town: Library, text: str) -> None:
    first = town.follow([], "图书馆新增多少座位")
    second = town.follow([first], text)
    assert second.understood == text
    assert town.follow([first, second], "馆长是谁").understood == "图书馆的馆长是谁"


def test_a_turn_is_read_from_its_turns_alone(town: Library) -> None:
    """The library remembers nothing: the same turns give the same turn."""
    turns = [town.follow([], "图书馆新增多少座位")]
    town.follow([], "石桥有多长")
    assert town.follow(turns, "馆长是谁") == town.follow(turns, "馆长是谁")


def test_a_long_text_is_understood_as_it_was_typed(town: Library) -> None:
    first = town.follow([], "图书馆新增多少座位")
    for text in ("那" + "石桥" * 40 + "呢", "馆长" * 5_000):
        assert town.follow([first], text).understood == text


@pytest.mark.parametrize(
    "text",
    [
        "嗯" * 59,
        ("," * 58) + "x",
        "的时候" * 19 + "x",
        "那" * 60,
        "还有" * 2_000,
        "那" + "," * 4_000,
    ],
)
def test_no_text_keeps_the_library_busy(town: Library, text: str) -> None:
    """Each takes a moment; a pattern that tried every way to read it would take years."""
    first = town.follow([], "图书馆新增多少座位")
    assert town.follow([first], text).question == text


def test_characters_are_simplified_as_the_index_simplifies_them() -> None:
    traditional = (
        "來個們兒內別則剛創務區員問嗎國園報場塊學對導屆師幾廠張後從應換數時書條棟業樣權沒況為無現當發監種結"
        "給經縣總繼續聞與舉處號裏裡親記話該說誰請講謝證負責費車軍輛這過還邊鄉醫銀錢長開間隻項順頭顆館麗麼點"
    )
    assert simple(traditional) != traditional
    assert simple(traditional) == TextReader().normalise(traditional).text


# More of the same


@pytest.mark.parametrize(
    "text",
    [
        *(
            "还有吗",
            "还有呢?",
            "还有没有",
            "那还有吗",
            "更多",
            "下一个",
            "下一条",
            "继续",
            "接着说",
        ),
        *("然后呢", "别的呢", "还有别的吗", "有没有其他的", "好的,继续", "More", "还有什么"),
        "再来一个",
        "還有嗎",
        "繼續說",
    ],
)
def test_these_ask_for_more(text: str) -> None:
    assert asks_for_more(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "还有多少座位",
        "还有什么措施",
        "继续教育学院在哪",
        "更多志愿者",
        "下一届馆长是谁",
        "图书馆",
        "有吗",
        "其他人呢",
    ],
)
def test_these_do_not(text: str) -> None:
    assert not asks_for_more(text)


@pytest.mark.parametrize("remembered", [1, 2, 99])
def test_each_further_passage_is_given_once_and_then_it_is_said_that_there_are_no_more(
    libraries: Libraries, remembered: int
) -> None:
    """Also where the first turns are forgotten."""
    library = libraries("seeds")
    turns = [library.follow([], "宣传部长是谁", 1)]
    while isinstance(turns[-1].result, Answer) and len(turns) < 50:
        turns.append(library.follow(turns[-remembered:], "还有吗", 1))
    given_passages = [
        citation.passage.id
        for turn in turns
        if isinstance(turn.result, Answer)
        for citation in turn.result.citations
    ]
    assert len(given_passages) >= 3
    assert len(given_passages) == len(set(given_passages))
    assert isinstance(turns[-1].result, NoAnswer)
    assert turns[-1].result.reason is RefusalReason.NO_MORE
    assert {turn.understood for turn in turns} == {"宣传部长是谁"}


def test_more_of_what_was_refused_is_no_more(town: Library) -> None:
    turn = town.follow([town.follow([], "火星移民计划")], "还有吗")
    assert isinstance(turn.result, NoAnswer)
    assert turn.result.reason is RefusalReason.NO_MORE


# Several questions, and stories


def answered_by(turn: Turn) -> str:
    return turn.result.citations[0].passage.text if isinstance(turn.result, Answer) else ""


@pytest.mark.parametrize(
    "text",
    [
        "石桥有多长?图书馆新增多少座位?",
        "石桥有多长\uff0c图书馆新增多少座位",
        "石桥有多长\n图书馆新增多少座位",
        "请问\uff0c石桥有多长\uff1b图书馆新增多少座位\uff1f谢谢\uff01",
    ],
)
def test_several_questions_are_answered_one_by_one(town: Library, text: str) -> None:
    turn = town.follow([], text)
    bridge, seats = turn.parts
    assert bridge.result == town.ask(bridge.question)
    assert answered_by(bridge) == answered_by(town.follow([], "石桥有多长")) != ""
    assert answered_by(seats) == answered_by(town.follow([], "图书馆新增多少座位")) != ""
    assert turn == replace(bridge, question=text, parts=turn.parts)


def test_a_later_question_leans_on_the_one_before_it_also_in_the_next_message(
    town: Library,
) -> None:
    turn = town.follow([], "石桥有多长\uff1f图书馆新增多少座位\uff0c馆长是谁")
    assert [part.understood for part in turn.parts][2] == "图书馆的馆长是谁"
    assert town.follow([turn], "馆长是谁").understood == "图书馆的馆长是谁"


def test_of_several_questions_the_first_that_is_answered_stands_for_all(town: Library) -> None:
    turn = town.follow([], "火星移民计划何时开始\uff1f石桥有多长\uff1f")
    refused, answered = turn.parts
    assert isinstance(refused.result, NoAnswer)
    assert turn.result is answered.result
    assert answered_by(turn)
    more = town.follow([turn], "还有吗")
    assert more.understood == answered.understood


def test_no_more_than_five_questions_of_a_text_are_answered(town: Library) -> None:
    assert len(town.follow([], "石桥有多长\uff1f" * 9).parts) == 5


@pytest.mark.parametrize(
    "text",
    [
        "石桥有多长",
        "你好\uff0c请问一下\uff0c石桥有多长\uff1f谢谢",
        "《多少往事\uff0c多少情》是谁写的",
        "1,200米的石桥有多长",
        "石桥\uff0c图书馆\uff0c路灯",
        "你知不知道\uff0c石桥有多长",
        "工资没有多少\uff0c存款没得好多\uff0c假期没几天\uff0c石桥有多长",
    ],
)
def test_a_text_that_asks_once_is_one_question(town: Library, text: str) -> None:
    assert town.follow([], text).parts == ()


STORY = (
    "我和表姐上个礼拜从广东坐火车回老家探亲\uff0c行李箱的轮子坏掉了\uff0c"
    "隔壁邻居王婆婆请吃腊肉火锅\uff0c"
)


def test_of_a_story_that_finds_nothing_the_clause_that_asks_is_answered(town: Library) -> None:
    turn = town.follow([], f"{STORY}图书馆新增多少座位")
    assert turn.understood == "图书馆新增多少座位"
    assert turn.result == town.ask(turn.understood)
    assert answered_by(turn)


def test_a_brief_clause_of_a_story_is_asked_with_the_one_before_it(town: Library) -> None:
    turn = town.follow([], f"{STORY}听说修了座石桥\uff0c它有多长")
    assert turn.understood == "听说修了座石桥\uff0c它有多长"
    assert answered_by(turn)


def test_a_story_whose_question_has_no_answer_is_refused_as_a_whole(town: Library) -> None:
    refused = town.follow([], f"{STORY}熊猫每天吃多少竹子")
    assert isinstance(refused.result, NoAnswer)
    assert refused.understood == refused.question


# What it costs


@pytest.fixture
def rankings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The questions that passages were ranked for."""
    asked: list[str] = []

    def counting(question: Question, *rest: Any, **named: Any) -> Ranking:
        asked.append(question.text)
        return rank(question, *rest, **named)

    monkeypatch.setattr("index.ranking.answering.rank", counting)
    return asked


@pytest.mark.parametrize(
    ("text", "most"),
    [("城东区投资了多少", 1), ("那城东区呢", 1), ("宣传部长是谁", 3), ("熊猫吃什么", 4)],
)
def test_a_turn_takes_few_rankings(
    libraries: Libraries, rankings: list[str], text: str, most: int
) -> None:
    library = libraries("seeds")
    first = library.follow([], "城西区投资了多少")
    rankings.clear()
    library.follow([first], text)
    assert len(rankings) <= most, rankings


def test_two_words_of_the_dictionary_are_not_a_word_that_is_misspelt(tmp_path: Path) -> None:
    """室一 of 「图书室一次」 sounds like 十一, which the library holds."""
    text = "文化站\n\n  图书阅览室每证可借4本。\n\n  十一假期照常开放，图书十一月清点。\n"
    library = library_of(tmp_path, {"文化站.txt": text})
    question = "图书室一次能借几本"
    assert library.follow([], question).understood == question
