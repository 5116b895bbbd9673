"""What evidence reads of a passage."""

import pytest
from articles import ANY_TEXT
from hypothesis import given
from hypothesis import strategies as st

from index.analysis.normal_passage import (
    SEPARATOR,
    NormalPassage,
    edges_of,
    normalised_sentences,
)
from index.analysis.reader import TextReader
from index.analysis.sentences import sentences


@given(text=ANY_TEXT | st.text())
def test_its_sentences_are_those_of_the_passage_normalised(reader: TextReader, text: str) -> None:
    normal, spans = normalised_sentences(text, reader.normalise(text), reader)
    assert spans == tuple(sentences(text))
    if spans:
        passage = NormalPassage(0, 0, True, "", normal, edges_of(spans))
        assert passage.spans == spans
        for sentence, span in zip(passage.sentences, spans, strict=True):
            whole = reader.normalise(span.of(text)).text
            assert sentence == whole.replace(SEPARATOR, " ")


@pytest.mark.parametrize("edges", ["[0, 2]", "[2, 4, 0, 2]", "[0, 2, 2, 4, 4]"])
def test_ranges_that_are_none_are_a_fault(edges: str) -> None:
    with pytest.raises(ValueError, match="out of order"):
        _ = NormalPassage(0, 0, True, "", "一。\n二。", edges).spans
