"""Telegram replies: the quote verbatim, the sentence in bold, nothing that Telegram refuses."""

import unicodedata
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from bot_api_emulator.html import (
    DROPPED_CHARACTERS,
    Formatted,
    from_html,
    slice_utf16,
    utf16_length,
)
from desk_fakes import (
    SENTENCE,
    TEXT,
    a_citation,
    a_possible_answer,
    a_refusal,
    an_article,
    an_exchange,
)
from hypothesis import given
from hypothesis import strategies as st

from bot.core.desk import Nothing
from bot.core.passage_context import PassageContext
from bot.core.source_links import SourceLinks
from bot.state.exchanges import Exchange
from bot.telegram.messages import replies
from bot.telegram.messages.marked_text import LIMIT, Mark, Marked, Style
from bot.texts.catalogue import Texts
from bot.texts.keys import Key
from index import Answer, Certainty, Citation, NoAnswer, RefusalReason, Span, Turn

ZH, EN = Texts.load("zh"), Texts.load("en")
NO_PAGE = SourceLinks()

# Letters of all lengths in UTF-16, markup, and white space; without the few characters that
# Telegram itself drops or replaces in every message.
CHARACTERS = st.one_of(
    st.sampled_from("城西区投资2000万元,。!;<>&\"'/\n  😀👨‍👩‍👧a"),
    st.characters(exclude_categories=["Cs", "Cc"]).filter(
        lambda character: character not in DROPPED_CHARACTERS and character not in "\u200e\u200f"
    ),
)


@st.composite
def citations(draw: st.DrawFn, longest: int = 400) -> Citation:
    """Returns a passage, as visible at its ends as passages are, with a sentence and highlights in
    it.
    """
    inner = draw(st.text(CHARACTERS, max_size=longest))
    text = f"城{inner * draw(st.integers(1, 12))}。"
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), min_size=2, max_size=40)))
    start, end = draw(st.sampled_from(cuts)), draw(st.sampled_from(cuts))
    start, end = min(start, end), max(start, end)
    highlights = tuple(Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < b)
    base = a_citation(draw(st.sampled_from(["甲。", "<b>&"])), "", ())
    passage = base.passage.__class__(
        0, "a", 0, 0, len(text), text, ("<i>标题</i>", "a & b"), "张 <b>", "记者 &", 1
    )
    return Citation(
        passage, "标题 <&>", "源", date(2026, 1, 1), "", Span(start, end), 1, highlights, (), 1.0
    )


def parsed(citation: Citation) -> Formatted:
    return from_html(replies.reply(an_exchange(Answer("?", (citation,), 0.9)), ZH, NO_PAGE))


def covered(message: Formatted, kind: str) -> list[str]:
    """Returns the parts of a message that entities of a kind cover."""
    return [
        slice_utf16(message.text, entity["offset"], entity["length"])
        for entity in message.entities
        if entity["type"] == kind
    ]


def quoted(citation: Citation) -> str:
    """Returns what stands in the one quote of the message."""
    message = parsed(citation)
    [quote] = covered(message, "blockquote") + covered(message, "expandable_blockquote")
    return quote


def squeezed(text: str) -> str:
    """Returns text without what Telegram trims from the ends of messages and marks."""
    return text.replace(" ", "").replace("\n", "")


def visible_text(text: str) -> str:
    """Returns text without white space and what is invisible."""
    return "".join(c for c in text if not c.isspace() and unicodedata.category(c) != "Cf")


@given(citations())
def test_every_message_parses_and_is_no_longer_than_telegram_allows(citation: Citation) -> None:
    assert 0 < utf16_length(parsed(citation).text) <= LIMIT


@given(citations(longest=100))
def test_the_passage_is_quoted_word_for_word_as_one_quote(citation: Citation) -> None:
    assert squeezed(quoted(citation)) == squeezed(citation.passage.text)


@given(citations(longest=2_000))
def test_of_what_is_too_long_a_part_is_quoted_and_what_is_left_out_is_shown(
    citation: Citation,
) -> None:
    quote = squeezed(quoted(citation))
    passage = squeezed(citation.passage.text)
    assert quote in passage
    assert (quote == passage) or "……" in parsed(citation).text


@given(citations(longest=100))
def test_the_bold_text_is_the_marked_sentence(citation: Citation) -> None:
    bold = "".join(covered(parsed(citation), "bold"))
    assert squeezed(bold) == squeezed(citation.sentence.of(citation.passage.text))


