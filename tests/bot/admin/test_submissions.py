"""What an administrator writes is told from a question only where that is plain."""

import pytest

from bot.admin.submissions import HEADLINE_LENGTH, Submission, headline, submission, text_file
from index import FrontMatter

SENTENCE = "居民说，晚上回家亮堂多了。"


@pytest.mark.parametrize(
    ("text", "forwarded", "meant"),
    [
        ("城西区投资了多少", False, Submission.QUESTION),
        ("城西区投资了多少？", True, Submission.QUESTION),
        ("请问\n城西区投资了多少", False, Submission.QUESTION),
        ("https://example.com/a.html", False, Submission.LINK),
        (" https://example.com/a.html\n", True, Submission.LINK),
        ("看看 https://example.com/a.html 讲了什么", False, Submission.QUESTION),
        ("惠民工程开工\nhttps://example.com/a.html", False, Submission.LINK),
        ("看看 https://example.com/a.html", False, Submission.LINK),
        ("看过了吗？ https://example.com/a.html", False, Submission.QUESTION),
        ("https://example.com/ https://example.com/a.html", False, Submission.QUESTION),
        ("明天停水，见 https://example.com/a.html", True, Submission.UNCLEAR),
        (SENTENCE * 40 + "https://example.com/a.html", False, Submission.ARTICLE),
        (SENTENCE * 40, False, Submission.ARTICLE),
        (SENTENCE * 12, True, Submission.ARTICLE),
        ("标题\n一\n二\n三", True, Submission.ARTICLE),
        ("明天上午开会", True, Submission.UNCLEAR),
        (SENTENCE * 12, False, Submission.UNCLEAR),
        ("通知\n明天上午\n开会", False, Submission.UNCLEAR),
    ],
)
def test_a_text_is_taken_for_what_it_plainly_is(
    text: str, forwarded: bool, meant: Submission
) -> None:
    assert submission(text, forwarded) is meant


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("\n  标题  \n正文。", "标题"),
        ("居民说晚上回家亮堂多了。" + SENTENCE * 9, "居民说晚上回家亮堂多了"),
        ("一" * 99, "一" * HEADLINE_LENGTH + "……"),
        (" \n", ""),
    ],
)
def test_a_text_is_called_by_its_first_line_or_sentence(text: str, called: str) -> None:
    assert headline(text) == called


def test_a_text_of_which_something_is_known_says_so_itself() -> None:
    file = text_file("标题\n正文。", FrontMatter(source="某频道", url="https://t.me/a/1"))
    assert file.name == "标题.md"
    assert file.content.decode().startswith(
        "---\ntitle: 标题\nsource: 某频道\nurl: https://t.me/a/1"
    )
    assert text_file("标题\n正文\ud800。", None).content.decode() == "标题\n正文?。"
