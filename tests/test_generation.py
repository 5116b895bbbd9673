"""The data folder: generations side by side, and what becomes of damaged ones."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from small_libraries import TOWN, finish, generations, names_in, write_seeds

from index import (
    Answer,
    BuildRunning,
    DamagedIndex,
    IndexSettings,
    NoAnswer,
    NoIndex,
    WenChuError,
    build,
    open_library,
)
from index.generation import (
    MANIFEST,
    building,
    current_generation,
    prune,
    publish,
    read_manifest,
    seal_folder,
)

QUESTION = "河口县更换路灯投资多少"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> IndexSettings:
    """Settings of a library that has been built; tests work on copies."""
    folder = tmp_path_factory.mktemp("sound")
    (folder / "words.txt").write_text("马志远 nr\n", "utf-8")
    settings = write_seeds(folder, TOWN).model_copy(update={"user_dict": folder / "words.txt"})
    finish(build(settings))
    return settings


@pytest.fixture
def copied(sound: IndexSettings, tmp_path: Path) -> IndexSettings:
    """A library that a test may damage."""
    data = tmp_path / "data"
    shutil.copytree(sound.data, data)
    return sound.model_copy(update={"data": data})


def files_of(settings: IndexSettings) -> list[Path]:
    folder = current_generation(settings.data)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def damage_is_told(settings: IndexSettings) -> bool:
    """Whether checking tells a fault; whatever is asked of the library ends in a clear error."""
    library = open_library(settings)
    try:
        told = bool(list(library.faults()))
    except DamagedIndex:
        return True
    try:
        assert isinstance(library.ask(QUESTION), Answer | NoAnswer)
        library.article("lamps.txt")
        library.status()
    except DamagedIndex:
        pass
    return told


def test_a_sound_generation_has_no_faults(sound: IndexSettings) -> None:
    library = open_library(sound)
    assert list(library.faults()) == []
    assert isinstance(library.ask(QUESTION), Answer)


def test_a_generation_is_made_of_these_files(sound: IndexSettings) -> None:
    """A new file has to be covered by the tests of damage below, which walk all there are."""
    names = {path.name for path in files_of(sound)}
    assert names >= {"manifest.json", "manifest.sha256", "library.db", "terms.txt", "offsets.npy"}


def _flipped(content: bytes, place: int, bit: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= 1 << bit
    return bytes(changed)


def _damages(content: bytes, places: "list[int]", source: random.Random) -> Iterator[bytes]:
    yield b""
    yield content[:-1]
    yield content[: len(content) // 2]
    yield content + b"\n"
    for place in places:
        yield _flipped(content, place, source.randrange(8))


def _assert_each_damage_is_told(
    settings: IndexSettings, places: Callable[[int, random.Random], "list[int]"]
) -> None:
    source = random.Random(20171127)  # noqa: S311 - the same damage each time
    for path in files_of(settings):
        content = path.read_bytes()
        for damaged in _damages(content, places(len(content), source), source):
            path.write_bytes(damaged)
            assert damage_is_told(settings), path.name
        path.unlink()
        assert damage_is_told(settings), path.name
        path.write_bytes(content)
    assert not damage_is_told(settings)


def test_a_flipped_bit_or_a_cut_in_any_file_is_told_and_breaks_nothing_else(
    copied: IndexSettings,
) -> None:
    """At opening or by checking; asking all the same ends in an answer or in DamagedIndex."""
    _assert_each_damage_is_told(
        copied, lambda size, source: [source.randrange(size) for _ in range(40)] + [0, size - 1]
    )


@pytest.mark.slow
def test_a_flipped_bit_in_any_of_a_thousand_places_is_told(copied: IndexSettings) -> None:
    _assert_each_damage_is_told(
        copied, lambda size, source: source.sample(range(size), min(size, 1_000))
    )


def test_passages_that_do_not_fit_their_article_are_faults(copied: IndexSettings) -> None:
    folder = current_generation(copied.data)
    database = sqlite3.connect(folder / "library.db")
    with database:
        database.execute("UPDATE article SET text = replace(text, '路灯', '灯') WHERE number = 1")
    database.close()
    faults = list(open_library(copied).faults())
    assert any("library.db" in fault for fault in faults)
    assert len(faults) > 1


@pytest.mark.parametrize("column", ["context", "text", "edges"])
@pytest.mark.parametrize("value", ["x'00'", "7", "'[3, 1]'", "'{}'"])
def test_a_stored_passage_of_another_kind_is_damage_or_answered(
    copied: IndexSettings, column: str, value: str
) -> None:
    database = sqlite3.connect(current_generation(copied.data) / "library.db")
    with database:
        database.execute(f"UPDATE normal_passage SET {column} = {value}")  # noqa: S608 - our own
    database.close()
    with suppress(DamagedIndex):
        open_library(copied).ask("河口县更换路灯投资多少")
    assert list(open_library(copied).faults())


@pytest.mark.parametrize(
    "written", ["", "nothing", "../..", "000099", "\ud7ff", "²", "000001 000002"]
)
def test_a_pointer_to_no_generation_is_damage(copied: IndexSettings, written: str) -> None:
    (copied.data / "CURRENT").write_text(written, "utf-8")
    with pytest.raises(DamagedIndex):
        open_library(copied).status()


def test_what_is_no_data_folder_is_no_index(tmp_path: Path) -> None:
    settings = IndexSettings(seeds=tmp_path, data=tmp_path / "none")
    library = open_library(settings)
    for call in (library.status, library.faults, library.refresh, lambda: library.ask("路灯")):
        with pytest.raises(NoIndex):
            call()


def test_a_data_folder_that_is_a_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(WenChuError):
        open_library(IndexSettings(data=tmp_path / "data")).ask("路灯")


def test_a_damaged_generation_is_replaced_by_the_next_build(copied: IndexSettings) -> None:
    (current_generation(copied.data) / MANIFEST).write_text("{}")
    report = finish(build(copied))
    assert report.generation == "000002"
    assert list(open_library(copied).faults()) == []


# The steps of a build, one by one


def test_the_folder_of_a_build_is_empty_and_gone_afterwards(tmp_path: Path) -> None:
    with building(tmp_path) as folder:
        assert list(folder.iterdir()) == []
        (folder / "half").write_text("written")
    assert not folder.exists()


def test_the_folder_of_a_failed_build_is_gone_too(tmp_path: Path) -> None:
    folder = tmp_path

    def fail() -> None:
        nonlocal folder
        with building(tmp_path) as folder:
            raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        fail()
    assert not folder.exists()


def test_only_one_build_holds_the_data_folder(tmp_path: Path) -> None:
    with building(tmp_path), pytest.raises(BuildRunning), building(tmp_path):
        pass
    with building(tmp_path):
        pass


def test_what_a_killed_build_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "generations" / "unfinished-1"
    left.mkdir(parents=True)
    (left / "library.db").write_text("half")
    with building(tmp_path):
        assert not left.exists()


def test_publishing_names_the_next_generation_and_keeps_its_files(tmp_path: Path) -> None:
    for number in ("000001", "000002"):
        with building(tmp_path) as folder:
            (folder / "file").write_text(number)
            place = publish(tmp_path, folder)
        assert (place.name, (place / "file").read_text()) == (number, number)
        assert current_generation(tmp_path) == place
    assert names_in(tmp_path / "generations") == ["000001", "000002"]


def test_the_live_generation_and_two_older_ones_are_kept(tmp_path: Path) -> None:
    for number in range(1, 8):
        (tmp_path / "generations" / f"{number:06}").mkdir(parents=True)
    prune(tmp_path, tmp_path / "generations" / "000006")
    assert names_in(tmp_path / "generations") == ["000004", "000005", "000006", "000007"]


def test_old_generations_go_when_new_ones_come(copied: IndexSettings) -> None:
    for _ in range(4):
        finish(build(copied, full=True))
    assert generations(copied) == ["000003", "000004", "000005"]


def test_the_manifest_can_be_checked_with_common_tools(sound: IndexSettings) -> None:
    """manifest.sha256 is a line for `sha256sum --check`, as are the manifest's own checksums."""
    folder = current_generation(sound.data)
    digest, name = (folder / "manifest.sha256").read_text().split()
    sealed = seal_folder(folder)
    assert sealed[name].sha256 == digest
    files = read_manifest(folder).files
    assert files == {path: sealed[path] for path in sealed if not path.startswith("manifest")}