def test_a_long_passage_is_quoted_with_its_sentence() -> None:
    sentence = "就是这一句。"
    message = parsed(a_citation("前文😀。" * 2000 + sentence + "后文。" * 2000, sentence, ()))
    assert covered(message, "bold") == [sentence]
    assert message.text.splitlines()[1].startswith("📄")


@given(st.text(CHARACTERS), st.integers(2, 50))
def test_cutting_loses_no_character_but_blank_messages(text: str, limit: int) -> None:
    pieces = Marked(text).pieces(limit)
    assert all(utf16_length(piece.text) <= limit and piece.text.strip() for piece in pieces)
    assert visible_text("".join(piece.text for piece in pieces)) == visible_text(text)


@pytest.mark.parametrize("blank", ["", " \n", "\u200b", "\u2060 \ufeff\u200d"])
def test_what_cannot_be_seen_is_no_message(blank: str) -> None:
    assert Marked(blank).pieces() == []


@given(
    st.text(CHARACTERS, max_size=30),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.sampled_from(Style))),
)
def test_marks_in_any_order_and_overlap_become_markup_that_parses(
    text: str, ranges: list[tuple[int, int, Style]]
) -> None:
    marks = tuple(
        Mark(a, b, style, "https://example.com/?a=1&b=\"'")
        for a, b, style in ranges
        if a < b <= len(text) and style > Style.EXPANDABLE_QUOTE
    )
    from_html(Marked(text, marks).html())


def test_a_long_text_is_cut_after_a_sentence_rather_than_in_one() -> None:
    pieces = Marked("一二三四五六七。" * 4).pieces(limit=20)
    assert [piece.text for piece in pieces] == ["一二三四五六七。" * 2] * 2


def test_an_answer_is_a_quote_with_its_sentence_in_bold_then_where_it_stands() -> None:
    message = parsed(a_citation())
    assert covered(message, "blockquote") == ["坚持创建惠民。" + SENTENCE]
    assert covered(message, "bold") == [SENTENCE]
    assert covered(message, "underline") == ["2000万元"]
    assert message.text.splitlines()[1:] == [
        "📄 永不停步 › 四个坚持",
        "宣传部长张海霞 · 记者 施翔 · 青海新闻网 · 2017-11-27 · 第2段",
    ]


@pytest.mark.parametrize("text", ["一" * 250, "一\n二\n三\n四\n五"])
def test_a_long_passage_can_be_folded(text: str) -> None:
    message = parsed(a_citation(text, "一", ()))
    assert covered(message, "expandable_blockquote") == [text]


def test_paragraph_indents_and_line_breaks_are_kept() -> None:
    text = "一。\n\n  二。"
    message = parsed(a_citation(text, "二。", ()))
    assert text in message.text


def test_the_title_links_to_the_article_if_it_has_an_address() -> None:
    message = parsed(a_citation(url="https://example.com/?a=1&b=2", title="<题>"))
    [link] = [entity for entity in message.entities if entity["type"] == "text_link"]
    assert covered(message, "text_link") == ["<题>"]
    assert link["url"].startswith("https://example.com/?a=1&b=2#:~:text=")


@pytest.mark.parametrize("url", ['https://a.b/"><b>', "javascript:alert(1)", "没有地址", "<&'"])
def test_an_address_that_is_none_costs_the_link_only(url: str) -> None:
    message = parsed(a_citation(url=url))
    assert "永不停步 › 四个坚持" in message.text


def test_a_passage_full_of_matches_stays_below_the_number_of_marks_that_telegram_keeps() -> None:
    text = "投,资。" * 300
    spans = tuple(Span(place, place + 1) for place in range(0, len(text), 2))
    base = a_citation(text, text, ())
    full: Any = {name: getattr(base, name) for name in Citation.__slots__}
    assert len(parsed(Citation(**{**full, "highlights": spans})).entities) < 100


def refusal_message(reply: NoAnswer) -> Formatted:
    return from_html(replies.reply(an_exchange(reply), ZH, NO_PAGE))


