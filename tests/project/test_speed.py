"""The speed benchmark: what it measures on, and the shape of what it writes; never how fast."""

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_libraries import ROOT, TOWN, plain_environment
from speed import engines_for
from speed_articles import cut_passages, load, prepare
from speed_bench import with_cutting
from speed_corpus import FOUND, Corpus, Size, change
from speed_engines import ENGINES, engine_of
from speed_figures import Built, BuiltAndServed, Served
from speed_library import Memory
from speed_run import Point, read_points
from speed_steps import measure_answers, measure_build, measure_build_and_serve, measure_serve
from speed_threads import Given, Quote, Versions, measure_threads

from index.ranking.ranking import CANDIDATES

QUESTIONS = 6
PASSAGES = 12
HELD = 100_000_000
"""Bytes that a child process is made to hold."""


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zipped file of articles, one of them with a title, one empty."""
    path = tmp_path_factory.mktemp("articles") / "articles.jsonl.gz"
    texts = [*TOWN.values(), " \n"]
    fields = [{"id": f"{n}", "title": "灯" * (n == 0), "text": t} for n, t in enumerate(texts)]
    lines = "".join(json.dumps(first, ensure_ascii=False) + "\n" for first in fields)
    path.write_bytes(gzip.compress(lines.encode()))
    return path


def prepared(folder: Path, articles: Path, *queries: Path) -> tuple[Corpus, Size]:
    folder.mkdir()
    corpus = Corpus(folder)
    return corpus, prepare(corpus, articles, PASSAGES, QUESTIONS, queries)


@pytest.fixture
def built(tmp_path: Path, articles: Path) -> Memory:
    """A library over a corpus."""
    corpus, _ = prepared(tmp_path / "corpus", articles)
    engine = Memory(corpus, corpus.folder / "memory")
    engine.folder.mkdir()
    engine.build()
    return engine


def test_a_corpus_holds_what_it_says(tmp_path: Path, articles: Path) -> None:
    corpus, size = prepared(tmp_path / "corpus", articles)
    files = sorted(corpus.seeds.rglob("*.txt"))
    assert files == [corpus.article(number) for number in range(size.articles)]
    assert size.articles == 3 + size.recombined
    assert size.passages == len(list(corpus.texts())) >= PASSAGES
    assert size.recombined > 0
    assert size.questions == len(corpus.asked()) == QUESTIONS
    assert corpus.size() == size
    cut_passages(corpus)
    assert len(list(corpus.term_lines())) == size.passages


def test_the_passages_of_a_corpus_are_those_that_a_build_finds(built: Memory) -> None:
    built.open()
    snapshot = built._snapshot
    passages = snapshot.passages(range(snapshot.manifest.passages))
    assert [placed.passage.text for placed in passages] == list(built.corpus.texts())


def test_articles_that_are_enough_are_not_added_to(tmp_path: Path, articles: Path) -> None:
    (tmp_path / "corpus").mkdir()
    size = prepare(Corpus(tmp_path / "corpus"), articles, 1, QUESTIONS)
    assert (size.articles, size.recombined) == (1, 0)


def test_questions_are_about_the_articles(tmp_path: Path, articles: Path) -> None:
    corpus, _ = prepared(tmp_path / "corpus", articles)
    cut_passages(corpus)
    words = {word for line in corpus.term_lines() for word in line.split(" ")}
    for question in corpus.asked():
        assert question.text.endswith("?")
        assert any(term.key in words for term in question.terms), question.text


def test_a_corpus_is_the_same_each_time(tmp_path: Path, articles: Path) -> None:
    first, _ = prepared(tmp_path / "one", articles)
    other, _ = prepared(tmp_path / "other", articles)
    assert first.passages.read_bytes() == other.passages.read_bytes()
    assert first.questions.read_bytes() == other.questions.read_bytes()


def test_half_of_the_questions_are_taken_from_data_sets(tmp_path: Path, articles: Path) -> None:
    document = {"id": "1", "title": "", "text": "路灯亮了。"}
    (tmp_path / "docs.jsonl").write_text(json.dumps(document))
    queries = [{"id": n, "text": f"第{n}盏灯在哪", "relevant": [], "answers": []} for n in range(9)]
    (tmp_path / "queries.jsonl").write_text("".join(json.dumps(first) + "\n" for first in queries))
    corpus, size = prepared(tmp_path / "corpus", articles, tmp_path)
    taken = {query["text"] for query in queries}
    assert sum(asked.text in taken for asked in corpus.asked()) == QUESTIONS // 2
    assert size.questions == QUESTIONS


def test_a_changed_article_keeps_its_title_and_all_else_moves(tmp_path: Path) -> None:
    article = tmp_path / "lamps.txt"
    article.write_text(TOWN["lamps.txt"], "utf-8")
    before = load(article.read_bytes(), "lamps")
    change(article, "添上的一段话。")
    after = load(article.read_bytes(), "lamps")
    assert after.title == before.title
    shift = len(after.text) - len(before.text)
    assert shift > 0
    last, moved = before.blocks[-1], after.blocks[-1]
    assert (moved.start, moved.end) == (last.start + shift, last.end + shift)


def test_engines_are_asked_for_as_many_passages_as_the_library_asks_for() -> None:
    assert FOUND == CANDIDATES


def test_an_engine_that_is_too_slow_for_a_size_is_left_out_unless_it_is_named() -> None:
    engines, left_out = engines_for(250_000, None)
    assert (engines, left_out) == (list(ENGINES), {})
    engines, left_out = engines_for(250_001, None)
    assert engines == ["memory", "tantivy", "bm25s", "fts5"]
    assert list(left_out) == ["rank_bm25"]
    assert engines_for(1_000_000, ["rank_bm25"]) == (["rank_bm25"], {})


def test_slow_engines_are_asked_less_the_more_passages_there_are() -> None:
    assert ENGINES["fts5"].questions_over(70_000) == 200
    assert ENGINES["fts5"].questions_over(1_000_000) == 20
    assert ENGINES["memory"].questions_over(1_000_000) > 1_000


@pytest.mark.parametrize("name", ["memory", "rank_bm25", "fts5"])
def test_an_engine_is_built_and_asked(name: str, tmp_path: Path, articles: Path) -> None:
    """In this process; the benchmark gives each its own."""
    corpus, _ = prepared(tmp_path / "corpus", articles)
    engine, on_disk = engine_of(name, corpus), ENGINES[name].on_disk
    if on_disk:
        whole = BuiltAndServed(measure_build(engine), measure_serve(engine, 4))
    else:
        whole = measure_build_and_serve(engine, 4)
    assert_sound(whole.built, whole.served, searches=4)
    assert (whole.built.disk_mb > 0) == on_disk


def assert_sound(built: Built, served: Served, searches: int) -> None:
    """Asserts that the figures do not contradict each other."""
    assert built.build_seconds == pytest.approx(sum(built.build_stages.values()), abs=0.01)
    assert 0 < served.search_ms_p50 <= served.search_ms_p95 <= served.search_ms_p99
    assert served.searches == searches
    assert 0 < served.found <= searches * FOUND
    assert served.rss_mb > 0
    assert served.rss_unmapped_mb is None or 0 < served.rss_unmapped_mb <= served.rss_mb


def test_what_was_cut_before_counts_in_a_build() -> None:
    built = with_cutting(Built(1.0, {"indexing": 1.0}, 10.0, 1.0), 2.0)
    assert built == Built(3.0, {"cutting": 2.0, "indexing": 1.0}, 10.0, 1.0)


HOLDING = f"""
import subprocess, sys
from speed_process import PeakMemory

