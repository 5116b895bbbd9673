"""Find the passage that answers a question, quote it word for word, and cite its place.

library = open_library(IndexSettings.load())
answer = library.ask("城西区投资了多少")
"""

from index.build import build
from index.errors import (
    BadLine,
    BuildError,
    BuildRunning,
    DamagedIndex,
    DiskFull,
    IndexUnavailable,
    LineFault,
    NoEarlierGeneration,
    NoIndex,
    NothingToIndex,
    SettingsError,
    SkippedFile,
    SkipReason,
    UnreadableFile,
    WenChuError,
    WordListError,
)
from index.explanation import Contribution, ExplainedWord, Explanation
from index.followup import asks_for_more
from index.library import Library, Status, open_library
from index.model import (
    Answer,
    Article,
    Block,
    BlockKind,
    BuildReport,
    Citation,
    Hit,
    NoAnswer,
    Passage,
    Progress,
    RefusalReason,
    Span,
    Stage,
    Turn,
)
from index.rollback import rollback
from index.settings import IndexSettings
from index.terminal import harmless
from index.word_editing import add_synonyms, add_word

__all__ = [
    "Answer",
    "Article",
    "BadLine",
    "Block",
    "BlockKind",
    "BuildError",
    "BuildReport",
    "BuildRunning",
    "Citation",
    "Contribution",
    "DamagedIndex",
    "DiskFull",
    "ExplainedWord",
    "Explanation",
    "Hit",
    "IndexSettings",
    "IndexUnavailable",
    "Library",
    "LineFault",
    "NoAnswer",
    "NoEarlierGeneration",
    "NoIndex",
    "NothingToIndex",
    "Passage",
    "Progress",
    "RefusalReason",
    "SettingsError",
    "SkipReason",
    "SkippedFile",
    "Span",
    "Stage",
    "Status",
    "Turn",
    "UnreadableFile",
    "WenChuError",
    "WordListError",
    "add_synonyms",
    "add_word",
    "asks_for_more",
    "build",
    "harmless",
    "open_library",
    "rollback",
]
