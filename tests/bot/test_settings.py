"""The bot's settings: read as people write them, refused in words that help."""

import io
import os
import re
from pathlib import Path

import pytest
from commands import run_index
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from bot.settings import BotSettings
from index import IndexSettings, SettingsError
from index.settings import UnknownSetting, unknown_settings

ROOT = Path(__file__).parents[2]
TOKEN = "123456:AAH-secret_part"  # noqa: S105 - made up


@pytest.fixture(autouse=True)
def empty_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No `.env` and no settings of the one who runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith((BotSettings.prefix(), IndexSettings.prefix())):
            monkeypatch.delenv(name)


def test_without_settings_the_bot_talks_chinese_in_the_terminal_to_everybody() -> None:
    settings = BotSettings.load()
    assert settings.token.get_secret_value() == ""
    assert settings.admins == settings.chats == frozenset()
    assert settings.api_url == "https://api.telegram.org"
    assert settings.locale == "zh"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", set()),
        ("1", {1}),
        ("1,2", {1, 2}),
        (" 1 , 2 ,", {1, 2}),
        ("1,-1002,3", {1, -1002, 3}),
    ],
)
def test_ids_are_read_as_people_write_them(
    written: str, read: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_ADMINS", written)
    monkeypatch.setenv("BOT_CHATS", written)
    settings = BotSettings.load()
    assert settings.admins == settings.chats == read


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("BOT_ADMINS", "alice", "whole numbers separated by commas"),
        ("BOT_CHATS", "1;x", "whole numbers separated by commas"),
        ("BOT_API_URL", "localhost:8081", "https://api.telegram.org, without /bot"),
        ("BOT_API_URL", "https://api.telegram.org/bot", "without /bot"),
        ("BOT_API_URL", " / ", "https://api.telegram.org, without /bot"),
        ("BOT_LOCALE", "fr", "'zh' or 'en'"),
        ("BOT_WEBHOOK_URL", "my.bot", "https://bot.example.com/hook"),
        ("BOT_WEBHOOK_SECRET", "口令", "letters, digits"),
        ("BOT_WEBHOOK_LISTEN", "8080x", "host:port"),
        ("BOT_WEBHOOK_LISTEN", "localhost:99999", "host:port"),
        ("BOT_PROXY", "proxy.example.com", "http://127.0.0.1:3128"),
        ("BOT_WEB_LISTEN", "8090", "host:port"),
        ("BOT_METRICS_LISTEN", "localhost", "host:port"),
        ("BOT_METRICS_LISTEN", "99999", "host:port"),
        ("BOT_WEB_URL", "my.page", "https://bot.example.com"),
        ("BOT_WEB_URL", "https://bot.example.com", "BOT_WEB_LISTEN"),
        ("BOT_WEB_PROXIES", "my proxy", "10.0.0.0/8"),
        ("BOT_TOKEN", f"{TOKEN} 口令", "@BotFather"),
        ("BOT_TOKEN", f"{TOKEN}/../x", "@BotFather"),
    ],
)
def test_a_wrong_value_is_told_by_name_with_what_is_expected_and_without_the_value(
    name: str, value: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        BotSettings.load()
    assert name in str(caught.value)
    assert expected in str(caught.value)
    assert value not in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("seeds", "data"),
    [("seeds", "seeds/data"), ("seeds", "seeds"), (".", "data"), ("a", "b/../a/c")],
)
def test_an_index_among_the_articles_is_refused(
    seeds: str, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each build would change the folder that it is watched for."""
    monkeypatch.setenv("INDEX_SEEDS", seeds)
    monkeypatch.setenv("INDEX_DATA", data)
    with pytest.raises(SettingsError, match=r"INDEX_DATA.*not inside.*INDEX_SEEDS"):
        IndexSettings.load()
    assert run_index("build", "--seeds", seeds, "--data", data, folder=Path.cwd()).returncode == 1


def test_the_token_is_not_in_the_settings_representation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", f" {TOKEN}\n")
    settings = BotSettings.load()
    assert settings.token.get_secret_value() == TOKEN
    assert TOKEN not in repr(settings)


@pytest.mark.parametrize(
    ("written", "address"),
    [("127.0.0.1:80", ("127.0.0.1", 80)), ("[::1]:8443", ("::1", 8443)), ("bot:1", ("bot", 1))],
)
def test_the_webhook_is_served_on_the_host_and_port_of_its_setting(
    written: str, address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOT_WEBHOOK_LISTEN", written)
    assert BotSettings.load().webhook_address == address


def test_the_page_is_served_where_both_of_its_addresses_are_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert BotSettings.load().web_address is None
    monkeypatch.setenv("BOT_WEB_LISTEN", "[::1]:8090")
    with pytest.raises(SettingsError, match=r"BOT_WEB_URL.*together"):
        BotSettings.load()
    monkeypatch.setenv("BOT_WEB_URL", "https://bot.example.com/wen")
    settings = BotSettings.load()
    assert settings.web_address == ("::1", 8090)
    assert settings.web_proxies == {"127.0.0.1", "::1"}
    monkeypatch.setenv("BOT_WEB_PROXIES", " 10.0.0.0/8, fe80::1 ")
    assert BotSettings.load().web_proxies == {"10.0.0.0/8", "fe80::1"}


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("", None),
        (" 9090 ", ("127.0.0.1", 9090)),
        ("0.0.0.0:9090", ("0.0.0.0", 9090)),  # noqa: S104 - nobody listens there
    ],
)
def test_the_port_of_the_metrics_alone_is_one_of_this_machine(
    written: str, address: tuple[str, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert BotSettings.load().metrics_address is None
    monkeypatch.setenv("BOT_METRICS_LISTEN", written)
    assert BotSettings.load().metrics_address == address


def test_a_trailing_slash_of_the_address_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_API_URL", "http://localhost:8081/")
    assert BotSettings.load().api_url == "http://localhost:8081"


def test_a_misspelt_setting_is_named_with_the_one_that_is_most_like_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is looked for where settings are read: in the environment and in `.env`."""
    (tmp_path / ".env").write_text("BOT_TOKN=1\nindex_seed=x\nBOT_LOCALE=en\n", "utf-8")
    monkeypatch.setenv("INDEX_DICT", "words.txt")
    assert unknown_settings(BotSettings, IndexSettings) == [
        UnknownSetting("BOT_TOKN", "BOT_TOKEN"),
        UnknownSetting("INDEX_DICT", "INDEX_USER_DICT"),
        UnknownSetting("INDEX_SEED", "INDEX_SEEDS"),
    ]


def test_a_name_like_no_setting_is_told_without_a_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INDEX_WHATEVER_ELSE", "1")
    assert unknown_settings(IndexSettings) == [UnknownSetting("INDEX_WHATEVER_ELSE", None)]


@pytest.mark.parametrize(
    "line", [f"BOT_TOKEN:{TOKEN}", f"BOT_TOKEN:{TOKEN}=1", "BOT_TOKN=", "A_B=1"]
)
def test_a_token_in_the_place_of_a_name_is_not_told_nor_what_changes_nothing_anyhow(
    line: str, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"{line}\n", "utf-8")
    assert unknown_settings(BotSettings, IndexSettings) == []


@given(st.sampled_from([*BotSettings.names(), *IndexSettings.names()]), st.data())
def test_a_setting_with_one_letter_left_out_is_recognised(name: str, data: st.DataObject) -> None:
    """Where its beginning is whole: what begins otherwise may be another program's."""
    place = data.draw(st.integers(name.index("_") + 1, len(name) - 1))
    written = name[:place] + name[place + 1 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(written, "1")
        assert [unknown.nearest for unknown in unknown_settings(BotSettings, IndexSettings)] == [
            name
        ]


# A setting of the example, whether its line is active or not.
SETTING = re.compile(r"^#?(?=[A-Z_]+=)", re.MULTILINE)


def example() -> str:
    """Returns the example with all its lines active."""
    return SETTING.sub("", (ROOT / ".env.example").read_text(encoding="utf-8"))


def test_the_example_names_every_setting_and_no_other() -> None:
    named = set(dotenv_values(stream=io.StringIO(example())))
    assert named == {*BotSettings.names(), *IndexSettings.names()}


def test_the_example_shows_the_defaults_and_changes_nothing_when_copied(tmp_path: Path) -> None:
    defaults = BotSettings.load(), IndexSettings.load()
    for text in ((ROOT / ".env.example").read_text(encoding="utf-8"), example()):
        (tmp_path / ".env").write_text(text, encoding="utf-8")
        assert (BotSettings.load(), IndexSettings.load()) == defaults


def test_the_example_explains_every_setting_in_chinese_and_english() -> None:
    lines = example().splitlines()
    for number, line in enumerate(lines):
        if line and not line.startswith("#"):
            chinese, english = lines[number - 2 : number]
            assert re.match(r"# .*[\u4e00-\u9fff]", chinese), line
            assert re.match(r"# [A-Z]", english), line
