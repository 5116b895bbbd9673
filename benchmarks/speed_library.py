"""This project in the speed benchmark: its embedded engine, in a whole library."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence

from speed_corpus import FOUND, Corpus, SoughtTerm
from speed_engine import Engine

from index import Answer, BuildReport, IndexSettings, Library, build, open_library
from index.analysis.index_terms import WeightedTerm
from index.storage.disk_snapshot import DiskSnapshot
from index.storage.generations import current_generation


class Memory(Engine):
    """The whole library is built, from the files of the articles; its engine is searched."""

    @property
    def settings(self) -> IndexSettings:
        """Settings of its own, whatever the environment says."""
        return IndexSettings(
            seeds=self.corpus.seeds, data=self.folder, user_dict=None, synonyms=None
        )

    def build(self) -> dict[str, float]:
        return self.reported_build()[1]

    def reported_build(self) -> tuple[BuildReport, dict[str, float]]:
        """Build; returns what the build says of itself, and the seconds of each stage."""
        stages: defaultdict[str, float] = defaultdict(float)
        steps = build(self.settings)
        before = time.perf_counter()
        stage = "reading"
        while True:
            try:
                stage = next(steps).stage.value
            except StopIteration as finished:
                stages[stage] += time.perf_counter() - before
                report: BuildReport = finished.value
                return report, dict(stages)
            now = time.perf_counter()
            stages[stage] += now - before
            before = now

    def open(self) -> None:
        self._snapshot = DiskSnapshot(current_generation(self.folder))

    def searches(self) -> list[Callable[[], int]]:
        return [self._search(asked.terms) for asked in self.corpus.asked()]

    def _search(self, sought: Sequence[SoughtTerm]) -> Callable[[], int]:
        engine = self._snapshot.engine
        terms = [WeightedTerm(term.key, term.weight) for term in sought]
        return lambda: len(engine.search(terms, FOUND))

    def opened_library(self) -> Library:
        """The library, with its live generation open."""
        library = open_library(self.settings)
        library.status()
        return library


def answers(library: Library, corpus: Corpus) -> list[Callable[[], int]]:
    """For each question a function that gives the whole answer, and 1 if it is no refusal."""
    return [_answer(library, asked.text) for asked in corpus.asked()]


def _answer(library: Library, text: str) -> Callable[[], int]:
    return lambda: int(isinstance(library.ask(text), Answer))
