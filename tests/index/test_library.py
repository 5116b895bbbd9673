"""The story of a question: answers, refusals, marks, and a library that changes meanwhile."""

import threading
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest
from articles import ANY_TEXT, MARKDOWN, PLAIN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_libraries import LAMPS, TOWN, finish, library_of, write_seeds

from index import (
    Answer,
    Citation,
    Library,
    NoAnswer,
    NoIndex,
    RefusalReason,
    Span,
    build,
    open_library,
)
from index.analysis.encoding import decode
from index.analysis.line_roles import closing_credit, fold_width
from index.analysis.sentences import sentences

MakeLibrary = Callable[[Mapping[str, str | bytes]], Library]


def answered(library: Library, question: str) -> Citation:
    result = library.ask(question)
    assert isinstance(result, Answer), result
    assert 0 <= result.confidence <= 1
    assert result.question == question
    return result.citations[0]


def refused(library: Library, question: str) -> NoAnswer:
    result = library.ask(question)
    assert isinstance(result, NoAnswer), result
    assert result.question == question
    return result


def marked(citation: Citation) -> str:
    return citation.sentence.of(citation.passage.text)


def highlighted(citation: Citation) -> list[str]:
    return [span.of(citation.passage.text) for span in citation.highlights]


def is_marked_whole(marked: Span, text: str) -> bool:
    """Whether a mark begins where a sentence does and ends where one does.

    A credit that closes a paragraph is a sentence of its own.
    """
    credit = closing_credit(fold_width(text))
    spans = sentences(text) + sentences(text[:credit])
    return marked.start in {span.start for span in spans} | {credit} and marked.end in {
        span.end for span in spans
    }


def assert_exact(citation: Citation, library: Library) -> None:
    """Asserts that a citation can be checked against its article."""
    passage = citation.passage
    article = library.article(passage.article_id)
    assert article is not None
    assert article.text[passage.start : passage.end] == passage.text
    assert citation.title == article.title
    assert is_marked_whole(citation.sentence, passage.text)
    position = 0
    for span in citation.highlights:
        assert position <= span.start < span.end <= len(passage.text)
        position = span.end + 1
    assert len(citation.highlights) == len(set(citation.highlights))


# Answers


SWAP = """<meta charset="utf-8"><title>河口镇图书交换活动</title><h1>河口镇图书交换活动</h1>
<p>河口镇文化站今年继续办图书交换,请带自己读过的书来,换走别人读过的书,每人最多换五本。</p>
<dl><dt>报名时间</dt><dd>4月20日至5月6日</dd><dt>联系电话</dt><dd>0971-5550123</dd></dl>
<p>下列书不能交换:</p><ul><li>缺页的书</li><li>借来的画报</li><li>画过的课本</li></ul>
<dl><dt>旧杂志能换吗?</dt><dd>能换,两本杂志换一本书。</dd></dl><p>换剩的书送给渡口小学。</p>"""


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("报名时间是什么时候", "报名时间\uff1a4月20日至5月6日"),
        ("图书交换的联系电话是多少", "联系电话\uff1a0971-5550123"),
        ("哪些书不能交换", "下列书不能交换:\n缺页的书\n借来的画报\n画过的课本"),
        ("旧杂志能换吗", "能换,两本杂志换一本书。"),
    ],
)
def test_terms_and_lists_of_a_web_page_are_marked_with_what_explains_them(
    make_library: MakeLibrary, question: str, sentence: str
) -> None:
    library = make_library(TOWN | {"swap.html": SWAP})
    citation = answered(library, question)
    assert marked(citation) == sentence
    article = library.article("swap.html")
    assert article is not None
    assert citation.passage.text in article.text


@pytest.mark.parametrize(
    ("question", "path", "sentence"),
    [
        ("河口县更换路灯投资多少", "lamps.txt", "三百万元"),
        ("更换路灯的工程由谁负责", "lamps.txt", "马志远"),
        ("路灯什么时候全部点亮的", "lamps.txt", "2020年10月12日"),
        ("安装了多少盏路灯", "lamps.txt", "1260盏"),
        ("图书馆新增多少座位", "library.txt", "400个"),
        ("图书馆馆长是谁", "library.txt", "陈静"),
        ("读者最多借几册", "library.txt", "八册"),
        ("石桥在哪里", "bridge.txt", "白河镇"),
        ("谁主持石桥的修缮", "bridge.txt", "周大山"),
    ],
)
def test_the_sentence_that_holds_the_answer_is_marked(
    town: Library, question: str, path: str, sentence: str
) -> None:
    citation = answered(town, question)
    assert citation.passage.article_id == path
    assert sentence in marked(citation)
    assert_exact(citation, town)


@pytest.mark.parametrize(
    "question",
    [
        "河口縣更換路燈投資多少",
        "河口县 更换路灯 投资",
        "河 口 县 更 换 路 灯 投 资 多 少",
        "您好,请问一下河口县更换路灯一共投资了多少钱呢?谢谢!",
        "更换路灯投资",
        "\uff1f\uff1f河口县更换路灯投资多少\uff01\uff01\uff01",
        "\n\t河口县更换路灯投资多少\u3000",
    ],
)
def test_a_question_in_another_dress_finds_the_same_sentence(town: Library, question: str) -> None:
    assert "投资三百万元更换路灯" in marked(answered(town, question))


