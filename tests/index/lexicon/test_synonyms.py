"""Synonyms: from the groups that people write to the passages, marks and missing words."""

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from articles import ANY_TEXT
from hypothesis import given
from hypothesis import strategies as st
from small_libraries import TOWN, finish, run_python, write_seeds

from index import (
    Answer,
    Citation,
    IndexSettings,
    Library,
    LineFault,
    NoAnswer,
    WenChuError,
    WordListError,
    build,
    open_library,
)
from index.analysis.index_terms import CONTEXT_WEIGHT
from index.analysis.reader import TextReader
from index.lexicon.synonyms import Synonyms, read_synonyms
from index.lexicon.word_lists import LARGEST_GROUP
from index.query.question import Question, QuestionReader
from index.query.search_terms import SYNONYM_WEIGHT, question_terms
from index.ranking.query_terms import QueryTerm

PARKS = """城西区新建公园

  城西区去年新建公园六座,花费三百万元。
"""
OFFICE = """街道整治

  住房和城乡建设局局长李四介绍,全县整治街道二十条。
"""
LEADERS = """创城路上

  创建文明城市办公室投资九百万元种树。
"""
LIGHTS = "新灯\n\n  广场上㎡新裝\uff2c\uff25\uff24燈四十盏。\n"
ARTICLES = {**TOWN, "parks.txt": PARKS, "office.txt": OFFICE, "trees.txt": LEADERS, "d.txt": LIGHTS}
GROUPS = """西区 = 城西区
住建局 = 住房和城乡建设局
创城办 = 创建文明城市办公室 = 文明办
发光二极管 \uff1d LED
"""


def format_synonyms(synonyms: Synonyms) -> str:
    """Returns the file from which `read_synonyms` would read these synonyms."""
    return "".join(f"{' = '.join(group)}\n" for group in synonyms.groups)


