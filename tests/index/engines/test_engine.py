"""The embedded engine: rank-bm25's scores from postings on disk."""

import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike
from processes import run_python
from rank_bm25 import BM25Plus

from index import DamagedIndex, Hit
from index.analysis.index_terms import WeightedTerm
from index.engines import ENGINES, PACKS, maxscore, memory, runs
from index.engines.bm25 import PostingsBM25
from index.engines.memory import PostingsBuilder, open_engine
from index.engines.packing import PackedTerms, pack
from index.engines.runs import NumberedTerms, save_array, sorted_run

TERMS = st.sampled_from(
    ["城西区", "投资", "路灯", "led", "2000", "投资·", "\U00020000", "区@", "x"]
)
CORPORA = st.lists(st.lists(TERMS, max_size=12), min_size=1, max_size=12).filter(any)
QUERIES = st.lists(TERMS | st.just("没有"), max_size=8)
PARAMETERS = st.sampled_from([(0.9, 0.4), (1.5, 0.75), (1.2, 0.0), (2.0, 0.9)])


def both(corpus: list[list[str]], parameters: tuple[float, float]) -> tuple[PostingsBM25, BM25Plus]:
    k1, b = parameters
    return PostingsBM25(corpus, k1=k1, b=b), BM25Plus(corpus, k1=k1, b=b, delta=0)


def assert_close(actual: ArrayLike, expected: ArrayLike) -> None:
    """Asserts equality but for the order in which numbers were added."""
    np.testing.assert_allclose(np.asarray(actual), np.asarray(expected), rtol=1e-9, atol=1e-9)


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
    actual = [scores[number] for number in ours.get_top_n(query, numbers, n)]
    assert_close(actual, expected)


@st.composite
def skewed_corpora(draw: st.DrawFn) -> list[list[str]]:
    """Returns passages that share a few terms often and others seldom, as in a language."""
    source = Random(draw(st.integers(0, 2**32)))  # noqa: S311 - drawn in one go, shrunk in one
    numbers = range(draw(st.integers(1, 30)))
    return [
        [
            term
            for term in numbers_as_terms(numbers, source)
            for _ in range(source.choice((1, 1, 3)))
        ]
        for _ in range(draw(st.integers(0, 400)))
    ]


def numbers_as_terms(numbers: range, source: Random) -> list[str]:
    return [str(number) for number in numbers if source.random() < 1 / (1 + number)]


WEIGHTED = st.lists(
    st.builds(
        WeightedTerm, TERMS | st.integers(0, 30).map(str), st.sampled_from([0.0, 0.15, 0.5, 1.0])
    ),
    max_size=20,
)


def assert_best_of_all(engine: PostingsBM25, terms: list[WeightedTerm], limit: int) -> None:
    """Asserts the same result as scoring every passage and sorting, to the last bit."""
    scores = engine.weighted_scores((term.key, term.weight) for term in terms)
    ranked = sorted((-score, number) for number, score in enumerate(scores) if score > 0)
    assert engine.search(terms, limit) == [
        Hit(number, -negative) for negative, number in ranked[:limit]
    ]


@given(corpus=CORPORA, terms=WEIGHTED, limit=st.integers(0, 14))
def test_a_search_gives_the_highest_scores_and_then_the_lowest_ids(
    corpus: list[list[str]], terms: list[WeightedTerm], limit: int
) -> None:
    """Also for terms that are given twice, unknown, or of no weight."""
    assert_best_of_all(PostingsBM25(corpus), terms, limit)


