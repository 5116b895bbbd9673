"""The articles and questions that `benchmarks/structured_articles.py` composes."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from small_libraries import ROOT, plain_environment
from structured_articles import Kind, compose, generate, unanswerable

from index.analysis.passages import split_article
from index.analysis.sentences import sentences
from index.evaluation import DataSet

ARTICLES = 20
SEED = 7


@pytest.fixture(scope="module")
def data() -> DataSet:
    return generate(None, SEED, ARTICLES)


@pytest.mark.parametrize("kind", Kind)
def test_every_answer_stands_in_its_article_exactly_once_within_a_sentence(kind: Kind) -> None:
    data = generate(kind, SEED, ARTICLES)
    articles = {article.id: article for article in data.documents}
    assert len(articles) == ARTICLES
    assert len(data.queries) > ARTICLES
    for query in data.queries:
        (relevant,), (answer,) = query.relevant, query.answers
        article = articles[relevant]
        assert article.text.count(answer) == 1, (query, article.text)
        passages = [passage.text for passage in split_article(article, 0)]
        quotable = [span.of(text) for text in passages for span in sentences(text)]
        assert any(answer in sentence for sentence in quotable), (query, quotable)


def test_a_seed_gives_the_same_articles_and_questions_each_time(data: DataSet) -> None:
    assert generate(None, SEED, ARTICLES) == data
    assert compose(None, SEED + 1, ARTICLES) != compose(None, SEED, ARTICLES)


def test_no_slot_is_left_unfilled() -> None:
    files, questions = compose(None, SEED, 200)
    texts = [*(file.content for file in files), *(question.text for question in questions)]
    assert [text for text in texts if "{" in text or "}" in text] == []


def test_each_kind_and_each_format_is_there(data: DataSet) -> None:
    assert len(data.documents) == ARTICLES
    assert {article.id.partition("/")[0] for article in data.documents} == set(Kind)
    files, _ = compose(None, SEED, 90)
    assert {Path(file.name).suffix for file in files} == {".txt", ".md", ".html"}


def test_no_two_questions_are_the_same() -> None:
    _, questions = compose(None, SEED, 200)
    asked = Counter(question.text for question in questions if question.answer)
    assert [text for text, times in asked.items() if times > 1] == []


def test_no_question_has_the_id_of_another(data: DataSet) -> None:
    queries = (*data.queries, *unanswerable(None, SEED, ARTICLES).queries)
    assert len({query.id for query in queries}) == len(queries)


def test_unanswerable_questions_are_about_the_same_articles(data: DataSet) -> None:
    lacking = unanswerable(None, SEED, ARTICLES)
    assert lacking.documents == data.documents
    asked_about = {article for query in lacking.queries for article in query.relevant}
    assert asked_about <= {article.id for article in lacking.documents}
    assert {article.partition("/")[0] for article in asked_about} == set(Kind)
    assert {query.answers for query in lacking.queries} == {()}
    answered = {query.text for query in data.queries}
    assert [query.text for query in lacking.queries if query.text in answered] == []


def test_files_and_questions_are_written_for_people(tmp_path: Path, data: DataSet) -> None:
    command = [sys.executable, "benchmarks/structured_articles.py", str(tmp_path)]
    subprocess.run(  # noqa: S603
        [*command, "--seed", str(SEED), "--articles", str(ARTICLES)],
        cwd=ROOT,
        env=plain_environment(),
        check=True,
    )
    lines = (tmp_path / "questions.jsonl").read_text("utf-8").splitlines()
    questions = [json.loads(line) for line in lines]
    assert [question["turns"] for question in questions] == [[q.text] for q in data.queries]
    for question in questions:
        written = (tmp_path / question["article"]).read_text("utf-8")
        assert question["must"] == {"sentence": [question["expected"]]}
        assert question["expected"] in written