def read(content: str | bytes, reader: TextReader) -> tuple[Synonyms, list[tuple[int, LineFault]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "synonyms"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        synonyms, bad = read_synonyms(path, reader)
    return synonyms, [(line.line, line.fault) for line in bad]


# The file


@pytest.mark.parametrize(
    ("content", "groups"),
    [
        ("西区 = 城西区", [("西区", "城西区")]),
        ("西区=城西区=城 西 区", [("西区", "城西区")]),
        ("\ufeff西区\u3000\uff1d\u3000城西区\r\n\r\n# 说明\r\n灯=路灯 # 也叫\r\n", None),
        ("西區 = 城西區", [("西区", "城西区")]),
        ("\uff2c\uff25\uff24 = 发光二极管", [("led", "发光二极管")]),
        ("New York = 纽约", [("new york", "纽约")]),
        ("C# = csharp", [("c#", "csharp")]),
        ("甲 = 乙\n丙 = 丁\n乙 = 丙", [("甲", "乙", "丙", "丁")]),
        ("甲 = 乙\n丙 = 丁\n乙 = 戊", [("甲", "乙", "戊"), ("丙", "丁")]),
        ("甲 = 乙\n乙 = 甲", [("甲", "乙")]),
        ("", []),
        ("# nothing", []),
    ],
)
def test_a_line_is_a_group_and_groups_that_share_a_word_are_one(
    reader: TextReader, content: str, groups: list[tuple[str, ...]] | None
) -> None:
    expected = [("西区", "城西区"), ("灯", "路灯")] if groups is None else groups
    assert read(content, reader) == (Synonyms(tuple(expected)), [])


def test_a_file_in_gb18030_is_read_as_well(reader: TextReader) -> None:
    assert read(GROUPS.encode("gb18030"), reader) == read(GROUPS, reader)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("西区", LineFault.ONE_WORD),
        ("城西区 = 城西區", LineFault.ONE_WORD),
        ("西区 = ", LineFault.NO_WORD),
        ("= 西区 = 城西区", LineFault.NO_WORD),
        ("西区 = —", LineFault.NO_WORD),
        ("西区 = 《城西区》", LineFault.ODD_CHARACTER),
        ("西区 -> 城西区", LineFault.ODD_CHARACTER),
        ("西区\uff0c城西区", LineFault.ODD_CHARACTER),
        ("西区 = " + "城" * 3_000_000, LineFault.TOO_LONG),
        ("西区 = " * 100_000, LineFault.TOO_MANY),
        (" = ".join(map(str, range(LARGEST_GROUP + 1))), LineFault.TOO_MANY),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_count(
    reader: TextReader, line: str, fault: LineFault
) -> None:
    synonyms, bad = read(f"甲 = 乙\n{line}\n丙 = 丁\n", reader)
    assert synonyms.groups == (("甲", "乙"), ("丙", "丁"))
    assert bad == [(2, fault)]


@pytest.mark.parametrize("content", [b"\x00\x01", b"\xff\xff\xff"])
def test_a_file_that_is_no_text_is_one_clear_error(reader: TextReader, content: bytes) -> None:
    with pytest.raises(WordListError, match="INDEX_SYNONYMS"):
        read(content, reader)


def test_a_missing_file_and_a_folder_are_one_clear_error(
    reader: TextReader, tmp_path: Path
) -> None:
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(WordListError, match=str(path)):
            read_synonyms(path, reader)


def test_without_a_file_there_are_no_synonyms(reader: TextReader) -> None:
    assert read_synonyms(None, reader) == (Synonyms(), ())


WORDS = st.text("城西东区创办文明ab1. +", min_size=1, max_size=6)
LISTED = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(" = ".join), max_size=8)


@given(lines=LISTED)
def test_what_is_written_of_synonyms_is_read_as_the_same(
    reader: TextReader, lines: list[str]
) -> None:
    synonyms, _ = read("\n".join(lines), reader)
    assert read(format_synonyms(synonyms), reader) == (synonyms, [])
    phrases = [phrase for group in synonyms.groups for phrase in group]
    assert len(phrases) == len(set(phrases)), "each stands in one group, once"
    assert all(len(group) > 1 for group in synonyms.groups)
    for group in synonyms.groups:
        for phrase in group:
            assert {phrase, *synonyms.of(phrase)} == set(group)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@given(content=st.binary(max_size=200) | (ANY_TEXT | st.text()).map(encoded))
def test_any_file_is_read_or_refused_as_a_whole(reader: TextReader, content: bytes) -> None:
    try:
        synonyms, _ = read(content, reader)
    except WenChuError:
        return
    assert read(format_synonyms(synonyms), reader) == (synonyms, [])


# The question


def question(reader: TextReader, asked: str, groups: str = GROUPS) -> Question:
    return QuestionReader(reader, read(groups, reader)[0]).read(asked)


def each(words: Iterable[str], *synonyms: str) -> dict[str, set[str]]:
    return {word: set(synonyms) for word in words}


def reworded(asked: Question) -> dict[str, set[str]]:
    """Returns what each word of a question can be said with."""
    return {
        word.text: {other.text for other in rewording.alternatives}
        for word in asked.words
        for rewording in asked.rewordings_of(word)
    }


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("西区投资了多少", {"西区": {"城西区"}}),
        ("城西区投资了多少", {"城西区": {"西区"}}),
        ("城 西 区投资了多少", {"城西区": {"西区"}}),
        ("創城辦投資了多少", each("创城办", "创建文明城市办公室", "文明办")),
        (
            "创建文明城市办公室投资了多少",
            each(("创建", "文明城市", "办公室"), "创城办", "文明办"),
        ),
        ("住建局局长是谁", each("住建", "住房和城乡建设局")),
        ("山西区域投资了多少", {}),
        ("创建文明城市投资了多少", {}),
        ("Led灯多少", {"led": {"发光二极管"}}),
        ("投资了多少", {}),
    ],
)
def test_a_word_or_a_phrase_of_a_question_has_the_synonyms_of_its_group(
    reader: TextReader, asked: str, expected: dict[str, set[str]]
) -> None:
    assert reworded(question(reader, asked)) == expected