@given(
    corpus=skewed_corpora(),
    terms=WEIGHTED,
    limit=st.sampled_from([1, 2, 5, 20, 1_000]),
    dense=st.sampled_from([0, 1_000]),
)
def test_nothing_that_belongs_to_the_top_is_left_out(
    corpus: list[list[str]], terms: list[WeightedTerm], limit: int, dense: int
) -> None:
    """With so little work allowed at each step that every way of leaving postings out is taken."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(maxscore, "_FIRST_POSTINGS", 10)
        patch.setattr(maxscore, "_WORTH_PROBING", 10)
        patch.setattr(maxscore, "_LEFT_SHARE", 1.0)
        patch.setattr(maxscore, "_DENSE", dense)
        assert_best_of_all(PostingsBM25(corpus), terms, limit)


def test_a_search_reads_a_small_part_of_long_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the rare terms do not bring to the top is never looked at."""
    corpus = [["的", "了"] + ["城西区"] * (number % 1_000 == 0) for number in range(20_000)]
    engine = PostingsBM25(corpus)
    read: list[int] = []
    whole = maxscore.TermLists.postings

    def counted(lists: maxscore.TermLists, first: int, end: int) -> object:
        ids, parts = whole(lists, first, end)
        read.append(len(ids))
        return ids, parts

    monkeypatch.setattr(maxscore, "_FIRST_POSTINGS", 20)
    monkeypatch.setattr(maxscore.TermLists, "postings", counted)
    hits = engine.search(asked("的", "了", "城西区"), 10)
    assert [hit.passage_id for hit in hits] == list(range(0, 10_000, 1_000))
    assert sum(read) == 20


def write_engine(folder: Path, corpus: Iterable[list[str]], earlier: Path | None = None) -> Path:
    """Builds an engine of passages, one article a passage."""
    builder = PostingsBuilder(folder, earlier)
    for passage in corpus:
        builder.add(pack([passage]))
    assert list(builder.finish())
    return folder


def assert_same_postings(actual: PostingsBM25, expected: PostingsBM25) -> None:
    """Asserts equality to the last bit, but for the order of the profiles and for unused ones."""
    for name in ("terms", "offsets", "passage_ids", "lengths"):
        np.testing.assert_array_equal(
            getattr(actual.postings, name), getattr(expected.postings, name)
        )
    for numbers in ("profile_ids", "best"):
        np.testing.assert_array_equal(
            actual.postings.profiles[getattr(actual.postings, numbers)],
            expected.postings.profiles[getattr(expected.postings, numbers)],
        )


@given(corpus=CORPORA, at_once=st.integers(1, 9))
def test_postings_are_the_same_however_many_are_sorted_and_merged_at_once(
    tmp_path_factory: pytest.TempPathFactory, corpus: list[list[str]], at_once: int
) -> None:
    folder = tmp_path_factory.mktemp("engines")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "AT_ONCE", at_once)
        patch.setattr(memory, "AT_ONCE", at_once)
        opened = open_engine(write_engine(folder / "engine", corpus))
    assert_same_postings(opened, PostingsBM25(corpus))
    assert not (folder / "engine" / "runs").exists()


@given(
    data=st.data(),
    corpus=CORPORA,
    at_once=st.sampled_from([2, 5, 1_000]),
    few=st.sampled_from([0, 3, 1_000]),
)
def test_an_engine_that_keeps_passages_equals_one_that_is_built_anew(
    tmp_path_factory: pytest.TempPathFactory,
    data: st.DataObject,
    corpus: list[list[str]],
    at_once: int,
    few: int,
) -> None:
    """New passages among the kept ones, and others left out."""
    folder = tmp_path_factory.mktemp("engines")
    earlier = write_engine(folder / "earlier", corpus)
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(corpus))))))
    plan: list[int | list[str]] = [*kept]
    for new in data.draw(CORPORA):
        plan.insert(data.draw(st.integers(0, len(plan))), new)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs, "AT_ONCE", at_once)
        patch.setattr(memory, "AT_ONCE", at_once)
        patch.setattr(runs, "_FEW", few)
        patch.setattr(memory, "_MOST_RUNS", 2)
        builder = PostingsBuilder(folder / "engine", earlier)
        for passage in plan:
            if isinstance(passage, int):
                builder.keep(passage, 1)
            else:
                builder.add(pack([passage]))
        assert list(builder.finish())
    whole = [corpus[entry] if isinstance(entry, int) else entry for entry in plan]
    assert_same_postings(open_engine(folder / "engine"), PostingsBM25(whole))