def test_markup_in_a_question_is_text_like_any_other(town: Library) -> None:
    """It is read as words, and the question comes back as it was typed."""
    question = "<b>河口县</b>更换路灯投资多少 &amp; <script>alert(1)</script>"
    result = town.ask(question)
    citations = result.citations if isinstance(result, Answer) else result.nearest
    assert result.question == question
    assert citations[0].passage.article_id == "lamps.txt"
    assert_exact(citations[0], town)


def test_a_simplified_question_finds_traditional_text_and_quotes_it_as_it_is(
    make_library: MakeLibrary,
) -> None:
    library = make_library(
        {"a.txt": "換燈記\n\n  河口縣去年投資三百萬元更換路燈。", "b.txt": TOWN["bridge.txt"]}
    )
    citation = answered(library, "河口县更换路灯投资多少")
    assert marked(citation) == "河口縣去年投資三百萬元更換路燈。"
    assert "投資" in "".join(highlighted(citation))


def test_width_and_case_do_not_matter(make_library: MakeLibrary) -> None:
    library = make_library({"a.txt": "灯\n\n  街上装了\uff2c\uff25\uff24灯\uff11\uff12盏。"})
    assert "\uff2c\uff25\uff24" in highlighted(answered(library, "装了多少Led灯"))


def test_what_stands_above_a_passage_counts_with_it(make_library: MakeLibrary) -> None:
    """Only the byline says which district it is, and the quote stays as it was written."""
    library = make_library(
        {
            "a.txt": "两个区\n\n换灯\n东湖区区长王一\n  投资三百万元换灯。(记者 甲)\n\n"
            "修路\n西山区区长李二\n  投资五百万元换灯。(记者 乙)\n"
        }
    )
    citation = answered(library, "西山区换灯投资了多少")
    assert marked(citation) == "投资五百万元换灯。"
    assert citation.passage.byline == "西山区区长李二"
    assert citation.passage.credit == "记者 乙"


def test_an_answer_cites_what_its_article_says_of_itself(town: Library) -> None:
    citation = answered(town, "河口县更换路灯投资多少")
    assert (citation.title, citation.source) == ("老城换灯记", "河口日报")
    assert citation.published == date(2021, 3, 5)
    assert citation.matched_terms == ("河口县", "更换", "路灯", "投资")


def test_an_answer_has_at_most_as_many_passages_as_asked_for(town: Library) -> None:
    for limit in (1, 2, 3):
        result = town.ask("河口县更换路灯投资多少", limit)
        assert isinstance(result, Answer)
        assert 1 <= len(result.citations) <= limit
    result = town.ask("河口县的桥")
    scores = [citation.score for citation in getattr(result, "citations", ())]
    assert scores == sorted(scores, reverse=True)


def test_highlights_are_the_words_that_were_asked_for_and_what_may_be_the_answer(
    town: Library,
) -> None:
    marks = highlighted(answered(town, "河口县更换路灯投资多少"))
    assert "".join(marks).count("路灯") >= 2
    assert "河口县" in marks
    rest = "".join(marks)
    for word in ("河口县", "更换", "路灯", "投资"):
        rest = rest.replace(word, "")
    assert rest == "三百万元"


# Refusals


@pytest.mark.parametrize("question", ["多少", "谁", "好的", "", " ", "?!。", "😀", "请问一下"])
def test_a_question_without_a_word_to_look_for_asks_nothing(town: Library, question: str) -> None:
    assert refused(town, question).reason is RefusalReason.NOTHING_ASKED


def test_words_that_no_article_holds_are_named_as_missing(town: Library) -> None:
    refusal = refused(town, "火星移民计划")
    assert refusal.reason is RefusalReason.NOTHING_FOUND
    assert refusal.missing == ("火星", "移民", "计划")
    assert refusal.nearest == ()
    assert refusal.confidence == 0


def test_a_question_of_which_a_part_is_missing_is_refused_and_the_part_is_named(
    town: Library,
) -> None:
    refusal = refused(town, "河口县的房价是多少")
    assert refusal.reason is RefusalReason.WEAK_EVIDENCE
    assert refusal.missing == ("房价",)
    assert refusal.nearest
    for citation in refusal.nearest:
        assert_exact(citation, town)


def test_ten_thousand_characters_are_too_long(town: Library) -> None:
    assert refused(town, "路灯" * 5_000).reason is RefusalReason.TOO_LONG
    assert isinstance(town.ask("河口县更换路灯投资多少" + "?" * 900), Answer)


def test_before_the_first_build_there_is_no_index_and_after_it_there_is(tmp_path: Path) -> None:
    configured = write_seeds(tmp_path, TOWN)
    library = open_library(configured)
    with pytest.raises(NoIndex):
        library.ask("路灯")
    finish(build(configured))
    assert isinstance(library.ask("河口县更换路灯投资多少"), Answer)


