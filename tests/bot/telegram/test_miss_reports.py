"""How often administrators are told of questions without an answer."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from running_bot import PATIENCE, ZH

from bot.telegram.handlers.miss_reports import (
    LONGEST_PAUSE_SECONDS,
    MOST_NAMED,
    PAUSE_SECONDS,
    MissReports,
)


@dataclass
class Administrators:
    """Receive messages; a test ends the pauses between them."""

    messages: asyncio.Queue[tuple[list[str], int]] = field(default_factory=asyncio.Queue)
    pauses: asyncio.Queue[float] = field(default_factory=asyncio.Queue)
    pause_ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell(self, questions: Sequence[str], count: int) -> None:
        self.messages.put_nowait((list(questions), count))

    async def sleep(self, seconds: float) -> None:
        self.pauses.put_nowait(seconds)
        await self.pause_ended.wait()
        self.pause_ended.clear()

    async def next_pause(self) -> float:
        return await asyncio.wait_for(self.pauses.get(), PATIENCE)


async def test_the_first_report_is_sent_at_once_and_the_rest_of_the_pause_in_one_message() -> None:
    admins = Administrators()
    reports = MissReports(admins.sleep)
    for number in range(66):
        await reports.add(str(number), admins.tell)
    await admins.next_pause()
    assert admins.messages.get_nowait() == (["0"], 1)
    assert admins.messages.empty()
    admins.pause_ended.set()
    await admins.next_pause()
    named = [str(number) for number in range(1, 1 + MOST_NAMED)]
    assert admins.messages.get_nowait() == (named, 65)
    reports.close()


async def test_pauses_grow_while_reports_keep_coming_and_end_with_them() -> None:
    admins = Administrators()
    reports = MissReports(admins.sleep)
    await reports.add("a", admins.tell)
    pauses = []
    for _ in range(9):
        pauses.append(await admins.next_pause())
        await reports.add("b", admins.tell)
        admins.pause_ended.set()
    assert pauses[:3] == [PAUSE_SECONDS, 2 * PAUSE_SECONDS, 4 * PAUSE_SECONDS]
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    await admins.next_pause()
    admins.pause_ended.set()
    assert reports._pausing
    await asyncio.wait_for(reports._pausing, PATIENCE)
    await reports.add("c", admins.tell)
    assert await admins.next_pause() == PAUSE_SECONDS
    reports.close()


def test_a_message_of_several_reports_names_the_first_and_says_how_many_there_are() -> None:
    message = ZH.missed(["天气" * 99, "时间"], 65)
    assert "65" in message
    assert "· 时间" in message
    assert "天气" * 51 not in message
    assert "/misses" in message
