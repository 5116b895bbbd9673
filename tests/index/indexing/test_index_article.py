"""What an index keeps of an article: cut quickly, and yet as questions are."""

import io
from collections import Counter

import jieba
import pytest
from articles import load_article
from hypothesis import given
from hypothesis import strategies as st
from small_libraries import BRIDGE, LAMPS, LIBRARY, SEEDS

from index.analysis.dictionary import Dictionary, UserWord
from index.analysis.index_terms import body_key, context_key, context_of, passage_terms
from index.analysis.reader import TextReader
from index.engines.packing import PackedTerms, pack
from index.indexing.index_article import index_articles
from index.loaders import FileContent, make_article
from index.model import Article
from index.storage.article_record import ArticleRecord

READER = TextReader()
HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FD5)
ODD = st.sampled_from("\u3007\u3400\u9fd6\u9fff\uf900\U00020000")
WORDS = st.sampled_from(
    [
        "城西区",
        "投资",
        "中华人民共和国",
        "研究生命",
        "的",
        "了",
        "南京市长江大桥",
        "声控灯",
        "二〇一七",
    ]
)
RUNS = st.lists(st.one_of(WORDS, st.text(HAN, max_size=4), ODD), min_size=1).map("".join)
PIECES = st.one_of(
    RUNS,
    st.text(max_size=6),
    st.sampled_from(
        ["2,000万元", "PM2.5", "LED灯", "\u2026\u2026", "\uff0c", "資訊", "\n", "㎡", "①"]
    ),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)


@given(runs=st.lists(RUNS, max_size=5))
def test_what_is_indexed_is_cut_as_jieba_cuts(runs: list[str]) -> None:
    """Whatever cuts it faster."""
    dictionary = Dictionary()
    reference = jieba.Tokenizer()
    reference.FREQ, reference.total = REFERENCE.FREQ, REFERENCE.total
    reference.initialized = True
    expected = [word for run in runs for word in reference.cut(run, HMM=False)]
    assert dictionary.cut_all(runs) == expected


REFERENCE = jieba.Tokenizer()
REFERENCE.FREQ, REFERENCE.total = REFERENCE.gen_pfdict(REFERENCE.get_dict_file())


@pytest.mark.parametrize("words", [(), (UserWord("创城办"), UserWord("led灯"), UserWord("的", 0))])
@given(text=TEXTS, context=TEXTS)
def test_passages_are_indexed_under_the_terms_that_questions_ask_for(
    words: tuple[UserWord, ...], text: str, context: str
) -> None:
    """The quick way to a passage's keys gives those of its words and bigrams."""
    reader = READERS.setdefault(words, TextReader(words))
    expected = [body_key(term) for term in reader.terms(text)]
    expected += [context_key(term) for term in reader.terms(context)]
    assert Counter(passage_terms(text, context, reader)) == Counter(expected)


READERS: dict[tuple[UserWord, ...], TextReader] = {}


def articles() -> list[Article]:
    seeds = [load_article(path, path.name, 10**7) for path in sorted(SEEDS.glob("*.txt"))]
    texts = {"lamps.txt": LAMPS, "library.txt": LIBRARY, "bridge.txt": BRIDGE}
    return [*seeds, *(article_of(name, text) for name, text in texts.items())]


def article_of(name: str, text: str) -> Article:
    return make_article(FileContent(text.encode(), f"digest of {name}"), name)


def test_articles_cut_together_are_what_they_are_when_cut_alone() -> None:
    together = index_articles(articles(), READER, pack)
    alone = [cut for article in articles() for cut in index_articles([article], READER, pack)]
    assert together == alone
    assert len(together) == len(articles())


def test_the_terms_of_a_record_are_those_of_its_passages() -> None:
    (lamps,) = index_articles([article_of("lamps.txt", LAMPS)], READER, pack)
    packed = PackedTerms.from_bytes(lamps.terms)
    context = context_of("老城换灯记", (), "")
    for row, length in zip(lamps.passages, packed.lengths.tolist(), strict=True):
        text = LAMPS[int(row[1] or 0) : int(row[2] or 0)]
        assert length == len(passage_terms(text, context, READER))


@given(pieces=st.lists(TEXTS, min_size=1, max_size=3))
def test_records_survive_as_bytes(pieces: list[str]) -> None:
    cuts = index_articles(
        [
            article_of(f"{n}.txt", f"开头。{piece}")
            for n, piece in enumerate(pieces)
            if valid(piece)
        ],
        READER,
        pack,
    )
    file = io.BytesIO(b"".join(cut.to_bytes() for cut in cuts))
    assert [ArticleRecord.read(file) for _ in cuts] == cuts
    assert ArticleRecord.read(file) is None


def valid(text: str) -> bool:
    """Whether it can be written into a file, and the file is taken for text."""
    return not any(0xD800 <= ord(c) <= 0xDFFF or ord(c) < 32 or ord(c) == 127 for c in text)


@given(data=st.data())
def test_a_record_that_is_cut_short_or_altered_is_none(data: st.DataObject) -> None:
    (cut,) = index_articles([article_of("lamps.txt", LAMPS)], READER, pack)
    record = bytearray(cut.to_bytes())
    if data.draw(st.booleans()):
        del record[data.draw(st.integers(0, len(record) - 1)) :]
    else:
        record[data.draw(st.integers(0, len(record) - 1))] ^= data.draw(st.integers(1, 255))
    assert ArticleRecord.read(io.BytesIO(bytes(record))) is None