def test_an_article_that_is_not_there_is_none(town: Library) -> None:
    assert town.article("lamps.txt") is not None
    assert town.article("nothing.txt") is None
    assert town.article("../seeds/lamps.txt") is None


@given(question=ANY_TEXT | st.text())
def test_any_text_can_be_asked(town: Library, question: str) -> None:
    result = town.ask(question)
    citations = result.citations if isinstance(result, Answer) else result.nearest
    for citation in citations:
        assert_exact(citation, town)


ASKED = st.lists(
    st.sampled_from([*"河口县路灯投资图书馆的了多少谁吗?", "路灯", "300", " ", "<b>", "石橋"]),
    max_size=12,
).map("".join)


@given(question=ASKED)
def test_marks_and_citations_are_exact_whatever_is_asked(town: Library, question: str) -> None:
    result = town.ask(question, 3)
    citations = result.citations if isinstance(result, Answer) else result.nearest
    for citation in citations:
        assert_exact(citation, town)
    assert 0 <= result.confidence <= 1


@pytest.mark.slow
@settings(max_examples=20_000)
@given(question=ANY_TEXT | st.text() | ASKED)
def test_twenty_thousand_texts_can_be_asked(town: Library, question: str) -> None:
    result = town.ask(question)
    for citation in result.citations if isinstance(result, Answer) else result.nearest:
        assert_exact(citation, town)


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(
    plain=st.lists(PLAIN, min_size=1, max_size=4),
    markdown=st.lists(MARKDOWN, max_size=3),
    questions=st.lists(ANY_TEXT, max_size=4),
)
def test_citations_are_exact_over_any_articles(
    tmp_path_factory: pytest.TempPathFactory,
    plain: list[str],
    markdown: list[str],
    questions: list[str],
) -> None:
    """From the file to the quote, through the whole index."""
    files = {f"{n}.txt": text for n, text in enumerate(plain)}
    files |= {f"{n}.md": text for n, text in enumerate(markdown)}
    folder = tmp_path_factory.mktemp("any")
    library = library_of(folder, {"lamps.txt": LAMPS, **files})
    assert list(library.faults()) == []
    # The articles' own lines are asked too: they are sure to find something.
    for question in [*questions, *(text[:40] for text in files.values()), "路灯 投资"]:
        result = library.ask(question)
        for citation in result.citations if isinstance(result, Answer) else result.nearest:
            assert_exact(citation, library)
            passage = citation.passage
            written = decode((folder / "seeds" / passage.article_id).read_bytes())
            # Only tables, of which no row is without a bar, are written anew as lines.
            if passage.article_id.endswith(".txt") or "|" not in written:
                assert written[passage.start : passage.end] == passage.text


# A library that changes while it is asked


def test_a_new_generation_answers_the_next_question(tmp_path: Path) -> None:
    """Whoever built it; a refresh finds nothing more to do."""
    library = library_of(tmp_path, TOWN)
    assert "三百万元" in marked(answered(library, "河口县更换路灯投资多少"))
    assert not library.refresh()
    configured = write_seeds(tmp_path, {"lamps.txt": LAMPS.replace("三百万", "四百万")})
    finish(build(configured))
    assert "四百万元" in marked(answered(library, "河口县更换路灯投资多少"))
    assert not library.refresh()
    finish(build(configured, full=True))
    assert library.refresh()
    assert library.status().generation == "000003"


def test_a_data_folder_that_was_emptied_and_built_anew_is_seen(tmp_path: Path) -> None:
    """The new generation has the name of the old one."""
    library = library_of(tmp_path / "one", TOWN)
    assert "三百万元" in marked(answered(library, "河口县更换路灯投资多少"))
    library_of(tmp_path / "two", {"lamps.txt": LAMPS.replace("三百万", "四百万")})
    (tmp_path / "one" / "data").rename(tmp_path / "old")
    (tmp_path / "two" / "data").rename(tmp_path / "one" / "data")
    assert "四百万元" in marked(answered(library, "河口县更换路灯投资多少"))


def test_questions_in_many_threads_are_answered_while_generations_come_and_go(
    tmp_path: Path,
) -> None:
    """Each answer is of one generation from start to end."""
    library = library_of(tmp_path, TOWN)
    answered(library, "河口县更换路灯投资多少")
    configured = write_seeds(tmp_path, {})
    faults: list[BaseException] = []
    asked = [0] * 4
    ended = threading.Event()

    def ask(number: int) -> None:
        try:
            while not (ended.is_set() and asked[number]):
                citation = answered(library, "河口县更换路灯投资多少")
                assert "万元更换路灯" in marked(citation)
                assert citation.passage.text in (library.article("lamps.txt") or citation).text  # type: ignore[union-attr]
                asked[number] += 1
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(asked))]
    for thread in threads:
        thread.start()
    try:
        for _ in range(5):  # more than are kept
            finish(build(configured, full=True))
            library.refresh()
    finally:
        ended.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(asked)
    assert library.status().generation == "000006"
