"""Kills, damage and full disks: questions are answered from a sound generation, or not at all."""

import json
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import run_index
from namespaces import run_mounted
from processes import line_of, standing_still, started
from small_libraries import (
    BRIDGE,
    INVESTED,
    LAMPS,
    files_of,
    finish,
    generations,
    sum_in,
    town_of,
    write_seeds,
)

from index import (
    BuildRunning,
    DamagedIndex,
    IndexSettings,
    build,
    open_library,
    rollback,
)
from index.storage.disk_snapshot import DiskSnapshot
from index.storage.generations import current_generation

KILLS = int(os.environ.get("TEST_KILLS", "200"))
DAMAGES = 500


# Processes that are killed

BUILDERS = """
import os, signal, sys, time
from index import IndexSettings, build

list(build(IndexSettings()))  # dictionaries are read once, not in each of the builds
started = time.monotonic()
list(build(IndexSettings(), full=True))
length = time.monotonic() - started
print(flush=True)

def last_stage(reader, stages):
    while part := os.read(reader, 4096):
        stages += part
    return stages.split()[-1].decode()

for line in sys.stdin:
    stage, part = line.split()
    reader, writer = os.pipe()
    started = time.monotonic()
    child = os.fork()
    if not child:
        for step in build(IndexSettings(), full=True):
            os.write(writer, step.stage.encode() + b" ")
        os.write(writer, b"ended ")
        os._exit(0)
    os.close(writer)
    received = b"start "
    if stage == "any":
        time.sleep(float(part) * length)
    else:
        while stage.encode() not in received:
            character = os.read(reader, 1)
            assert character, "the build failed"
            received += character
        time.sleep(float(part) * 0.06)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(last_stage(reader, received), flush=True)
    os.close(reader)
"""
"""Builds in processes of their own, each killed at a part of its length or after a stage began."""


def moments() -> Iterator[str]:
    """Spreads two thirds over the whole build, the others over its publishing."""
    for kill in range(KILLS):
        if kill % 3:
            yield f"any {1.1 * kill / KILLS}"
        else:
            yield f"writing {kill / KILLS}"


@pytest.mark.slow
def test_two_hundred_killed_builds_leave_a_sound_generation_each_time(tmp_path: Path) -> None:
    """After each the next start answers, and no fault is found in what answers."""
    bridges = {f"{number}.txt": BRIDGE.replace("86", str(number)) for number in range(700)}
    settings = write_seeds(tmp_path, {"lamps.txt": LAMPS, **bridges})
    stages: list[str] = []
    with started("-c", BUILDERS, folder=tmp_path) as builders:
        assert builders.stdin
        assert line_of(builders) == b"\n"
        for moment in moments():
            builders.stdin.write(f"{moment}\n".encode())
            stages.append(line_of(builders).decode().strip())
            library = open_library(settings)
            assert "三百万" in sum_in(library)
            assert library.status().faults == ()
            assert list(library.faults()) == []
    assert {"reading", "indexing", "writing"} <= set(stages), "no stage was spared"
    report = finish(build(settings, full=True))
    assert int(report.generation) > 2, "some builds came to their end"
    assert len(generations(settings)) == 3
    assert all(name.isdigit() for name in generations(settings))


def test_processes_that_build_exclude_each_other_until_one_is_killed(tmp_path: Path) -> None:
    """It leaves no lock behind, and what it had begun is cleared away."""
    settings = write_seeds(tmp_path, town_of("三百万"))
    finish(build(settings))
    finish(build(settings, full=True))
    beginning = (
        "from index import IndexSettings, build\nnext(steps := build(IndexSettings(), full=True))"
    )
    with standing_still(beginning, tmp_path) as builder:
        with pytest.raises(BuildRunning):
            finish(build(settings))
        with pytest.raises(BuildRunning):
            rollback(settings)
        assert run_index("build", folder=tmp_path).returncode == 1
        builder.kill()
    assert len(generations(settings)) == 3
    assert "三百万" in sum_in(open_library(settings))
    assert finish(build(settings, full=True)).generation == "000003"
    assert generations(settings) == ["000001", "000002", "000003"]


def test_a_process_that_reads_keeps_its_generation_until_it_is_killed(tmp_path: Path) -> None:
    settings = write_seeds(tmp_path, town_of("三百万"))
    finish(build(settings))
    opening = (
        "from index import IndexSettings\n"
        "from index.storage.disk_snapshot import DiskSnapshot\n"
        "from index.storage.generations import current_generation\n"
        "snapshot = DiskSnapshot(current_generation(IndexSettings().data))"
    )
    with standing_still(opening, tmp_path) as reader:
        for _ in range(4):
            finish(build(settings, full=True))
        assert generations(settings) == ["000001", "000003", "000004", "000005"]
        reader.kill()
    finish(build(settings, full=True))
    assert generations(settings) == ["000004", "000005", "000006"]


def test_a_build_leaves_a_generation_that_begins_to_be_read_meanwhile_to_its_reader(
    tmp_path: Path,
) -> None:
    settings = write_seeds(tmp_path, town_of("三百万"))
    finish(build(settings))
    steps = build(settings, full=True)
    next(steps)
    snapshot = DiskSnapshot(current_generation(settings.data))
    finish(steps)
    for _ in range(3):
        finish(build(settings, full=True))
    assert list(snapshot.faults()) == []
    snapshot.close()


# Bytes that are cut and turned


