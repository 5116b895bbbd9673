"""The embedded engine: rank-bm25's scores from postings on disk."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from rank_bm25 import BM25Plus

from index import DamagedIndex, Hit
from index.engines import ENGINES
from index.engines.memory import PostingsBM25, open_engine
from index.terms import WeightedTerm

TERMS = st.sampled_from(
    ["城西区", "投资", "路灯", "led", "2000", "投资·", "\U00020000", "区@", "x"]
)
CORPORA = st.lists(st.lists(TERMS, max_size=12), min_size=1, max_size=12).filter(any)
QUERIES = st.lists(TERMS | st.just("没有"), max_size=8)
PARAMETERS = st.sampled_from([(0.9, 0.4), (1.5, 0.75), (1.2, 0.0), (2.0, 0.9)])


def both(corpus: list[list[str]], parameters: tuple[float, float]) -> tuple[PostingsBM25, BM25Plus]:
    k1, b = parameters
    return PostingsBM25(corpus, k1=k1, b=b), BM25Plus(corpus, k1=k1, b=b, delta=0)


def assert_close(found: ArrayLike, expected: ArrayLike) -> None:
    """Equal but for the order in which numbers were added."""
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-9, atol=1e-9)


def asked(*keys: str) -> list[WeightedTerm]:
    return [WeightedTerm(key, 1.0) for key in keys]


@given(corpus=CORPORA, query=QUERIES, parameters=PARAMETERS)
def test_scores_equal_those_of_rank_bm25(
    corpus: list[list[str]], query: list[str], parameters: tuple[float, float]
) -> None:
    """Also for terms that are repeated or unknown, and for a single passage."""
    ours, theirs = both(corpus, parameters)
    assert_close(ours.get_scores(query), theirs.get_scores(query))


@given(corpus=CORPORA, query=QUERIES, data=st.data())
def test_scores_of_chosen_passages_equal_those_of_rank_bm25(
    corpus: list[list[str]], query: list[str], data: st.DataObject
) -> None:
    ours, theirs = both(corpus, (0.9, 0.4))
    chosen = data.draw(st.lists(st.integers(0, len(corpus) - 1), max_size=6))
    assert_close(ours.get_batch_scores(query, chosen), theirs.get_batch_scores(query, chosen))


@given(corpus=CORPORA, query=QUERIES, n=st.integers(0, 5))
def test_the_top_passages_score_like_those_of_rank_bm25(
    corpus: list[list[str]], query: list[str], n: int
) -> None:
    """Equal scores may come in any order."""
    ours, theirs = both(corpus, (0.9, 0.4))
    numbers = list(range(len(corpus)))
    scores = theirs.get_scores(query)
    expected = [scores[number] for number in theirs.get_top_n(query, numbers, n)]
    found = [scores[number] for number in ours.get_top_n(query, numbers, n)]
    assert_close(found, expected)


@given(
    corpus=CORPORA,
    terms=st.lists(st.builds(WeightedTerm, TERMS, st.sampled_from([0.15, 0.5, 1.0])), max_size=8),
    limit=st.integers(1, 14),
)
def test_a_search_gives_the_highest_scores_and_then_the_lowest_ids(
    corpus: list[list[str]], terms: list[WeightedTerm], limit: int
) -> None:
    engine = PostingsBM25(corpus)
    scores = engine.weighted_scores((term.key, term.weight) for term in terms)
    ranked = sorted((-score, number) for number, score in enumerate(scores) if score > 0)
    assert engine.search(terms, limit) == [
        Hit(number, -negative) for negative, number in ranked[:limit]
    ]


@given(corpus=CORPORA, query=QUERIES)
def test_a_weight_multiplies_what_its_term_adds(corpus: list[list[str]], query: list[str]) -> None:
    engine = PostingsBM25(corpus)
    weighted = engine.weighted_scores((term, 0.25 * number) for number, term in enumerate(query))
    parts = [0.25 * number * engine.get_scores([term]) for number, term in enumerate(query)]
    assert_close(weighted, sum(parts, np.zeros(len(corpus))))


@given(
    corpus=st.lists(st.lists(TERMS, max_size=12), max_size=12),
    query=QUERIES,
    parameters=PARAMETERS,
)
def test_what_was_saved_scores_the_same_when_it_is_opened(
    tmp_path_factory: pytest.TempPathFactory,
    corpus: list[list[str]],
    query: list[str],
    parameters: tuple[float, float],
) -> None:
    """Also without any passage, and without any term."""
    folder = tmp_path_factory.mktemp("engine")
    k1, b = parameters
    saved = PostingsBM25(corpus, k1=k1, b=b)
    saved.save(folder)
    opened = open_engine(folder)
    assert opened.get_scores(query).tolist() == saved.get_scores(query).tolist()
    assert opened.search(asked(*query), 5) == saved.search(asked(*query), 5)
    assert opened.passages == saved.passages == len(corpus)
    for term in query:
        holders = sum(term in passage for passage in corpus)
        assert opened.holders(term) == saved.holders(term) == holders
        assert opened.information(term) == saved.information(term)


@given(corpus=CORPORA)
def test_the_rarer_a_term_the_more_it_tells(corpus: list[list[str]]) -> None:
    """And an unknown one tells as much as one that a single passage holds."""
    engine = PostingsBM25(corpus)
    known = {term for passage in corpus for term in passage}
    ranked = sorted(known, key=engine.holders)
    told = [engine.information(term) for term in ranked]
    assert told == sorted(told, reverse=True)
    assert all(0 < information <= engine.information("没有") for information in told)


def test_an_empty_corpus_answers_nothing() -> None:
    engine = PostingsBM25([])
    assert engine.get_scores(["投资"]).tolist() == []
    assert engine.search(asked("投资"), 5) == []
    assert engine.passages == engine.holders("投资") == 0


def test_nothing_asked_finds_nothing() -> None:
    assert PostingsBM25([["投资"]]).search([], 5) == []


@pytest.mark.parametrize("times", [255, 256, 65_535, 65_536, 100_000])
def test_a_term_may_be_repeated_any_number_of_times(times: int, tmp_path: Path) -> None:
    corpus = [["灯"] * times + ["路"], ["路", "灯"], ["桥"]]
    ours, theirs = both(corpus, (0.9, 0.4))
    ours.save(tmp_path)
    for engine in (ours, open_engine(tmp_path)):
        assert_close(engine.get_scores(["灯"]), theirs.get_scores(["灯"]))


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_what_a_builder_writes_the_engine_finds(name: str, tmp_path: Path) -> None:
    builder = ENGINES[name].builder(tmp_path / "engine")
    for passage in (["路灯", "投资"], ["桥"], ["路灯", "路灯"]):
        builder.add(passage)
    builder.finish()
    engine = ENGINES[name].open(tmp_path / "engine")
    assert [hit.passage_id for hit in engine.search(asked("路灯"), 5)] == [2, 0]
    assert [hit.passage_id for hit in engine.search(asked("投资", "路灯"), 1)] == [0]
    assert engine.passages == 3
    assert engine.holders("路灯") == 2


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_a_folder_without_an_engine_is_damage(name: str, tmp_path: Path) -> None:
    with pytest.raises(DamagedIndex):
        ENGINES[name].open(tmp_path)


@pytest.mark.parametrize(
    ("array", "values"),
    [
        ("offsets", np.array([0, 2], np.int64)),
        ("offsets", np.array([1, 1, 2, 3], np.int64)),
        ("offsets", np.array([0, 3, 1, 3], np.int64)),
        ("offsets", np.array([0, 1, 2, 9], np.int64)),
        ("offsets", np.array([0, 1, 2, 3], np.float64)),
        ("passage_ids", np.array([0, 1, 2], np.int32)),
        ("passage_ids", np.array([0, 1, -1], np.int32)),
        ("passage_ids", np.array([0, 1], np.int32)),
        ("passage_ids", np.array([[0], [1], [1]], np.int32)),
        ("frequencies", np.array([1, 1], np.uint8)),
        ("frequencies", np.array([1, 1, 1], np.float32)),
        ("lengths", np.array([2], np.int32)),
        ("lengths", np.array(2, np.int32)),
        ("lengths", np.array([object()])),
    ],
)
def test_postings_that_do_not_fit_each_other_are_damage(
    tmp_path: Path, array: str, values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
) -> None:
    PostingsBM25([["a", "b"], ["c"]]).save(tmp_path)
    open_engine(tmp_path)
    np.save(tmp_path / f"{array}.npy", values)
    with pytest.raises(DamagedIndex):
        open_engine(tmp_path)