@given(asked=ANY_TEXT | st.text("城西区投资创办文明局长 ", max_size=20))
def test_synonyms_only_add_to_what_a_question_looks_for(reader: TextReader, asked: str) -> None:
    plain, rich = QuestionReader(reader).read(asked), question(reader, asked)
    assert (rich.words, rich.bigrams, rich.focus) == (plain.words, plain.bigrams, plain.focus)
    own = question_terms(plain)
    assert question_terms(rich)[: len(own)] == own
    keys = [term.key for term in question_terms(rich)]
    assert len(keys) == len(set(keys))


def test_a_group_of_words_that_only_ask_changes_no_question(reader: TextReader) -> None:
    plain = QuestionReader(reader).read("西区有多少路灯")
    assert question(reader, "西区有多少路灯", "多少 = 几多 = 数量") == plain


def test_a_synonym_of_many_words_weighs_no_more_than_what_it_stands_for(
    reader: TextReader,
) -> None:
    asked = question(reader, "文明办")
    own = {term.key for term in question_terms(QuestionReader(reader).read("文明办"))}
    added = [t for t in question_terms(asked) if t.key not in own and not t.key.endswith("@")]
    words = [term.weight for term in added if "\u00b7" not in term.key]
    assert len(words) > 3
    long = [t.weight for t in added if t.key in ("创建", "文明城市", "办公室")]
    assert sum(long) == pytest.approx(SYNONYM_WEIGHT)
    above = {term.key: term.weight for term in question_terms(asked)}
    assert above["创建@"] == pytest.approx(above["创建"] * CONTEXT_WEIGHT)


def test_a_need_is_met_by_its_best_synonym_and_by_a_whole_one_only() -> None:
    need = QueryTerm("西区", 1.0, ("城西新区", "led"))
    assert need.credit("城西新区和西区") == 1
    assert need.credit("城西新区") == 1
    assert need.credit("装led") == 1
    assert need.credit("oled") == 0
    assert need.credit("城西新") == QueryTerm("西区", 1.0).credit("城西新") < 0.5


# The answer


@pytest.fixture(scope="module")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Answer | NoAnswer]:
    """A library with synonyms."""
    return library_with(tmp_path_factory.mktemp("synonyms"), GROUPS).ask


def library_with(folder: Path, groups: str) -> Library:
    settings = configured(folder, groups)
    finish(build(settings))
    return open_library(settings)


def configured(folder: Path, groups: str) -> IndexSettings:
    path = folder / "synonyms.txt"
    path.write_text(groups, "utf-8")
    return write_seeds(folder, ARTICLES).model_copy(update={"synonyms": path})


def first(result: Answer | NoAnswer) -> Citation:
    assert isinstance(result, Answer), result
    return result.citations[0]


@pytest.mark.parametrize(
    ("asked", "marked"),
    [
        ("西区新建公园几座", "城西区"),
        ("住建局局长是谁", "住房和城乡建设局局长"),
        ("创城办种树投资了多少", "创建文明城市办公室"),
        ("文明办种树投资了多少", "创建文明城市办公室"),
        ("装了多少发光二极管", "\uff2c\uff25\uff24"),
    ],
)
def test_a_synonym_is_found_and_marked_where_it_stands(
    ask: Callable[[str], Answer | NoAnswer], asked: str, marked: str
) -> None:
    """By its place in the passage as it is written, and the question stays as it was typed."""
    result = ask(asked)
    citation = first(result)
    assert result.question == asked
    start = citation.passage.text.index(marked)
    assert [s for s in citation.highlights if s.start <= start and start + len(marked) <= s.end]


def test_either_word_of_a_group_finds_the_other_with_much_the_same_confidence(
    tmp_path: Path,
) -> None:
    files = {
        "a.txt": "甲\n\n  河湟新区修路三十条。",
        "b.txt": "乙\n\n  高原新城修桥四十座。",
        **TOWN,
    }
    settings = write_seeds(tmp_path, files)
    (tmp_path / "groups").write_text("河湟新区 = 高原新城", "utf-8")
    finish(build(settings))
    plain = open_library(settings)
    rich = open_library(settings.model_copy(update={"synonyms": tmp_path / "groups"}))
    for own, other, rest in (
        ("高原新城", "河湟新区", "修路多少条"),
        ("河湟新区", "高原新城", "修桥多少座"),
    ):
        citation = first(rich.ask(own + rest))
        assert other in citation.passage.text
        weak, strong = plain.ask(own + rest), plain.ask(other + rest)
        assert isinstance(strong, Answer)
        assert weak.confidence < rich.ask(own + rest).confidence
        assert rich.ask(own + rest).confidence == pytest.approx(strong.confidence, abs=0.15)


