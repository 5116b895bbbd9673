"""Places in articles: they survive their links, and are found again or not at all."""

from dataclasses import replace

import pytest
from desk_fakes import SENTENCE, TEXT, a_citation
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.web import citation_places
from bot.web.citation_places import LONGEST_SEARCHED, Place, decode, encode, find, place_of
from index import Library, Span

NUMBERS = st.lists(st.integers(0, 10**9 - 1), min_size=4, max_size=4).map(sorted)
SEALS = st.text("0123456789abcdef", min_size=12, max_size=12)
# No part of these can be a part of the sentence.
OTHERS = st.text("甲乙丙丁\n。", max_size=40)


@given(NUMBERS, SEALS, SEALS)
def test_a_place_survives_its_link(numbers: list[int], first: str, second: str) -> None:
    start, sentence_start, sentence_end, end = numbers
    place = Place(Span(start, end), Span(sentence_start, sentence_end), first, second)
    written = encode(place)
    assert decode(written) == place
    assert written.replace("-", "").isalnum()


HEX = "0123456789abcdef"
PARTS = st.integers(0, 3) | st.integers(0, 10**10)
# Links that have the form, or almost, with numbers in any order; and those with a wrong letter.
LINKS = st.builds(
    lambda numbers, digests: "-".join([*map(str, numbers), digests]),
    st.lists(PARTS, min_size=4, max_size=4),
    st.text(HEX, min_size=24, max_size=24) | st.text(HEX, min_size=22, max_size=26),
)
WRONG_LINKS = st.builds(
    lambda link, place, length, wrong: link[:place] + wrong + link[place + length :],
    LINKS,
    st.integers(0, 40) | st.just(1_000),
    st.integers(0, 1),
    st.sampled_from(["", "-", "\n", "0", "g", "A", "\u0661", "\uff11", " "]),
)


@settings(max_examples=max(600, settings().max_examples))
@given(LINKS | WRONG_LINKS | st.text())
def test_any_other_text_names_no_place_or_a_sound_one(written: str) -> None:
    place = decode(written)
    if place is None:
        return
    assert place.passage.start <= place.sentence.start <= place.sentence.end
    assert place.sentence.end <= place.passage.end
    assert len(place.passage_digest) == len(place.sentence_digest) == 12
    numbers = written.split("-")[:4]
    assert encode(place).split("-")[:4] == [str(int(number)) for number in numbers]
    assert encode(place).split("-")[4:] == written.split("-")[4:]


def test_in_an_article_that_has_not_changed_the_place_is_where_it_was(town: Library) -> None:
    for question in ("河口县更换路灯投资多少", "石桥有多长", "图书馆新增多少座位"):
        answer = town.ask(question)
        for cited in getattr(answer, "citations", ()):
            article = town.article(cited.passage.article_id)
            assert article
            current = find(place_of(cited), article.text)
            assert current
            assert not current.changed
            assert current.passage.of(article.text) == cited.passage.text
            assert current.sentence.of(article.text) == cited.sentence.of(cited.passage.text)


@given(OTHERS, OTHERS)
def test_a_sentence_that_moves_with_its_article_is_found_whatever_stands_around_it(
    before: str, after: str
) -> None:
    text = f"{before}\n{TEXT}{after}"
    current = find(place_of(a_citation()), text)
    assert current
    assert current.changed
    assert current.sentence.of(text) == SENTENCE
    assert current.passage.of(text) == "坚持创建惠民。" + SENTENCE


@given(OTHERS)
def test_a_sentence_that_is_gone_is_not_found(text: str) -> None:
    assert find(place_of(a_citation()), text) is None


def test_a_sentence_that_stands_there_twice_is_found_where_it_was_or_not_at_all() -> None:
    place = place_of(a_citation())
    assert find(place, f"{SENTENCE}\n{SENTENCE}") is None
    still = find(place, TEXT + SENTENCE)
    assert still
    assert not still.changed


def test_an_article_that_is_very_long_and_has_changed_is_not_searched() -> None:
    text = "甲" * LONGEST_SEARCHED + "\n" + TEXT
    assert find(place_of(a_citation()), text) is None


def test_a_citation_without_a_marked_sentence_is_found_by_its_passage() -> None:
    cited = replace(a_citation(), sentence=Span(0, 0))
    current = find(place_of(cited), TEXT)
    assert current
    assert current.passage.of(TEXT) == cited.passage.text
    assert find(place_of(cited), "新。" + TEXT) is None


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("。" * 190_000, 2_000),
        ("。" * 900_000, 1),
        ("甲\n" * 400_000, 1),
        ("一。" * 99_000, 200),
    ],
    ids=["long", "marks", "lines", "many"],
)
def test_a_made_up_place_costs_no_more_than_a_bounded_search(
    text: str, length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []
    digest = citation_places._digest

    def counted(part: str) -> str:
        hashed.append(len(part))
        return digest(part)

    monkeypatch.setattr(citation_places, "_digest", counted)
    place = Place(Span(0, length), Span(0, length), "0" * 12, "0" * 12)
    assert find(place, text) is None
    assert sum(hashed) <= citation_places.MOST_HASHED
    assert len(hashed) <= citation_places.MOST_BEGINNINGS


def test_a_sentence_is_found_again_in_a_long_article_of_ordinary_sentences() -> None:
    text = "这是一句平常的话，后面还有一点内容。\n" * 20_000 + TEXT
    current = find(place_of(a_citation()), text)
    assert current
    assert current.sentence.of(text) == SENTENCE
