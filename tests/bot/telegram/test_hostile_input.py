"""Hostile input: there is enough of it, and the bot neither breaks nor obeys."""

import json
import logging
import shutil
from collections import Counter
from pathlib import Path

import pytest
from bot_api_emulator.server import TelegramServer
from desk_fakes import FakeBuild
from hostile import Way, everything
from hostile_delivery import Deliverer
from running_bot import ADMIN_ID, parts_for, running
from small_libraries import SEEDS
from telegram import Bot

from index import IndexSettings, build, open_library

PATIENCE = 120.0
AT_ONCE = 25
# To these the bot owes a word; elsewhere it may keep silent.
ANSWERED_WAYS = (Way.PRIVATE, Way.FORWARDED)


def test_there_are_hundreds_of_hostile_inputs_on_every_way_and_each_has_its_name() -> None:
    inputs = everything()
    assert len(inputs) >= 300
    assert Counter(hostile.name for hostile in inputs).most_common(1)[0][1] == 1
    assert {hostile.way for hostile in inputs} == set(Way)


async def test_every_hostile_input_reaches_a_bot_that_asks_for_all_and_can_be_read() -> None:
    """So that a bot which stays calm was really tried."""
    async with (
        TelegramServer() as server,
        Bot(server.token, base_url=f"{server.url}/bot") as bot,
    ):
        deliverer = Deliverer(server, server.user(ADMIN_ID, "馆长"))
        for hostile in everything():
            await deliverer.deliver(hostile)
            [update] = await bot.get_updates()
            await bot.get_updates(offset=update.update_id + 1)
            message = update.effective_message
            query = update.callback_query or update.inline_query
            assert message is not None or query is not None, hostile.name
            if hostile.way in (Way.PRIVATE, Way.EDITED, Way.FORWARDED) and message:
                # Two surrogates that belong together are one character in JSON.
                assert message.text == json.loads(json.dumps(hostile.text))


@pytest.mark.slow
async def test_hostile_input_neither_breaks_the_bot_nor_makes_it_obey(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No error is logged, no rule of the Bot API broken, nothing built; people get answers."""
    (tmp_path / "seeds").mkdir()
    for article in SEEDS.glob("*.txt"):
        shutil.copy(article, tmp_path / "seeds")
    shelf = IndexSettings(seeds=tmp_path / "seeds", data=tmp_path / "data")
    for _ in build(shelf):
        pass
    fake_build = FakeBuild()
    async with TelegramServer() as server:
        admin, reader = server.user(ADMIN_ID, "馆长"), server.user(2, "读者")
        own = server.private_chat(reader)
        deliverer = Deliverer(server, admin)
        delivered = []
        parts = parts_for(server, open_library(shelf), fake_build)
        with caplog.at_level(logging.WARNING):
            async with running(parts, server):
                for number, hostile in enumerate(everything()):
                    delivered.append(await deliverer.deliver(hostile))
                    if number % AT_ONCE == 0:
                        # Also so that not everything comes at once.
                        question = await reader.send("城西区投资了多少")
                        await server.answer_to(question, timeout=PATIENCE)
                await server.all_dealt_with(timeout=PATIENCE)
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR]
    silent = [
        delivery.hostile.name
        for delivery in delivered
        if delivery.hostile.way in ANSWERED_WAYS
        and delivery.chat
        and not server.messages(delivery.chat)
    ]
    assert [record.getMessage() + str(record.exc_info) for record in errors] == []
    assert server.violations == []
    assert silent == []
    assert all("2000万元" in reply["text"] for reply in server.messages(own))
    assert not fake_build.started.is_set()
