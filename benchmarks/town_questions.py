"""What people of small towns ask, and which sentences of the towns' articles answer."""

from pathlib import Path

from pydantic import BaseModel

from index import Citation, Library, Turn


class TownQuestion(BaseModel, frozen=True):
    """A question, maybe after others.

    Attributes:
        turns: the texts of a conversation, the question last.
        must: under `sentence`, texts any of which the marked sentence holds if it answers; under
            `refused`, that nothing answers.
    """

    turns: tuple[str, ...]
    must: dict[str, tuple[str, ...] | bool]

    @property
    def sentences(self) -> tuple[str, ...]:
        """What answers; empty where nothing does."""
        sentences = self.must.get("sentence", ())
        return sentences if isinstance(sentences, tuple) else ()

    def ask(self, library: Library) -> Turn:
        """Has the conversation, and returns its last turn."""
        turns: list[Turn] = []
        for text in self.turns:
            turns.append(library.follow(turns, text))
        return turns[-1]

    def is_answered_by(self, citation: Citation) -> bool:
        """Whether the marked sentence of a citation answers."""
        marked = citation.sentence.of(citation.passage.text)
        return any(sentence in marked for sentence in self.sentences)


def read_questions(town: Path) -> list[TownQuestion]:
    """Returns the questions of a town: the lines of `questions.jsonl` in its folder."""
    lines = (town / "questions.jsonl").read_text("utf-8").splitlines()
    return [TownQuestion.model_validate_json(line) for line in lines]
