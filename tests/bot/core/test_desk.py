"""The desk: one place that answers, remembers, and knows who may do what."""

import threading
from collections.abc import Awaitable
from dataclasses import replace

import pytest
from desk_fakes import (
    DATA,
    EXAMPLE,
    SENTENCE,
    TEXT,
    FakeLibrary,
    a_citation,
    a_desk,
    a_refusal,
)

from bot.core import desk as desk_module
from bot.core.article_pages import ArticlePageId
from bot.core.desk import AskedQuestion, Desk, Nothing
from bot.core.passage_context import PassageContext
from bot.core.rights import Rights
from bot.errors import NotInvited
from bot.state.database import Database
from bot.state.exchanges import OVERVIEW, Exchange, Exchanges
from bot.visitors import Visitor
from index import (
    Answer,
    Certainty,
    Citation,
    NoAnswer,
    NoIndex,
    RefusalReason,
    Turn,
)

ADMIN = Visitor(chat=1, person=1)
STRANGER = Visitor(chat=2, person=2)


async def shown(reply: Awaitable[Exchange | Nothing]) -> tuple[Citation | None, int]:
    """Returns the passage that a reply shows, and its number from 1."""
    exchange = await reply
    assert isinstance(exchange, Exchange)
    return exchange.citation, exchange.shown + 1


async def test_a_question_is_answered_away_from_the_event_loop() -> None:
    class Watched(FakeLibrary):
        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
            self.thread = threading.get_ident()
            return super().ask(question, limit)

    library = Watched()
    reply = await a_desk(library).ask(STRANGER, AskedQuestion("投资了多少"))
    assert isinstance(reply, Exchange)
    assert isinstance(reply.turn.result, Answer)
    assert library.thread != threading.get_ident()


async def test_half_a_surrogate_pair_does_not_reach_the_index() -> None:
    library = FakeLibrary()
    await a_desk(library).ask(STRANGER, AskedQuestion("投资\ud83d了"))
    assert library.asked == ["投资?了"]


async def test_more_shows_each_further_passage_once_and_then_says_that_there_are_no_more() -> None:
    first, second, third = (a_citation(number=number) for number in range(3))
    desk = a_desk(FakeLibrary((first, second, third)))
    await desk.ask(STRANGER, AskedQuestion("投资"))
    assert await shown(desk.more(STRANGER)) == (second, 2)
    assert await shown(desk.more(STRANGER)) == (third, 3)
    assert await desk.more(STRANGER) is Nothing.NO_MORE
    assert await desk.more(STRANGER) is Nothing.NO_MORE


async def test_more_goes_on_with_what_the_index_finds_beyond_the_answer() -> None:
    passages = tuple(a_citation(number=number) for number in range(7))
    library = FakeLibrary(passages)
    desk = a_desk(library)
    await desk.ask(STRANGER, AskedQuestion("投资"))
    shown_next = [(await shown(desk.more(STRANGER)))[0] for _ in passages[1:]]
    assert shown_next == list(passages[1:])
    assert await desk.more(STRANGER) is Nothing.NO_MORE
    assert library.asked == ["投资"]


async def test_after_an_overview_everything_means_its_first_passage() -> None:
    first, second, third = (a_citation(number=number) for number in range(3))
    desk = a_desk(FakeLibrary((first, second, third), certainty=Certainty.POSSIBLE))
    reply = await desk.ask(STRANGER, AskedQuestion("投资"))
    assert isinstance(reply, Exchange)
    assert (reply.shown, reply.citation) == (OVERVIEW, first)
    source, page = await desk.source(STRANGER), await desk.article_page(STRANGER)
    assert isinstance(source, PassageContext)
    assert source.citation == first
    assert not isinstance(page, Nothing)
    assert page.id.passage == 0
    assert await shown(desk.more(STRANGER)) == (second, 2)
    assert await shown(desk.page(STRANGER, reply.id, OVERVIEW)) == (first, 0)
    assert await shown(desk.more(STRANGER)) == (second, 2)
    assert await shown(desk.more(STRANGER)) == (third, 3)
    assert await desk.more(STRANGER) is Nothing.NO_MORE


async def test_a_sure_answer_and_a_refusal_have_no_overview() -> None:
    library = FakeLibrary((a_citation(), a_citation(number=1)))
    desk = a_desk(library)
    for citations in (library.citations, ()):
        library.citations = citations
        reply = await desk.ask(STRANGER, AskedQuestion("投资"))
        assert isinstance(reply, Exchange)
        assert await desk.page(STRANGER, reply.id, OVERVIEW) is Nothing.GONE


