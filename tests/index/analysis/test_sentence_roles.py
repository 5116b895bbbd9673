"""What each sentence of an article is to its neighbours."""

from collections.abc import Callable

import pytest
from articles import ANY_TEXT, article_of, plain_article
from hypothesis import given
from hypothesis import strategies as st

from index.analysis.passages import LONGEST_UNIT, split_with_roles
from index.analysis.provisions import mentioned_provisions, opening_provision
from index.analysis.sentence_roles import Role, label_of, sentence_roles
from index.loaders.html import load_html
from index.loaders.markdown import load_markdown
from index.model import Article

NOTICE = """河口县医院停诊通知

一、停诊安排
时间：3月2日上午8点
地点：门诊楼二层
已经挂号的可以退号。
二、需要带的证件
退号时请带以下证件：
1. 身份证；
2. 挂号单。
有问题请到服务台。"""

RULES = """路灯养护规定

第一条 为了养护路灯，制定本规定。
第二条 下列路灯应当更换：
（一）灯杆倾斜的；
（二）灯罩破损的。
前款规定的更换由养护站负责。
第三条 违反第二条规定的，限期改正。"""


def roles(article: Article) -> list[tuple[str, Role, str]]:
    """Each sentence, its role, and the sentence that governs it."""
    roled = sentence_roles(article)
    texts = [sentence.span.of(article.text) for sentence in roled]
    return [
        (text, sentence.role, "" if sentence.governor is None else texts[sentence.governor])
        for text, sentence in zip(texts, roled, strict=True)
    ]


def role_of(article: Article, beginning: str) -> tuple[Role, str]:
    return next((r, g) for text, r, g in roles(article) if text.startswith(beginning))


@pytest.mark.parametrize(
    ("beginning", "role", "governor"),
    [
        ("河口县医院", Role.TITLE, ""),
        ("一、停诊安排", Role.HEADING, "河口县医院停诊通知"),
        ("时间", Role.LABEL, "一、停诊安排"),
        ("已经挂号", Role.TEXT, "一、停诊安排"),
        ("退号时", Role.LEAD_IN, "二、需要带的证件"),
        ("1. 身份证", Role.ITEM, "退号时请带以下证件："),
        ("2. 挂号单", Role.ITEM, "退号时请带以下证件："),
        ("有问题", Role.TEXT, "二、需要带的证件"),
    ],
)
def test_a_notice_has_headings_labels_and_a_list(beginning: str, role: Role, governor: str) -> None:
    assert role_of(plain_article(NOTICE), beginning) == (role, governor)


@pytest.mark.parametrize(
    ("beginning", "role", "governor"),
    [
        ("第一条", Role.PROVISION, "路灯养护规定"),
        ("第二条", Role.LEAD_IN, "路灯养护规定"),
        ("（一）", Role.ITEM, "第二条 下列路灯应当更换："),
        ("前款", Role.TEXT, "第二条 下列路灯应当更换："),
        ("第三条", Role.PROVISION, "路灯养护规定"),
    ],
)
def test_a_rule_governs_its_items_and_further_paragraphs(
    beginning: str, role: Role, governor: str
) -> None:
    assert role_of(plain_article(RULES), beginning) == (role, governor)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("问：几点开门？", "答：早上八点。"),
        ("Q: 几点开门？", "A: 早上八点。"),
        ("1. 几点开门？", "早上八点。"),
        ("**几点开门？**", "早上八点。"),
        ("## 几点开门？", "早上八点。"),
    ],
)
def test_an_answer_is_governed_by_its_question(question: str, answer: str) -> None:
    article = article_of(load_markdown(f"# 须知\n\n{question}\n\n{answer}\n".encode()))
    asked = question.strip("#* ")
    assert [(role, governor.strip("*")) for _, role, governor in roles(article)[1:]] == [
        (Role.QUESTION, "须知"),
        (Role.TEXT, asked),
    ]


def test_question_and_answer_on_one_line_are_told_apart() -> None:
    (question, asked, _), (answer, replies, governor) = roles(
        plain_article("须知事项\n\n问：几点开门？答：早上八点，周一不开。")
    )[1:]
    assert (question, asked) == ("问：几点开门？", Role.QUESTION)
    assert (answer, replies, governor) == ("答：早上八点，周一不开。", Role.TEXT, question)


