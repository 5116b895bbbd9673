"""What tests share. Helpers that are no fixtures are in small_libraries.py and articles.py."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import settings
from small_libraries import SEEDS, TOWN, library_of

from index import Library
from index.text import TextReader

# A run of the suite tries the same examples each time; HYPOTHESIS_PROFILE=search looks for new
# ones. No deadline: how fast one example is says more of the machine than of the code.
settings.register_profile("same", max_examples=60, derandomize=True, deadline=None)
settings.register_profile("search", max_examples=3_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(scope="session")
def reader() -> TextReader:
    """One reader for all tests: it is safe to share."""
    return TextReader()


@pytest.fixture(scope="session")
def seeds_folder() -> Path:
    """The articles that come with the project."""
    return SEEDS


@pytest.fixture
def make_library(tmp_path: Path) -> Callable[[Mapping[str, str | bytes]], Library]:
    """Builds a library from the names and the contents of its files."""
    return lambda files: library_of(tmp_path, files)


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """A library of three short articles, for tests that only ask."""
    return library_of(tmp_path_factory.mktemp("town"), TOWN)