def test_terms_whose_hashes_begin_alike_are_told_apart() -> None:
    """Sorting puts a posting's place into the last bits of its hash."""
    hashes = np.array([5 << 24 | 9, 5 << 24 | 2, 7, 5 << 24 | 9, 5 << 24 | 2], np.uint64)
    ones = np.ones(5, np.int32)
    packed = PackedTerms(ones, ones, hashes, ones)
    run = sorted_run([NumberedTerms(0, packed)])
    assert run.terms.tolist() == [7, 5 << 24 | 2, 5 << 24 | 9]
    assert run.offsets.tolist() == [0, 1, 3, 5]
    assert run.passage_ids.tolist() == [2, 1, 4, 0, 3]


@given(passages=st.lists(st.lists(TERMS | st.text(max_size=3), max_size=8), max_size=5))
def test_packed_terms_survive_as_bytes(passages: list[list[str]]) -> None:
    terms = PackedTerms.of(passages)
    again = PackedTerms.from_bytes(terms.to_bytes())
    for field in fields(terms):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(terms, field.name))
    with pytest.raises(ValueError, match="packed"):
        PackedTerms.from_bytes(terms.to_bytes() + b"x")


def test_questions_may_be_asked_at_once() -> None:
    source = Random(1)  # noqa: S311 - the same passages each time
    corpus = [numbers_as_terms(range(40), source) for _ in range(3_000)]
    engine = PostingsBM25(corpus)
    questions = [asked(*(str(source.randrange(40)) for _ in range(8))) for _ in range(40)]
    expected = [engine.search(question, 10) for question in questions]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(5):
            assert list(pool.map(lambda entry: engine.search(entry, 10), questions)) == expected


@given(corpus=skewed_corpora(), query=st.lists(st.integers(0, 30).map(str), max_size=8))
def test_the_best_of_a_larger_corpus_are_those_of_rank_bm25(
    corpus: list[list[str]], query: list[str]
) -> None:
    if not any(corpus):
        return  # rank-bm25 divides by the length of the corpus
    ours, theirs = both(corpus, (0.9, 0.4))
    scores = theirs.get_scores(query)
    hits = ours.search(asked(*query), 10)
    assert_close([hit.score for hit in hits], [scores[hit.passage_id] for hit in hits])
    expected = sorted((score for score in scores if score > 0), reverse=True)[:10]
    assert_close([hit.score for hit in hits], expected)


@given(corpus=CORPORA, query=QUERIES)
def test_a_weight_multiplies_what_its_term_adds(corpus: list[list[str]], query: list[str]) -> None:
    engine = PostingsBM25(corpus)
    weighted = engine.weighted_scores((term, 0.25 * number) for number, term in enumerate(query))
    parts = [0.25 * number * engine.get_scores([term]) for number, term in enumerate(query)]
    assert_close(weighted, sum(parts, np.zeros(len(corpus))))


@given(corpus=st.lists(st.lists(TERMS, max_size=12), max_size=12), query=QUERIES)
def test_what_was_written_scores_the_same_when_it_is_opened(
    tmp_path_factory: pytest.TempPathFactory,
    corpus: list[list[str]],
    query: list[str],
) -> None:
    """Also without any passage, and without any term."""
    saved = PostingsBM25(corpus)
    opened = open_engine(write_engine(tmp_path_factory.mktemp("engines") / "engine", corpus))
    assert opened.get_scores(query).tolist() == saved.get_scores(query).tolist()
    assert opened.search(asked(*query), 5) == saved.search(asked(*query), 5)
    assert opened.passages == saved.passages == len(corpus)
    for term in query:
        holders = sum(term in passage for passage in corpus)
        assert opened.holders(term) == saved.holders(term) == holders
        assert opened.idf_of(term) == saved.idf_of(term)


