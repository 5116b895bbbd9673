"""What a refusal says of the question's words is true."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_libraries import library_of

from index import Library, NoAnswer, RefusalReason
from index.analysis.reader import TextReader

ARTICLES = {
    "水塔.txt": "河口县水塔修好了\n\n  县里给三座水塔换了水管，花费四十万元，由工程队长郑立负责。",
    "公园.txt": "湖边公园开放\n\n  湖边公园每天早上六点开门，园里种了三百棵银杏树。不收门票。",
    "市场.md": "# 菜市场摊位\n\n| 摊位 | 月租 |\n|---|---|\n| 水产摊 | 560元 |\n| 菜摊 | 180元 |\n",
}
WORDS = [
    *(
        "水塔",
        "公园",
        "银杏树",
        "水管",
        "郑立",
        "摊位",
        "月租",
        "门票",
        "水产摊",
        "县里",
        "工程队长",
    ),
    *(
        "地铁",
        "高铁站",
        "博物馆",
        "感应",
        "电梯",
        "游泳池",
        "总投资",
        "食堂",
        "早上",
        "开门",
        "负责",
    ),
]
ASKING = ["多少钱", "在哪里", "什么时候", "是谁", "有几个", "怎么办", "吗", ""]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("refusals"), ARTICLES)


def everything(library: Library, reader: TextReader) -> str:
    articles = map(library.article, library.article_ids())
    return "\n".join(
        reader.normalise(f"{article.title}\n{article.text}").text for article in articles if article
    )


@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4), asking=st.sampled_from(ASKING)
)
def test_words_that_are_called_missing_occur_nowhere(
    library: Library, reader: TextReader, words: list[str], asking: str
) -> None:
    """Nor, where they are said not to stand together, in the nearest passage or above it."""
    refusal = library.ask("".join(words) + asking)
    if not isinstance(refusal, NoAnswer):
        return
    text = everything(library, reader)
    if refusal.reason is RefusalReason.NOT_TOGETHER:
        nearest = refusal.nearest[0]
        above = (nearest.title, *nearest.passage.headings, nearest.passage.byline)
        text = reader.normalise("\n".join((nearest.passage.text, *above))).text
    assert [word for word in refusal.missing if word in text] == []
    assert all(len(word) > 1 and not word.isdecimal() for word in refusal.missing)


def test_a_word_that_the_library_lacks_is_named(library: Library) -> None:
    refusal = library.ask("湖边公园的地铁站在哪里")
    assert isinstance(refusal, NoAnswer)
    assert refusal.reason is RefusalReason.WEAK_EVIDENCE
    assert refusal.missing == ("地铁站",)


def test_words_that_stand_apart_are_said_to(library: Library) -> None:
    refusal = library.ask("水管门票银杏树")
    assert isinstance(refusal, NoAnswer)
    assert refusal.reason is RefusalReason.NOT_TOGETHER
    assert refusal.missing == ("水管",)


def test_a_passage_that_does_not_tell_the_kind_is_said_to_be_about_it(library: Library) -> None:
    refusal = library.ask("水产摊电话多少")
    assert isinstance(refusal, NoAnswer)
    assert refusal.reason is RefusalReason.OTHER_KIND


def test_a_passage_that_ends_with_the_question_does_not_answer_it(tmp_path: Path) -> None:
    """It repeats all of the question's words, and so would look like a sure answer."""
    teaser = "梨锈病\n\n  锈病是梨树的常见病害，让果农揪心。{}\n"
    ends = {"asks": "那么梨锈病怎么治疗呢？", "tells": "梨锈病用药剂喷洒来治疗。"}
    asked, told = (
        library_of(tmp_path / name, {"a.txt": teaser.format(end)}).ask("梨锈病怎么治疗")
        for name, end in ends.items()
    )
    assert asked.confidence < told.confidence / 2
