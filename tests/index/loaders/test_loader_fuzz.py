"""Whatever is in a file, its loader gives an article or says why not, and is done in time."""

import time
from collections import Counter
from collections.abc import Sequence
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from documents import story, web_page, write_book
from hostile_files import small_word
from mutations import mutated, mutated_package
from pypdf import PdfReader, PdfWriter
from writers import missing_programs, print_page

from index import UnreadableFile
from index.loaders import CONFINED
from index.loaders.draft import LoadedArticle
from index.loaders.sandbox.client import Confined, Format, Limits

pytestmark = pytest.mark.slow

INPUTS = 20_000
"""Of each format, in parts that processes can share."""
PARTS = 4
PATIENCE = 10.0
"""Seconds for one small file; on a busy machine the clock on the wall runs ahead of the work."""
HANGS = 60.0
"""Seconds after the limit at which a file is held to hang its reader."""
PACKAGES = (Format.DOCX, Format.EPUB)
FEWEST_ARTICLES = 0.02


def _page(encoding: str) -> bytes:
    return web_page(story(0, 1), charset=encoding).encode(encoding)


def _archive() -> bytes:
    page = MIMEMultipart("related")
    page["Snapshot-Content-Location"] = "https://www.example.cn/"
    page.attach(MIMEText(web_page(story(1, 1)), "html", "utf-8"))
    return page.as_bytes()


def _printed(folder: Path) -> Sequence[bytes]:
    """Returns what Chromium and an office have printed."""
    # Chromium writes the shapes of the letters where they cannot be taken out: let them be few.
    (folder / "page.html").write_text("<h1>更换路灯</h1><p>换灯300盏。<p>New lamps.", "utf-8-sig")
    print_page(folder / "page.html", folder / "page.pdf", folder / "browser")
    paths = (folder / "page.pdf", Path(__file__).parent / "files" / "office.pdf")
    return [_without_letters(path) for path in paths]


def _without_letters(path: Path) -> bytes:
    """Returns a PDF file without the shapes of its letters: most of its bytes, and none of its
    text.
    """
    writer = PdfWriter()
    writer.add_page(PdfReader(path).pages[0])
    for page in writer.pages:
        resources: Any = page["/Resources"]
        for font in resources["/Font"].values():
            for described in font.get_object().get("/DescendantFonts", [font.get_object()]):
                descriptor = described.get_object()["/FontDescriptor"].get_object()
                for shapes in ("/FontFile", "/FontFile2", "/FontFile3"):
                    descriptor.pop(shapes, None)
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def _seeds(form: Format, folder: Path) -> Sequence[bytes]:
    match form:
        case Format.HTML:
            return [_page("utf-8"), _page("gb18030")]
        case Format.WEB_ARCHIVE:
            return [_archive()]
        case Format.DOCX:
            return [small_word("河口县投资三百万元。", "更换路灯三千盏。")]
        case Format.EPUB:
            write_book(story(3, 1), folder / "book.epub")
            return [(folder / "book.epub").read_bytes()]
        case Format.PDF:
            if missing_programs():
                pytest.skip(f"not installed: {', '.join(missing_programs())}")
            return _printed(folder)
        case _:
            pytest.fail(f"{form} is not confined for its own sake")


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("form", dict.fromkeys(CONFINED.values()))
def test_no_file_breaks_a_loader_or_keeps_it_busy(form: Format, part: int, tmp_path: Path) -> None:
    random = Random(f"{form} {part}")  # noqa: S311 - the same faults each time
    seeds = _seeds(form, tmp_path)
    became = Counter[str]()
    with Confined(Limits(seconds=PATIENCE)) as confined:
        for seed in seeds:
            check(confined.load(form, seed))
        for _ in range(INPUTS // PARTS):
            content = random.choice(seeds)
            if form in PACKAGES and random.random() < 0.8:
                content = mutated_package(content, random)
            else:
                content = mutated(content, seeds, random)
            started = time.monotonic()
            try:
                check(confined.load(form, content))
                became["article"] += 1
            except UnreadableFile as fault:
                became[fault.reason] += 1
            assert time.monotonic() - started < PATIENCE + HANGS
    # What is refused at the door tells nothing of what comes behind it.
    assert became["article"] > FEWEST_ARTICLES * INPUTS // PARTS, became


def check(draft: LoadedArticle) -> None:
    """Asserts that what a loader returns can be indexed."""
    assert draft.text.strip()
    draft.text.encode()
    edges = [edge for block in draft.blocks for edge in (block.start, block.end)]
    assert edges == sorted(edges)
    assert all(block.start < block.end for block in draft.blocks)
    assert edges[-1] <= len(draft.text)
    if draft.pages:
        assert draft.pages[0] == 0
        assert all(before <= after for before, after in pairwise(draft.pages))
        assert draft.pages[-1] <= len(draft.text)
    assert "\n" not in draft.title + draft.source + draft.url
    assert draft.url.startswith(("http://", "https://")) or not draft.url