async def test_the_example_of_a_question_is_surely_answered_where_there_is_such_a_one() -> None:
    class Library(FakeLibrary):
        def newest_titles(self, _: int) -> list[str]:
            return ["甲", "乙"]

        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
            answer = super().ask(question, limit)
            assert isinstance(answer, Answer)
            sure = question.startswith(self.sure)
            return replace(answer, certainty=Certainty.SURE if sure else Certainty.POSSIBLE)

        sure = "乙"

    library = Library()
    assert await a_desk(library).example(STRANGER) == "乙说了什么"
    library.sure = "丙"
    assert await a_desk(library).example(STRANGER) == "甲说了什么"


async def test_conversations_do_not_mix() -> None:
    desk = a_desk(FakeLibrary((a_citation(), a_citation(number=1))))
    await desk.ask(STRANGER, AskedQuestion("投资"))
    assert await desk.more(Visitor(2, 3)) is Nothing.NO_QUESTION
    assert await desk.more(Visitor(2, 2, topic=5)) is Nothing.NO_QUESTION
    assert isinstance(await desk.more(STRANGER), Exchange)


async def test_after_a_refusal_nothing_of_the_earlier_answer_is_left() -> None:
    library = FakeLibrary((a_citation(), a_citation(number=1)))
    desk = a_desk(library)
    await desk.ask(STRANGER, AskedQuestion("投资"))
    library.citations = ()
    await desk.ask(STRANGER, AskedQuestion("天气"))
    assert await desk.more(STRANGER) is Nothing.NO_MORE
    assert await desk.source(STRANGER) is Nothing.NO_QUESTION


async def test_a_word_of_thanks_does_not_end_the_talk_of_an_answer() -> None:
    class Polite(FakeLibrary):
        def ask(self, question: str, limit: int = 5) -> Answer | NoAnswer:
            if question == "谢谢":
                return NoAnswer(question, RefusalReason.THANKS)
            return super().ask(question, limit)

    second = a_citation(number=1)
    desk = a_desk(Polite((a_citation(), second)))
    await desk.ask(STRANGER, AskedQuestion("投资"))
    await desk.ask(STRANGER, AskedQuestion("谢谢"))
    assert await shown(desk.more(STRANGER)) == (second, 2)


async def test_asking_for_more_in_words_is_the_same_as_more() -> None:
    first, second = a_citation(), a_citation(number=1)
    library = FakeLibrary((first, second))
    desk = a_desk(library)
    assert await desk.ask(STRANGER, AskedQuestion("还有吗")) is Nothing.NO_QUESTION
    await desk.ask(STRANGER, AskedQuestion("投资"))
    assert await shown(desk.ask(STRANGER, AskedQuestion("还有吗?"))) == (second, 2)
    assert await desk.ask(STRANGER, AskedQuestion("下一个")) is Nothing.NO_MORE
    assert library.asked == ["投资"]


async def test_a_follow_up_is_asked_with_the_turns_of_its_own_conversation() -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    await desk.ask(STRANGER, AskedQuestion("城西区投资了多少"))
    await desk.ask(ADMIN, AskedQuestion("那城东区呢"))
    assert not library.turns
    reply = await desk.ask(STRANGER, AskedQuestion("那城东区呢"))
    assert isinstance(reply, Exchange)
    assert (reply.turn.question, reply.turn.understood) == ("那城东区呢", "城东区投资了多少")
    assert [turn.question for turn in library.turns] == ["城西区投资了多少"]


async def test_only_the_last_turns_are_remembered() -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    for number in range(20):
        await desk.ask(STRANGER, AskedQuestion(f"问题{number}"))
    assert len(library.turns) == desk_module.REMEMBERED_TURNS
    assert library.turns[-1].question == "问题18"


async def test_source_shows_the_passage_shown_last_at_its_place_in_the_article() -> None:
    desk = a_desk(FakeLibrary((a_citation(), a_citation(SENTENCE, number=1))))
    await desk.ask(STRANGER, AskedQuestion("投资"))
    await desk.more(STRANGER)
    source = await desk.source(STRANGER)
    assert isinstance(source, PassageContext)
    assert source.passage.of(source.article.text) == SENTENCE
    assert source.around.of(TEXT).startswith("创建惠民")
    assert source.around.of(TEXT).endswith("永不停步。")


async def test_source_finds_the_passage_again_after_the_article_has_grown() -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    await desk.ask(STRANGER, AskedQuestion("投资"))
    library.text = "新的开头。\n" + TEXT
    source = await desk.source(STRANGER)
    assert isinstance(source, PassageContext)
    assert source.passage.of(source.article.text) == source.citation.passage.text


@pytest.mark.parametrize("text", [None, "另一篇文章。"])
async def test_source_says_so_when_the_article_is_gone(text: str | None) -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    await desk.ask(STRANGER, AskedQuestion("投资"))
    library.text = text
    assert await desk.source(STRANGER) is Nothing.ARTICLE_GONE


async def every_call(desk: Desk, visitor: Visitor) -> None:
    await desk.ask(visitor, AskedQuestion("投资"))
    await desk.more(visitor)
    await desk.source(visitor)


