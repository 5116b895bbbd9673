"""The user dictionary: from the lines that people write to the words that text is cut into."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

import jieba
import pytest
from articles import ANY_TEXT
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_libraries import TOWN, finish, generations, run_python, write_seeds

from index import (
    Answer,
    BadLine,
    DamagedIndex,
    IndexSettings,
    LineFault,
    WenChuError,
    WordListError,
    build,
    open_library,
)
from index.analysis.dictionary import HIGHEST_FREQUENCY, UserWord
from index.analysis.reader import TextReader
from index.lexicon.user_dictionary import UserDictionary, read_user_dictionary
from index.lexicon.word_lists import LONGEST_WORD
from index.query.answer_type import AnswerCategory
from index.query.question import QuestionReader

TOWN_WITH_BODY = {**TOWN, "a.txt": "楼院\n\n  河湟新区贾小社区投资二百万元修楼。\n"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "words.txt"


def read(
    file: Path, content: str | bytes, reader: TextReader
) -> tuple[tuple[UserWord, ...], list[tuple[int, LineFault]]]:
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    dictionary, bad = read_user_dictionary(file, reader)
    return dictionary.words, [(line.line, line.fault) for line in bad]


def cut(reader: TextReader, text: str) -> list[str]:
    return [word.text for word in reader.words(text)]


def reader_of(*words: str | UserWord) -> TextReader:
    return TextReader(UserWord(word) if isinstance(word, str) else word for word in words)


# The file


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("贾小社区", UserWord("贾小社区")),
        ("贾小社区 5", UserWord("贾小社区", 5)),
        ("贾小社区 ns", UserWord("贾小社区", None, "ns")),
        ("  贾小社区\t5 \u3000 ns  ", UserWord("贾小社区", 5, "ns")),
        ("贾小社区 007 ns # 城西区的", UserWord("贾小社区", 7, "ns")),
        ("贾小社区 0", UserWord("贾小社区", 0)),
        ("賈小社區", UserWord("贾小社区")),
        ("\uff2c\uff25\uff24燈 eng", UserWord("led灯", None, "eng")),
        ("Edu Trust认证 2000", UserWord("edu trust认证", 2000)),
        ("New York 3 ns", UserWord("new york", 3, "ns")),
        ("C# 3", UserWord("c#", 3)),
        ("卡尔·马克思 nr", UserWord("卡尔·马克思", None, "nr")),
        ("2,000万元", UserWord("2000万元")),
        (f"字 {HIGHEST_FREQUENCY}", UserWord("字", HIGHEST_FREQUENCY)),
    ],
)
def test_a_line_is_a_word_with_a_frequency_and_a_tag_if_you_like(
    file: Path, reader: TextReader, line: str, word: UserWord
) -> None:
    """As jieba reads it, and normalised as text is."""
    assert read(file, line, reader) == ((word,), [])


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("——", LineFault.NO_WORD),
        ("5 % 3", None),
        ("《红楼梦》 5", LineFault.ODD_CHARACTER),
        ("城西区\uff0c5", LineFault.ODD_CHARACTER),
        ("城西区 ns 5", LineFault.BLANK),
        ("城西区 -5", LineFault.BLANK),
        ("城西区 NS", LineFault.BLANK),
        ("城西区 城东区", LineFault.BLANK),
        (f"城西区 {HIGHEST_FREQUENCY + 1}", LineFault.FREQUENCY),
        (f"城西区 {'9' * 10_000}", LineFault.FREQUENCY),
        ("城" * LONGEST_WORD, None),
        ("城" * (LONGEST_WORD + 1), LineFault.TOO_LONG),
        ("城" * 3_000_000, LineFault.TOO_LONG),
        ("城 5 " * 100_000, LineFault.TOO_LONG),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_count(
    file: Path, reader: TextReader, line: str, fault: LineFault | None
) -> None:
    words, bad = read(file, f"贾小社区\n{line}\n石桥镇 ns", reader)
    assert {"贾小社区", "石桥镇"} <= {word.text for word in words}
    assert bad == ([(2, fault)] if fault else [])


def test_a_bad_line_tells_its_file_its_number_what_is_wrong_and_what_to_do(
    file: Path, reader: TextReader
) -> None:
    file.write_text("# 词\n\n城西区 ns 5\n", "utf-8")
    _, (bad,) = read_user_dictionary(file, reader)
    assert bad == BadLine(str(file), 3, LineFault.BLANK, bad.detail)
    assert "word, frequency (a number), tag" in bad.detail


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff贾小社区 5 ns\r\n\r\n# 说明\r\n石桥镇\r\n".encode(),
        "贾小社区 5 ns\r石桥镇".encode(),
        "贾小社区 5 ns\n石桥镇\n".encode("gb18030"),
    ],
)
def test_byte_order_marks_line_ends_and_gb18030_do_not_matter(
    file: Path, reader: TextReader, content: bytes
) -> None:
    assert read(file, content, reader) == (
        (UserWord("石桥镇"), UserWord("贾小社区", 5, "ns")),
        [],
    )


@pytest.mark.parametrize("content", ["", "\n \u3000\r\n", "# nothing\n"])
def test_a_file_without_words_is_no_fault(file: Path, reader: TextReader, content: str) -> None:
    assert read(file, content, reader) == ((), [])


def test_of_two_lines_for_one_word_the_last_counts(file: Path, reader: TextReader) -> None:
    assert read(file, "城西區 5\n城西区 7 ns\n", reader) == ((UserWord("城西区", 7, "ns"),), [])


def assert_unreadable(path: Path, reader: TextReader) -> None:
    with pytest.raises(WordListError) as caught:
        read_user_dictionary(path, reader)
    assert "INDEX_USER_DICT" in str(caught.value)
    assert str(path) in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


def test_what_is_no_text_file_is_one_clear_error(tmp_path: Path, reader: TextReader) -> None:
    (tmp_path / "binary").write_bytes(bytes(range(256)) * 9)
    (tmp_path / "odd").write_bytes(b"\xff\xff\xff")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate(51_000_000)
    for name in ("binary", "odd", "folder", "loop", "pipe", "huge", "missing", "a/b"):
        assert_unreadable(tmp_path / name, reader)


def encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


@given(content=st.binary(max_size=200) | (ANY_TEXT | st.text()).map(encoded))
def test_any_file_is_read_or_refused_as_a_whole(reader: TextReader, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words"
        path.write_bytes(content)
        try:
            dictionary, _ = read_user_dictionary(path, reader)
        except WenChuError:
            return
    assert UserDictionary.from_bytes(dictionary.to_bytes()) == dictionary
    texts = [word.text for word in dictionary.words]
    assert texts == sorted(set(texts))
    TextReader(dictionary.words).words("".join(texts))


# The cut

HAN = st.text("城西区东委贾小社投资了的一上大中国人民山涂白花", min_size=1, max_size=6)
MIXED = st.text("城西区灯的ab12.%#-·\U00020000〇", min_size=1, max_size=6)


def usable(reader: TextReader, lines: list[str]) -> UserDictionary:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "words"
        path.write_text("\n".join(lines), "utf-8")
        return read_user_dictionary(path, reader)[0]


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    lines=st.lists(HAN | MIXED, min_size=1, max_size=8),
    others=st.lists(st.tuples(HAN, st.integers(0, 10**9)), max_size=4),
)
def test_a_word_between_punctuation_is_always_cut_as_one(
    reader: TextReader, lines: list[str], others: list[tuple[str, int]]
) -> None:
    """Whatever other words there are, be they parts of it and as frequent as can be."""
    other_lines = [f"{word} {frequency}" for word, frequency in others if word not in lines]
    dictionary = usable(reader, [*other_lines, *lines])
    own = TextReader(dictionary.words)
    for word in dictionary.words:
        if word.frequency is None:
            assert cut(own, f"\u3002{word.text}\u3002") == [word.text]


@pytest.mark.parametrize(
    ("word", "text", "words"),
    [
        ("城东区委", "城东区委书记", ["城东区委", "书记"]),
        ("涂白花", "涂白花了", ["涂白花", "了"]),
        ("城东区委", "城東區委書記", ["城东区委", "书记"]),
        ("led灯", "装\uff2cED燈2盏", ["装", "led灯", "2", "盏"]),
        ("led灯", "oled灯", ["oled", "灯"]),
        ("5g", "15g", ["15", "g"]),
        ("5g", "2.5g", ["2.5", "g"]),
        ("5g基站", "建5G基站3座", ["建", "5g基站", "3", "座"]),
        ("5g", "5G网", ["5g", "网"]),
        ("new york", "去New York玩", ["去", "new york", "玩"]),
        ("\U00020000家", "吃\U00020000家饭", ["吃", "\U00020000家", "饭"]),
        ("c++", "学C++课", ["学", "c++", "课"]),
    ],
)
def test_a_users_word_is_cut_as_one(word: str, text: str, words: list[str]) -> None:
    assert cut(reader_of(word), text) == words


def test_of_mixed_words_that_begin_alike_the_longest_is_cut() -> None:
    assert cut(reader_of("5g", "5g基站", "5g基"), "5G基站") == ["5g基站"]


def test_a_word_of_frequency_nought_is_no_word(reader: TextReader) -> None:
    assert cut(reader, "城西区") == ["城西区"]
    assert cut(reader_of(UserWord("城西区", 0)), "城西区") != ["城西区"]
    assert cut(reader_of(UserWord("5g", 0)), "5g") == ["5", "g"]


def test_offsets_of_a_users_word_count_in_the_original() -> None:
    text = "新裝\uff2c\uff25\uff24燈㎡"
    texts = {word.text: text[word.start : word.end] for word in reader_of("led灯").words(text)}
    assert texts["led灯"] == "\uff2c\uff25\uff24燈"


def test_tags_tell_names_and_verbs(reader: TextReader) -> None:
    own = reader_of(UserWord("涂白", None, "v"), UserWord("河湟新区", None, "ns"), "安装")
    assert own.is_verb("涂白")
    assert own.is_name("河湟新区")
    assert not own.is_name("涂白")
    assert own.is_verb("安装"), "without a tag, jieba's counts"
    assert not reader_of(UserWord("安装", None, "n")).is_verb("安装")
    assert not reader.is_name("河湟新区")


def test_a_frequency_that_forces_a_cut_makes_the_word_no_everyday_word(reader: TextReader) -> None:
    own = reader_of(UserWord("河湟新区", 1_000_000))
    assert own.commonness("河湟新区") == reader.commonness("河湟新区")


def test_other_readers_do_not_see_the_words(reader: TextReader) -> None:
    """Neither those without a dictionary, nor those with another, nor jieba's own functions."""
    texts = ["城东区委书记", "城西区", "涂白花了", "5g基站"]
    before = [cut(reader, text) for text in texts]
    shared = len(jieba.dt.FREQ), jieba.finalseg.Force_Split_Words.copy()
    first = reader_of("城东区委", UserWord("城西区", 0), UserWord("涂白花", 9_000_000), "5g基站")
    second = reader_of("贾小社区")
    assert [cut(first, text) for text in texts] != before
    for right in (reader, second, TextReader()):
        assert [cut(right, text) for text in texts] == before
    assert (len(jieba.dt.FREQ), jieba.finalseg.Force_Split_Words) == shared


