"""Generations in the data folder of this machine."""

import sys
from collections.abc import Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from index.storage.base_generation import BaseGeneration
from index.storage.disk_snapshot import DiskSnapshot
from index.storage.generations import (
    POINTER,
    building,
    current_generation,
    expunge,
    folder_of,
    generations,
    point_at,
    pointer_stamp,
    prune,
    publish,
)
from index.storage.locks import writing
from index.storage.manifest import CHECKED_AT_OPENING, Manifest, read_manifest
from index.storage.writer import DiskWriter


class DiskRepository:
    """See `index.storage.repository.Repository`."""

    pointer = POINTER
    recipe = ""

    def __init__(self, data: Path, engine: str) -> None:
        """Args:
        data: the data folder.
        engine: the name of the engine of new generations.
        """
        self.place = str(data)
        self._data = data
        self.engine = engine

    def stamp(self) -> Hashable:
        """Takes microseconds."""
        return pointer_stamp(self._data)

    def names(self) -> list[str]:
        return [folder.name for folder in generations(self._data)]

    def current(self) -> str:
        return current_generation(self._data).name

    def manifest(self, name: str) -> Manifest:
        return read_manifest(folder_of(self._data, name))

    def open(self, name: str, whole: bool = False, any_format: bool = False) -> DiskSnapshot:
        """See `index.storage.repository.Repository`."""
        checked = sys.maxsize if whole or any_format else CHECKED_AT_OPENING
        return DiskSnapshot(folder_of(self._data, name), checked, any_format)

    def point_at(self, name: str) -> None:
        point_at(self._data, folder_of(self._data, name))

    def expunge(self, name: str) -> None:
        expunge(folder_of(self._data, name))

    def writing(self) -> AbstractContextManager[None]:
        return writing(self._data)

    @contextmanager
    def drafting(self) -> Iterator["DiskDraft"]:
        with building(self._data) as folder:
            yield DiskDraft(self._data, folder, self.engine)


class DiskDraft:
    """See `index.storage.repository.Draft`."""

    def __init__(self, data: Path, folder: Path, engine: str) -> None:
        """Args:
        data: the data folder.
        folder: where the generation is written.
        engine: the engine's name.
        """
        self._data = data
        self._folder = folder
        self._engine = engine

    def writer(self, base: BaseGeneration | None) -> DiskWriter:
        earlier = folder_of(self._data, base.name) if base else None
        return DiskWriter(self._folder, self._engine, base, earlier)

    def publish(self, before: str | None) -> str:
        live = publish(self._data, self._folder)
        prune(self._data, live, folder_of(self._data, before) if before else None)
        return live.name