@pytest.fixture(scope="module")
def two_built(tmp_path_factory: pytest.TempPathFactory) -> IndexSettings:
    """Two generations; only the sum of money differs."""
    folder = tmp_path_factory.mktemp("two")
    for money in ("一百万", "二百万"):
        settings = write_seeds(folder, town_of(money))
        finish(build(settings))
    return settings


@pytest.fixture
def two(two_built: IndexSettings, tmp_path: Path) -> IndexSettings:
    """Settings of a library with two generations that a test may damage."""
    shutil.copytree(two_built.data, tmp_path / "data")
    return two_built.model_copy(update={"data": tmp_path / "data"})


def damages(settings: IndexSettings) -> Iterator[Path]:
    """Damages CURRENT and every file of the live generation in turn, and mends it afterwards."""
    source = random.Random(20171127)  # noqa: S311 - the same damage each time
    paths = [settings.data / "CURRENT", *files_of(settings)]
    for case in range(DAMAGES):
        path = paths[case % len(paths)]
        content = path.read_bytes()
        path.write_bytes(_damaged(content, case // len(paths) % 2 == 0, source))
        yield path
        path.write_bytes(content)


def _damaged(content: bytes, is_cut: bool, source: random.Random) -> bytes:
    if is_cut or not content:
        return content[: source.randrange(max(1, len(content)))]
    turned = bytearray(content)
    for place in source.sample(range(len(content)), min(len(content), source.randint(1, 3))):
        turned[place] ^= 1 << source.randrange(8)
    return bytes(turned)


@pytest.mark.slow
def test_whatever_is_cut_or_turned_a_sound_generation_answers_and_it_is_told(
    two: IndexSettings,
) -> None:
    for damaged in damages(two):
        library = open_library(two)
        answer = sum_in(library)
        status = library.status()
        assert ("一百万" if status.generation == "000001" else "二百万") in answer
        if damaged.name == "CURRENT":
            # Turned, it may name the other generation, which is as sound.
            assert status.faults or status.generation == "000001"
        else:
            assert status.generation == "000001"
            assert status.faults[-1] == "Generation 000001 answers instead."
    assert "二百万" in sum_in(open_library(two))


@pytest.mark.slow
def test_whatever_is_cut_or_turned_without_another_generation_is_a_clear_error(
    two: IndexSettings,
) -> None:
    shutil.rmtree(two.data / "generations" / "000001")
    for damaged in damages(two):
        library = open_library(two)
        if damaged.name == "CURRENT":
            assert "二百万" in sum_in(library)
            assert library.status().faults
        else:
            with pytest.raises(DamagedIndex, match=r"is damaged: .*Build a new one with") as caught:
                library.ask(INVESTED)
            assert caught.value.faults
    assert "二百万" in sum_in(open_library(two))


# Disks that are full or cannot be written

FULL = """
import itertools, json, os
from pathlib import Path
from index import DiskFull, IndexSettings, NoIndex, build, open_library

def fill(leave):
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            file.truncate(max(0, file.tell() - leave))

filler = Path("disk/filler")
settings = IndexSettings(data=Path("disk/data"))
fill(0)
told = []
try:
    list(build(settings))
except DiskFull as error:
    told.append(str(error))
filler.unlink()
list(build(settings))
library = open_library(settings)
library.status()
for leave in itertools.count(0, 16384):
    fill(leave)
    try:
        list(build(settings, full=True))
        break
    except DiskFull as error:
        told.append(str(error))
    finally:
        left = sorted(os.listdir("disk/data/generations")), sorted(os.listdir("disk/data"))
        for asked in (library, open_library(settings)):
            answer = asked.ask(QUESTION).citations[0].passage.text
            assert "三百万元" in answer and not asked.status().faults
    assert left[0] == ["000001"], left
    assert set(left[1]) - {"file_cache.db"} == {"CURRENT", "LOCK", "generations"}, left
filler.unlink()
print(json.dumps(told))
"""


def test_a_disk_that_is_full_at_any_point_fails_the_build_and_harms_nothing(
    tmp_path: Path,
) -> None:
    """From no space at all, in steps, to enough; each time with one sentence that says so."""
    write_seeds(tmp_path, town_of("三百万"))
    (tmp_path / "disk").mkdir()
    mount = "mount -t tmpfs -o size=16m none disk"
    ended = run_mounted(mount, FULL.replace("QUESTION", repr(INVESTED)), tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    sentences = json.loads(ended.stdout)
    assert len(sentences) > 3
    assert all(sentence.startswith("The disk is full: ") for sentence in sentences)


READ_ONLY = """
from index import BuildError, IndexSettings, build, open_library
library = open_library(IndexSettings())
print(library.ask(QUESTION).citations[0].passage.text)
print(library.status().faults, list(library.faults()))
try:
    list(build(IndexSettings(), full=True))
except BuildError as error:
    print("no build")
"""


def test_a_library_on_a_disk_that_cannot_be_written_is_read(tmp_path: Path) -> None:
    finish(build(write_seeds(tmp_path, town_of("三百万"))))
    mount = "mount --bind data data && mount -o remount,bind,ro data"
    ended = run_mounted(mount, READ_ONLY.replace("QUESTION", repr(INVESTED)), tmp_path)
    assert (ended.returncode, ended.stderr) == (0, b"")
    shown = ended.stdout.decode()
    assert "三百万元" in shown
    assert "() []\nno build" in shown
