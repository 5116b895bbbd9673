"""What each step of the speed benchmark measures."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Cut:
    """All passages were cut into terms."""

    cutting_seconds: float


@dataclass(frozen=True, slots=True)
class Built:
    """An engine was built.

    Attributes:
        build_seconds: from the texts to what can be opened, synced where it is on disk.
        build_stages: the seconds of each stage.
        build_peak_mb: the most memory that the process and its children held together.
        disk_mb: what lies on disk afterwards.
    """

    build_seconds: float
    build_stages: dict[str, float]
    build_peak_mb: float
    disk_mb: float


@dataclass(frozen=True, slots=True)
class Served:
    """An engine was opened and searched.

    Attributes:
        searches: how many questions it was asked.
        found: how many passages it gave for all of them.
        rss_mb: resident memory afterwards, of that process.
        rss_unmapped_mb: what of it is no mapped file; None where the system does not tell.
    """

    open_ms: float
    search_ms_p50: float
    search_ms_p95: float
    search_ms_p99: float
    searches: int
    found: int
    rss_mb: float
    rss_unmapped_mb: float | None


@dataclass(frozen=True, slots=True)
class BuiltAndServed:
    """Both, in one process."""

    built: Built
    served: Served


@dataclass(frozen=True, slots=True)
class Answered:
    """Whole answers were given: found, weighed, judged and quoted.

    Attributes:
        first_answer_ms: the first one also reads the dictionary.
        asked, answered: questions, and those that were not refused.
    """

    open_ms: float
    first_answer_ms: float
    answer_ms_p50: float
    answer_ms_p95: float
    answer_ms_p99: float
    asked: int
    answered: int
    rss_mb: float
    rss_unmapped_mb: float | None


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The library was built again.

    Attributes:
        seconds: what the build says of itself.
        process_seconds: of the whole process, from its start to its end.
        changed: articles that were found to be changed.
        peak_mb: as in `Built`.
    """

    seconds: float
    changed: int
    peak_mb: float
    process_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class AnsweredMeanwhile:
    """Questions were asked one by one while another process built the library again."""

    answered_during_reindex: int
    answer_ms_p50_during_reindex: float
    answer_ms_p95_during_reindex: float
    answer_ms_p99_during_reindex: float


@dataclass(frozen=True, slots=True)
class AskingThreads:
    """Threads asked for whole answers, first quietly, then during re-indexes in their process.

    Attributes:
        errors: answers that failed or quoted what their article does not say.
        faults: the first of them.
    """

    threads: int
    idle_ms_p50: float
    idle_ms_p99: float
    busy_ms_p50: float
    busy_ms_p99: float
    asked_idle: int
    asked_busy: int
    reindexes: int
    errors: int
    quotes_checked: int
    faults: list[str] = field(default_factory=list)
