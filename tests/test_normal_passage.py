"""What evidence reads of a passage."""

from articles import ANY_TEXT
from hypothesis import given
from hypothesis import strategies as st

from index.normal_passage import SEPARATOR, NormalPassage, normalised_sentences
from index.text import TextReader, sentences


@given(text=ANY_TEXT | st.text())
def test_its_sentences_are_those_of_the_passage_normalised(reader: TextReader, text: str) -> None:
    normal, spans = normalised_sentences(text, reader)
    assert spans == tuple(sentences(text))
    if spans:
        passage = NormalPassage(0, 0, True, "", normal, spans)
        assert len(passage.sentences) == len(spans)
        for sentence, span in zip(passage.sentences, spans, strict=True):
            whole = reader.normalise(span.of(text)).text
            assert sentence == whole.replace(SEPARATOR, " ")
