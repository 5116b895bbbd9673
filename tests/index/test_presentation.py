"""How a citation looks to people."""

from articles import article_of
from hypothesis import given
from hypothesis import strategies as st

from index import Citation, Span, readable
from index.analysis.passages import split_article
from index.analysis.table_rows import cells, is_separator
from index.loaders.markdown import load_markdown
from index.model import Passage

TABLE = """# 摊位

价目如下。

| 摊位 | 月租 |
|:--|---|
| 水产摊 | 560元 |
| 菜摊 | 180元 |

押金另付。"""


def cited(passage: Passage, sentence: Span, highlights: tuple[Span, ...] = ()) -> Citation:
    return Citation(passage, "摊位", "", None, "", sentence, 1, highlights, (), 0.0)


def place(text: str, part: str) -> Span:
    start = text.index(part)
    return Span(start, start + len(part))


def test_rows_of_a_table_are_shown_with_the_names_of_their_columns() -> None:
    (passage,) = split_article(article_of(load_markdown(TABLE.encode())), 0)
    row, sum_ = place(passage.text, "| 水产摊 | 560元 |"), place(passage.text, "560元")
    shown = readable(cited(passage, row, (sum_,)))
    assert shown.passage.text == (
        "摊位\n\n价目如下。\n\n"
        "摊位\uff1a水产摊 | 月租\uff1a560元\n摊位\uff1a菜摊 | 月租\uff1a180元\n\n押金另付。"
    )
    assert shown.sentence.of(shown.passage.text) == "摊位\uff1a水产摊 | 月租\uff1a560元"
    assert [span.of(shown.passage.text) for span in shown.highlights] == ["560元"]


def test_rows_below_a_passage_before_take_their_names_from_its_columns() -> None:
    rows = "\n".join(f"| {n}号摊 | {'很长的说明' * 12}{n} |" for n in range(1, 12))
    text = f"# 摊位\n\n| 摊位 | 说明 |\n|---|---|\n{rows}\n"
    passages = split_article(article_of(load_markdown(text.encode())), 0)
    assert len(passages) > 1
    shown = readable(cited(passages[-1], Span(0, len(passages[-1].text))))
    lines = shown.passage.text.split("\n")
    assert all(line.startswith("摊位\uff1a") and "| 说明\uff1a" in line for line in lines)


def test_a_list_that_goes_on_stands_below_its_lead_in() -> None:
    passage = Passage(0, "a.txt", 1, 90, 98, "（四）不扫地的。", (), "", "", 2, stem="不能租的：")
    shown = readable(cited(passage, Span(0, 8), (Span(3, 6),)))
    assert shown.passage.text == "不能租的：\n\u2026\n（四）不扫地的。"
    assert shown.sentence.of(shown.passage.text) == "（四）不扫地的。"
    assert [span.of(shown.passage.text) for span in shown.highlights] == ["不扫地"]


def test_any_other_passage_is_shown_as_it_stands() -> None:
    passage = Passage(0, "a.txt", 0, 0, 5, "一句话。\n", (), "", "", 1)
    citation = cited(passage, Span(0, 4))
    assert readable(citation) is citation


@given(row=st.text(alphabet="甲乙 |\\-:1", max_size=30))
def test_any_row_is_cut_into_cells_that_stand_in_it(row: str) -> None:
    spans = cells(row)
    assert all(0 <= span.start <= span.end <= len(row) for span in spans)
    assert [span.start for span in spans] == sorted(span.start for span in spans)
    held = "".join(span.of(row) for span in spans)
    assert _bare(held) == _bare(row)


def _bare(text: str) -> str:
    """A text without white space and without the marks between cells."""
    return "".join(text.replace("\\|", "/").replace("|", "").split())


def test_the_line_below_the_names_is_told_from_rows() -> None:
    assert all(map(is_separator, ["|---|---|", "| :-: | -- |", "---|---", "|-|"]))
    assert not any(map(is_separator, ["| a | b |", "", "|", "a---|---", "---"]))
