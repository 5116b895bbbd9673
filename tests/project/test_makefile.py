"""What `make` asks of the machine before it installs anything."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from small_libraries import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")

NEEDED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["requires-python"]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An empty copy of the project: nothing is installed in it."""
    folder = tmp_path / "问出处 copy"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs that comes first on the path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    return folder


def pretend(program: Path, version: str) -> None:
    """Writes a Python that only tells its version; whatever it is asked is noted beside it.

    A virtual environment that it makes holds the same Python.
    """
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(
        "#!/bin/sh\n"
        f"echo \"$*\" >>'{program}.asked'\n"
        f'if [ "$1" = --version ]; then echo "Python {version}"; fi\n'
        "if [ \"$1 $2 $3\" = '-m venv --clear' ]; then\n"
        '\trm -rf "$4"; mkdir -p "$4/bin"; cp "$0" "$4/bin/python"\n'
        "fi\n",
        "utf-8",
    )
    program.chmod(0o755)


def asked(program: Path) -> list[str]:
    """Returns the arguments of each call of a pretended Python, also of its virtual environment."""
    noted = Path(f"{program}.asked")
    return noted.read_text("utf-8").splitlines() if noted.exists() else []


def make(project: Path, programs: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    # What an outer `make` hands down, such as its goals or its jobs, is no business of this one.
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "PYTHON")
    }
    return subprocess.run(  # noqa: S603 - our own Makefile
        ["make", *arguments],  # noqa: S607 - wherever it is installed
        cwd=project,
        env=environment | {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("goals", [[], ["chat"], ["setup"], ["test"]])
@pytest.mark.parametrize("version", ["3.10.12", "2.7.18", "3.9.2"])
def test_an_old_python_is_named_before_anything_is_installed(
    goals: list[str], version: str, project: Path, programs: Path
) -> None:
    pretend(programs / "python3", version)
    made = make(project, programs, *goals)
    assert made.returncode == 2
    assert (
        f"WenChu needs Python 3.11 or newer; python3 is {version}. "
        f"Install one, then: make PYTHON=python3.12 {goals[0] if goals else 'chat'}\n"
    ) in made.stderr
    assert set(asked(programs / "python3")) == {"--version"}
    assert sorted(path.name for path in project.iterdir()) == ["Makefile", "pyproject.toml"]


def test_a_python_that_is_not_there_is_told_as_such(project: Path, programs: Path) -> None:
    made = make(project, programs, "PYTHON=python-of-nowhere")
    assert made.returncode == 2
    assert "python-of-nowhere is not there. Install one" in made.stderr


@pytest.mark.parametrize("version", ["3.11.0", "3.12.0rc1", "3.14.2", "3.20.1", "4.0.0"])
def test_a_python_that_is_new_enough_installs(version: str, project: Path, programs: Path) -> None:
    pretend(programs / "python3", version)
    made = make(project, programs, "setup")
    assert made.returncode == 0, made.stderr
    assert "-m venv --clear .venv" in asked(programs / "python3")
    assert any(" pip install " in f" {call} " for call in asked(programs / "python3"))


def test_an_environment_of_an_old_python_is_made_anew(project: Path, programs: Path) -> None:
    pretend(project / ".venv" / "bin" / "python", "3.10.12")
    pretend(programs / "python3", "3.12.1")
    assert make(project, programs, "setup").returncode == 0
    assert "Python 3.12.1" in (project / ".venv" / "bin" / "python").read_text("utf-8")


def test_an_environment_that_is_new_enough_stays(project: Path, programs: Path) -> None:
    pretend(project / ".venv" / "bin" / "python", "3.12.1")
    pretend(programs / "python3", "3.10.12")
    assert make(project, programs, "setup").returncode == 0
    assert asked(programs / "python3") == []


def test_the_version_that_is_asked_for_is_that_of_the_package() -> None:
    [version] = re.findall(r"needs Python (\S+) or newer", (ROOT / "Makefile").read_text("utf-8"))
    assert f">={version}" == NEEDED
