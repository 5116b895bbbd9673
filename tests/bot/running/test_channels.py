"""The bot at work on Telegram."""

import sys

import pytest
from commands import kept_logging
from desk_fakes import DATA, FakeLibrary
from processes import free_port
from pydantic import SecretStr

from bot.composition import compose
from bot.running.channels import SWITCH_SECONDS, run_telegram
from bot.settings import BotSettings
from bot.state.database import Database
from index import IndexSettings


@pytest.mark.parametrize("has_page", [True, False])
def test_threads_take_turns_sooner_where_there_is_a_page(
    has_page: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    intervals: list[float] = []
    monkeypatch.setattr(sys, "setswitchinterval", intervals.append)
    with free_port() as port, kept_logging():
        settings = BotSettings(
            token=SecretStr("1:a"),
            api_url="http://127.0.0.1:9",  # nobody listens there
            watch=False,
            web_listen=f"127.0.0.1:{port}" if has_page else "",
            web_url="http://127.0.0.1" if has_page else "",
        )
        parts = compose(settings, IndexSettings(data=DATA), FakeLibrary(), database=Database())
        assert run_telegram(parts) == 1
    assert intervals == ([SWITCH_SECONDS] if has_page else [])
