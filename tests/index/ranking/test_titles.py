"""What an article's title tells beyond the question, and what that says of its passages."""

from pathlib import Path

import pytest
from small_libraries import library_of

from index.ranking.ranking import TYPICAL_TITLE_LEAD
from index.ranking.titles import MOST_BEYOND, share_beyond


@pytest.mark.parametrize(
    ("title", "question", "beyond"),
    [
        ("樱桃怎么吃", "樱桃怎么吃", 0),
        ("樱桃怎么吃_有问必答_快速问医生", "樱桃怎么吃", 0),
        ("樱桃怎么吃 - 知乎", "樱桃怎么吃", 0),
        ("樱桃怎么吃-有来医生", "樱桃怎么吃", 0),
        ("樱桃的吃法有哪些", "樱桃怎么吃", 1),  # 法
        ("樱桃吃多了会上火吗", "樱桃怎么吃", 3),  # 会上火
        ("2018-2019年财政预算", "2019年预算", 3),  # 8财政
        ("Super_Bowl_50", "谁赢了超级碗", 0),
        ("", "樱桃怎么吃", 0),
        ("关于进一步加强冬季道路交通安全管理工作的紧急通知", "樱桃怎么吃", MOST_BEYOND),
    ],
)
def test_what_a_title_tells_beyond_the_question_is_counted_in_characters(
    title: str, question: str, beyond: int
) -> None:
    assert share_beyond(title, question) == beyond / MOST_BEYOND


def title_lead(folder: Path, files: dict[str, str], question: str) -> float:
    explanation = library_of(folder, files).explain(question)
    return next(part.value for part in explanation.confidence if part.feature == "title_lead")


def test_a_title_of_something_else_speaks_against_its_passages(tmp_path: Path) -> None:
    others = {
        f"{n}.txt": f"{plant}的栽培要点\n\n{plant}和樱桃都要浇水。"
        for n, plant in enumerate("桃李杏")
    }
    text = "樱桃多吃会上火，每天吃十颗就够了。"
    leads = [
        title_lead(tmp_path / name, {**others, "问答.txt": f"{title}\n\n{text}"}, "樱桃怎么吃")
        for name, title in (("same", "樱桃怎么吃"), ("other", "樱桃吃多了会上火吗"))
    ]
    assert leads[0] > leads[1]


def test_a_question_in_traditional_characters_is_compared_as_the_title_is(tmp_path: Path) -> None:
    others = {f"{n}.txt": f"{plant}的栽培\n\n浇水。" for n, plant in enumerate("桃李杏")}
    files = {**others, "问答.txt": "樱桃浇水多少\n\n樱桃每天浇水一次。"}
    leads = {title_lead(tmp_path, files, question) for question in ("樱桃浇水", "櫻桃澆水")}
    assert len(leads) == 1


def test_where_all_titles_tell_as_much_they_say_nothing(tmp_path: Path) -> None:
    notices = {
        f"{n}.txt": f"关于停{what}的通知\n\n停{what}两天。" for n, what in enumerate("水电气")
    }
    lead = title_lead(tmp_path, notices, "停多久")
    assert abs(lead - TYPICAL_TITLE_LEAD) < TYPICAL_TITLE_LEAD


def test_the_title_of_the_only_article_says_nothing(tmp_path: Path) -> None:
    only = {"问答.txt": "樱桃吃多了会上火吗\n\n樱桃多吃会上火。"}
    assert title_lead(tmp_path, only, "樱桃怎么吃") == TYPICAL_TITLE_LEAD
