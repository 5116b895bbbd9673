"""What every engine promises, whatever it is built on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from random import Random

import pytest
from cluster_libraries import engine_in

from index.analysis.index_terms import WeightedTerm
from index.engines import ENGINES, PACKS, Engine

Terms = Sequence[Sequence[str]]
Build = Callable[[Terms], Engine]
ODD = ["two words", "tab\tinside", "no-break\xa0space", "ideographic\u3000space", "x" * 300]
ODD += ["half\ud800pair", "#0123456789abcdef", "a·", "a@", "a·@", "\U00020000", '"\\{}']


@contextmanager
def engine_on_disk(folder: Path, passages: Terms) -> Iterator[Engine]:
    factory = ENGINES["memory"]
    builder = factory.builder(folder, None)
    if passages:
        builder.add(PACKS["memory"](passages))
    for _ in builder.finish():
        pass
    yield factory.open(folder)


@pytest.fixture(params=["memory", pytest.param("opensearch", marks=pytest.mark.cluster)])
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Build]:
    """Builds an engine over passages that are given by their terms."""
    numbers = count()
    with ExitStack() as held:

        def built(passages: Terms) -> Engine:
            folder = tmp_path / str(next(numbers))
            if request.param == "memory":
                return held.enter_context(engine_on_disk(folder, passages))
            cluster = request.getfixturevalue("cluster")
            return held.enter_context(engine_in(cluster, folder, passages))

        yield built


def asked(*keys: str, weight: float = 1.0) -> list[WeightedTerm]:
    return [WeightedTerm(key, weight) for key in keys]


def ids(engine: Engine, terms: Sequence[WeightedTerm], limit: int = 10) -> list[int]:
    return [hit.passage_id for hit in engine.search(terms, limit)]


def test_only_holders_are_found_the_best_first(build: Build) -> None:
    engine = build([["路灯", "投资"], ["桥"], ["路灯", "路灯"]])
    assert ids(engine, asked("路灯")) == [2, 0]
    assert ids(engine, asked("投资", "路灯")) == [0, 2]
    assert ids(engine, asked("投资", "路灯"), limit=1) == [0]
    scores = [hit.score for hit in engine.search(asked("投资", "路灯"), 5)]
    assert scores == sorted(scores, reverse=True)


def test_equal_scores_come_by_passage_id(build: Build) -> None:
    engine = build([["灯"]] * 30)
    assert ids(engine, asked("灯"), limit=7) == list(range(7))
    assert len({hit.score for hit in engine.search(asked("灯"), 30)}) == 1


def test_nothing_is_found_without_a_term_that_some_passage_holds(build: Build) -> None:
    engine = build([["灯"], ["桥"]])
    assert engine.search([], 5) == []
    assert engine.search(asked("没有"), 5) == []
    assert engine.search(asked("灯"), 0) == []
    assert engine.search(asked("灯", weight=0), 5) == []
    assert ids(engine, asked("没有", "桥")) == [1]


def test_an_empty_engine_answers_nothing(build: Build) -> None:
    engine = build([])
    assert engine.passages == 0
    assert engine.search(asked("灯"), 5) == []
    assert engine.holders("灯") == 0


def test_an_engine_tells_how_many_hold_a_term_and_what_it_tells(build: Build) -> None:
    engine = build([["灯", "灯", "桥"], ["灯"], ["河"]])
    assert engine.passages == 3
    assert [engine.holders(key) for key in ("灯", "桥", "没有")] == [2, 1, 0]
    assert 0 < engine.idf_of("灯") < engine.idf_of("桥") == engine.idf_of("没有")


def test_looking_terms_up_changes_nothing_that_is_told(build: Build) -> None:
    engine, other = (build([["灯", "桥"], ["灯"]]) for _ in range(2))
    keys = ["灯", "桥", "没有", "灯"]
    engine.look_up(iter(keys))
    engine.look_up([])
    assert [engine.holders(key) for key in keys] == [other.holders(key) for key in keys]
    assert engine.search(asked(*keys), 5) == other.search(asked(*keys), 5)


def test_weights_multiply_and_those_of_equal_keys_add_up(build: Build) -> None:
    engine = build([["灯", "桥"], ["灯"], ["桥", "桥"]])
    (once,) = [hit.score for hit in engine.search(asked("灯"), 5) if hit.passage_id == 1]
    (heavy,) = [
        hit.score for hit in engine.search(asked("灯", weight=2.5), 5) if hit.passage_id == 1
    ]
    (twice,) = [hit.score for hit in engine.search(asked("灯", "灯"), 5) if hit.passage_id == 1]
    assert heavy == pytest.approx(2.5 * once, rel=1e-5)
    assert twice == pytest.approx(2 * once, rel=1e-5)


@pytest.mark.parametrize("term", ODD)
def test_any_text_may_be_a_term(build: Build, term: str) -> None:
    engine = build([[term, "灯"], ["灯"], term.split() or ["灯"]])
    assert engine.holders(term) == (2 if term.split() == [term] else 1)
    assert ids(engine, asked(term))[0] in (0, 2)
    assert 1 not in ids(engine, asked(term))


def test_a_question_of_very_many_terms_is_answered(build: Build) -> None:
    words = [f"w{number}" for number in range(3_000)]
    engine = build([words[first : first + 30] for first in range(0, 3_000, 30)])
    assert len(ids(engine, asked(*words), limit=10)) == 10


def random_passages(source: Random) -> list[list[str]]:
    """Returns passages that share a few terms often and others seldom; short enough that Lucene
    keeps their lengths as they are.
    """
    vocabulary = [f"t{number}" for number in range(60)]
    chances = [1 / (1 + number) for number in range(60)]
    return [source.choices(vocabulary, chances, k=source.randint(1, 39)) for _ in range(300)]


def test_scores_are_those_of_the_model(build: Build, tmp_path: Path) -> None:
    """200 questions over 300 passages find what rank-bm25's model, by the embedded engine, finds;
    float32 tells scores apart to one part in a million."""
    source = Random(7)  # noqa: S311 - the same each time, no secret
    passages = random_passages(source)
    engine = build(passages)
    with engine_on_disk(tmp_path / "reference", passages) as reference:
        for _ in range(200):
            keys = source.sample([f"t{number}" for number in range(70)], source.randint(1, 9))
            terms = [WeightedTerm(key, source.choice([0.3, 0.5, 1.0])) for key in keys]
            hits = engine.search(terms, 10)
            expected = reference.search(terms, 10)
            assert [hit.score for hit in hits] == pytest.approx(
                [hit.score for hit in expected], rel=1e-5
            )
            scores = {hit.passage_id: hit.score for hit in reference.search(terms, 300)}
            for hit in hits:
                assert hit.score == pytest.approx(scores[hit.passage_id], rel=1e-5)


@pytest.mark.cluster
def test_scores_do_not_depend_on_how_an_index_is_split(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    source = Random(8)  # noqa: S311 - the same each time, no secret
    passages = random_passages(source)
    cluster = request.getfixturevalue("cluster")
    with (
        engine_in(cluster, tmp_path / "one", passages) as single,
        engine_in(cluster, tmp_path / "five", passages, shards=5) as five,
    ):
        for number in range(40):
            terms = asked(f"t{number}", f"t{number + 3}")
            assert ids(five, terms) == ids(single, terms)