def test_a_rhetorical_question_governs_no_more_than_the_next_line() -> None:
    article = plain_article("灯亮了\n\n  灯为什么亮了？\n  换了新灯泡。\n  街上很亮。")
    assert role_of(article, "换了")[1] == "灯为什么亮了？"
    assert role_of(article, "街上")[1] == "灯亮了"


def test_rows_read_with_the_names_of_their_columns() -> None:
    text = "# 摊位\n\n| 摊位 | 月租 |\n|---|---|\n| 水产摊 | 560元 |\n\n租金按月交。\n"
    article = article_of(load_markdown(text.encode()))
    columns, row, after = sentence_roles(article)[1:]
    assert (columns.role, row.role, after.role) == (Role.COLUMNS, Role.ROW, Role.TEXT)
    assert row.reading == "摊位\uff1a水产摊 | 月租\uff1a560元"
    assert row.span.of(article.text) == "| 水产摊 | 560元 |"


def web_article(body: str) -> Article:
    opening = "河边的荒地今年改成小花园,二十块地分给愿意照看的家庭,每家一块,不收租金。"
    page = f"<title>花园认领</title><h1>花园认领</h1><p>{opening}</p>{body}"
    return article_of(load_html(f"<meta charset=utf-8>{page}".encode()))


MARKED_LIST = """<p>这些家庭不能认领：</p><ul>
<li>在外地过冬，一年里有三个月以上不住在镇上，也没有托邻居照看过自家院子的家庭。</li>
<li>分过地的：<ul><li>河东</li><li>渡口</li></ul></li><li>养羊的</li></ul><p>认领要签字。</p>"""


@pytest.mark.parametrize(
    ("beginning", "role", "governor"),
    [
        ("在外地", Role.ITEM, "这些家庭不能认领："),
        ("分过地", Role.LEAD_IN, "这些家庭不能认领："),
        ("河东", Role.ITEM, "分过地的："),
        ("渡口", Role.ITEM, "分过地的："),
        ("养羊", Role.ITEM, "这些家庭不能认领："),
        ("认领要", Role.TEXT, "花园认领"),
    ],
)
def test_items_that_the_file_marks_are_governed_by_their_lead_in_however_they_end(
    beginning: str, role: Role, governor: str
) -> None:
    assert role_of(web_article(MARKED_LIST), beginning) == (role, governor)


def test_a_marked_list_stays_in_one_passage_with_its_lead_in() -> None:
    items = "".join(f"<li>{'路远水少而没有人愿意去' * 6}的{n}号地。</li>" for n in range(6))
    passages = split_with_roles(web_article(f"<p>剩下的地：</p><ol>{items}</ol>"), 0)
    (whole,) = (roled.passage.text for roled in passages if "剩下的地" in roled.passage.text)
    assert all(f"{n}号地" in whole for n in range(6))


def test_an_empty_label_leads_in_no_neighbour_of_the_same_depth() -> None:
    article = web_article("<ul><li>电话：</li><li>认领处在文化站二楼</li></ul>")
    assert role_of(article, "认领处") == (Role.ITEM, "花园认领")


def test_a_term_is_the_label_of_its_value() -> None:
    article = web_article("<dl><dt>开园日子</dt><dd>4月3日</dd><dt>钥匙</dt><dd>门房领</dd></dl>")
    assert roles(article)[2:] == [
        ("开园日子：4月3日", Role.LABEL, "花园认领"),
        ("钥匙：门房领", Role.LABEL, "花园认领"),
    ]


QUESTIONS = (
    "<p>常被问到的：</p><dl><dt>能种树吗？</dt><dd><p>不能种树。</p><p>藤可以。</p></dd>"
    "<dt>水从哪里来？</dt><dd>河边有泵。</dd></dl><p>其余的问镇里。</p>"
)


@pytest.mark.parametrize(
    ("beginning", "role", "governor"),
    [
        ("能种树", Role.QUESTION, "花园认领"),
        ("不能种树", Role.ITEM, "能种树吗？"),
        ("藤可以", Role.ITEM, "能种树吗？"),
        ("水从", Role.QUESTION, "花园认领"),
        ("河边有泵", Role.ITEM, "水从哪里来？"),
        ("其余", Role.TEXT, "花园认领"),
    ],
)
def test_questions_among_terms_govern_their_answers_alone(
    beginning: str, role: Role, governor: str
) -> None:
    assert role_of(web_article(QUESTIONS), beginning) == (role, governor)


