"""What counts as found, and which sentence is marked."""

from collections.abc import Callable, Mapping

import pytest

from index import Answer, Library, Span
from index.analysis.numerals import other_spellings
from index.analysis.sentence_roles import Role, RoledSentence
from index.ranking.marking import marked_span
from index.ranking.query_terms import QueryTerm

MakeLibrary = Callable[[Mapping[str, str | bytes]], Library]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("5", "15盏"),
        ("4路", "14路"),
        ("5", "2.5倍"),
        ("2", "2.5倍"),
        ("ai", "aid"),
        ("11", "2011年"),
    ],
)
def test_a_number_or_a_latin_word_inside_a_longer_one_is_not_found(word: str, text: str) -> None:
    assert QueryTerm(word, 1.0).credit(text) == 0


@pytest.mark.parametrize(
    ("word", "text"), [("5", "有5盏"), ("2.5", "2.5倍"), ("ai", "用ai答"), ("灯", "路灯")]
)
def test_a_word_that_stands_for_itself_is_found_whole(word: str, text: str) -> None:
    assert QueryTerm(word, 1.0).credit(text) == 1


def test_parts_of_a_word_count_less_than_the_whole() -> None:
    need = QueryTerm("城西区", 1.0, shares=(0.2, 0.4, 0.4))
    assert (
        need.credit("城西区")
        == 1
        > need.credit("西区")
        > need.credit("东区")
        > need.credit("北部")
        == 0
    )


@pytest.mark.parametrize(
    ("asks", "answers"), [("问:孕妇能喝咖啡吗?", "答:"), ("“孕妇能喝咖啡吗?”", "医生说,")]
)
def test_the_answer_is_marked_and_not_the_question_of_an_interview(
    make_library: MakeLibrary, asks: str, answers: str
) -> None:
    library = make_library({"a.txt": f"问答\n\n  {asks}\n  {answers}孕妇每天喝咖啡不超过一杯。\n"})
    answer = library.ask("孕妇能喝咖啡吗")
    assert isinstance(answer, Answer)
    citation = answer.citations[0]
    assert citation.sentence.of(citation.passage.text).startswith(answers)


def test_the_paragraph_cited_is_that_of_the_marked_sentence(make_library: MakeLibrary) -> None:
    library = make_library(
        {"a.txt": "石桥镇\n\n  石桥镇在河边。\n  镇上有两所学校。\n  每年三月有庙会。\n"}
    )
    answer = library.ask("石桥镇的庙会在几月")
    assert isinstance(answer, Answer)
    assert answer.citations[0].paragraph == 3


def test_a_word_above_a_passage_counts_like_its_own(make_library: MakeLibrary) -> None:
    dishes = "今天供应白菜、萝卜和豆腐。" * 30
    library = make_library(
        {"a.md": f"# 镜湖食堂\n\n## 菜单\n\n{dishes}\n\n## 时间\n\n中午十一点开门。\n"}
    )
    explained = library.explain("镜湖食堂几点开门").confidence
    values = {contribution.feature: contribution.value for contribution in explained}
    assert values["sentence_coverage"] == pytest.approx(1)


def test_further_passages_could_stand_as_answers_themselves(make_library: MakeLibrary) -> None:
    library = make_library(
        {
            "lamps.txt": "换灯\n\n  县城换灯花费三百万元。\n",
            "bridge.txt": "修桥\n\n  县城的石桥修好了。\n",
        }
    )
    answer = library.ask("县城换灯花费多少万元")
    assert isinstance(answer, Answer)
    assert [citation.title for citation in answer.citations] == ["换灯"]


def test_where_no_sentence_is_sure_two_neighbours_are_marked(make_library: MakeLibrary) -> None:
    """The one names what is asked about, the next one tells it."""
    library = make_library(
        {
            "a.txt": "石桥镇\n\n  石桥镇有一座老戏台。它建于清朝光绪年间,三面敞开。"
            "每年三月有庙会。卖糖人的老人很多。\n"
        }
    )
    answer = library.ask("石桥镇的老戏台建于哪个朝代")
    assert isinstance(answer, Answer)
    citation = answer.citations[0]
    marked = citation.sentence.of(citation.passage.text)
    assert marked == "石桥镇有一座老戏台。它建于清朝光绪年间,三面敞开。"


@pytest.mark.parametrize(
    ("chances", "marked"),
    [((0.1, 0.5, 0.4), Span(10, 30)), ((0.4, 0.5, 0.1), Span(0, 20)), ((0, 1, 0), Span(10, 20))],
)
def test_the_likelier_neighbour_is_marked_with_a_sentence_that_is_not_sure(
    chances: tuple[float, ...], marked: Span
) -> None:
    outline = [RoledSentence(Span(start, start + 10), Role.TEXT, None) for start in (0, 10, 20)]
    assert marked_span(outline, chances, best=1, wants_list=False) == marked


def test_a_number_that_may_be_the_answer_is_highlighted_in_the_marked_sentence_only(
    make_library: MakeLibrary,
) -> None:
    text = "去年修桥花费三百万元。石桥镇修路投资2,000万元,涉及50个村。"
    library = make_library({"a.txt": f"修路\n\n  {text}\n"})
    answer = library.ask("石桥镇修路投资多少钱")
    assert isinstance(answer, Answer)
    citation = answer.citations[0]
    marks = [span.of(citation.passage.text) for span in citation.highlights]
    assert any("2,000万元" in mark for mark in marks)
    assert not any("50" in mark for mark in marks)


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ("神舟十六号", "神舟十一号"),
        ("2022年", "2021年"),
        ("五号线", "六号线"),
        ("MP18", "MP19"),
        ("3路", "4路"),
    ],
)
def test_another_number_is_another_thing(
    make_library: MakeLibrary, stated: str, asked: str
) -> None:
    library = make_library({"a.txt": f"消息\n\n  {stated}的乘客有三百人。\n"})
    right, wrong = library.ask(f"{stated}的乘客有多少人"), library.ask(f"{asked}的乘客有多少人")
    assert isinstance(right, Answer)
    assert wrong.confidence < right.confidence / 2


@pytest.mark.parametrize(
    ("held", "text"),
    [("县长", "副县长周敏"), ("12月", "12人"), ("5日", "五星级"), ("pm2.5", "pm10")],
)
def test_what_only_looks_alike_is_not_found(held: str, text: str) -> None:
    assert not QueryTerm(held, 1.0, other_spellings(held)).is_in(text)


def test_a_title_is_found_beside_its_lesser_one() -> None:
    assert QueryTerm("县长", 1.0).is_in("副县长周敏和县长刘大伟")
    assert QueryTerm("副县长", 1.0).is_in("副县长周敏")


def test_what_is_marked_at_length_is_told_less_surely(make_library: MakeLibrary) -> None:
    """In prose; a row is as long as it has columns."""

    def brevity(text: str) -> float:
        explanation = make_library({"a.md": f"# 灯会\n\n{text}\n"}).explain("灯会几点开始")
        return next(part.value for part in explanation.confidence if part.feature == "brevity")

    short = "灯会晚上七点开始。"
    long = f"灯会晚上七点开始，{'沿河的每一座桥上都挂着灯，' * 12}一直到半夜。"
    row = f"| 活动 | 时间 |\n|---|---|\n| 灯会{'与歌舞' * 40} | 晚上七点开始 |"
    assert brevity(long) < brevity(row) == 0 < brevity(short)
