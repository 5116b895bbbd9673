"""Statistics and lists for administrators, in sentences."""

from collections.abc import Sequence

from bot.admin.admin_desk import BotStatus
from bot.admin.lists import Item, ListView
from bot.state.statistics import Day, Miss, Opinion
from bot.texts.catalogue import Texts, local_time, shortened
from bot.texts.keys import Key
from index import Article, LineFault

LINE_LENGTH = 120
"""Maximum length of a title or a question in a list."""


def bot_status(texts: Texts, status: BotStatus) -> str:
    """Returns the state of the index, and the questions of the day."""
    today = status.today
    day = texts.say(
        Key.ADMIN_TODAY,
        asked=today.asked,
        share=_share(today.answered, today.asked),
        possible=_share(today.possible, today.asked),
        median=f"{today.median * 1000:.1f}",
        slowest=f"{today.slowest * 1000:.1f}",
        memory=round(status.memory / 1e6),
    )
    return "\n".join((texts.live(status.live), day, *concerns(texts, status)))


def concerns(texts: Texts, status: BotStatus) -> list[str]:
    """Returns lines on what administrators should look after; none if all is well."""
    failures = [
        texts.say(
            Key.ADMIN_TASK_FAILED,
            task=texts.say(failure.task),
            count=failure.count,
            last=local_time(failure.last),
        )
        for failure in status.failures
    ]
    aside = [texts.say(Key.ADMIN_SET_ASIDE, count=status.set_aside)] if status.set_aside else []
    return [*failures, *aside, *texts.skipped(status.skipped)]


def days(texts: Texts, days: Sequence[Day]) -> str:
    """Returns what the chart of these days shows."""
    asked = sum(day.asked for day in days)
    answered = sum(day.answered for day in days)
    today = days[-1]
    lines = (
        texts.say(Key.ADMIN_PICTURE, days=len(days)),
        texts.say(
            Key.ADMIN_PICTURE_COUNTS,
            asked=asked,
            share=_share(answered, asked),
            answered=answered,
            possible=sum(day.possible for day in days),
            missed=sum(day.missed for day in days),
        ),
        texts.say(
            Key.ADMIN_PICTURE_TODAY,
            asked=today.asked,
            answered=today.answered,
            possible=today.possible,
            missed=today.missed,
        ),
    )
    return "\n".join(lines)


def list_view(texts: Texts, view: ListView) -> str:
    """Returns a page of a list."""
    if not view.items:
        return texts.say(Key.ADMIN_LIST_EMPTY)
    last = view.first + len(view.items) - 1
    head = texts.say(Key.ADMIN_LIST_RANGE, first=view.first, last=last, total=view.total)
    lines = [_item(texts, number, item) for number, item in enumerate(view.items, view.first)]
    return "\n".join((head, *lines))


def _item(texts: Texts, number: int, item: Item) -> str:
    match item:
        case Article(id=id, title=title):
            title, id = on_a_line(title), on_a_line(id)
            return texts.say(Key.ADMIN_ARTICLE, number=number, title=title, id=id)
        case Miss(question=question, times=times):
            key = Key.ADMIN_MISS_REPORTED if item.reported else Key.ADMIN_MISS
            key = Key.ADMIN_MISS_POSSIBLE if item.possible else key
            return texts.say(key, number=number, question=on_a_line(question), times=times)
        case Opinion(question=question, good=good, bad=bad, sure=sure):
            key = Key.ADMIN_OPINION if sure else Key.ADMIN_OPINION_POSSIBLE
            question = on_a_line(question)
            return texts.say(key, number=number, good=good, bad=bad, question=question)


def line_refused(texts: Texts, fault: LineFault) -> str:
    """Returns why a line cannot be added to the dictionary or the synonyms."""
    return texts.say(Key.ADMIN_LINE_REFUSED, reason=texts.say(fault))


def on_a_line(text: str) -> str:
    """Returns as much of a text as a line of a list shows, on one line."""
    return shortened(" ".join(text.split()), LINE_LENGTH)


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"