def test_a_refusal_says_which_words_were_not_found_and_labels_the_nearest_passages() -> None:
    nearest = tuple(a_citation(number=number) for number in range(5))
    reply = NoAnswer("?", RefusalReason.WEAK_EVIDENCE, 0.2, ("地铁", "<开通>"), nearest)
    message = refusal_message(reply)
    assert "地铁、<开通>" in message.text
    assert message.text.index("不是答案") < message.text.index(SENTENCE)
    assert covered(message, "blockquote") == [SENTENCE] * 2
    assert not covered(message, "bold")


def test_a_long_nearest_passage_is_shortened_visibly() -> None:
    text = "一" * 500
    message = refusal_message(
        NoAnswer("?", RefusalReason.WEAK_EVIDENCE, nearest=(a_citation(text, text, ()),))
    )
    [quote] = covered(message, "blockquote")
    assert len(quote) < 150
    assert quote.endswith("……")


def test_a_follow_up_says_how_it_was_understood_above_the_quote() -> None:
    exchange = an_exchange(
        Answer("?", (a_citation(),), 0.9), "那<b>城东区呢", "<b>城东区&投资了多少"
    )
    message = from_html(replies.reply(exchange, ZH, NO_PAGE))
    assert message.text.startswith("按“<b>城东区&投资了多少”来查\uff1a\n坚持创建惠民")
    assert covered(message, "blockquote") == ["坚持创建惠民。" + SENTENCE]
    assert covered(message, "bold") == [SENTENCE]


def test_a_question_that_stands_alone_is_not_repeated() -> None:
    exchange = an_exchange(Answer("投资", (a_citation(),), 0.9), "投资")
    message = replies.reply(exchange, ZH, NO_PAGE)
    assert message == replies.passage(exchange.turn, 0, ZH, NO_PAGE)


def test_a_refused_follow_up_says_how_it_was_understood() -> None:
    exchange = an_exchange(a_refusal(), "那天气呢", "城东区天气")
    assert (
        from_html(replies.reply(exchange, ZH, NO_PAGE)).text.splitlines()[0]
        == "按“城东区天气”来查\uff1a"
    )


def test_a_further_passage_says_which_of_how_many_it_is() -> None:
    answer = Answer("?", tuple(a_citation(number=number) for number in range(3)), 0.9)
    message = from_html(replies.reply(an_exchange(answer).turned_to(1), ZH, NO_PAGE))
    assert message.text.splitlines()[0] == "第2处\uff0c共3处"
    assert covered(message, "bold") == [SENTENCE]
    message = from_html(replies.reply(Nothing.NO_MORE, ZH, NO_PAGE))
    assert message.text == ZH.say(Nothing.NO_MORE)


def message_of(exchange: Exchange, texts: Texts = ZH) -> Formatted:
    return from_html(replies.reply(exchange, texts, NO_PAGE))


@pytest.mark.parametrize("texts", [ZH, EN])
def test_a_possible_answer_is_said_to_be_so_above_its_numbered_sentences(texts: Texts) -> None:
    message = message_of(an_exchange(a_possible_answer(missing=("地铁", "<站>"))), texts)
    where = ["宣传部长张海霞", "记者 施翔", "青海新闻网", "2017-11-27"]
    where.append(texts.say(Key.CITATION_PARAGRAPH, number=2))
    blocks = [
        f"{number}. 📄 永不停步 › 四个坚持\n{' · '.join(where)}\n第{number - 1}段原文<&>。"
        for number in (1, 2, 3)
    ]
    words = texts.say(Key.REFUSAL_SEPARATOR).join(("地铁", "<站>"))
    head = texts.say(Key.CERTAINTY_POSSIBLE)
    foot = texts.say(Key.CERTAINTY_ALL_LACK, words=words)
    assert message.text == "\n\n".join((head, *blocks, foot))
    assert covered(message, "blockquote") == [f"第{number}段原文<&>。" for number in range(3)]
    assert covered(message, "bold") == ["1.", "2.", "3."]


def test_in_an_overview_a_long_sentence_gives_way_to_the_others_and_can_be_folded() -> None:
    sentences = ["短一。", "长" * 5_000 + "。", "三" * 250 + "。"]
    cited = tuple(a_citation(f"前文。{text}", text, (text[0],)) for text in sentences)
    message = message_of(an_exchange(Answer("?", cited, 0.3, Certainty.POSSIBLE)))
    assert covered(message, "blockquote") == ["短一。"]
    cut, whole = covered(message, "expandable_blockquote")
    assert whole == sentences[2]
    assert 3_000 < len(cut) < LIMIT
    assert f"{cut}……" in message.text
    assert covered(message, "underline") == ["短", "长", "三"]
    assert "前文" not in message.text


