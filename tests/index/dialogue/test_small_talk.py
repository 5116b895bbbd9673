"""Small talk is told from questions, and replied to as what it is."""

import pytest
from small_libraries import library_of

from index import Answer, Library, NoAnswer, RefusalReason, Turn
from index.dialogue.small_talk import small_talk


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (
            (
                "你好",
                "您好!",
                "你好啊",
                "你好呀",
                "大家好",
                "Hello",
                "早上好",
                "在吗?",
                "早晨",
                "你吃了没",
                "吃饭了吗",
            ),
            "greeting",
        ),
        (
            (
                "谢谢",
                "谢谢你哈",
                "非常感谢",
                "辛苦了",
                "👍",
                "👍🏽",
                "多謝",
                "Thank you!",
                "好的知道了",
            ),
            "thanks",
        ),
        (("再见", "拜拜", "再見了", "bye"), "farewell"),
        (("你是谁", "你叫什么名字?", "你是机器人吗", "請問你是誰", "你系边个啊"), "identity"),
        (("你真笨", "笨蛋", "你这个垃圾", "真没用"), "insult"),
        (("有什么文章", "有哪些文章?", "你能回答什么", "你会什么", "能问哪些问题"), "contents"),
        (("火警", "着火了!!", "救命啊", "报警", "厨房着火了怎么办", "快来人急救"), "emergency"),
    ],
)
def test_small_talk_is_told_by_what_it_is(texts: tuple[str, ...], reason: str) -> None:
    assert {text: small_talk(text) for text in texts} == dict.fromkeys(texts, reason)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "?",
            "垃圾",
            "废物",
            "好",
            "的",
            "图书馆",
            "你好中国",
            "谢谢你的图书馆",
            "拜访",
            "早餐",
            "早班车",
            "吃饭",
            "再见长安",
        ),
        *(
            "报警电话是多少",
            "火警响了谁负责",
            "图书馆有什么文章",
            "你能回答图书馆几点开门吗",
            "你" * 500,
        ),
    ],
)
def test_what_asks_of_the_articles_is_no_small_talk(text: str) -> None:
    assert small_talk(text) is None


def reason_of(turn: Turn) -> RefusalReason | None:
    return turn.result.reason if isinstance(turn.result, NoAnswer) else None


def test_small_talk_is_the_same_in_a_talk_and_does_not_end_its_topic(town: Library) -> None:
    turns = [town.follow([], "图书馆新增多少座位")]
    for text in ("谢谢", "有什么文章", "你真笨"):
        turns.append(town.follow(turns, text))
        assert turns[-1].understood == text
        assert turns[-1].result == town.ask(text)
        assert reason_of(turns[-1]) is small_talk(text)
    assert town.follow(turns, "馆长是谁").understood == "图书馆的馆长是谁"


@pytest.mark.parametrize("text", ["楼道起火的报警电话打几号", "邻居家失火烧了几间"])
def test_a_refused_question_of_an_emergency_is_told_the_numbers(town: Library, text: str) -> None:
    assert reason_of(town.follow([], text)) is RefusalReason.EMERGENCY


@pytest.mark.parametrize("text", ["where is the swimming pool", "Где находится бассейн?"])
def test_a_question_in_another_language_that_finds_nothing_is_told_so(
    town: Library, text: str
) -> None:
    assert reason_of(town.follow([], text)) is RefusalReason.OTHER_LANGUAGE


def test_a_question_in_another_language_that_is_answered_is_answered(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("english")
    library = library_of(folder, {"a.txt": "Opening hours\n\nThe swimming pool opens at nine.\n"})
    assert isinstance(library.ask("swimming pool"), Answer)


def test_what_there_is_is_told_by_the_titles_of_the_newest_articles(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    articles = {
        f"{day:02}.md": f"---\ntitle: 第{day}天的通知\ndate: 2024-05-{day:02}\n---\n\n今天停水。\n"
        for day in range(1, 13)
    }
    articles["无.md"] = "---\ntitle: 没有日期\n---\n\n今天没有停水。\n"
    library = library_of(tmp_path_factory.mktemp("days"), articles)
    reply = library.ask("有什么文章")
    assert isinstance(reply, NoAnswer)
    assert reply.titles == tuple(f"第{day}天的通知" for day in range(12, 2, -1))
    assert library.newest_titles(99)[-1] == "没有日期"
