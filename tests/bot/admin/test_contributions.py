"""Articles that come and go by chat: whoever changes the folder asks for the build, once."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from desk_fakes import FakeBuild, FakeLibrary
from pydantic import SecretStr
from watchfiles import Change

from bot.admin.submissions import File
from bot.composition import Parts, compose
from bot.errors import StoreError
from bot.settings import BotSettings
from bot.state.article_handles import Origin
from bot.state.database import Database, Value
from bot.terminal.console import PERSON
from index import IndexSettings

PAGE = File("公园.md", "人民公园的荷花六月开放。".encode())


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def parts(tmp_path: Path, database: Database) -> Parts:
    """A bot whose folder of articles is empty; whoever sits at the terminal administers it."""
    settings = IndexSettings(seeds=tmp_path / "seeds", data=tmp_path / "data")
    return compose(
        BotSettings(token=SecretStr("")),
        settings,
        FakeLibrary(),
        FakeBuild(),
        database=database,
        build_pause=0.0,
    )


def needs_a_build(parts: Parts, article_id: str) -> bool:
    """Whether the folder's watcher asks for a build when this article has changed."""
    path = parts.index_settings.seeds.resolve() / article_id
    return not parts.own_changes.cover({(Change.modified, str(path))})


async def test_a_build_of_what_was_brought_is_asked_for_once(parts: Parts) -> None:
    brought = await parts.contributions.keep(PERSON, PAGE, 1)
    article_id = brought.kept.article.id
    assert needs_a_build(parts, article_id)
    parts.contributions.changed()
    assert not needs_a_build(parts, article_id)
    changed = File(PAGE.name, "人民公园的荷花七月开放。".encode())
    await parts.contributions.revise(PERSON, brought.handle, changed, 1)
    assert needs_a_build(parts, article_id)
    parts.contributions.changed()
    assert not needs_a_build(parts, article_id)
    await parts.contributions.discard(PERSON, brought.handle.id)
    assert needs_a_build(parts, article_id)
    parts.contributions.changed()
    assert not needs_a_build(parts, article_id)
    await parts.admin_desk.close()


@pytest.mark.parametrize("refused", ["INSERT", "UPDATE"])
async def test_what_failed_for_a_full_disk_after_it_was_written_is_gone(
    parts: Parts, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    write = Database.write

    def full(database: Database, statement: str, values: Sequence[Value] = ()) -> int:
        if statement.startswith(refused):
            raise StoreError("database or disk is full")
        return write(database, statement, values)

    with monkeypatch.context() as patched:
        patched.setattr(Database, "write", full)
        with pytest.raises(StoreError, match="full"):
            await parts.contributions.keep(PERSON, PAGE, 1)
    assert [path for path in parts.index_settings.seeds.rglob("*") if path.is_file()] == []
    # It can be brought again, and once it is in, nothing takes it for withdrawn.
    brought = await parts.contributions.keep(PERSON, PAGE, 1)
    assert (parts.index_settings.seeds / brought.kept.article.id).exists()
    assert not (parts.index_settings.data / "withdrawn.db").exists()
    await parts.admin_desk.close()


async def test_a_post_that_is_edited_again_and_again_has_one_handle(
    parts: Parts, database: Database
) -> None:
    for month in "六七八":
        edited = File(PAGE.name, f"人民公园的荷花{month}月开放。".encode())
        await parts.contributions.post("channels/a/1.md", edited, Origin(-100, 1))
    assert database.read("SELECT article, chat, message FROM handle") == [
        ("channels/a/1.md", -100, 1)
    ]
    await parts.admin_desk.close()


async def test_a_build_of_a_post_that_got_another_name_is_asked_for_once(parts: Parts) -> None:
    origin = Origin(-100, 1)
    await parts.contributions.post("channels/a/1.md", PAGE, origin)
    await parts.contributions.post("channels/a/1/b.md", PAGE, origin)
    parts.contributions.changed()
    for article_id in ("channels/a/1.md", "channels/a/1/b.md"):
        assert not needs_a_build(parts, article_id)
    await parts.admin_desk.close()