@given(corpus=CORPORA)
def test_the_rarer_a_term_the_more_it_tells(corpus: list[list[str]]) -> None:
    """And an unknown one tells as much as one that a single passage holds."""
    engine = PostingsBM25(corpus)
    known = {term for passage in corpus for term in passage}
    ranked = sorted(known, key=engine.holders)
    weights = [engine.idf_of(term) for term in ranked]
    assert weights == sorted(weights, reverse=True)
    assert all(0 < idf <= engine.idf_of("没有") for idf in weights)


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
    for engine in (ours, open_engine(write_engine(tmp_path / "engine", corpus))):
        assert_close(engine.get_scores(["灯"]), theirs.get_scores(["灯"]))


@pytest.mark.parametrize("name", sorted(ENGINES))
def test_what_a_builder_writes_the_engine_finds(name: str, tmp_path: Path) -> None:
    factory = ENGINES[name]
    builder = factory.builder(tmp_path / "engine", None)
    builder.add(PACKS[name]([["路灯", "投资"], ["桥"]]))
    builder.add(PACKS[name]([["路灯", "路灯"]]))
    assert all(done <= total for done, total in builder.finish())
    engine = factory.open(tmp_path / "engine")
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
        ("offsets", np.array([0, 1, 2, 9], np.int64)),
        ("offsets", np.array([0, 1, 2, 3], np.float64)),
        ("passage_ids", np.array([0, 1], np.int32)),
        ("passage_ids", np.array([[0], [1], [1]], np.int32)),
        ("profile_ids", np.array([0, 1], np.uint8)),
        ("profile_ids", np.array([0, 1, 1], np.int8)),
        ("profile_ids", np.array([0, 1, 1], np.float32)),
        ("profiles", np.array([[1, 1], [0, 2]], np.int32)),
        ("profiles", np.array([[1, 1], [1, -2]], np.int32)),
        ("profiles", np.array([[1.0, 1.0], [1.0, 2.0]])),
        ("profiles", np.array([1, 1], np.int32)),
        ("best", np.array([0, 1], np.uint8)),
        ("best", np.array([0, 1, -1], np.int8)),
        ("terms", np.array([1, 2], np.uint64)),
        ("terms", np.array([1, 2, 3], np.int64)),
        ("lengths", np.array(2, np.int32)),
        ("lengths", np.array([2, -1], np.int32)),
        ("lengths", np.array([object()])),
    ],
)
def test_postings_that_do_not_fit_each_other_are_damage(
    tmp_path: Path, array: str, values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]
) -> None:
    folder = write_engine(tmp_path / "engine", [["a", "b"], ["c"]])
    open_engine(folder)
    np.save(folder / f"{array}.npy", values)
    with pytest.raises(DamagedIndex):
        open_engine(folder)


@pytest.mark.parametrize(
    "written", ['{"k1": -1, "b": 0.4}', '{"k1": NaN, "b": 0.4}', '{"k1": 1, "b": 2}', "{}", "[]"]
)
def test_parameters_that_are_none_are_damage(tmp_path: Path, written: str) -> None:
    folder = write_engine(tmp_path / "engine", [["a", "b"], ["c"]])
    (folder / "parameters.json").write_text(written)
    with pytest.raises(DamagedIndex):
        open_engine(folder)


@pytest.mark.parametrize("shape", [(0,), (7,), (0, 2), (3, 2)])
def test_an_array_that_is_written_is_read_as_it_was(shape: tuple[int, ...], tmp_path: Path) -> None:
    values = np.arange(np.prod(shape), dtype=np.int32).reshape(shape)
    save_array(tmp_path / "array.npy", values.T if len(shape) > 1 else values)
    read = np.load(tmp_path / "array.npy", allow_pickle=False)
    np.testing.assert_array_equal(read, values.T, strict=True)


LIMITED = """
import resource
from pathlib import Path
import numpy as np
from index.engines.runs import save_array
resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))
try:
    save_array(Path("array.npy"), np.arange(100))
except OSError:
    print("not written")
"""
"""Lets a process write no more of a file than the beginning of an array."""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_an_array_of_which_only_a_part_can_be_written_is_an_error(tmp_path: Path) -> None:
    assert run_python("-c", LIMITED, folder=tmp_path).stdout == b"not written\n"
