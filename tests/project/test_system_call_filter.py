"""The index is built and asked as the unit in deploy/ lets it: under its filter of system calls."""

import json
import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest
import system_call_filter
from hostile_files import word
from small_libraries import ROOT, TOWN, finish, run_python, write_seeds

from index import build
from index.indexing.worker_pool import _WORTH_PROCESSES

pytestmark = pytest.mark.skipif(
    not system_call_filter.IS_KNOWN,
    reason=f"no filters are made for {sys.platform} on {platform.machine()}",
)

UNIT = (ROOT / "deploy" / "wenchu.service").read_text("utf-8")
OF_THE_UNIT = re.findall(r"^SystemCallFilter=(.*)$", UNIT, re.MULTILINE)
STRICT = ["@system-service", "~@privileged @resources prlimit64"]
"""A process may neither step back behind others nor limit itself, as with some older systemd."""
FILTERS = pytest.mark.parametrize("lines", [OF_THE_UNIT, STRICT], ids=["unit", "strict"])
PROGRAM = str(Path(system_call_filter.__file__))


def filtered(
    lines: list[str], *arguments: str, folder: Path
) -> "subprocess.CompletedProcess[bytes]":
    """Runs Python in `folder` under a filter."""
    return run_python(PROGRAM, *lines, "--", sys.executable, *arguments, folder=folder)


def articles() -> dict[str, str | bytes]:
    """More than one process indexes alone, with a file for each library that reads one."""
    count, length = 40, _WORTH_PROCESSES // 40 // 60 + 1
    page = "<html><title>路灯</title><body><p>河口县投资三百万元,更换路灯。</p></body></html>"
    texts: dict[str, str | bytes] = {
        f"text{number}.txt": "".join(
            f"第{number * length + line}号路灯在{line}街,由{number}队看管。\n\n"
            for line in range(length * 2)
        )
        for number in range(count)
    }
    return texts | {
        "page.html": page,
        "report.docx": word("栗树坪修建了七座石拱桥。"),
        "office.pdf": (ROOT / "tests/index/loaders/files/office.pdf").read_bytes(),
    }


@pytest.mark.parametrize("call", ["os.nice(1)", "os.chroot('/')"])
def test_the_strict_filter_forbids_what_it_names(call: str, tmp_path: Path) -> None:
    done = filtered(STRICT, "-c", f"import os; {call}", folder=tmp_path)
    assert b"PermissionError: [Errno 1]" in done.stderr


def test_the_strict_filter_lets_no_process_limit_itself(tmp_path: Path) -> None:
    script = "import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))"
    assert filtered(STRICT, "-c", script, folder=tmp_path).returncode == 1
    done = filtered(OF_THE_UNIT, "-c", script, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def test_the_unit_answers_what_it_forbids_with_an_error() -> None:
    assert re.findall(r"^SystemCallErrorNumber=(.*)$", UNIT, re.MULTILINE) == ["EPERM"]


@FILTERS
def test_a_large_folder_is_built_and_asked_under_the_filter(
    lines: list[str], tmp_path: Path
) -> None:
    files = articles()
    sizes = [len(text.encode() if isinstance(text, str) else text) for text in files.values()]
    assert sum(sizes) > _WORTH_PROCESSES
    write_seeds(tmp_path, files)
    built = filtered(lines, "-m", "index", "build", "--json", folder=tmp_path)
    assert built.returncode == 0, built.stderr.decode()
    report = json.loads(built.stdout.splitlines()[-1])
    assert (report["articles"], report["skipped"]) == (len(files), [])
    for question, quoted in (
        ("河口县投资了多少", "三百万元"),
        ("栗树坪修建了几座石拱桥", "七座石拱桥"),
    ):
        answered = filtered(lines, "-m", "index", "ask", question, folder=tmp_path)
        assert (answered.returncode, answered.stderr) == (0, b"")
        assert quoted in answered.stdout.decode()


def test_a_process_that_may_not_limit_itself_is_watched_by_the_one_that_asks(
    tmp_path: Path,
) -> None:
    script = """if True:
        from index import UnreadableFile
        from index.loaders.sandbox.client import Confined, Format, Limits
        page = b"<html><body><p>hello, there are words on this page</p></body></html>"
        large = b"<html><body>" + b"<p>hello, there are words on this page</p>" * 60_000
        with Confined(Limits(memory=200_000_000)) as confined:
            print("hello" in confined.load(Format.HTML, page).text)
            try:
                print("hello" in confined.load(Format.HTML, large).text)
            except UnreadableFile as refusal:
                print(refusal.reason)
            print("hello" in confined.load(Format.HTML, page).text)
    """
    done = filtered(STRICT, "-c", script, folder=tmp_path)
    assert done.stderr == b""
    assert done.stdout.decode().split() == ["True", "too_hard", "True"]


@FILTERS
def test_an_article_is_written_for_the_page_under_the_filter(
    lines: list[str], tmp_path: Path
) -> None:
    settings = write_seeds(tmp_path, TOWN)
    finish(build(settings))
    script = """if True:
        from bot.web.article_pages import AskedArticle
        from bot.web.article_process import Equipment, PagesBeside
        from index import IndexSettings
        pages = PagesBeside(Equipment(IndexSettings.load(), "zh", "https://bot.example", b"key"))
        print("1260" in pages.write(AskedArticle("lamps.txt", "", None, "zh", True)).html)
        pages.close()
    """
    done = filtered(lines, "-c", script, folder=tmp_path)
    assert (done.stdout.split(), done.stderr) == ([b"True"], b"")