with PeakMemory() as alone:
    pass
with PeakMemory() as together:
    for _ in range(2):
        # One after the other: a peak is no sum of all that ever was.
        hold = "held = b'x' * {HELD}; print(flush=True); input()"
        command = [sys.executable, "-c", hold]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            together._look()
            child.stdin.close()
print(together.megabytes - alone.megabytes)
"""


def test_the_memory_of_children_counts() -> None:
    # In a process of its own: this one may have held more before, and its peak counts.
    environment = {**plain_environment(), "PYTHONPATH": str(ROOT / "benchmarks")}
    output = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", HOLDING], env=environment, check=True, capture_output=True
    )
    # Much of a process may be shared with none in one look and with a child in the next.
    assert 0.5 * HELD < 1e6 * float(output.stdout) < 1.8 * HELD


def test_whole_answers_are_given(built: Memory) -> None:
    measured = measure_answers(built, built.corpus)
    assert measured.asked == QUESTIONS
    assert 0 < measured.answered <= QUESTIONS
    assert 0 < measured.answer_ms_p50 <= measured.answer_ms_p99


def test_threads_that_ask_during_re_indexes_find_every_quote_in_its_article(built: Memory) -> None:
    measured = measure_threads(built, built.corpus, reindexes=2)
    assert (measured.errors, measured.faults) == (0, [])
    assert measured.reindexes == 2
    assert measured.asked_idle >= measured.threads
    assert measured.asked_busy >= measured.threads
    assert measured.quotes_checked > 0
    assert 0 < measured.busy_ms_p50 <= measured.busy_ms_p99


def test_a_quote_of_no_generation_or_of_two_is_found_out(tmp_path: Path) -> None:
    for name, content in TOWN.items():
        (tmp_path / name).write_text(content, "utf-8")
    versions = Versions(tmp_path)

    def quoted(name: str, generation: int) -> Quote:
        text = versions.text(name, generation)
        return Quote(name, len(text) - 20, len(text), text[-20:])

    for generation, name in enumerate(["lamps.txt", "bridge.txt"], 1):
        versions.change(name, generation)
    mixed = quoted("lamps.txt", 0), quoted("bridge.txt", 2)
    assert versions.hold(Given(mixed[:1], 0, 0))
    assert versions.hold(Given(mixed[1:], 1, 2))
    assert not versions.hold(Given(mixed[:1], 1, 2))
    assert not versions.hold(Given(mixed[1:], 0, 1))
    assert not versions.hold(Given(mixed, 0, 2))
    assert versions.hold(Given((quoted("lamps.txt", 1), quoted("bridge.txt", 1)), 0, 2))


def run_speed(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(ROOT / "benchmarks" / "speed.py"), *arguments]
    environment = plain_environment() | {"PYTHONIOENCODING": "utf-8"}
    return subprocess.run(  # noqa: S603 - our own code
        command,
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
        encoding="utf-8",
    )


def measured(folder: Path, articles: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """Returns what the benchmark writes, and what it prints."""
    ran = run_speed(
        *("--articles", str(articles), "--questions", str(QUESTIONS)),
        *("--json", str(folder / "out.json"), *arguments),
    )
    assert ran.returncode == 0, ran.stderr
    result: dict[str, Any] = json.loads((folder / "out.json").read_text("utf-8"))
    return result, ran.stdout


@pytest.mark.slow
def test_one_run_measures_this_project_and_its_peers(tmp_path: Path, articles: Path) -> None:
    result, printed = measured(
        tmp_path,
        articles,
        *("--passages", str(PASSAGES), "--reindexes", "1"),
        *("--engines", "memory", "rank_bm25", "fts5"),
    )
    engines = result["engines"]
    assert list(engines) == ["memory", "rank_bm25", "fts5"]
    assert result["passages"] >= PASSAGES
    assert result["left_out"] == {}
    assert result["asked"] == QUESTIONS
    assert result["answered_during_reindex"] > 0
    assert result["reindex_one_process_seconds"] > result["reindex_one_seconds"] > 0
    assert result["unchanged_process_seconds"] > result["unchanged_seconds"] > 0
    full = engines["memory"]["build_seconds"]
    assert result["unchanged_share"] == pytest.approx(result["unchanged_seconds"] / full, abs=0.01)
    assert result["asking_threads"]["reindexes"] == 1
    assert result["asking_threads"]["errors"] == 0
    assert result["ratios"] == pytest.approx(
        {
            "build_against_rank_bm25": full / engines["rank_bm25"]["build_seconds"],
            "build_peak_against_rank_bm25": engines["memory"]["build_peak_mb"]
            / engines["rank_bm25"]["build_peak_mb"],
            "rank_bm25_search_against_answer": engines["rank_bm25"]["search_ms_p50"]
            / result["answer_ms_p50"],
        },
        abs=0.01,
    )
    assert "rank_bm25" in printed
    assert "rank bm25 search against answer" in printed


@pytest.mark.slow
def test_several_sizes_are_several_runs_and_one_picture(tmp_path: Path, articles: Path) -> None:
    """Of engines that are given terms, and count the cutting."""
    result, _ = measured(
        tmp_path,
        articles,
        *("--passages", "6", str(PASSAGES), "--engines", "tantivy", "bm25s"),
        *("--curve", str(tmp_path / "curve.png")),
    )
    for run, least in zip(result["runs"], (6, PASSAGES), strict=True):
        assert run["passages"] >= least
    for run in result["runs"]:
        assert "answer_ms_p50" not in run
        assert "cutting" in run["engines"]["tantivy"]["build_stages"]
        assert "cutting" in run["engines"]["bm25s"]["build_stages"]
    assert len(list(read_points(tmp_path / "out.json"))) == 4
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def saved_run(passages: int, p50: float) -> dict[str, Any]:
    """Returns what is read again of what a run writes."""
    engine = {"search_ms_p50": p50, "search_ms_p99": 2 * p50}
    return {
        "passages": passages,
        "engines": {"memory": engine, "fts5": engine},
        "answer_ms_p50": 3.0,
        "answer_ms_p99": 4.0,
    }


def test_saved_runs_are_read_whether_they_are_one_or_several(tmp_path: Path) -> None:
    first, several = tmp_path / "one.json", tmp_path / "several.json"
    first.write_text(json.dumps(saved_run(100, 0.5)))
    several.write_text(json.dumps({"runs": [saved_run(100, 0.5), saved_run(1_000, 1.5)]}))
    expected = [
        Point("memory", 100, 0.5, 1.0),
        Point("fts5", 100, 0.5, 1.0),
        Point("answer", 100, 3.0, 4.0),
    ]
    assert list(read_points(first)) == expected
    assert list(read_points(several))[:3] == expected
    assert len(list(read_points(several))) == 6


def test_a_picture_is_drawn_of_saved_runs(tmp_path: Path) -> None:
    saved, picture = tmp_path / "out.json", tmp_path / "curve.png"
    saved.write_text(json.dumps({"runs": [saved_run(100, 0.5), saved_run(1_000_000, 0.6)]}))
    ran = run_speed("--from", str(saved), "--curve", str(picture))
    assert ran.returncode == 0, ran.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"passages": 3, "engines": {"memory": {}}}'])
def test_a_file_that_holds_no_run_is_told_in_a_sentence(content: str, tmp_path: Path) -> None:
    saved = tmp_path / "out.json"
    saved.write_text(content)
    ran = run_speed("--from", str(saved), "--curve", str(tmp_path / "curve.png"))
    assert ran.returncode == 1
    assert f"{saved} is not what this benchmark writes" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_nothing_to_measure_and_nothing_to_draw_is_told() -> None:
    ran = run_speed("--passages", "5")
    assert ran.returncode == 2
    assert "give --articles and --passages" in ran.stderr
