"""The speed benchmark: what it measures on, and the shape of what it writes; never how fast."""

import gzip
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from small_libraries import ROOT, TOWN, plain_environment
from speed_corpus import Corpus, Size, cut_passages, prepare
from speed_engines import ENGINES, Memory, measure_answers, measure_build, measure_serve

FIGURES = {
    "build_seconds": float,
    "build_peak_mb": float,
    "disk_mb": float,
    "rss_mb": float,
    "open_ms": float,
    "search_ms_p50": float,
    "search_ms_p95": float,
    "search_ms_p99": float,
    "searches": int,
    "found": int,
}
QUESTIONS = 6
PASSAGES = 12


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zipped file of articles, one of them with a title, one empty."""
    path = tmp_path_factory.mktemp("articles") / "articles.jsonl.gz"
    texts = [*TOWN.values(), " \n"]
    fields = [{"id": f"{n}", "title": "灯" * (n == 0), "text": t} for n, t in enumerate(texts)]
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in fields)
    path.write_bytes(gzip.compress(lines.encode()))
    return path


def prepared(folder: Path, articles: Path, queries: Path | None = None) -> tuple[Corpus, Size]:
    folder.mkdir()
    corpus = Corpus(folder)
    return corpus, prepare(corpus, articles, PASSAGES, QUESTIONS, queries)


def test_a_corpus_holds_what_it_says(tmp_path: Path, articles: Path) -> None:
    corpus, size = prepared(tmp_path / "corpus", articles)
    assert size.articles == len(list(corpus.seeds.rglob("*.txt"))) == 3 + size.recombined
    assert size.passages == len(list(corpus.texts())) >= PASSAGES
    assert size.recombined > 0
    assert size.questions == len(corpus.asked()) == QUESTIONS
    assert cut_passages(corpus) == len(list(corpus.term_lines())) == size.passages


def test_articles_that_are_enough_are_not_added_to(tmp_path: Path, articles: Path) -> None:
    (tmp_path / "corpus").mkdir()
    size = prepare(Corpus(tmp_path / "corpus"), articles, 1, QUESTIONS, None)
    assert (size.articles, size.recombined) == (1, 0)


def test_questions_are_about_the_articles(tmp_path: Path, articles: Path) -> None:
    corpus, _ = prepared(tmp_path / "corpus", articles)
    cut_passages(corpus)
    words = {word for line in corpus.term_lines() for word in line.split(" ")}
    for question in corpus.asked():
        assert question.text.endswith("?")
        assert any(term.key in words for term in question.terms), question.text


def test_a_corpus_is_the_same_each_time(tmp_path: Path, articles: Path) -> None:
    one, _ = prepared(tmp_path / "one", articles)
    other, _ = prepared(tmp_path / "other", articles)
    assert one.passages.read_bytes() == other.passages.read_bytes()
    assert one.questions.read_bytes() == other.questions.read_bytes()


def test_half_of_the_questions_are_taken_from_a_data_set(tmp_path: Path, articles: Path) -> None:
    document = {"id": "1", "title": "", "text": "路灯亮了。"}
    (tmp_path / "docs.jsonl").write_text(json.dumps(document))
    queries = [{"id": n, "text": f"第{n}盏灯在哪", "relevant": [], "answers": []} for n in range(9)]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(one) + "\n" for one in queries))
    corpus, size = prepared(tmp_path / "corpus", articles, tmp_path)
    taken = {query["text"] for query in queries}
    assert sum(asked.text in taken for asked in corpus.asked()) == QUESTIONS // 2
    assert size.questions == QUESTIONS


def measured(folder: Path, articles: Path, *engines: str) -> tuple[dict[str, Any], str]:
    """What the benchmark writes, and what it prints."""
    command = [sys.executable, str(ROOT / "benchmarks" / "speed.py"), "--articles", str(articles)]
    command += ["--passages", str(PASSAGES), "--questions", str(QUESTIONS)]
    command += ["--json", str(folder / "out.json"), "--engines", *engines]
    ran = subprocess.run(  # noqa: S603 - our own code
        command, env=plain_environment(), capture_output=True, timeout=120, check=True
    )
    result: dict[str, Any] = json.loads((folder / "out.json").read_text("utf-8"))
    return result, ran.stdout.decode()


def assert_figures(figures: dict[str, Any]) -> None:
    """Each figure is there, of its kind, and from as many searches as there are questions."""
    for name, kind in FIGURES.items():
        assert isinstance(figures[name], kind), name
    stages = sum(figures["build_stages"].values())
    assert figures["build_seconds"] == pytest.approx(stages, abs=0.01)
    assert figures["searches"] == QUESTIONS
    assert 0 < figures["found"] <= QUESTIONS * 20
    assert figures["rss_mb"] > 0


@pytest.mark.parametrize("name", ["memory", "rank_bm25", "fts5"])
def test_an_engine_is_built_and_asked(name: str, tmp_path: Path, articles: Path) -> None:
    """In this process; the benchmark gives each its own."""
    corpus, _ = prepared(tmp_path / "corpus", articles)
    engine = ENGINES[name](corpus, corpus.folder / name)
    engine.folder.mkdir()
    figures = measure_build(engine) if engine.on_disk else {}
    assert_figures(figures | measure_serve(engine))
    assert (figures.get("disk_mb", 0) > 0) == engine.on_disk


def test_whole_answers_are_given(tmp_path: Path, articles: Path) -> None:
    corpus, _ = prepared(tmp_path / "corpus", articles)
    engine = Memory(corpus, corpus.folder / "memory")
    measure_build(engine)
    figures = measure_answers(engine)
    assert figures["asked"] == QUESTIONS
    assert 0 < figures["answered"] <= QUESTIONS


@pytest.mark.slow
def test_one_run_measures_this_project_and_its_peers(tmp_path: Path, articles: Path) -> None:
    result, printed = measured(tmp_path, articles, "memory", "rank_bm25", "fts5")
    assert list(result["engines"]) == ["memory", "rank_bm25", "fts5"]
    for figures in result["engines"].values():
        assert_figures(figures)
    assert result["passages"] >= PASSAGES
    assert result["engines"]["memory"]["disk_mb"] > 0
    assert result["engines"]["rank_bm25"]["disk_mb"] == 0
    assert result["asked"] == QUESTIONS
    assert 0 < result["answered"] <= QUESTIONS
    assert result["answered_during_reindex"] > 0
    for name in ("answer_ms_p50", "answer_ms_p99", "reindex_one_seconds"):
        assert isinstance(result[name], float)
    assert result["rank_bm25_search_against_answer"] == pytest.approx(
        result["engines"]["rank_bm25"]["search_ms_p50"] / result["answer_ms_p50"], abs=0.01
    )
    assert "rank_bm25" in printed


@pytest.mark.slow
@pytest.mark.skipif(
    not (find_spec("tantivy") and find_spec("bm25s")), reason="needs the benchmarks extra"
)
def test_engines_that_are_given_terms_count_the_cutting(tmp_path: Path, articles: Path) -> None:
    result, _ = measured(tmp_path, articles, "tantivy", "bm25s")
    for figures in result["engines"].values():
        assert_figures(figures)
        assert {"cutting", "indexing"} == figures["build_stages"].keys()
    assert "answer_ms_p50" not in result
