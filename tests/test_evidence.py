"""What counts as found, and which sentence is marked."""

from collections.abc import Callable, Mapping

import pytest

from index import Answer, Library
from index.needs import Need

MakeLibrary = Callable[[Mapping[str, str | bytes]], Library]


@pytest.mark.parametrize(
    ("word", "text"),
    [("5", "15盏"), ("5", "2.5倍"), ("2", "2.5倍"), ("ai", "aid"), ("11", "2011年")],
)
def test_a_number_or_a_latin_word_inside_a_longer_one_is_not_found(word: str, text: str) -> None:
    assert Need(word, 1.0).credit(text) == 0


@pytest.mark.parametrize(
    ("word", "text"), [("5", "有5盏"), ("2.5", "2.5倍"), ("ai", "用ai答"), ("灯", "路灯")]
)
def test_a_word_that_stands_for_itself_is_found_whole(word: str, text: str) -> None:
    assert Need(word, 1.0).credit(text) == 1


def test_parts_of_a_word_count_less_than_the_whole() -> None:
    need = Need("城西区", 1.0, shares=(0.2, 0.4, 0.4))
    assert (
        need.credit("城西区")
        == 1
        > need.credit("西区")
        > need.credit("东区")
        > need.credit("北部")
        == 0
    )


def test_the_answer_is_marked_and_not_the_question_of_an_interview(
    make_library: MakeLibrary,
) -> None:
    library = make_library(
        {"a.txt": "问答\n\n  问:孕妇能喝咖啡吗?\n  答:孕妇每天喝咖啡不超过一杯。\n"}
    )
    answer = library.ask("孕妇能喝咖啡吗")
    assert isinstance(answer, Answer)
    citation = answer.citations[0]
    assert citation.sentence.of(citation.passage.text).startswith("答:")


def test_the_paragraph_cited_is_that_of_the_marked_sentence(make_library: MakeLibrary) -> None:
    library = make_library(
        {"a.txt": "石桥镇\n\n  石桥镇在河边。\n  镇上有两所学校。\n  每年三月有庙会。\n"}
    )
    answer = library.ask("石桥镇的庙会在几月")
    assert isinstance(answer, Answer)
    assert answer.citations[0].paragraph == 3


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
