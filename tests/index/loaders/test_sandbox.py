"""Files of formats that may be hostile are read in a process with limits."""

import os
import signal
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from hostile_files import (
    ENTITY_BOMB,
    OUTER_ENTITY,
    archive,
    pdf,
    pdf_of_circles,
    word,
    word_of_entities,
    word_with,
    zip_bomb,
)
from processes import PATIENCE, ROOT, line_of, run_python, started

from index import IndexSettings, SkipReason, UnreadableFile, build
from index.loaders import (
    CONFINED,
    LARGE_TEXTS,
    LARGEST_TEXT_HERE,
    LOADERS,
    FileContent,
    make_article,
)
from index.loaders.sandbox import client as confined_module
from index.loaders.sandbox.client import TEXTS, Confined, Format, Limits

PAGE = "<html><title>路灯</title><body><p>河口县投资三百万元,更换路灯。</p></body></html>".encode()


@pytest.fixture(scope="module")
def confined() -> Iterator[Confined]:
    with Confined() as opened:
        yield opened


def refusal(confined: Confined, form: Format, content: bytes) -> UnreadableFile:
    """Returns why a file is refused; in one sentence or two."""
    with pytest.raises(UnreadableFile) as caught:
        confined.load(form, content)
    assert str(caught.value).endswith(".")
    assert len(str(caught.value)) < 120
    return caught.value


def child() -> psutil.Process:
    """Returns the process that was started last to read files for this one."""
    readers = [
        process
        for process in psutil.Process().children()
        if "sandbox" in "".join(process.cmdline())
    ]
    return max(readers, key=lambda reader: reader.create_time())