def test_readers_without_a_dictionary_share_one_table() -> None:
    left, right = TextReader()._dictionary, TextReader()._dictionary
    assert left._tokenizer is right._tokenizer


@pytest.mark.parametrize("name", ["什么值得买", "哪吒", "几何科技", "谁是大英雄"])
def test_words_that_ask_are_kept_within_a_users_word(reader: TextReader, name: str) -> None:
    """As long as they are a part of it: a question can be asked all the same."""
    own = QuestionReader(reader_of(name, "多少", "什么"))
    asked = own.read(f"{name}投资了多少")
    assert [word.text for word in asked.words] == [name, "投资"]
    assert asked.answer_type is not None
    assert asked.answer_type.category is AnswerCategory.QUANTITY
    assert own.read(f"{name}的电影").answer_type is None
    assert name not in {w.text for w in QuestionReader(reader).read(f"{name}投资了多少").words}


# The index


def configured(folder: Path, words: str | None, files: Mapping[str, str] = TOWN) -> IndexSettings:
    """Returns settings with a user dictionary; None takes its file away."""
    path = folder / "words.txt"
    if words is None:
        path.unlink()
    else:
        path.write_text(words, "utf-8")
    return write_seeds(folder, files).model_copy(update={"user_dict": path})


def test_a_changed_dictionary_is_a_new_generation_and_an_unchanged_one_is_not(
    tmp_path: Path,
) -> None:
    def live(words: str) -> str:
        return finish(build(configured(tmp_path, words))).generation

    assert live("# nothing yet\n") == "000001"
    assert finish(build(write_seeds(tmp_path, TOWN))).generation == "000001", "no words, no change"
    assert live("换灯记 n\n") == "000002"
    assert live("# 说明\n\n換燈記 n\n") == "000002", "the same words in other dress"
    assert live("换灯记 nz\n") == "000003"
    assert live("换灯记 nz\n白河镇\n") == "000004"
    assert finish(build(write_seeds(tmp_path, TOWN))).generation == "000005"