@pytest.mark.parametrize("other", [Visitor(-5, 3), Visitor(-5, 2, topic=7), Visitor(3, 2)])
async def test_a_question_is_revised_by_nobody_but_who_asked_it_and_in_its_place(
    other: Visitor,
) -> None:
    library = FakeLibrary()
    desk = a_desk(library)
    asked = await desk.ask(Visitor(-5, 2), AskedQuestion("投资", message=4))
    assert isinstance(asked, Exchange)
    assert await desk.revise(other, AskedQuestion("花费", message=4)) is None
    assert library.asked == ["投资"]
    revised = await desk.revise(Visitor(-5, 2), AskedQuestion("花费", message=4))
    assert revised
    assert (revised.id, revised.turn.question) == (asked.id, "花费")


async def test_what_was_asked_as_typed_but_never_sent_is_not_asked_but_given_again() -> None:
    library = FakeLibrary()
    exchanges = Exchanges(Database())
    desk = a_desk(library, exchanges=exchanges)
    taken = replace(Turn("那城东区呢", "城东区投资了多少", a_refusal()), leans=True)
    leaning = exchanges.add(STRANGER, taken, 0.1, question_message=4)
    reply = await desk.ask_as_typed(STRANGER, leaning.id)
    assert isinstance(reply, Exchange)
    assert reply.id != leaning.id
    assert await desk.ask_as_typed(STRANGER, leaning.id) == reply
    await desk.sent(reply, 5)
    assert await desk.ask_as_typed(STRANGER, leaning.id) is Nothing.ASKED_AS_TYPED
    assert library.asked == ["那城东区呢"]


async def test_an_answer_is_for_all_in_its_chat_and_for_nobody_elsewhere() -> None:
    exchanges = Exchanges(Database())
    desk = a_desk(exchanges=exchanges)
    kept = exchanges.add(Visitor(-5, 2), Turn("投资", "投资", a_refusal()), 0.1)
    answer = Answer("投资", (a_citation(),), 0.9)
    answered = exchanges.add(Visitor(-5, 2), Turn("投资", "投资", answer), 0.1)
    for visitor, is_there in ((Visitor(2, 2), False), (Visitor(-5, 3), True)):
        for reply in (
            await desk.page(visitor, answered.id, 0),
            await desk.context(visitor, answered.id, 0),
            await desk.article_page(visitor, ArticlePageId(answered.id, 0)),
        ):
            assert (reply is not Nothing.GONE) is is_there
        assert await desk.rate(visitor, answered.id, good=True) is is_there
        assert (await desk.report(visitor, kept.id) is not None) is is_there


async def test_a_chat_that_is_not_listed_is_refused_every_call() -> None:
    exchanges = Exchanges(Database())
    desk = a_desk(exchanges=exchanges, rights=Rights(frozenset({1}), frozenset({-100})))
    kept = exchanges.add(STRANGER, Turn("投资", "投资", a_refusal()), 0.1, question_message=4)
    for call in (
        desk.ask(STRANGER, AskedQuestion("投资")),
        desk.revise(STRANGER, AskedQuestion("投资", message=4)),
        desk.ask_as_typed(STRANGER, kept.id),
        desk.find(STRANGER, "投资", 1),
        desk.answer_once(STRANGER, "投资"),
        desk.more(STRANGER),
        desk.page(STRANGER, kept.id, 0),
        desk.shared(STRANGER, kept.id),
        desk.source(STRANGER),
        desk.context(STRANGER, kept.id, 0),
        desk.article_page(STRANGER),
        desk.rate(STRANGER, kept.id, good=True),
        desk.report(STRANGER, kept.id),
    ):
        with pytest.raises(NotInvited):
            await call


async def test_listed_chats_and_administrators_private_chats_are_served() -> None:
    desk = a_desk(rights=Rights(frozenset({1}), frozenset({-100})))
    await every_call(desk, Visitor(chat=-100, person=2))
    await every_call(desk, ADMIN)


async def test_the_example_is_a_question_that_the_articles_answer() -> None:
    assert await a_desk(FakeLibrary()).example(STRANGER) == EXAMPLE
    assert await a_desk(FakeLibrary(())).example(STRANGER) is None


async def test_the_example_names_no_long_title() -> None:
    class Wordy(FakeLibrary):
        def newest_titles(self, limit: int) -> list[str]:
            return ["长" * 200, *super().newest_titles(limit)]

    assert await a_desk(Wordy()).example(STRANGER) == EXAMPLE


async def test_there_is_no_example_without_an_index_or_for_one_who_is_not_served() -> None:
    assert await a_desk(FakeLibrary(failure=NoIndex(DATA))).example(STRANGER) is None
    private = a_desk(rights=Rights(admins=frozenset({1}), chats=frozenset({1})))
    assert await private.example(STRANGER) is None
