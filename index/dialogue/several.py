"""「停水到几点？图书馆几点关门？」: the questions of a text, and the clause of it that asks."""

import re
from collections.abc import Callable, Sequence

_QUOTED = '《[^》]*》|“[^”]*”|「[^」]*」|"[^"]*"'
_CLAUSE = re.compile(rf"(?:{_QUOTED}|,(?=\d)|[^,，?？!！;；。\n])+[,，?？!！;；。\n]*")
_STORY_CLAUSE = re.compile(rf"(?:{_QUOTED}|,(?=\d)|[^,，?？!！;；。\s])+[,，?？!！;；。\s]*")
_MARKED = re.compile(r"[?？]\s*$")
_ENDS = ",，;；。 \t\r\n"

Test = Callable[[str], bool]


def questions_in(text: str, asks: Test, says: Test) -> list[str]:
    """Returns the questions of a text, in order; the text itself where it holds one or none.

    A question ends with a clause that asks. What does not ask belongs to the question behind it,
    or to the last one.

    Args:
        asks: whether a clause holds words that ask.
        says: whether a text holds anything to look for; until then, no question ends.
    """
    ended: list[str] = []
    pending = ""
    for clause in _CLAUSE.findall(text):
        pending += clause
        if (_MARKED.search(clause) or asks(clause.strip(_ENDS))) and (ended or says(pending)):
            ended.append(pending)
            pending = ""
    return [question.strip(_ENDS) for question in ended] if len(ended) > 1 else [text]


def asking_clause(text: str, asks: Test, is_brief: Test) -> str | None:
    """Returns the last clause of a story that asks, with the one before it where it is brief.

    None where no clause asks, or nothing else is told.
    """
    clauses: Sequence[str] = _STORY_CLAUSE.findall(text)
    at = next((n for n in reversed(range(len(clauses))) if asks(clauses[n].strip(_ENDS))), None)
    if at is None:
        return None
    first = at - 1 if at and is_brief(clauses[at]) else at
    clause = "".join(clauses[first : at + 1]).strip(_ENDS)
    return clause if clause != text.strip(_ENDS) else None
