"""The engine, in a whole library, finds what rank-bm25 finds; on as many passages as a town has."""

import json
from pathlib import Path

import pytest
from equality import Reference, differences, equal
from small_libraries import TOWN
from speed_articles import prepare
from speed_corpus import FOUND, Corpus, SoughtTerm

from index import Hit

PLACES = ("河口县", "白河镇", "青石桥", "南山村", "柳林街道", "东湖区", "古城", "石门港")
OFFICES = ("教育局", "水务局", "图书馆", "卫生院", "街道办事处", "博物馆", "消防队", "气象站")
DEEDS = ("修缮", "扩建", "清理", "检查", "种植", "捐赠", "开放", "登记", "更换", "评选")
THINGS = ("路灯", "水渠", "课桌", "古树", "档案", "药品", "站牌", "渔船", "桥栏", "苗木")
SENTENCES = 1_600


def sentence(number: int) -> str:
    """Returns one of `SENTENCES`, with a random who, what, where, when and how often."""
    place, authority = PLACES[number % 8], OFFICES[number // 8 % 8]
    action, thing = DEEDS[number // 3 % 10], THINGS[number // 7 % 10]
    year, count = 1990 + number % 33, 12 + number * 37 % 9_000
    if number % 3:
        return f"{year}年{place}{authority}{action}{thing}{count}处,比上一年多{number % 90}处。"
    return f"据{authority}介绍,{place}的{thing}由第{number}工程队{action},共用去{count}元。"


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory, seeds_folder: Path) -> Path:
    """The articles that come with the project, three small ones, and a town's chronicle."""
    seeds = [path.read_text("utf-8") for path in sorted(seeds_folder.glob("*.txt"))]
    fields = [{"title": "", "text": text} for text in (*seeds, *TOWN.values())]
    fields += [
        {
            "title": f"{PLACES[begin % 8]}{THINGS[begin % 10]}记",
            "text": "\n".join(sentence(number) for number in range(begin, begin + 16)),
        }
        for begin in range(0, SENTENCES, 16)
    ]
    path = tmp_path_factory.mktemp("articles") / "articles.jsonl"
    path.write_text(
        "".join(json.dumps(article, ensure_ascii=False) + "\n" for article in fields), "utf-8"
    )
    return path


def compared(folder: Path, articles: Path, passages: int, questions: int) -> list[str | None]:
    """Returns for each of the many questions how the engine and rank-bm25 differ."""
    corpus = Corpus(folder)
    size = prepare(corpus, articles, passages, questions)
    assert size.passages >= passages
    assert len({asked.text for asked in corpus.asked()}) > questions / 4
    return list(differences(corpus))


def test_the_engine_finds_what_rank_bm25_finds(tmp_path: Path, articles: Path) -> None:
    assert compared(tmp_path, articles, 600, 100) == [None] * 100


@pytest.mark.slow
def test_over_20000_passages_1000_questions_find_what_rank_bm25_finds(
    tmp_path: Path, articles: Path
) -> None:
    """The first twenty passages in the same order, with the same scores to four digits."""
    assert compared(tmp_path, articles, 20_000, 1_000) == [None] * 1_000


def test_the_reference_orders_by_score_and_then_by_number() -> None:
    reference = Reference([["桥"], ["灯", "路"], ["桥"], ["桥", "桥", "路"]])
    terms = [SoughtTerm("桥", 1.0), SoughtTerm("路", 0.5), SoughtTerm("没有", 1.0)]
    hits = reference.search(terms, FOUND)
    assert [hit.passage_id for hit in hits] == [3, 0, 2, 1]
    assert hits[1].score == hits[2].score > hits[3].score > 0
    assert [hit.passage_id for hit in reference.search(terms, 2)] == [3, 0]


@pytest.mark.parametrize(
    ("hits", "same"),
    [
        ([Hit(1, 2.00009), Hit(2, 1.0)], True),
        ([Hit(1, 2.0002), Hit(2, 1.0)], False),
        ([Hit(2, 2.0), Hit(1, 1.0)], False),
        ([Hit(1, 2.0)], False),
    ],
)
def test_other_passages_another_order_or_another_score_are_a_difference(
    hits: list[Hit], same: bool
) -> None:
    assert equal(hits, [Hit(1, 2.0), Hit(2, 1.0)]) == same
