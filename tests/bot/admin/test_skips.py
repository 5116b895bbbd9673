"""A file that cannot be read is told of once, and again only when something about it changes."""

from hypothesis import given
from hypothesis import strategies as st

from bot.admin.skips import SkipNews, Skips
from index import SkippedFile, SkipReason


def skipped(path: str, reason: SkipReason = SkipReason.BROKEN, other: str = "") -> SkippedFile:
    return SkippedFile(path, reason, "detail", other)


FILES = st.lists(
    st.builds(skipped, st.sampled_from("abc"), st.sampled_from(SkipReason)),
    unique_by=lambda file: file.path,
)


def test_what_was_skipped_before_is_no_news_and_what_is_mended_is() -> None:
    skips, broken, late = Skips(), skipped("a.pdf"), skipped("b.pdf")
    assert skips.news([broken]) == SkipNews((broken,), ())
    assert skips.news([broken]) == SkipNews((), ())
    assert skips.news([broken, late]) == SkipNews((late,), ())
    assert skips.news([late]) == SkipNews((), ("a.pdf",))
    assert skips.news([broken]) == SkipNews((broken,), ("b.pdf",))


def test_another_reason_is_news() -> None:
    skips = Skips()
    skips.news([skipped("a.pdf")])
    locked = skipped("a.pdf", SkipReason.ENCRYPTED)
    assert skips.news([locked]) == SkipNews((locked,), ())


def test_what_nobody_could_be_told_of_is_news_again() -> None:
    skips, broken = Skips(), skipped("a.pdf")
    skips.forget(skips.news([broken, skipped("b.pdf")]).skipped[:1])
    assert skips.news([broken, skipped("b.pdf")]) == SkipNews((broken,), ())


@given(st.lists(FILES))
def test_whoever_heard_all_news_knows_what_is_skipped(builds: list[list[SkippedFile]]) -> None:
    skips, known = Skips(), dict[str, SkippedFile]()
    for files in builds:
        news = skips.news(files)
        known.update((file.path, file) for file in news.skipped)
        for path in news.mended:
            del known[path]
        assert known == {file.path: file for file in files}
