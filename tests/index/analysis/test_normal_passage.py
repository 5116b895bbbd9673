"""What evidence reads of a passage."""

import pytest
from articles import ANY_TEXT, plain_article
from hypothesis import given
from hypothesis import strategies as st

from index.analysis.normal_passage import (
    SEPARATOR,
    NormalPassage,
    normalised_sentences,
    outline_of,
)
from index.analysis.passages import split_with_roles
from index.analysis.reader import TextReader


@given(text=ANY_TEXT | st.text())
def test_its_sentences_are_those_of_the_passage_normalised(reader: TextReader, text: str) -> None:
    """With their ranges, roles and governors as they were stored."""
    for roled in split_with_roles(plain_article(text), 0) if text.strip() else ():
        quoted = roled.passage.text
        spans = [sentence.span for sentence in roled.sentences]
        normal = normalised_sentences(quoted, roled.sentences, reader.normalise(quoted), reader)
        passage = NormalPassage(0, 0, True, "", normal, outline_of(roled.sentences))
        stored = passage.roled_sentences
        assert [(s.span, s.role, s.governor) for s in stored] == [
            (s.span, s.role, s.governor) for s in roled.sentences
        ]
        for sentence, span in zip(passage.sentences, spans, strict=True):
            whole = reader.normalise(span.of(quoted)).text
            assert sentence == whole.replace(SEPARATOR, " ")


@pytest.mark.parametrize(
    "outline",
    [
        "[0,2,0,-1]",
        "[2,4,0,-1,0,2,0,-1]",
        "[0,2,0,-1,2,4,0,-1,4,4,0,-1]",
        "[0,2,0,-1,2,4,0,1]",
        "[0,2,0,-1,2,4,99,0]",
    ],
)
def test_sentences_that_are_none_are_a_fault(outline: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - which of the checks finds it does not matter
        _ = NormalPassage(0, 0, True, "", "一。\n二。", outline).roled_sentences
