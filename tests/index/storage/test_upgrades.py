"""Generations that another version of the program has written."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from commands import run_index
from small_libraries import (
    INVESTED,
    TOWN,
    finish,
    sum_in,
    town_of,
    write_checksums_again,
    write_seeds,
)

from index import (
    Answer,
    IndexSettings,
    NoEarlierGeneration,
    OtherFormat,
    build,
    open_library,
    rollback,
)
from index.storage.checksums import content_checksum
from index.storage.manifest import (
    FORMAT,
    MANIFEST,
    MANIFEST_CHECKSUM,
    read_manifest,
    write_manifest,
)


def make_older(folder: Path) -> None:
    """Makes a generation what a version wrote that knew no pages."""
    with closing(sqlite3.connect(folder / "library.db")) as database, database:
        database.execute("ALTER TABLE passage DROP COLUMN page")
        database.execute("ALTER TABLE passage DROP COLUMN page_breaks")
        database.execute("ALTER TABLE article DROP COLUMN pages")
    write_checksums_again(folder)
    manifest = read_manifest(folder)
    write_manifest(folder, replace(manifest, fingerprint="generation 5", format=0))


def older(folder: Path, generations: int = 1) -> IndexSettings:
    """Returns settings of a library that an older version has built so many times."""
    settings = write_seeds(folder, TOWN)
    for number in range(1, generations + 1):
        finish(build(settings, full=True))
        make_older(settings.data / "generations" / f"{number:06}")
    return settings


@pytest.mark.parametrize("generations", [1, 3])
def test_what_another_version_has_built_is_told_to_be_so(tmp_path: Path, generations: int) -> None:
    settings = older(tmp_path, generations)
    with pytest.raises(OtherFormat, match=r"another version.*python -m index build"):
        open_library(settings).ask(INVESTED)
    ended = run_index("ask", INVESTED, folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert b"written by another version of the program" in ended.stderr
    assert b"damaged" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize("has_checksum", [True, False])
def test_a_manifest_of_other_fields_is_another_versions(tmp_path: Path, has_checksum: bool) -> None:
    """The first versions wrote no checksum of it."""
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    folder = settings.data / "generations" / "000001"
    content = b'{"version": 1, "articles": 3}'
    (folder / MANIFEST).write_bytes(content)
    (folder / MANIFEST_CHECKSUM).write_bytes(f"{content_checksum(content)}  {MANIFEST}\n".encode())
    if not has_checksum:
        (folder / MANIFEST_CHECKSUM).unlink()
    with pytest.raises(OtherFormat, match="another version"):
        open_library(settings).ask(INVESTED)
    assert finish(build(settings)).generation == "000002"


def test_a_build_makes_it_anew_and_still_tells_what_has_changed(tmp_path: Path) -> None:
    settings = older(tmp_path)
    (settings.seeds / "lamps.txt").write_text(town_of("四百万")["lamps.txt"], "utf-8")
    report = finish(build(settings))
    assert (report.generation, report.changed, report.unchanged) == ("000002", 1, 2)
    library = open_library(settings)
    assert "四百万" in sum_in(library)
    assert list(library.faults()) == []


def test_a_running_library_goes_on_with_what_it_can_read(tmp_path: Path) -> None:
    """So does one that is opened while another version builds."""
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    library = open_library(settings)
    assert isinstance(library.ask(INVESTED), Answer)
    finish(build(settings, full=True))
    make_older(settings.data / "generations" / "000002")
    assert isinstance(library.ask(INVESTED), Answer)
    assert library.status().generation == "000001"
    assert "another version" in library.status().faults[0]
    assert isinstance(open_library(settings).ask(INVESTED), Answer)


def test_nobody_goes_back_to_what_cannot_be_read(tmp_path: Path) -> None:
    settings = older(tmp_path)
    finish(build(settings))
    with pytest.raises(NoEarlierGeneration):
        rollback(settings)


def test_a_generation_says_which_format_it_has(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    assert read_manifest(settings.data / "generations" / "000001").format == FORMAT