def test_a_generation_is_asked_with_the_words_it_was_built_with(tmp_path: Path) -> None:
    """Whatever has become of the file since: changed, no text any more, gone."""
    words = "河湟新区 ns\n贾小社区 ns\n"
    settings = configured(tmp_path, words, TOWN_WITH_BODY)
    finish(build(settings))

    def asked() -> tuple[str, ...]:
        answer = open_library(settings).ask("河湟新区贾小社区投资了多少")
        assert isinstance(answer, Answer)
        return answer.citations[0].matched_terms

    assert asked() == ("河湟新区", "贾小社区", "投资")
    library = open_library(settings)
    for content in (b"\xe6", "河湟 ns\n".encode(), b"\x00\x00"):
        (tmp_path / "words.txt").write_bytes(content)
        assert asked() == ("河湟新区", "贾小社区", "投资")
    (tmp_path / "words.txt").unlink()
    assert asked() == ("河湟新区", "贾小社区", "投资")
    assert isinstance(library.ask("河湟新区贾小社区投资了多少"), Answer)
    assert list(library.faults()) == []


def test_a_new_generation_brings_its_words_with_the_next_question(tmp_path: Path) -> None:
    settings = configured(tmp_path, "贾小社区\n", TOWN_WITH_BODY)
    finish(build(settings))
    library = open_library(settings)

    def matched() -> tuple[str, ...]:
        answer = library.ask("河湟新区贾小社区投资了多少")
        assert isinstance(answer, Answer)
        return answer.citations[0].matched_terms

    assert matched() == ("河", "湟", "新区", "贾小社区", "投资")
    configured(tmp_path, "贾小社区\n河湟新区\n", TOWN_WITH_BODY)
    assert not library.refresh(), "nothing is built with it yet"
    assert matched() == ("河", "湟", "新区", "贾小社区", "投资")
    finish(build(settings))
    assert matched() == ("河湟新区", "贾小社区", "投资")


