"""What holds for every module; which rooms may import which is checked by `make lint`."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from small_libraries import ROOT

PACKAGES = ("index", "bot")


def modules(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """Returns the full names of what a module imports, wherever in it."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: imports are written in full"
            yield f"{node.module}"


def roots(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports(path)}


def test_no_module_runs_code_that_a_file_brings() -> None:
    for path in modules(*PACKAGES):
        assert not roots(path) & {"pickle", "marshal", "shelve", "dill", "cloudpickle"}, path
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec", "__import__"), name_of(path)


def test_pickled_arrays_are_never_loaded() -> None:
    for path in modules(*PACKAGES):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "np.load":
                given = {keyword.arg: ast.unparse(keyword.value) for keyword in node.keywords}
                assert given.get("allow_pickle") == "False", name_of(path)


@pytest.mark.parametrize(("package", "most"), [("index", 10), ("bot", 8)])
def test_few_modules_stand_outside_the_rooms(package: str, most: int) -> None:
    assert len(list((ROOT / package).glob("*.py"))) <= most


def test_tests_lie_in_the_room_that_they_test() -> None:
    for package in PACKAGES:
        for path in modules(f"tests/{package}"):
            room = path.parent.relative_to(ROOT / "tests")
            assert (ROOT / room / "__init__.py").exists(), name_of(path)


def test_no_test_hides_another_of_the_same_name() -> None:
    """Test modules outside a package are known by their bare names."""
    names = [path.name for path in modules("tests/index", "tests/bot", "tests/project")]
    assert [name for name in names if names.count(name) > 1] == []


def test_test_modules_say_what_they_test() -> None:
    for path in modules("tests"):
        assert ast.get_docstring(tree_of(path)), name_of(path)


def test_every_module_opens_with_what_it_is_for() -> None:
    for path in modules(*PACKAGES):
        assert ast.get_docstring(tree_of(path)), name_of(path)


def test_files_that_are_no_modules_are_packed_with_their_package() -> None:
    """Else they are there in a checkout and missing after an installation."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]
    for package in PACKAGES:
        packed = {path for pattern in patterns[package] for path in (ROOT / package).glob(pattern)}
        for path in (ROOT / package).rglob("*"):
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                assert path in packed, name_of(path)


def test_every_library_that_is_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [name for extra in project["optional-dependencies"].values() for name in extra]
    declared = " ".join(project["dependencies"] + extras).lower().replace("-", "_")
    packed_as = {
        "telegram": "python_telegram_bot",
        "docx": "python_docx",
        "opensearchpy": "opensearch_py",
        "yaml": "pyyaml",
        "markdown_it": "markdown_it_py",
    }
    brought = {"pydantic": "pydantic_settings", "tornado": "webhooks"}
    outside = {
        root
        for path in modules(*PACKAGES)
        for root in roots(path)
        if root not in sys.stdlib_module_names and root not in PACKAGES
    }
    for root in outside:
        assert packed_as.get(root, brought.get(root, root)) in declared, root
