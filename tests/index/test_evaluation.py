"""`python -m index evaluate`: the measures of a data set."""

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from small_libraries import run_python

from index import IndexSettings
from index.analysis.reader import TextReader
from index.errors import DataSetError
from index.evaluation import (
    Asked,
    Evaluation,
    JudgedPassage,
    Outcome,
    Query,
    calibration_error,
    evaluate,
    load_data_set,
    measure,
)
from index.storage.disk_repository import DiskRepository

DOCUMENTS = [
    {"id": "a", "title": "声控灯", "text": "城西区安装楼道声控灯600余盏。居民都说好。"},
    {"id": "b", "title": "图书馆", "text": "市图书馆每天早上九点开门。馆内藏书三十万册。"},
    {"id": "c", "title": "公园", "text": "人民公园的湖面有二十亩。湖边种着柳树。"},
]
QUERIES = [
    {"id": "1", "text": "安装了多少盏声控灯", "relevant": ["a"], "answers": ["600余盏"]},
    {"id": "2", "text": "图书馆藏书多少册", "relevant": ["b"], "answers": ["三十万册"]},
    {"id": "3", "text": "湖边种着什么树", "relevant": ["c"], "answers": ["柳树"]},
    # Nothing in the library shares a word with it: a miss in every measure.
    {"id": "4", "text": "量子计算机", "relevant": ["c"], "answers": ["量子"], "exclude": ["a"]},
]


def write_data_set(folder: Path, zipped: bool = False) -> Path:
    for name, items in (("docs", DOCUMENTS), ("queries", QUERIES)):
        content = "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items).encode()
        if zipped:
            (folder / f"{name}.jsonl.gz").write_bytes(gzip.compress(content))
        else:
            (folder / f"{name}.jsonl").write_bytes(content)
    return folder


def evaluated(folder: Path, reader: TextReader) -> tuple[Evaluation, list[object]]:
    steps = evaluate(
        load_data_set(folder), DiskRepository(folder / "data", "memory"), reader, sure=0.8
    )
    steps_taken: list[object] = []
    while True:
        try:
            steps_taken.append(next(steps))
        except StopIteration as end:
            result: Evaluation = end.value
            return result, steps_taken


@pytest.mark.parametrize("zipped", [False, True])
def test_a_data_set_is_read_plain_or_zipped(tmp_path: Path, zipped: bool) -> None:
    data = load_data_set(write_data_set(tmp_path, zipped))
    assert [document.id for document in data.documents] == ["a", "b", "c"]
    assert [query.id for query in data.queries] == ["1", "2", "3", "4"]
    assert len(load_data_set(tmp_path, limit=2).queries) == 2


def test_the_measures_count_a_miss_where_nothing_is_found(
    tmp_path: Path, reader: TextReader
) -> None:
    evaluation, _ = evaluated(write_data_set(tmp_path), reader)
    measures = measure(evaluation, threshold=0.5, sure=0.8)
    assert measures["queries"] == 4
    for name in ("recall@1", "recall@5", "recall@10", "mrr@10", "answer@1", "sentence@1"):
        assert measures[name] == pytest.approx(0.75), name
    assert measures["passages"] == 3


def test_a_misspelt_query_is_asked_as_people_ask_it(tmp_path: Path, reader: TextReader) -> None:
    query = {"id": "1", "text": "公圆在哪里", "relevant": ["c"], "answers": ["柳树"]}
    folder = write_data_set(tmp_path)
    (folder / "queries.jsonl").write_text(json.dumps(query) + "\n", "utf-8")
    (outcome,) = evaluated(folder, reader)[0].outcomes
    assert outcome.right


def test_sure_and_possible_answers_are_counted_apart() -> None:
    judged = [
        # confidence and rightness of each passage given, confidence with the answer taken out
        ([(0.9, True)], 0.05),
        ([(0.85, False), (0.3, True)], 0.9),
        ([(0.4, False), (0.2, True)], 0.3),
        ([(0.4, False), (0.04, True)], 0.0),
        ([(0.05, True)], 0.0),
        ([], 0.0),
    ]
    query = Query("1", "?", frozenset("a"), ("x",), frozenset())
    outcomes = [
        Outcome(query, (), False, False, tuple(JudgedPassage(*p) for p in passages), without, 1.0)
        for passages, without in judged
    ]
    measures = measure(Evaluation(tuple(outcomes), 3, 1.0), threshold=0.1, sure=0.8)
    assert measures["refused_answerable"] == pytest.approx(2 / 6)
    assert measures["sure_answerable"] == pytest.approx(2 / 6)
    assert measures["sure_unanswerable"] == pytest.approx(1 / 6)
    assert measures["sure_right"] == pytest.approx(1 / 2)
    assert measures["possible_answerable"] == pytest.approx(2 / 6)
    assert measures["possible_unanswerable"] == pytest.approx(1 / 6)
    assert measures["possible_right@1"] == 0.0
    assert measures["possible_right@3"] == pytest.approx(1 / 2), "what is not shown helps nobody"


