"""The chat in a terminal, and at the end of a pipe."""

import io
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from desk_fakes import (
    DATA,
    SENTENCE,
    FakeBuild,
    FakeLibrary,
    a_citation,
    a_desk,
    an_admin_desk,
)
from rich.console import Console

from bot.core.rights import Rights
from bot.terminal.console import PERSON, Chat, piped_lines
from bot.terminal.screen import Screen
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import (
    Answer,
    BuildError,
    Certainty,
    Citation,
    DamagedIndex,
    NoAnswer,
    NoIndex,
    NothingToIndex,
    OtherFormat,
    Progress,
    RefusalReason,
    SkippedFile,
    SkipReason,
    Stage,
    Turn,
    WordListError,
)

ZH, EN = Texts.load("zh"), Texts.load("en")
QUOTE = "坚持创建惠民。" + SENTENCE


class Session:
    """A chat over a fake library; what it showed is kept."""

    def __init__(
        self,
        library: FakeLibrary | None = None,
        build: FakeBuild | None = None,
        *,
        interactive: bool = False,
        terminal: bool | None = None,
        no_color: bool = False,
        width: int = 40,
        texts: Texts = ZH,
    ) -> None:
        self.library = library or FakeLibrary()
        rights = Rights(frozenset({PERSON.person}))
        desk, admin_desk = a_desk(self.library, rights), an_admin_desk(self.library, build, rights)
        self.out, self.err = io.StringIO(), io.StringIO()
        out, err = (
            Console(file=file, width=width, _environ={}, force_terminal=terminal, no_color=no_color)
            for file in (self.out, self.err)
        )
        screen = Screen(out, err, texts)
        self.chat = Chat(desk, admin_desk, screen, interactive, "seeds")

    def __call__(self, *lines: str) -> str:
        """Says these lines; returns what was answered."""
        self.code = self.chat.run(iter(lines))
        return self.out.getvalue()


def citations(count: int) -> tuple[Citation, ...]:
    return tuple(a_citation(f"第{number}处。", f"第{number}处。", ()) for number in range(count))


def test_a_pipe_gets_the_quote_on_lines_of_its_own_then_the_sentence_and_its_place() -> None:
    assert Session()("投资了多少").splitlines() == [
        QUOTE,
        "",
        f"» {SENTENCE}",
        "—— 永不停步 › 四个坚持",
        "   宣传部长张海霞 · 记者 施翔 · 青海新闻网 · 2017-11-27 · 第2段",
        "",
    ]


def test_a_pipe_gets_neither_prompt_nor_greeting_nor_control_codes() -> None:
    session = Session()
    shown = session("投资了多少", "/help", "/reindex", "/source")
    assert "\x1b" not in shown + session.err.getvalue()
    assert "问>" not in shown
    assert "再见" not in shown


@pytest.mark.parametrize("text", ["长" * 300, "甲\t乙\n\n  丙[b]丁[/b]:smile:", "a " * 80 + "。"])
def test_a_pipe_gets_every_passage_word_for_word(text: str) -> None:
    library = FakeLibrary((a_citation(text, text[:1], ()),))
    assert text in Session(library)("?")


def test_a_terminal_shows_the_sentence_in_bold_and_no_marker() -> None:
    shown = Session(interactive=True, terminal=True)("投资了多少")
    assert "\x1b[1;33m投资" in shown
    assert "» " not in shown


def test_a_terminal_without_colour_shows_the_sentence_again_below() -> None:
    shown = Session(interactive=True, terminal=True, no_color=True)("投资了多少")
    assert f"» {SENTENCE}" in shown.replace("\n", "").replace("    ", "")


def test_an_article_cannot_steer_the_terminal() -> None:
    library = FakeLibrary((a_citation("零。一\x1b[2J二\x9b三", "零。", ()),))
    shown = Session(library, terminal=True)("?")
    assert "\x1b[2J" not in shown
    assert "\x9b" not in shown
    assert "一\ufffd[2J二\ufffd三" in shown


def test_more_shows_the_next_passages_and_then_says_that_there_are_none() -> None:
    shown = Session(FakeLibrary(citations(2)))("?", "/more", "/more")
    assert shown.index("第0处。") < shown.index("第2处，共2处") < shown.index("第1处。")
    assert "没有更多" in shown


def test_a_follow_up_is_answered_with_how_it_was_understood() -> None:
    shown = Session()("城西区投资了多少", "那城东区呢")
    assert shown.count("来查") == 1
    assert "按“城东区投资了多少”来查：\n" + QUOTE in shown


def test_asking_for_more_in_words_shows_the_next_passage_as_more_does() -> None:
    session = Session(FakeLibrary(citations(2)))
    shown = session("?", "还有吗", "/ask 还有吗")
    assert shown.index("第0处。") < shown.index("第2处，共2处") < shown.index("第1处。")
    assert shown.count("没有更多") == 1


def test_what_was_understood_cannot_steer_the_terminal() -> None:
    shown = Session(terminal=True)("投资", "那\x1b[2J城东区呢")
    assert "\x1b[2J" not in shown