def test_of_a_possible_answer_to_a_follow_up_it_is_said_how_that_was_understood() -> None:
    message = message_of(an_exchange(a_possible_answer(), "那城东区呢", "城东区投资了多少"))
    assert message.text.splitlines()[:2] == [
        ZH.say(Key.ASK_UNDERSTOOD, question="城东区投资了多少"),
        ZH.say(Key.CERTAINTY_POSSIBLE),
    ]


@pytest.mark.parametrize("texts", [ZH, EN])
def test_an_opened_passage_looks_like_an_answer_but_is_said_to_be_possible(texts: Texts) -> None:
    exchange = an_exchange(a_possible_answer(missing=("地铁",)))
    for number in range(3):
        opened = message_of(exchange.turned_to(number), texts)
        place = texts.say(Key.CERTAINTY_POSSIBLE_PLACE, number=number + 1, total=3)
        lines = opened.text.splitlines()
        assert lines[:2] == [place, f"第{number}段原文<&>。"]
        assert lines[-1] == texts.say(Key.CERTAINTY_LACKS, words="地铁")
        assert covered(opened, "bold") == [f"第{number}段原文<&>。"]


def test_the_only_passage_of_a_possible_answer_is_shown_whole() -> None:
    message = message_of(an_exchange(a_possible_answer(1)))
    assert message.text.splitlines()[:2] == [ZH.say(Key.CERTAINTY_POSSIBLE), "第0段原文<&>。"]
    assert covered(message, "bold") == ["第0段原文<&>。"]


@pytest.mark.parametrize("texts", [ZH, EN])
def test_a_sure_answer_names_the_words_that_its_first_passage_lacks_below_it(texts: Texts) -> None:
    cited = (a_citation(), a_citation(number=1))
    exchange = an_exchange(Answer("?", cited, 0.9, missing=("地铁", "站")))
    plain = message_of(an_exchange(Answer("?", cited, 0.9)), texts).text
    words = texts.say(Key.REFUSAL_SEPARATOR).join(("地铁", "站"))
    lacks = texts.say(Key.CERTAINTY_LACKS, words=words)
    assert message_of(exchange, texts).text == f"{plain}\n{lacks}"
    assert "地铁" not in message_of(exchange.turned_to(1), texts).text
    # What 「还有吗」 brings is not the passage that these words were looked for in.
    further = replace(exchange, turn=replace(exchange.turn, given=7))
    assert "地铁" not in message_of(further, texts).text


def test_each_of_several_replies_says_that_it_is_possible_and_shows_one_passage() -> None:
    sure = Answer("?", (a_citation(),), 0.9, missing=("站",))
    message = message_of(several(sure, a_possible_answer(missing=("地铁",)), a_refusal()))
    parts = message.text.split("\n\n")
    assert [ZH.say(Key.CERTAINTY_POSSIBLE) in part for part in parts] == [False, True, False]
    assert parts[0].splitlines()[-1] == ZH.say(Key.CERTAINTY_LACKS, words="站")
    assert parts[1].splitlines()[:3] == ["问1", ZH.say(Key.CERTAINTY_POSSIBLE), "第0段原文<&>。"]
    assert parts[1].splitlines()[-1] == ZH.say(Key.CERTAINTY_LACKS, words="地铁")
    assert "第1段" not in message.text


@given(
    st.lists(citations(), min_size=2, max_size=3),
    st.text(CHARACTERS, max_size=1_000),
    st.lists(st.text(CHARACTERS, min_size=1, max_size=200), max_size=9),
    st.text(CHARACTERS, max_size=300),
)
def test_an_overview_of_any_passages_is_one_message_with_each_sentence_and_number(
    quoted: list[Citation], understood: str, missing: list[str], title: str
) -> None:
    cited = tuple(
        replace(
            citation,
            title=f"题{title}",
            source=f"源{title}" * 4,
            passage=replace(citation.passage, headings=(f"节{title}",) * 9),
        )
        for citation in quoted
    )
    answer = Answer("?", cited, 0.3, Certainty.POSSIBLE, tuple(missing))
    message = message_of(an_exchange(answer, "?", understood))
    assert utf16_length(message.text) <= LIMIT
    assert ZH.say(Key.CERTAINTY_POSSIBLE) in message.text
    for number, citation in enumerate(cited, 1):
        assert f"{number}. 📄 题" in message.text
        sentence = squeezed(citation.sentence.of(citation.passage.text))
        assert sentence in squeezed(message.text) or (
            sentence[:80] in squeezed(message.text) and "……" in message.text
        )
    if missing:
        assert "这几段原文都没有提到" in message.text