def test_a_dictionary_that_cannot_be_read_leaves_the_old_generation(tmp_path: Path) -> None:
    settings = configured(tmp_path, "贾小社区\n")
    finish(build(settings))
    configured(tmp_path, None)
    with pytest.raises(WordListError):
        finish(build(settings))
    assert generations(settings) == ["000001"]
    assert isinstance(open_library(settings).ask("河口县更换路灯投资多少"), Answer)


def test_a_generation_whose_words_were_altered_is_damaged_and_built_anew(tmp_path: Path) -> None:
    settings = configured(tmp_path, "贾小社区\n")
    finish(build(settings))
    kept = settings.data / "generations" / "000001" / "user_dictionary.txt"
    content = kept.read_bytes()
    kept.write_bytes(content.replace("贾".encode(), "假".encode()))
    with pytest.raises(DamagedIndex, match="user_dictionary"):
        open_library(settings).ask("路灯")
    assert finish(build(settings)).generation == "000002"
    assert isinstance(open_library(settings).ask("河口县更换路灯投资多少"), Answer)


def test_the_command_line_names_bad_lines_and_builds_all_the_same(tmp_path: Path) -> None:
    configured(tmp_path, "贾小社区\n城西区 ns 5\n")
    ended = run_python("-m", "index", "build", folder=tmp_path, INDEX_USER_DICT="words.txt")
    assert ended.returncode == 0
    assert "left out words.txt, line 2: A blank" in ended.stderr.decode()


def test_the_command_line_says_which_dictionary_cannot_be_read(tmp_path: Path) -> None:
    write_seeds(tmp_path, TOWN)
    ended = run_python("-m", "index", "build", folder=tmp_path, INDEX_USER_DICT="none.txt")
    message = ended.stderr.decode()
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert "Traceback" not in message
    assert "INDEX_USER_DICT: none.txt cannot be read: No such file" in message
