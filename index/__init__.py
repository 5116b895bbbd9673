"""What can be asked of an index?

Find the passage that answers a question, quote it word for word, and cite its place.

library = open_library(IndexSettings.load())
answer = library.ask("城西区投资了多少")
"""

from index.corpus.intake import KeptArticle, discard_article, keep_article, put_article
from index.corpus.safe_names import safe_name
from index.corpus.seed_files import is_read
from index.dialogue.followup import asks_for_more, said_something
from index.errors import (
    AlreadyKept,
    BadLine,
    BuildError,
    BuildRunning,
    ClusterFault,
    ClusterUnavailable,
    DamagedIndex,
    DiskFull,
    FolderUnreadable,
    IndexUnavailable,
    IntakeError,
    LibraryFull,
    LineFault,
    NoEarlierGeneration,
    NoIndex,
    NoSuchArticle,
    NothingToIndex,
    NotKept,
    OtherFormat,
    SettingsError,
    SkippedFile,
    SkipReason,
    UnreadableFile,
    WenChuError,
    WordListError,
)
from index.indexing.build import build
from index.lexicon.word_editing import add_synonyms, add_word
from index.library import Library, Status, open_library
from index.loaders.front_matter import FrontMatter, with_front_matter
from index.model import (
    MISSES,
    MOST_POSSIBLE,
    Answer,
    Article,
    Block,
    BlockKind,
    BuildReport,
    Certainty,
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
from index.presentation import readable
from index.ranking.explanation import Contribution, ExplainedWord, Explanation
from index.settings import IndexSettings
from index.storage.rollback import rollback
from index.terminal import harmless

__all__ = [
    "MISSES",
    "MOST_POSSIBLE",
    "AlreadyKept",
    "Answer",
    "Article",
    "BadLine",
    "Block",
    "BlockKind",
    "BuildError",
    "BuildReport",
    "BuildRunning",
    "Certainty",
    "Citation",
    "ClusterFault",
    "ClusterUnavailable",
    "Contribution",
    "DamagedIndex",
    "DiskFull",
    "ExplainedWord",
    "Explanation",
    "FolderUnreadable",
    "FrontMatter",
    "Hit",
    "IndexSettings",
    "IndexUnavailable",
    "IntakeError",
    "KeptArticle",
    "Library",
    "LibraryFull",
    "LineFault",
    "NoAnswer",
    "NoEarlierGeneration",
    "NoIndex",
    "NoSuchArticle",
    "NotKept",
    "NothingToIndex",
    "OtherFormat",
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
    "discard_article",
    "harmless",
    "is_read",
    "keep_article",
    "open_library",
    "put_article",
    "readable",
    "rollback",
    "safe_name",
    "said_something",
    "with_front_matter",
]