BROKEN = {
    "a Word document that is text": (Format.DOCX, b"hello"),
    "a Word document that is empty": (Format.DOCX, b""),
    "a Word document cut short": (Format.DOCX, word("城西区")[:-2_000]),
    "a Word document without its main part": (Format.DOCX, archive({"a.txt": b"x"})),
    "a Word document of a web page": (Format.DOCX, word_with("<html>城西区</html>")),
    "a Word document that lies about its size": (Format.DOCX, zip_bomb(lies=True)),
    "a book that is none": (Format.EPUB, archive({"mimetype": b"application/epub+zip"})),
    "a PDF that is text": (Format.PDF, b"hello"),
    "a PDF cut short": (Format.PDF, pdf(3)[:100]),
    "a PDF of circles": (Format.PDF, pdf_of_circles()),
    "a web archive without a page": (Format.WEB_ARCHIVE, b"MIME-Version: 1.0\n\nhello"),
}
PROTECTED = {
    "a PDF with a password": (Format.PDF, pdf(1, "geheim")),
    "an old Office file": (Format.DOCX, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000)),
}
WITHOUT_TEXT = {
    "a PDF of pictures": (Format.PDF, pdf(3)),
    "a page that a script fills": (Format.HTML, b"<html><body><script>x()</script><div id=app>"),
    "a page of a picture": (Format.HTML, b"<html><body><img src=a.png></body></html>"),
    "a Word document without a word": (Format.DOCX, word("", " ")),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_not_what_its_name_says_is_broken(confined: Confined, name: str) -> None:
    assert refusal(confined, *BROKEN[name]).reason is SkipReason.BROKEN


@pytest.mark.parametrize("name", PROTECTED)
def test_what_is_protected_is_said_to_be(confined: Confined, name: str) -> None:
    assert refusal(confined, *PROTECTED[name]).reason is SkipReason.ENCRYPTED


@pytest.mark.parametrize("name", WITHOUT_TEXT)
def test_what_holds_no_text_is_said_to_hold_none(confined: Confined, name: str) -> None:
    assert refusal(confined, *WITHOUT_TEXT[name]).reason is SkipReason.NO_TEXT


def test_a_bomb_is_not_unpacked(confined: Confined) -> None:
    assert refusal(confined, Format.DOCX, zip_bomb(lies=False)).reason is SkipReason.TOO_HARD


def test_entities_are_not_expanded_beyond_measure(confined: Confined) -> None:
    bomb = word_of_entities(ENTITY_BOMB, "&a11;")
    assert refusal(confined, Format.DOCX, bomb).reason is SkipReason.BROKEN


def test_an_entity_that_names_a_file_is_not_fetched(confined: Confined) -> None:
    assert confined.load(Format.DOCX, word_of_entities(OUTER_ENTITY, "&a;")).text == "投资"


def test_a_page_nested_without_end_is_refused(confined: Confined) -> None:
    page = b"<div>" * 100_000 + PAGE
    assert refusal(confined, Format.HTML, page).reason is SkipReason.NO_TEXT
    assert "三百万元" in confined.load(Format.HTML, b"<div>" * 100 + PAGE).text


def test_one_process_reads_many_files(confined: Confined) -> None:
    confined.load(Format.HTML, PAGE)
    first = child().pid
    for _ in range(3):
        confined.load(Format.HTML, PAGE)
        refusal(confined, Format.PDF, b"none")
    assert child().pid == first


def test_what_takes_too_long_is_given_up_and_the_next_file_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The time that a file may take is over at once; that of starting a process is not."""
    limit = Limits().seconds
    clock = iter([0.0, limit, limit + 1.0])  # at the start of the file, at the limit, beyond it
    with Confined() as confined:
        confined.load(Format.HTML, PAGE)
        os.kill(child().pid, signal.SIGSTOP)  # as if it were at work and heard nothing
        with monkeypatch.context() as hurried:
            hurried.setattr(confined_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
            assert refusal(confined, Format.HTML, PAGE).reason is SkipReason.TOO_HARD
        assert list(clock) == []
        assert "三百万元" in confined.load(Format.HTML, PAGE).text


def test_what_takes_too_much_work_is_given_up_and_the_next_file_is_read() -> None:
    slow = b"<html><body>" + b"<p>a<b>b<i>c</i></b></p>" * 400_000
    with Confined(Limits(processor_seconds=1)) as confined:
        assert refusal(confined, Format.HTML, slow).reason is SkipReason.TOO_HARD
        assert "三百万元" in confined.load(Format.HTML, PAGE).text


def test_many_files_together_may_take_more_work_than_one_may() -> None:
    page = b"<html><body>" + "<p>河口县更换路灯。</p>".encode() * 2_000 + PAGE
    limits = Limits(processor_seconds=1)
    with Confined(limits) as confined:
        confined.load(Format.HTML, PAGE)
        reader = child()
        work = 0.0
        # A limit that counts what earlier files took ends the process after one second more.
        while work < limits.processor_seconds + 1.5:
            assert "三百万元" in confined.load(Format.HTML, page).text
            assert child() == reader
            times = reader.cpu_times()
            work = times.user + times.system


def test_what_takes_too_much_memory_is_given_up_and_the_next_file_is_read() -> None:
    large = b"<html><body>" + b"<p>a<b>b<i>c</i></b></p>" * 2_000_000
    with Confined(Limits(memory=700_000_000)) as confined:
        # Libraries may say so or break on it.
        assert refusal(confined, Format.HTML, large).reason in (
            SkipReason.TOO_HARD,
            SkipReason.BROKEN,
        )
        assert "三百万元" in confined.load(Format.HTML, PAGE).text


def test_a_text_that_is_too_long_is_refused_and_one_that_just_fits_is_read(
    confined: Confined,
) -> None:
    text = confined.load(Format.HTML, PAGE).text
    with Confined(Limits(characters=len(text))) as exact:
        assert exact.load(Format.HTML, PAGE).text == text
    with Confined(Limits(characters=len(text) - 1)) as tight:
        assert refusal(tight, Format.HTML, PAGE).reason is SkipReason.TOO_LONG


def test_a_process_that_crashes_costs_its_file_only() -> None:
    with Confined() as confined:
        confined.load(Format.HTML, PAGE)
        os.kill(child().pid, signal.SIGSEGV)
        assert refusal(confined, Format.HTML, PAGE).reason is SkipReason.BROKEN
        assert "三百万元" in confined.load(Format.HTML, PAGE).text


def test_the_process_gets_no_secrets_and_may_not_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOT_TOKEN", "123:secret")
    with Confined() as confined:
        confined.load(Format.HTML, PAGE)
        process = child()
        assert "BOT_TOKEN" not in process.environ()
        assert process.rlimit(psutil.RLIMIT_FSIZE) == (0, 0)
        assert process.rlimit(psutil.RLIMIT_AS)[0] == Limits().memory


def test_the_process_ends_with_the_one_that_it_serves() -> None:
    """Also where that is killed while a file is read."""
    script = textwrap.dedent(
        """
        import sys
        import psutil
        from index.loaders.sandbox.client import Confined, Format
        confined = Confined()
        confined.load(Format.HTML, b"<p>hello")
        print(psutil.Process().children()[0].pid, flush=True)
        sys.stdin.buffer.read()
        """
    )
    with started("-c", script, folder=ROOT) as serving:
        reader = psutil.Process(int(line_of(serving)))
        serving.kill()
        serving.wait(PATIENCE)
        reader.wait(timeout=PATIENCE)
    assert not reader.is_running()


def test_texts_alone_start_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    (tmp_path / "seeds").mkdir()
    for suffix in LOADERS:
        (tmp_path / "seeds" / f"a{suffix}").write_text(f"河口县{suffix}更换路灯。\n", "utf-8")
    monkeypatch.setattr(subprocess, "Popen", refuse)
    for _ in build(IndexSettings(seeds=tmp_path / "seeds", data=tmp_path / "data")):
        pass


@pytest.mark.parametrize("suffix", LOADERS)
def test_a_large_text_is_read_in_confinement_and_is_the_same_article(
    suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small file of short lines may take long and much memory."""
    content = f"# 换灯记\n\n{'河口县更换路灯。' * 8}\n\n".encode() * 2_000
    assert len(content) > LARGEST_TEXT_HERE
    file = FileContent(content, "0" * 64)
    here = LOADERS[suffix](content)
    with monkeypatch.context() as refusing:
        refusing.setitem(LOADERS, suffix, lambda _: pytest.fail("it was read here"))
        article = make_article(file, f"a{suffix}")
        with pytest.raises(UnreadableFile, match="longer than 1000 characters") as caught:
            make_article(file, f"a{suffix}", limits=Limits(characters=1_000))
    assert caught.value.reason is SkipReason.TOO_LONG
    assert (article.text, article.blocks, article.title) == (here.text, here.blocks, here.title)


@pytest.mark.parametrize("form", sorted(TEXTS))
def test_a_text_of_too_many_characters_is_refused_before_it_is_parsed(form: Format) -> None:
    limits = Limits(seconds=PATIENCE, processor_seconds=5, characters=1_000_000)
    with Confined(limits) as confined:
        # Each line is a list within the one before: parsed, it takes minutes.
        hard = b"> a\n- b\n" * 140_000
        assert refusal(confined, form, hard).reason is SkipReason.TOO_LONG


def test_who_asks_waits_for_no_library_that_reads_files() -> None:
    script = "import sys, index; print(*sys.modules)"
    done = run_python("-c", script, folder=ROOT)
    assert done.returncode == 0, done.stderr
    imported = set(done.stdout.decode().split())
    assert "index.loaders" in imported
    assert not imported & {"trafilatura", "lxml", "docx", "pypdfium2", "charset_normalizer"}


def test_each_format_that_is_confined_has_a_suffix_and_none_is_read_elsewhere() -> None:
    assert {*CONFINED.values(), *LARGE_TEXTS.values()} == set(Format)
    assert set(LARGE_TEXTS) == set(LOADERS)
    assert not set(CONFINED) & set(LOADERS)
