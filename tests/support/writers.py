"""Programs that write documents and share no code with the project: an office, a browser, iconv."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

PROGRAMS = ("soffice", "chromium", "iconv", "pdftotext")
_PATIENCE = 300
_QUIET = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run "
    "--disable-background-networking --disable-component-update --disable-sync"
)


def missing_programs() -> list[str]:
    """Returns the programs that are not installed; tests/install_programs.sh installs them."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


def run(*command: str | Path) -> str:
    """Runs a program, which has to succeed; returns its output."""
    done = subprocess.run(  # noqa: S603 - a test's own words
        list(map(str, command)), capture_output=True, timeout=_PATIENCE, check=False
    )
    assert done.returncode == 0, (command, done.stderr[-500:])
    return done.stdout.decode()


def iconv(text: str, encoding: str, path: Path) -> None:
    """Writes a text in an encoding with iconv."""
    plain = path.with_name(f".{path.name}.utf-8")
    plain.write_text(text, "utf-8")
    with path.open("wb") as out:
        subprocess.run(  # noqa: S603 - a test's own words
            ["iconv", "-f", "UTF-8", "-t", encoding, str(plain)],  # noqa: S607 - as installed
            stdout=out,
            timeout=_PATIENCE,
            check=True,
        )
    plain.unlink()


def office(paths: Sequence[Path], form: str, folder: Path, profile: Path) -> None:
    """Has LibreOffice write documents in another format into a folder."""
    profile_url = f"-env:UserInstallation={profile.resolve().as_uri()}"
    run("soffice", profile_url, "--headless", "--convert-to", form, "--outdir", folder, *paths)


def print_page(page: Path, path: Path, profile: Path, *, with_heads: bool = True) -> None:
    """Has Chromium print a page into a PDF file."""
    heads = [] if with_heads else ["--no-pdf-header-footer"]
    run(
        "chromium",
        *_QUIET.split(),
        f"--user-data-dir={profile}",
        *heads,
        f"--print-to-pdf={path}",
        page.resolve().as_uri(),
    )


def pages_of(path: Path) -> list[str]:
    """Returns the text of each page of a PDF file without white space, as Poppler reads it."""
    text = run("pdftotext", "-enc", "UTF-8", path, "-")
    return ["".join(page.split()) for page in text.removesuffix("\f").split("\f")]
