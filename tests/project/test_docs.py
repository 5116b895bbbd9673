"""The README says what is so."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import run_index
from processes import ROOT, run_python
from small_libraries import assert_commands_exist

from docs.make_rooms import drawing
from index import IndexSettings

README = (ROOT / "README.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def test_every_make_target_that_the_readme_names_exists() -> None:
    guides = README + CONTRIBUTING
    named = set(re.findall(r"(?:`|\| |^)make ([a-z-]+)", guides, re.MULTILINE))
    assert {"chat", "test", "check", "help"} <= named
    assert named <= TARGETS


def test_every_command_that_the_readme_names_exists() -> None:
    assert set(re.findall(r"python -m (\w+)", README)) == {"bot", "index"}
    assert_commands_exist(README)


def test_the_readme_asks_of_each_room_what_the_room_says_it_answers() -> None:
    rows = re.findall(
        r"^\| (`[^|]+) \| ([^|]+) \|$", README.partition("## Where things are")[2], re.M
    )
    assert 10 < len(rows) <= 15
    rooms = [(room, question) for names, question in rows for room in re.findall(r"`(.+?)`", names)]
    packages = [
        (path, question)
        for room, question in rooms
        if (path := ROOT / room / "__init__.py").exists()
    ]
    assert {path.parent for path, _ in packages} >= set(rooms_of("index")) | set(rooms_of("bot"))
    for path, question in packages:
        question_line = (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").split("\n")[0]
        assert question_line in question, path


def test_the_drawing_of_the_rooms_shows_what_imports_what_today() -> None:
    assert (ROOT / "docs" / "rooms.md").read_text("utf-8") == drawing(), "draw it with `make rooms`"


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md"])
def test_every_place_that_a_guide_names_exists(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    named = re.findall(r"`((?:index|bot|tests|seeds|docs|benchmarks)/[\w/.]*)`", text)
    named += re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert len(named) > 10
    assert [place for place in named if not (ROOT / place).exists()] == []


def rooms_of(package: str) -> Iterator[Path]:
    """Returns the folders of a package that are its rooms; deeper ones belong to their room."""
    return (path.parent for path in (ROOT / package).glob("*/__init__.py"))


def test_every_setting_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"\b(?:BOT|INDEX)_[A-Z_]+\b", README))
    example = (ROOT / ".env.example").read_text("utf-8")
    assert named
    assert [name for name in named if f"{name}=" not in example] == []


def test_the_quotes_of_the_readme_stand_in_the_seeds_word_for_word(seeds_folder: Path) -> None:
    """Its examples are what the program says, not what it ought to say."""
    article = (seeds_folder / "西宁创城.txt").read_text("utf-8")
    quoted = re.findall(r"^(?:» )?(\S{40,})$", README, re.MULTILINE)
    assert quoted
    assert [quote for quote in quoted if quote not in article] == []


def test_the_python_example_of_the_readme_runs(tmp_path: Path) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    (tmp_path / "example.py").write_text(example, "utf-8")
    ran = run_index("build", "--seeds", str(ROOT / "seeds"), folder=tmp_path)
    assert ran.returncode == 0
    ran = run_python("example.py", folder=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, b"")


def test_the_words_and_synonyms_of_the_readme_do_what_it_shows(tmp_path: Path) -> None:
    (session,) = re.findall(r"```console\n(\$ cat words.*?)```", README, re.DOTALL)
    commands = re.findall(r"^\$ (.*)\n((?:[^$].*\n)*)", session, re.MULTILINE)
    settings = {"INDEX_SEEDS": str(ROOT / "seeds")}
    ran = run_index("build", folder=tmp_path, typed=b"", **settings)
    assert (ran.returncode, ran.stderr.strip()) == (0, b"")
    exported = asked = 0
    for command, output in commands:
        verb, *rest = command.partition("   #")[0].split()
        if verb == "cat":
            (tmp_path / rest[0]).write_text(output, "utf-8")
        elif verb == "export":
            settings |= dict(setting.split("=") for setting in rest)
            exported += 1
        else:
            assert (Path(verb).name, rest[:2]) == ("python", ["-m", "index"])
            ran = run_index(*rest[2:], folder=tmp_path, typed=b"", **settings)
            assert (ran.returncode, ran.stderr.strip()) == (0, b"")
            assert ran.stdout.decode().startswith(re.sub(r"…\n$| in [\d.]+ s\n", "", output))
            asked += 1
    assert exported
    assert exported + asked > 3


def test_the_makefile_opens_with_what_each_everyday_target_does() -> None:
    explained = set(re.findall(r"^# make ([a-z-]+)  ", MAKEFILE, re.MULTILINE))
    assert {"chat", "test", "check"} <= explained <= TARGETS


@pytest.mark.parametrize("name", ["LICENSE", ".env.example", "pyproject.toml"])
def test_the_files_of_a_project_are_there(name: str) -> None:
    assert (ROOT / name).read_text("utf-8").strip()


def test_the_python_version_of_the_readme_is_the_one_that_is_required() -> None:
    required = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (version,) = re.findall(r"Python (3\.\d+)", README)
    assert required["requires-python"] == f">={version}"


def test_the_folders_of_the_readme_are_the_defaults() -> None:
    fields = IndexSettings.model_fields
    assert (fields["seeds"].default, fields["data"].default) == (Path("seeds"), Path("data"))
    assert "`seeds/`" in README