def test_several_questions_are_answered_one_below_the_other_each_under_its_question() -> None:
    second = Turn("那<b>几点", "图书馆几点", a_refusal())
    message = from_html(
        replies.reply(several(Answer("?", (a_citation(),), 0.9), second), ZH, NO_PAGE)
    )
    assert covered(message, "bold") == ["问0", SENTENCE, "那<b>几点"]
    assert covered(message, "blockquote") == ["坚持创建惠民。" + SENTENCE]
    assert ZH.say(RefusalReason.NOTHING_FOUND) in message.text
    assert ZH.say(Key.ASK_UNDERSTOOD, question="图书馆几点") in message.text


def test_a_long_reply_among_several_gives_way_to_the_short_ones() -> None:
    long = a_citation(SENTENCE + "长" * 5_000, SENTENCE, ())
    results = [Answer("?", (citation,), 0.9) for citation in (a_citation(), long, a_citation())]
    message = from_html(replies.reply(several(*results), ZH, NO_PAGE))
    assert covered(message, "bold") == ["问0", SENTENCE, "问1", SENTENCE, "问2", SENTENCE]
    assert covered(message, "blockquote") == ["坚持创建惠民。" + SENTENCE] * 2
    [cut] = covered(message, "expandable_blockquote")
    assert 3_000 < len(cut) < LIMIT
    assert message.text.count("2017-11-27") == 3


@given(st.lists(citations(), min_size=2, max_size=5))
def test_any_replies_to_several_questions_are_one_message(quoted: list[Citation]) -> None:
    exchange = several(*(Answer("?", (citation,), 0.9) for citation in quoted))
    message = from_html(replies.reply(exchange, ZH, NO_PAGE))
    assert utf16_length(message.text) <= LIMIT
    assert len(message.entities) <= 100
    for number in range(len(quoted)):
        assert f"问{number}" in message.text


def several(*replied: Answer | NoAnswer | Turn) -> Exchange:
    """Returns an exchange in which several questions were asked at once."""
    parts = tuple(
        reply if isinstance(reply, Turn) else Turn(f"问{number}", f"问{number}", reply)
        for number, reply in enumerate(replied)
    )
    exchange = an_exchange(parts[0].result)
    return replace(exchange, turn=replace(exchange.turn, parts=parts))


@given(st.text(CHARACTERS, min_size=1), citations())
def test_whatever_was_understood_the_message_parses(understood: str, citation: Citation) -> None:
    exchange = an_exchange(Answer("?", (citation,), 0.9), "?", understood)
    assert 0 < utf16_length(from_html(replies.reply(exchange, ZH, NO_PAGE)).text) <= LIMIT


def test_the_context_shows_the_passage_in_bold_between_its_neighbours() -> None:
    article = an_article()
    passage = Span(TEXT.index(SENTENCE), TEXT.index(SENTENCE) + len(SENTENCE))
    context = PassageContext(a_citation(), article, passage, Span(0, len(TEXT)))
    message = from_html(replies.source(context, ZH, NO_PAGE))
    assert covered(message, "bold") == [SENTENCE]
    assert covered(message, "blockquote") == [TEXT]
    assert "青海新闻网" in message.text


@given(citations(longest=60), st.integers(0, 9_000), st.integers(0, 9_000))
def test_a_context_of_any_length_is_one_message(
    citation: Citation, before: int, after: int
) -> None:
    text = "前" * before + citation.passage.text + "后" * after
    passage = Span(before, before + len(citation.passage.text))
    context = PassageContext(citation, an_article(text), passage, Span(0, len(text)))
    message = from_html(replies.source(context, ZH, NO_PAGE))
    assert utf16_length(message.text) <= LIMIT
    assert covered(message, "bold")


@pytest.mark.parametrize("reason", RefusalReason)
def test_every_reason_to_refuse_is_one_short_message(reason: RefusalReason) -> None:
    assert refusal_message(NoAnswer("?", reason)).text == ZH.say(reason)
