"""What people of small towns ask of the articles of their offices, in their own words.

The towns are invented, and so are their questions (`benchmarks/towns`). How many are answered
rightly is far from all; what is held here is that no change makes it less without notice.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from small_libraries import finish

from index import Answer, Certainty, IndexSettings, Turn, build, open_library

TOWNS = Path(__file__).parents[2] / "benchmarks" / "towns"
RIGHT = {"huapihe": 0.54, "shiliang": 0.48}
"""The least share of the questions with an answer whose sentence is marked first."""
MOST_SURE = 0.05
"""The greatest share of the questions without an answer that a sure one is given to."""


@dataclass(frozen=True)
class Asked:
    """A question of a town, with the sentences that answer it, and the turn that it became."""

    sentences: list[str]
    turn: Turn

    @property
    def is_right(self) -> bool:
        """Whether the sentence that is marked first answers."""
        if not isinstance(self.turn.result, Answer):
            return False
        first = self.turn.result.citations[0]
        return any(text in first.sentence.of(first.passage.text) for text in self.sentences)


@pytest.fixture(scope="module", params=sorted(RIGHT))
def town(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, list[Asked]]:
    folder = TOWNS / request.param
    settings = IndexSettings(seeds=folder / "in", data=tmp_path_factory.mktemp("town"))
    finish(build(settings))
    library = open_library(settings)
    asked = []
    for line in (folder / "questions.jsonl").read_text("utf-8").splitlines():
        question = json.loads(line)
        turns: list[Turn] = []
        for text in question["turns"]:
            turns.append(library.follow(turns, text))
        asked.append(Asked(question["must"].get("sentence", []), turns[-1]))
    return request.param, asked


def test_the_sentence_that_answers_is_marked_as_often_as_before(
    town: tuple[str, list[Asked]],
) -> None:
    name, asked = town
    answerable = [question for question in asked if question.sentences]
    assert len(answerable) > 100
    assert sum(question.is_right for question in answerable) >= RIGHT[name] * len(answerable)


def test_what_has_no_answer_hardly_ever_gets_a_sure_one(town: tuple[str, list[Asked]]) -> None:
    _, asked = town
    vain = [question.turn.result for question in asked if not question.sentences]
    assert len(vain) > 20
    sure = [result for result in vain if result.certainty is Certainty.SURE]
    assert len(sure) <= MOST_SURE * len(vain)
