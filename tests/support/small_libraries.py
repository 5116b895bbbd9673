"""Small real libraries: files in a folder, built and opened as a user's would be."""

import re
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path

from commands import run_bot, run_index
from processes import ROOT, plain_environment, run_python

from index import Answer, BuildReport, IndexSettings, Library, Progress, build, open_library
from index.storage.checksums import checksum_folder
from index.storage.generations import current_generation
from index.storage.manifest import MANIFEST, MANIFEST_CHECKSUM, read_manifest, write_manifest

__all__ = ["ROOT", "plain_environment", "run_python"]  # as tests also import them from here

SEEDS = ROOT / "seeds"

LAMPS = """老城换灯记

2021-03-05 来源:河口日报

  河口县去年投资三百万元更换路灯。县城管局安装路灯1260盏,覆盖十五条街道。工程由局长马志远负责。

  路灯在2020年10月12日全部点亮。居民说夜里走路放心多了。
"""
LIBRARY = """河口图书馆重新开门

2022年6月1日

  图书馆闭馆两年后重新开放,新增座位400个。馆长名叫陈静,她在这里工作了二十年。

  读者可以借阅电子书,每次最多借八册。
"""
BRIDGE = """石桥修好了

  石桥位于白河镇东头,长86米,建于清朝。修缮工作由老石匠周大山主持,花费五十万元。
"""
TOWN = {"lamps.txt": LAMPS, "library.txt": LIBRARY, "bridge.txt": BRIDGE}
"""Three short articles that share few words."""


def settings_in(folder: Path) -> IndexSettings:
    """Returns settings with both folders below `folder`."""
    return IndexSettings(seeds=folder / "seeds", data=folder / "data")


def write_seeds(folder: Path, files: Mapping[str, str | bytes]) -> IndexSettings:
    """Writes articles below `folder`; returns the settings for them."""
    settings = settings_in(folder)
    settings.seeds.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = settings.seeds / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return settings


def finish(steps: Generator[Progress, None, BuildReport]) -> BuildReport:
    """Runs a build to its end."""
    while True:
        try:
            next(steps)
        except StopIteration as finished:
            report: BuildReport = finished.value
            return report


def counts(report: BuildReport) -> tuple[int, int, int, int]:
    """How many articles a build added, changed, removed and left unchanged."""
    return report.added, report.changed, report.removed, report.unchanged


def library_of(folder: Path, files: Mapping[str, str | bytes]) -> Library:
    settings = write_seeds(folder, files)
    finish(build(settings))
    return open_library(settings)


def town_of(sum_of_money: str) -> dict[str, str]:
    """Returns TOWN with another sum for the lamps: it shows which generation answers `INVESTED`."""
    return {**TOWN, "lamps.txt": LAMPS.replace("三百万", sum_of_money)}


INVESTED = "河口县更换路灯投资多少"


def sum_in(library: Library) -> str:
    """Returns the sentence that answers `INVESTED`."""
    result = library.ask(INVESTED)
    assert isinstance(result, Answer), result
    citation = result.citations[0]
    return citation.sentence.of(citation.passage.text)


def files_of(settings: IndexSettings) -> list[Path]:
    """Returns all files of the generation that is current."""
    folder = current_generation(settings.data)
    return sorted(path for path in folder.rglob("*") if path.is_file())


def write_checksums_again(folder: Path) -> None:
    """Makes a generation's manifest fit its files, whatever was done to them."""
    checksums = checksum_folder(folder)
    files = {
        path: checksums[path] for path in checksums if path not in (MANIFEST, MANIFEST_CHECKSUM)
    }
    write_manifest(folder, replace(read_manifest(folder), files=files))


def flip(path: Path, place: int = -1) -> None:
    """Flips a bit of a file; its size stays."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def generations(settings: IndexSettings) -> list[str]:
    """Returns the names in the folder of generations, leftovers included."""
    return names_in(settings.data / "generations")


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def assert_commands_exist(text: str) -> None:
    """Asserts that each `python -m MODULE COMMAND` of a text is a module and a command of it."""
    for module, command in set(re.findall(r"python -m (bot|index)\b(?: ([a-z]+)\b)?", text)):
        assert (ROOT / module / "__main__.py").is_file()
        if command:
            run = {"bot": run_bot, "index": run_index}[module]
            helped = run(command, "--help", folder=ROOT)
            assert helped.returncode == 0, command