def test_questions_that_are_items_themselves_belong_to_their_lead_in() -> None:
    article = web_article(
        "<p>请想一想：</p><ul><li>谁浇水？</li><li>谁除草？</li></ul><p>来信吧。</p>"
    )
    assert role_of(article, "谁浇水") == (Role.ITEM, "请想一想：")
    assert role_of(article, "谁除草") == (Role.ITEM, "请想一想：")


@pytest.mark.parametrize(
    "load", [plain_article, lambda text: article_of(load_markdown(text.encode()))]
)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_short_items_below_their_lead_in_are_items(
    load: Callable[[str], Article], between: str
) -> None:
    lines = ("这些家庭不能认领：", "在外地过冬的家庭", "养羊的家庭", "认领的家庭要在四月以前签字。")
    article = load(between.join(("# 花园认领", "河边的荒地今年改成小花园。", *lines)))
    for item in lines[1:3]:
        assert role_of(article, item) == (Role.ITEM, lines[0])
    assert role_of(article, "认领的家庭")[0] is Role.TEXT
    assert role_of(article, "认领的家庭")[1] != lines[0]


def test_a_list_stays_in_one_passage_with_its_lead_in() -> None:
    items = "\n".join(f"（{n}）{'灯杆倾斜而没有扶正的' * 8}；" for n in "一二三四五")
    article = plain_article(
        f"路灯规定\n\n  {'前面的话。' * 30}\n下列路灯应当更换：\n{items}\n后来。"
    )
    passages = [roled.passage.text for roled in split_with_roles(article, 0)]
    assert any("下列路灯" in text and "（一）" in text and "（五）" in text for text in passages)


def test_a_list_longer_than_a_passage_names_its_lead_in_in_each_part() -> None:
    items = "\n".join(f"（{n}）{'灯杆倾斜而没有扶正的' * 12}；" for n in "一二三四五六七八九十")
    article = plain_article(f"路灯规定\n\n下列路灯应当更换：\n{items}")
    first, *others = (roled.passage for roled in split_with_roles(article, 0))
    assert "下列路灯应当更换：" in first.text
    assert first.stem == ""
    assert others
    assert {passage.stem for passage in others} == {"下列路灯应当更换："}


@given(text=ANY_TEXT | st.text())
def test_governors_come_first_and_units_are_of_bounded_length(text: str) -> None:
    if not text.strip():
        return
    article = plain_article(text)
    for number, sentence in enumerate(sentence_roles(article)):
        assert sentence.governor is None or 0 <= sentence.governor < number
    for roled in split_with_roles(article, 0):
        body = [s.span for s in roled.sentences if not s.role.heads]
        if len(body) > 1:
            assert body[-1].end - body[0].start <= LONGEST_UNIT
        for number, sentence in enumerate(roled.sentences):
            assert sentence.governor is None or 0 <= sentence.governor < number


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("时间:周五", "时间"),
        ("【地点】二楼", "地点"),
        ("电话\t12345", "电话"),
        ("电话:0931-5550123", "电话"),
        ("他说的话", ""),
        ("车位每日7:30收费", ""),
    ],
)
def test_a_label_stands_before_its_value(line: str, label: str) -> None:
    assert label_of(line) == label


@pytest.mark.parametrize(
    ("line", "provision"),
    [
        ("第二十三条 路灯", "第23条"),
        ("第23条 路灯", "第23条"),
        ("第 一百零五 条 路灯", "第105条"),
        ("第十条之一 路灯", "第10条之1"),
        ("5.2 试验", "5.2"),
        ("5.2万元的投资", ""),
        ("(三)路灯", "(3)"),
        ("附件2 路灯表", "附件2"),
        ("违反第二十三条的", ""),
    ],
)
def test_a_provision_has_one_number_in_every_spelling(line: str, provision: str) -> None:
    assert opening_provision(line) == provision


@pytest.mark.parametrize(
    ("question", "provisions"),
    [
        ("养护规定第二十三条规定了什么", ["第23条"]),
        ("第8条和第九条", ["第8条", "第9条"]),
        ("5.2的内容", ["5.2"]),
        ("面积是5.2平方米吗", []),
        ("(三)是什么", ["(3)"]),
        ("附件二是什么", ["附件2"]),
        ("几条路", []),
    ],
)
def test_a_question_names_provisions(question: str, provisions: list[str]) -> None:
    assert [mention.provision for mention in mentioned_provisions(question)] == provisions
