"""Chooses the repository that the settings ask for."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from index.settings import IndexSettings
from index.storage.disk_repository import DiskRepository
from index.storage.repository import Repository


def open_repository(settings: IndexSettings) -> Repository:
    """Returns the repository that `settings` name; nothing is read or asked yet.

    Raises:
        SettingsError: the settings of the cluster contradict each other.
    """
    if settings.engine == "opensearch":
        # Its client takes longer to import than all else of a small library takes to open.
        from index.storage.cluster.repository import open_cluster

        return open_cluster(settings)
    return DiskRepository(settings.data, settings.engine)


@contextmanager
def temporary_repository(settings: IndexSettings) -> Iterator[Repository]:
    """Yields an empty repository of the same kind, which is removed afterwards.

    Raises:
        SettingsError, ClusterUnavailable: as `open_repository` and what it opens do.
    """
    with TemporaryDirectory() as folder:
        if settings.engine != "opensearch":
            yield DiskRepository(Path(folder), settings.engine)
            return
        from index.storage.cluster.repository import open_cluster

        prefix = f"{settings.opensearch_prefix}-temporary-{os.getpid()}"
        changed = {"data": Path(folder), "opensearch_prefix": prefix}
        repository = open_cluster(settings.model_copy(update=changed))
        try:
            yield repository
        finally:
            repository.clear()