def test_more_and_source_before_any_question_ask_for_one() -> None:
    assert Session()("/more", "/source").count("请先问一个问题") == 2


def test_source_shows_the_article_around_the_quote_which_is_told_apart() -> None:
    shown = Session()("?", "/source").split("创城.txt")[1]
    assert f"▼\n{QUOTE}\n▲" in shown
    assert "创建惠民" in shown
    assert "永不停步。" in shown


def test_reindex_without_a_readable_article_names_the_files_that_are_there() -> None:
    files = (SkippedFile("empty.txt", SkipReason.EMPTY, "detail"),)
    session = Session(build=FakeBuild(steps=(), failure=NothingToIndex(DATA, files)))
    session("/reindex")
    notes = session.err.getvalue()
    assert ZH.say(Key.CONSOLE_EMPTY_SEEDS, seeds="seeds") in notes
    assert "empty.txt" in notes
    assert ZH.say(SkipReason.EMPTY) in notes


def test_reindex_tells_its_report_apart_from_the_answers() -> None:
    session = Session()
    assert session("/reindex") == ""
    assert "新增 1 篇" in session.err.getvalue()
    assert session.library.refreshed == 1


def test_a_failed_reindex_is_told_with_its_cause_and_the_chat_goes_on() -> None:
    session = Session(build=FakeBuild(failure=BuildError("disk full")))
    assert SENTENCE in session("/reindex", "投资")
    assert "disk full" in session.err.getvalue()
    assert session.code == 0


def test_the_first_index_is_built_before_the_first_question() -> None:
    session = Session(FakeLibrary(failure=NoIndex(DATA)))
    assert SENTENCE in session("投资")
    assert "还没有索引" in session.err.getvalue()


def test_without_articles_each_question_is_told_so_and_a_pipe_ends_in_failure() -> None:
    library = FakeLibrary(failure=NoIndex(DATA))
    session = Session(library, FakeBuild(steps=(), failure=NothingToIndex(DATA)))
    assert session("一", "二").count("索引还没有建好") == 2
    assert session.code == 1
    assert "放进 seeds" in session.err.getvalue()


def test_a_person_without_articles_is_told_what_to_do_and_can_stay() -> None:
    library = FakeLibrary(failure=NoIndex(DATA))
    build = FakeBuild(steps=(), failure=NothingToIndex(DATA))
    session = Session(library, build, interactive=True, terminal=True)
    assert "还没有可以回答的文章" in session("/help")
    assert session.code == 0


def test_a_refusal_names_the_missing_words_and_labels_the_nearest_passage() -> None:
    class Refusing(FakeLibrary):
        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:  # noqa: ARG002
            reason = RefusalReason.WEAK_EVIDENCE
            return NoAnswer(question, reason, 0.1, ("地铁",), self.citations)

    shown = Session(Refusing())("地铁")
    assert "没找到的词：地铁" in shown
    assert shown.index("不是答案") < shown.index(SENTENCE)
    assert QUOTE not in shown


@pytest.mark.parametrize("texts", [ZH, EN])
def test_a_possible_answer_is_said_to_be_so_above_its_numbered_sentences(texts: Texts) -> None:
    library = FakeLibrary(citations(3), certainty=Certainty.POSSIBLE, missing=("地铁", "站"))
    shown = Session(library, texts=texts)("?").splitlines()
    words = texts.say(Key.REFUSAL_SEPARATOR).join(("地铁", "站"))
    assert shown[0] == texts.say(Key.CERTAINTY_POSSIBLE)
    assert shown[-2] == texts.say(Key.CERTAINTY_ALL_LACK, words=words)
    assert [line for line in shown if line[:2] in ("1.", "2.", "3.")] == [
        f"{number}. 永不停步 › 四个坚持" for number in (1, 2, 3)
    ]
    assert [line for line in shown if line.endswith("处。")] == ["第0处。", "第1处。", "第2处。"]


def test_after_a_possible_answer_more_and_source_begin_at_its_first_passage() -> None:
    library = FakeLibrary((a_citation(), *citations(2)), certainty=Certainty.POSSIBLE)
    shown = Session(library)("?", "/source", "/more", "/more", "/more")
    assert f"▼\n{QUOTE}\n▲" in shown
    opened = [ZH.say(Key.CERTAINTY_POSSIBLE_PLACE, number=number, total=3) for number in (2, 3)]
    assert shown.index(f"{opened[0]}\n第0处。") < shown.index(f"{opened[1]}\n第1处。")
    assert "没有更多" in shown


@pytest.mark.parametrize("texts", [ZH, EN])
def test_a_sure_answer_names_the_words_that_its_passage_lacks_below_it(texts: Texts) -> None:
    library = FakeLibrary((a_citation(), a_citation(number=1)), missing=("地铁",))
    lacks = texts.say(Key.CERTAINTY_LACKS, words="地铁")
    first = Session(library, texts=texts)("?")
    assert first.splitlines()[-2] == f"   {lacks}"
    assert Session(library, texts=texts)("?", "/more").count(lacks) == 1


@pytest.mark.parametrize("line", ["", "   ", "?!", "😀", "<b>&lt;</b>", "一" * 10_000])
def test_every_line_is_answered(line: str) -> None:
    session = Session()
    assert session(line).strip()
    assert session.library.asked == [line.strip()]


