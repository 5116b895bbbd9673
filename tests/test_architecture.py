"""The walls of the house, read from the imports."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from small_libraries import ROOT

PACKAGES = ("index", "bot")
HOMES = {
    "jieba": ("index/analysis/dictionary.py",),
    "opencc": ("index/analysis/reader.py",),
    "rank_bm25": ("index/engines/memory.py",),
    "markdown_it": ("index/loaders/markdown.py",),
    "mdit_py_plugins": ("index/loaders/markdown.py",),
    "yaml": ("index/loaders/front.py", "index/loaders/front_matter.py"),
    "pathvalidate": ("index/corpus/safe_names.py",),
    "matplotlib": ("bot/telegram/messages/chart.py",),
    "charset_normalizer": ("index/analysis/encoding.py",),
    "docx": ("index/loaders/docx.py",),
    "pypdfium2": ("index/loaders/pdf.py",),
    "trafilatura": ("index/loaders/html.py",),
    "lxml": (
        "index/loaders/docx.py",
        "index/loaders/epub.py",
        "index/loaders/html.py",
        "index/loaders/html_main_element.py",
        "index/loaders/html_pieces.py",
        "index/loaders/zip_packages.py",
        "index/loaders/html_wechat.py",
    ),
    "psutil": ("bot/admin/admin_desk.py", "index/loaders/sandbox/client.py"),
    "jinja2": ("bot/web/application.py",),
    "starlette": ("bot/web/application.py", "bot/web/security_headers.py", "bot/web/server.py"),
    "uvicorn": ("bot/web/connections.py", "bot/web/server.py"),
    "h11": ("bot/web/connections.py",),
    "httpx": (
        "bot/telegram/delivery/downloads.py",
        "bot/admin/fetcher.py",
        "bot/telegram/delivery/retrying.py",
    ),
    "watchfiles": ("bot/admin/folder_watch.py",),
    "aiolimiter": ("bot/telegram/delivery/retrying.py",),
    "filelock": ("index/storage/locks.py", "bot/state/seats.py"),
    "portalocker": ("index/storage/locks.py",),
    "opensearchpy": (
        "index/engines/cluster_connection.py",
        "index/storage/cluster/lease.py",
        "index/storage/cluster/repository.py",
        "index/storage/cluster/writer.py",
    ),
    "rjieba": ("index/analysis/dictionary.py",),
    "xxhash": (
        "index/indexing/index_article.py",
        "index/engines/packing.py",
        "index/storage/checksums.py",
    ),
    "sqlite3": (
        "index/indexing/build.py",
        "index/indexing/file_cache.py",
        "index/storage/disk_snapshot.py",
        "index/storage/writer.py",
        "index/corpus/intake.py",
        "index/storage/rollback.py",
        "index/serving.py",
        "index/storage/withdrawals.py",
        "bot/state/database.py",
    ),
}
"""Each library with the only modules that may know it."""


def modules(*packages: str) -> list[Path]:
    return [path for package in packages for path in sorted((ROOT / package).rglob("*.py"))]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """A module, parsed."""
    return ast.parse(path.read_text("utf-8"))


@cache
def imports(path: Path) -> frozenset[str]:
    """The full names of what a module imports, wherever in it."""
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


def test_there_are_modules_to_look_at() -> None:
    assert len(modules("index")) > 20
    assert len(modules("bot")) > 10


def test_the_index_knows_no_bot_no_telegram_and_no_event_loop() -> None:
    for path in modules("index"):
        assert not roots(path) & {"bot", "telegram", "asyncio"}, name_of(path)


def test_the_bot_enters_the_index_through_its_door() -> None:
    for path in modules("bot"):
        entered = {name for name in imports(path) if name.split(".")[0] == "index"}
        assert entered <= {"index", "index.settings"}, name_of(path)


@pytest.mark.parametrize("library", HOMES)
def test_each_library_is_known_in_its_own_room_only(library: str) -> None:
    """Another library can then take its place without a search through the house."""
    knowing = {name_of(path) for path in modules(*PACKAGES) if library in roots(path)}
    assert knowing
    assert knowing <= set(HOMES[library])


def test_telegram_is_known_at_the_edge_only() -> None:
    """The desk, the rights, the settings and the console work without it."""
    inner = {
        f"bot/{name}.py"
        for name in (
            "desk",
            "office",
            "exchanges",
            "callbacks",
            "rights",
            "settings",
            "console",
            "screen",
        )
    }
    knowing = {name_of(path) for path in modules("bot") if "telegram" in roots(path)}
    assert "bot/telegram/app.py" in knowing
    assert inner <= {name_of(path) for path in modules("bot")}
    assert not knowing & inner


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


def test_modules_of_the_index_import_each_other_in_one_direction() -> None:
    """Without circles, counting what only the types need as well; none goes through the door."""
    known = {
        name_of(path)[:-3].replace("/", ".").removesuffix(".__init__"): path
        for path in modules("index")
    }
    entered = {
        name: {inner for inner in imports(path) if inner in known} - {name}
        for name, path in known.items()
        if name not in ("index", "index.__main__", "index.engines")
    }
    assert all("index" not in inner for inner in entered.values())
    # The table of engines knows each engine, and no engine may know the table.
    engines = {name for name in entered if name.startswith("index.engines.")}
    assert engines
    entered["index.engines"] = set.union(engines, *(entered[name] for name in engines))
    while leaves := {name for name, inner in entered.items() if not inner & entered.keys()}:
        for name in leaves:
            del entered[name]
    assert not entered


def test_tests_lie_in_one_folder_and_test_modules_say_what_they_test() -> None:
    assert [path for path in (ROOT / "tests").rglob("*.py") if path.parent != ROOT / "tests"] == []
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
    brought = {"pydantic": "pydantic_settings"}
    outside = {
        root
        for path in modules(*PACKAGES)
        for root in roots(path)
        if root not in sys.stdlib_module_names and root not in PACKAGES
    }
    for root in outside:
        assert packed_as.get(root, brought.get(root, root)) in declared, root
