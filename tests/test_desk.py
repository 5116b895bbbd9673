"""The desk: one place that answers, remembers, and knows who may do what."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from desk_fakes import (
    DATA,
    REPORT,
    SENTENCE,
    STEPS,
    TEXT,
    FakeBuild,
    FakeLibrary,
    a_citation,
    a_desk,
)

from bot import desk as desk_module
from bot.builds import Builder, BuildSteps
from bot.desk import Desk, Match, Nothing, Source
from bot.errors import AdminsOnly, BuildStopped, NotInvited
from bot.rights import Rights, Visitor
from index import (
    Answer,
    BuildError,
    BuildReport,
    BuildRunning,
    DamagedIndex,
    NoAnswer,
    NoEarlierGeneration,
    NoIndex,
    Progress,
    RefusalReason,
    Turn,
)

ADMIN = Visitor(chat=1, person=1)
STRANGER = Visitor(chat=2, person=2)


async def all_of(steps: AsyncIterator[Progress | BuildReport]) -> list[Progress | BuildReport]:
    return [step async for step in steps]


async def test_a_question_is_answered_away_from_the_event_loop() -> None:
    class Watched(FakeLibrary):
        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
            self.thread = threading.get_ident()
            return super().ask(question, limit)

    library = Watched()
    reply = await a_desk(library).ask(STRANGER, "投资了多少")
    assert isinstance(reply, Turn)
    assert isinstance(reply.result, Answer)
    assert library.thread != threading.get_ident()


async def test_half_a_surrogate_pair_does_not_reach_the_index() -> None:
    library = FakeLibrary()
    await a_desk(library).ask(STRANGER, "投资\ud83d了")
    assert library.asked == ["投资?了"]


async def test_more_shows_each_further_passage_once_and_then_says_that_there_are_no_more() -> None:
    first, second, third = (a_citation(number=number) for number in range(3))
    desk = a_desk(FakeLibrary((first, second, third)))
    await desk.ask(STRANGER, "投资")
    assert await desk.more(STRANGER) == Match(second, 2, 3)
    assert await desk.more(STRANGER) == Match(third, 3, 3)
    assert await desk.more(STRANGER) is Nothing.NO_MORE
    assert await desk.more(STRANGER) is Nothing.NO_MORE


async def test_conversations_do_not_mix() -> None:
    desk = a_desk(FakeLibrary((a_citation(), a_citation(number=1))))
    await desk.ask(STRANGER, "投资")
    assert await desk.more(Visitor(2, 3)) is Nothing.NO_QUESTION
    assert await desk.more(Visitor(2, 2, topic=5)) is Nothing.NO_QUESTION
    assert isinstance(await desk.more(STRANGER), Match)


async def test_after_a_refusal_nothing_of_the_earlier_answer_is_left() -> None:
    library = FakeLibrary((a_citation(), a_citation(number=1)))
    desk = a_desk(library)
    await desk.ask(STRANGER, "投资")
    library.citations = ()
    await desk.ask(STRANGER, "天气")
    assert await desk.more(STRANGER) is Nothing.NO_MORE
    assert await desk.source(STRANGER) is Nothing.NO_QUESTION


async def test_a_word_of_thanks_does_not_end_the_talk_of_an_answer() -> None:
    class Polite(FakeLibrary):
        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
            if question == "谢谢":
                return NoAnswer(question, RefusalReason.NOTHING_ASKED)
            return super().ask(question, limit)

    second = a_citation(number=1)
    desk = a_desk(Polite((a_citation(), second)))
    await desk.ask(STRANGER, "投资")
    await desk.ask(STRANGER, "谢谢")
    assert await desk.more(STRANGER) == Match(second, 2, 2)


async def test_asking_for_more_in_words_is_the_same_as_more() -> None:
    first, second = a_citation(), a_citation(number=1)
    library = FakeLibrary((first, second))
    desk = a_desk(library)
    assert await desk.ask(STRANGER, "还有吗") is Nothing.NO_QUESTION
    await desk.ask(STRANGER, "投资")
    assert await desk.ask(STRANGER, "还有吗?") == Match(second, 2, 2)
    assert await desk.ask(STRANGER, "下一个") is Nothing.NO_MORE
    assert library.asked == ["投资"]


async def test_a_follow_up_is_asked_with_the_turns_of_its_own_conversation() -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    await desk.ask(STRANGER, "城西区投资了多少")
    await desk.ask(ADMIN, "那城东区呢")
    assert not library.turns
    reply = await desk.ask(STRANGER, "那城东区呢")
    assert isinstance(reply, Turn)
    assert (reply.question, reply.understood) == ("那城东区呢", "城东区投资了多少")
    assert [turn.question for turn in library.turns] == ["城西区投资了多少"]


async def test_only_the_last_turns_are_remembered() -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    for number in range(20):
        await desk.ask(STRANGER, f"问题{number}")
    assert len(library.turns) == desk_module.REMEMBERED_TURNS
    assert library.turns[-1].question == "问题18"


async def test_only_so_many_conversations_are_remembered_the_latest_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_module, "REMEMBERED_CONVERSATIONS", 2)
    desk = a_desk()
    visitors = [Visitor(number, number) for number in (10, 11, 12)]
    for visitor in (visitors[0], visitors[1], visitors[0], visitors[2]):
        await desk.ask(visitor, "投资")
    assert await desk.more(visitors[1]) is Nothing.NO_QUESTION
    assert await desk.more(visitors[0]) is Nothing.NO_MORE


async def test_source_shows_the_passage_shown_last_at_its_place_in_the_article() -> None:
    desk = a_desk(FakeLibrary((a_citation(), a_citation(SENTENCE, number=1))))
    await desk.ask(STRANGER, "投资")
    await desk.more(STRANGER)
    source = await desk.source(STRANGER)
    assert isinstance(source, Source)
    assert source.passage.of(source.article.text) == SENTENCE
    assert source.around.of(TEXT).startswith("创建惠民")
    assert source.around.of(TEXT).endswith("永不停步。")


async def test_source_finds_the_passage_again_after_the_article_has_grown() -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    await desk.ask(STRANGER, "投资")
    library.text = "新的开头。\n" + TEXT
    source = await desk.source(STRANGER)
    assert isinstance(source, Source)
    assert source.passage.of(source.article.text) == source.citation.passage.text


@pytest.mark.parametrize("text", [None, "另一篇文章。"])
async def test_source_says_so_when_the_article_is_gone(text: str | None) -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    await desk.ask(STRANGER, "投资")
    library.text = text
    assert await desk.source(STRANGER) is Nothing.ARTICLE_GONE


async def test_reindex_tells_each_step_and_the_report_then_answers_from_the_new_index() -> None:
    library = FakeLibrary()
    build = FakeBuild()
    steps = await all_of(a_desk(library, build).reindex(ADMIN))
    assert steps == [*STEPS, REPORT]
    assert library.refreshed == 1


async def test_a_build_runs_in_one_thread_that_is_not_the_event_loops() -> None:
    build = FakeBuild()
    await all_of(a_desk(build=build).reindex(ADMIN))
    assert len(build.threads) == 1
    assert threading.get_ident() not in build.threads


async def test_a_stranger_cannot_reindex() -> None:
    build = FakeBuild()
    with pytest.raises(AdminsOnly):
        await all_of(a_desk(build=build).reindex(STRANGER))
    assert not build.threads


async def test_a_second_reindex_is_refused_while_one_runs_and_questions_are_answered() -> None:
    build = FakeBuild()
    build.gate.clear()
    desk = a_desk(build=build)
    async with aclosing(desk.reindex(ADMIN)) as steps:
        await anext(steps)
        with pytest.raises(BuildRunning):
            await all_of(desk.reindex(ADMIN))
        assert isinstance(await desk.ask(STRANGER, "投资"), Turn)
        build.gate.set()
        assert (await all_of(steps))[-1] == REPORT
    assert (await all_of(desk.reindex(ADMIN)))[-1] == REPORT


async def test_a_failed_build_is_told_and_leaves_the_old_index_answering() -> None:
    library = FakeLibrary()
    desk = a_desk(library, FakeBuild(failure=BuildError("disk full")))
    with pytest.raises(BuildError, match="disk full"):
        await all_of(desk.reindex(ADMIN))
    assert library.refreshed == 0
    assert isinstance(await desk.ask(STRANGER, "投资"), Turn)


async def test_a_build_that_cannot_even_begin_is_told() -> None:
    def build() -> BuildSteps:
        raise BuildError("no such folder")

    builder = Builder(build, DATA)
    for _ in range(2):
        with pytest.raises(BuildError, match="no such folder"):
            await asyncio.wait_for(all_of(builder.run()), 10)


async def test_leaving_the_loop_early_cancels_the_build() -> None:
    build = FakeBuild()
    async with aclosing(a_desk(build=build).reindex(ADMIN)) as steps:
        await anext(steps)
    assert build.closed.is_set()


async def test_closing_the_desk_calls_off_the_build_and_the_one_who_waits_is_told() -> None:
    build = FakeBuild()
    build.gate.clear()
    desk = a_desk(build=build)
    waiting = asyncio.create_task(all_of(desk.reindex(ADMIN)))
    await asyncio.to_thread(build.started.wait, 10)
    closing = asyncio.create_task(desk.close())
    await asyncio.sleep(0)
    build.gate.set()
    await closing
    with pytest.raises(BuildStopped):
        await waiting
    assert build.closed.is_set()


async def test_prepare_builds_the_first_index_only() -> None:
    library = FakeLibrary(failure=NoIndex(DATA))
    desk = a_desk(library)
    assert (await all_of(desk.prepare()))[-1] == REPORT
    assert await all_of(desk.prepare()) == []
    assert library.refreshed == 1


async def test_prepare_mends_a_damaged_index_from_the_articles() -> None:
    library = FakeLibrary(failure=DamagedIndex(DATA, "cut"))
    desk = a_desk(library)
    assert isinstance(await desk.examine(), DamagedIndex)
    assert (await all_of(desk.prepare()))[-1] == REPORT
    assert library.refreshed == 1


async def test_an_administrator_calls_off_the_build_of_another_who_is_told() -> None:
    build = FakeBuild()
    build.gate.clear()
    desk = a_desk(build=build, rights=Rights(frozenset({1, 3})))
    waiting = asyncio.create_task(all_of(desk.reindex(ADMIN)))
    await asyncio.to_thread(build.started.wait, 10)
    cancelling = asyncio.create_task(desk.cancel(Visitor(3, 3)))
    await asyncio.sleep(0)
    build.gate.set()
    assert await cancelling is True
    with pytest.raises(BuildStopped):
        await waiting
    assert await desk.cancel(ADMIN) is False


async def test_a_build_that_ends_by_itself_was_not_called_off() -> None:
    builder = Builder(FakeBuild(steps=STEPS[:1]), DATA)
    async with aclosing(builder.run()) as steps:
        await anext(steps)
        await asyncio.sleep(0.05)
        assert await builder.stop() is False


async def test_rollback_answers_from_what_is_live_then() -> None:
    library = FakeLibrary()
    done: list[str] = []
    desk = a_desk(library, rollback=lambda: done.append("back") or "g0")  # type: ignore[func-returns-value]
    assert await desk.rollback(ADMIN) == library.status()
    assert done == ["back"]
    assert library.refreshed == 1


@pytest.mark.parametrize("deed", ["cancel", "rollback", "status"])
async def test_a_stranger_may_not_do_what_administrators_do(deed: str) -> None:
    desk = a_desk(rollback=lambda: pytest.fail("a stranger rolled back"))
    with pytest.raises(AdminsOnly):
        await getattr(desk, deed)(STRANGER)


async def test_where_there_is_no_earlier_generation_what_is_live_stays_live() -> None:
    def rollback() -> str:
        raise NoEarlierGeneration("none")

    library = FakeLibrary()
    with pytest.raises(NoEarlierGeneration):
        await a_desk(library, rollback=rollback).rollback(ADMIN)
    assert library.refreshed == 0


async def deeds(desk: Desk, visitor: Visitor) -> None:
    await desk.ask(visitor, "投资")
    await desk.more(visitor)
    await desk.source(visitor)


async def test_a_chat_that_is_not_listed_is_refused_every_deed() -> None:
    desk = a_desk(rights=Rights(frozenset({1}), frozenset({-100})))
    for deed in (desk.ask(STRANGER, "投资"), desk.more(STRANGER), desk.source(STRANGER)):
        with pytest.raises(NotInvited):
            await deed
    with pytest.raises(NotInvited):
        await all_of(desk.reindex(Visitor(chat=-200, person=1)))


async def test_listed_chats_and_administrators_private_chats_are_served() -> None:
    desk = a_desk(rights=Rights(frozenset({1}), frozenset({-100})))
    await deeds(desk, Visitor(chat=-100, person=2))
    await deeds(desk, ADMIN)