def test_ask_works_as_on_telegram_and_other_commands_are_told_to_be_none() -> None:
    session = Session()
    assert "/nonsense" in session("/ask 投资了多少", "/nonsense now")
    assert session.library.asked == ["投资了多少"]


def test_quit_ends_the_chat_politely() -> None:
    session = Session(interactive=True, terminal=True)
    assert "再见" in session("/quit", "投资")
    assert session.library.asked == []


@pytest.mark.parametrize("end", [KeyboardInterrupt, EOFError])
def test_ctrl_c_and_ctrl_d_end_the_chat_politely(end: type[BaseException]) -> None:
    def typed() -> Iterator[str]:
        yield "投资"
        raise end

    session = Session(interactive=True, terminal=True)
    assert session.chat.run(typed()) == 0
    assert "再见" in session.out.getvalue()


def test_lines_of_a_pipe_that_are_no_utf_8_become_questions_all_the_same() -> None:
    lines = list(piped_lines(io.BytesIO(b"\xef\xbb\xbf" + "一\r\n二".encode() + b"\xff\n\n")))
    assert lines == ["一", "二\ufffd", ""]


def test_a_damaged_index_is_told_at_the_start_and_built_anew() -> None:
    session = Session(FakeLibrary(failure=DamagedIndex(DATA, "cut")))
    assert SENTENCE in session("投资")
    notes = session.err.getvalue()
    assert ZH.say(Key.BUILD_MEND) in notes
    assert str(DamagedIndex(DATA, "cut")) in notes
    assert notes.index(ZH.say(Key.BUILD_MEND)) < notes.index("新增 1 篇")


def test_an_index_of_another_version_is_told_at_the_start_and_built_anew() -> None:
    session = Session(FakeLibrary(failure=OtherFormat(DATA)))
    assert SENTENCE in session("投资")
    notes = session.err.getvalue()
    assert notes.index(ZH.say(Key.BUILD_RENEW)) < notes.index("新增 1 篇")
    assert ZH.say(Key.BUILD_MEND) not in notes


def test_damaged_generations_that_were_passed_over_are_told_at_the_start_and_in_status() -> None:
    session = Session(FakeLibrary(faults=("Generation 000002 is damaged.",)))
    assert "Generation 000002 is damaged." in session("/status")
    assert "Generation 000002 is damaged." in session.err.getvalue()


def test_word_lists_that_cannot_be_read_are_told_at_the_start() -> None:
    session = Session(FakeLibrary(failure=WordListError("words.txt is gone")))
    session()
    assert "words.txt is gone" in session.err.getvalue()


def test_rollback_tells_what_is_in_use_then() -> None:
    session = Session()
    assert ZH.rolled_back(session.library.status()) in session("/rollback")


def test_a_build_shows_a_bar_with_counts_pace_and_the_time_that_is_left() -> None:
    steps = (Progress(Stage.INDEXING, 1200, 68000, seconds=0.24),)
    session = Session(build=FakeBuild(steps), interactive=True, terminal=True, width=200)
    session("/reindex")
    assert "1200/68000，每秒 5000，还要约 14 秒" in session.err.getvalue()


def test_an_unforeseen_failure_is_logged_and_told_and_the_chat_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(FakeLibrary):
        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
            raise ZeroDivisionError(question, limit)

    assert Session(Broken())("一", "二").count(ZH.error(ValueError())) == 2
    assert "ZeroDivisionError" in caplog.text


def test_ctrl_c_calls_off_a_build_and_the_chat_goes_on() -> None:
    build = FakeBuild()
    build.gate.clear()

    def interrupt() -> None:
        build.started.wait(10)
        os.kill(os.getpid(), signal.SIGINT)
        build.gate.set()

    pressing = threading.Thread(target=interrupt)
    pressing.start()
    session = Session(build=build, interactive=True, terminal=True)
    assert "坚持创建惠民" in session("/reindex", "投资")
    pressing.join()
    assert build.closed.is_set()
    assert ZH.say(Key.ERROR_BUILD_STOPPED) in session.err.getvalue()
    assert session.library.refreshed == 0


def test_several_questions_are_answered_one_below_the_other() -> None:
    class TwoAtOnce(FakeLibrary):
        def follow(self, turns: Sequence[Turn], text: str, limit: int = 5) -> Turn:
            first, second = (super(TwoAtOnce, self).follow(turns, q, limit) for q in text.split())
            return replace(first, question=text, parts=(first, second))

    possibly = Session(TwoAtOnce(citations(2), certainty=Certainty.POSSIBLE))("甲 乙")
    for question in ("甲", "乙"):
        assert f"{question}\n{ZH.say(Key.CERTAINTY_POSSIBLE)}\n第0处。" in possibly
    assert "第1处。" not in possibly
    shown = Session(TwoAtOnce())("甲 乙")
    assert shown.count(QUOTE) == 2
    assert shown.index("甲\n") < shown.index(QUOTE) < shown.index("乙\n") < shown.rindex(QUOTE)
