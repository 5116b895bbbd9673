"""The question that a passage ends with, and does not answer."""

import pytest

from index.ranking.closing import closing_question


@pytest.mark.parametrize(
    ("sentences", "closing"),
    [
        (["梨树常得锈病。", "那么梨锈病怎么治疗呢?"], "那么梨锈病怎么治疗呢?"),
        (["停水有哪些影响?", "我们该怎么办?"], "停水有哪些影响?\n我们该怎么办?"),
        (["很多人想问,吃药后能喝酒吗?", "下面请医生来解答。"], "吃药后能喝酒吗?"),
        (["长途车什么时候开,要带什么呢。"], "长途车什么时候开\n要带什么呢"),
        (["梨锈病怎么治疗?", "用药剂喷洒。"], ""),
        (["下面是时间表。"], ""),
        (["图书馆九点开门。"], ""),
        ([], ""),
    ],
)
def test_the_asking_clauses_at_the_end_are_the_closing_question(
    sentences: list[str], closing: str
) -> None:
    assert closing_question(sentences) == closing