def test_chances_that_come_true_as_often_have_no_calibration_error() -> None:
    chances = np.array([0.25] * 4 + [0.75] * 4)
    happened = np.array([1, 0, 0, 0, 1, 1, 1, 0.0])
    assert calibration_error(chances, happened, np.ones(8)) == pytest.approx(0.0)
    assert calibration_error(chances, 1 - happened, np.ones(8)) == pytest.approx(0.5)
    weights = np.array([1.0] * 4 + [0.0] * 4)
    assert calibration_error(chances, 1 - happened, weights) == pytest.approx(0.5)
    assert calibration_error(np.array([1.0]), np.array([0.0]), np.ones(1)) == pytest.approx(1.0)


def test_a_question_whose_documents_are_taken_out_is_less_confidently_answered(
    tmp_path: Path, reader: TextReader
) -> None:
    evaluation, _ = evaluated(write_data_set(tmp_path), reader)
    answerable = [outcome for outcome in evaluation.outcomes if outcome.documents]
    assert all(outcome.answerable > outcome.unanswerable for outcome in answerable)
    assert measure(evaluation, threshold=0.5, sure=0.8)["auroc"] > 0.5


def test_words_and_synonyms_count_in_an_evaluation(tmp_path: Path, reader: TextReader) -> None:
    write_data_set(tmp_path)
    query = {"id": "1", "text": "感应灯", "relevant": ["a"], "answers": ["600余盏"]}
    (tmp_path / "queries.jsonl").write_text(json.dumps(query), "utf-8")
    (tmp_path / "words").write_text("声控灯\n", "utf-8")
    (tmp_path / "groups").write_text("感应灯 = 声控灯\n感应灯\n", "utf-8")
    without, _ = evaluated(tmp_path, reader)
    assert (
        measure(without, IndexSettings().confidence, IndexSettings().sure)["refused_answerable"]
        == 1.0
    )
    lists = {"INDEX_USER_DICT": "words", "INDEX_SYNONYMS": "groups"}
    command = ("-m", "index", "evaluate", "--json", str(tmp_path))
    ended = run_python(*command, folder=tmp_path, typed=b"", **lists)
    assert json.loads(ended.stdout)["refused_answerable"] == 0.0
    assert "left out groups, line 2" in ended.stderr.decode()


def test_the_answering_sentence_counts_apart_from_its_passage(
    tmp_path: Path, reader: TextReader
) -> None:
    """The passage of 「居民说什么」 holds 600余盏, the sentence that answers it does not."""
    write_data_set(tmp_path)
    query = {"id": "5", "text": "居民都说什么", "relevant": ["a"], "answers": ["600余盏"]}
    (tmp_path / "queries.jsonl").write_text(json.dumps(query), "utf-8")
    evaluation, _ = evaluated(tmp_path, reader)
    assert evaluation.outcomes[0].answer_found
    assert not evaluation.outcomes[0].sentence_found


def test_progress_tells_each_query(tmp_path: Path, reader: TextReader) -> None:
    _, steps_taken = evaluated(write_data_set(tmp_path), reader)
    assert [step for step in steps_taken if isinstance(step, Asked)] == [
        Asked(n, 4) for n in range(1, 5)
    ]


@pytest.mark.parametrize(
    "line",
    ["not json", '{"id": "a"}', "[]", '{"id": "a", "title": "t"}'],
    ids=["no JSON", "fields missing", "no object", "no text"],
)
def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, line: str) -> None:
    write_data_set(tmp_path)
    with (tmp_path / "docs.jsonl").open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    with pytest.raises(DataSetError, match=r"docs\.jsonl, line 4"):
        load_data_set(tmp_path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="docs"):
        load_data_set(tmp_path)


def test_two_queries_of_one_id_are_a_fault_of_the_data(tmp_path: Path) -> None:
    write_data_set(tmp_path)
    lines = (tmp_path / "queries.jsonl").read_text("utf-8")
    (tmp_path / "queries.jsonl").write_text(lines + lines.splitlines()[0] + "\n", "utf-8")
    with pytest.raises(DataSetError, match="same id"):
        load_data_set(tmp_path)