def test_a_passage_does_not_come_first_for_saying_all_words_of_a_group(tmp_path: Path) -> None:
    """The best of them counts once, whatever else the passage repeats."""
    all_of_them = "感应灯、声控灯、楼道灯,感应灯、声控灯、楼道灯都归物业管。"
    files = {**TOWN, "a.txt": f"物业\n\n  {all_of_them}", "b.txt": "灯\n\n  全区安装声控灯600盏。"}
    settings = write_seeds(tmp_path, files)
    (tmp_path / "groups").write_text("感应灯 = 声控灯 = 楼道灯", "utf-8")
    finish(build(settings))
    library = open_library(settings.model_copy(update={"synonyms": tmp_path / "groups"}))
    for asked in ("全区安装了多少感应灯", "安装了多少盏楼道灯"):
        assert first(library.ask(asked)).passage.article_id == "b.txt"


def test_what_is_missing_is_named_in_the_askers_own_words(
    ask: Callable[[str], Answer | NoAnswer],
) -> None:
    assert ask("文明办的房价是多少").missing == ("房价",), "its synonym is there"
    assert ask("发光二极管的房价").missing == ("房价",)


def test_a_word_of_which_no_synonym_is_there_either_is_missing(tmp_path: Path) -> None:
    refused = library_with(tmp_path, "火星 = 荧惑").ask("荧惑 公园")
    assert isinstance(refused, NoAnswer)
    assert "火星" not in refused.missing
    assert set(refused.missing) & {"荧惑", "荧", "惑"}


def test_questions_without_a_synonym_are_answered_as_before(tmp_path: Path) -> None:
    rich = library_with(tmp_path, GROUPS)
    plain = open_library(configured(tmp_path, "# none\n"))
    for asked in ("河口县更换路灯投资多少", "图书馆馆长是谁", "河口县的房价", "火星移民", "你好"):
        assert rich.ask(asked) == plain.ask(asked)


def test_edited_synonyms_are_in_use_after_a_refresh_without_a_build(tmp_path: Path) -> None:
    library = library_with(tmp_path, "甲 = 乙\n")
    asked = "发光二极管装了几盏"
    assert isinstance(library.ask(asked), NoAnswer)
    configured(tmp_path, GROUPS)
    assert isinstance(library.ask(asked), NoAnswer)
    assert not library.refresh(), "the generation is the same"
    assert isinstance(library.ask(asked), Answer)


def test_synonyms_that_cannot_be_read_leave_those_that_were_live(tmp_path: Path) -> None:
    library = library_with(tmp_path, GROUPS)
    before = library.ask("西区新建公园几座")
    (tmp_path / "synonyms.txt").unlink()
    with pytest.raises(WordListError):
        library.refresh()
    assert library.ask("西区新建公园几座") == before


def test_a_changed_file_of_synonyms_builds_nothing(tmp_path: Path) -> None:
    library_with(tmp_path, GROUPS)
    report = finish(build(configured(tmp_path, "甲 = 乙\n西区\n")))
    assert report.generation == "000001"
    assert [(note.line, note.fault) for note in report.notes] == [(2, LineFault.ONE_WORD)]


def test_the_command_line_asks_with_synonyms_and_names_their_file_if_it_is_missing(
    tmp_path: Path,
) -> None:
    library_with(tmp_path, GROUPS)
    asked = ("-m", "index", "ask", "发光二极管装了几盏")
    ended = run_python(*asked, folder=tmp_path, INDEX_SYNONYMS="synonyms.txt")
    assert "四十盏" in ended.stdout.decode()
    ended = run_python(*asked, folder=tmp_path, INDEX_SYNONYMS="none.txt")
    assert ended.returncode == 1
    assert "INDEX_SYNONYMS: none.txt cannot be read" in ended.stderr.decode()
