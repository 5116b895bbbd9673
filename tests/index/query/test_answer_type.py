"""The kind of answer that a question asks for."""

import pytest
from articles import ANY_TEXT
from hypothesis import given
from hypothesis import strategies as st

from index.model import Span
from index.query.answer_type import AnswerCategory, asked_type, asks_for_name

QUANTITY, DATE, PERSON, PLACE, PHONE, METHOD, PAPERS, REASON = AnswerCategory


@pytest.mark.parametrize(
    ("question", "category"),
    [
        ("城西区投资了多少", QUANTITY),
        ("有几所学校", QUANTITY),
        ("河口县的面积", QUANTITY),
        ("排名第几", QUANTITY),
        ("哪一年建成", DATE),
        ("什么时候开通", DATE),
        ("开馆日期", DATE),
        ("馆长是谁", PERSON),
        ("哪一位教授", PERSON),
        ("图书馆在哪里", PLACE),
        ("图书馆电话是多少", PHONE),
        ("报修打什么电话", PHONE),
        ("图书馆电话", PHONE),
        ("哪个国家", PLACE),
        ("图书馆在哪条街", PLACE),
        ("人口最多的城市是哪一个", None),
        ("哪几种动物", None),
        ("为什么禁止投资", REASON),
        ("石桥怎么修", METHOD),
        ("这是怎么回事", REASON),
        ("味道怎么样", None),
        ("几乎没有人", None),
        ("他哪能这样做", None),
        ("历史上哪支球队夺冠", None),
        ("凭什么证件入场", PAPERS),
        ("报名要带啥", PAPERS),
        ("要准备哪些材料", PAPERS),
        ("这是什么东西", None),
        ("要腌几久", QUANTITY),
        ("几大", QUANTITY),
        ("几大银行", QUANTITY),
        ("几重天", QUANTITY),
        ("网点样式", None),
        ("认为么", None),
        ("周边度假村", None),
        ("重点解决问题", None),
        ("几儿童票", QUANTITY),
        ("截止到几号", DATE),
        ("在几号窗口领", QUANTITY),
        ("垃圾归哪个管", PERSON),
        ("哪个管理处好", None),
        ("", None),
    ],
)
def test_the_asking_word_tells_the_kind(question: str, category: AnswerCategory | None) -> None:
    kind = asked_type(question)
    assert (kind.category if kind else None) == category


@pytest.mark.parametrize(
    ("question", "marked", "passed_over"),
    [
        ("投资了多少", "投资2000万元,涉及50个楼院。", "50个"),
        ("面积有多大", "179804平方米,投资220余万元。", "220余万元"),
        ("面积有多大", "40平方米,医生67岁。", "67岁"),
        ("多大年纪", "67岁,屋子40平方米。", "40平方米"),
        ("图书馆在哪里", "二楼,可在公众号预订。", "公众号"),
        ("秤多久检一次", "每年检一次,罚款200元。", "200元"),
        ("漏水找谁修", "拨打物业电话,每次5元。", "5元"),
        ("停车收费吗", "夜里收费,共40个。", "40个"),
        ("在几号窗口领", "三号窗口领,共40个。", "40个"),
        ("报名带什么材料", "带身份证,7月3日前来。", "7月3日"),
        ("有多少名志愿者", "2.7万名志愿者,100余支队伍。", "100余支"),
        ("有几座桥", "四座桥,长三百米。", "三百米"),
        ("全长多少公里", "全长42公里,设站31座。", "31座"),
        ("哪一年建成", "2016年建成,花了3亿元。", "3亿元"),
        ("什么时候开放", "每周一开放,座位400个。", "400个"),
        ("图书馆在哪条街", "设在建设街3号,二楼有报告厅。", "二楼"),
        ("有几个报告厅", "报告厅共三个,每月第二个周六开放。", "二个"),
        ("占百分之几", "占12.5%,共80人。", "80人"),
        ("能借几本书", "每证限借6册,借期30天。", "30天"),
        ("有几家店", "老字号11户,骑楼68间。", "68间"),
        ("高龄津贴95岁多少", "每月180元,年满90周岁。", "90周岁"),
    ],
)
def test_only_what_has_the_right_unit_is_the_answer(
    question: str, marked: str, passed_over: str
) -> None:
    """Each text begins with, or soon after, what is asked for."""
    kind = asked_type(question)
    assert kind is not None
    answers = [place.of(marked) for place in kind.places(marked)]
    assert answers
    assert not any(passed_over in text for text in answers)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("有多少名志愿者", "五是常态化开展志愿服务。志愿者走上街头。"),
        ("投资了多少", "投资兴建了许多桥。"),
        ("哪一年建成", "石桥早已建成。"),
        ("要等多久", "请耐心等候。"),
        ("要坐几个小时", "70周岁以上老人免费乘车。"),
        ("几点开门", "新馆6月1日开门迎客。"),
        ("在哪条街", "文化馆位于镇东头。"),
        ("放多少盐", "4.裹上盐和姜末。\n5、装坛。\n(6)封口。"),
        ("放多少盐", "第八条 禁止放盐。"),
    ],
)
def test_a_text_without_any_number_cannot_answer_how_many(question: str, text: str) -> None:
    kind = asked_type(question)
    assert kind is not None
    assert not kind.may_be_in(text)


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("有多少座位", "新增座位400个。"),
        ("门票多少钱", "门票免费。"),
        ("藏书多少", "藏书五万册。"),
        ("要等多久", "不超过34日。"),
        ("多久能办好", "22个工作日内办结。"),
        ("几点开门", "文化馆全天开放。"),
        ("在哪条街", "文化馆位于古槐街东头。"),
    ],
)
def test_a_number_with_another_measure_may_be_the_answer(question: str, text: str) -> None:
    kind = asked_type(question)
    assert kind is not None
    assert kind.may_be_in(text)


@pytest.mark.parametrize(
    "question",
    [
        *("投资了多少", "有多少人", "面积", "什么时候", "是谁", "在哪里"),
        *("几号窗口", "多久一次", "找谁修", "要带什么"),
    ],
)
@pytest.mark.parametrize("line", ["万" * 20_000, "三十" * 10_000, "1." * 10_000, "市长" * 10_000])
def test_a_line_of_one_kind_of_character_is_looked_through_in_linear_time(
    question: str, line: str
) -> None:
    """More than linear, it would not end while anybody waits."""
    kind = asked_type(question)
    assert kind is not None
    assert len(list(kind.places(line))) <= len(line)
    assert kind.may_be_in(line) in (True, False)


@given(question=ANY_TEXT | st.text(), text=ANY_TEXT | st.text())
def test_any_text_can_be_asked_and_looked_through(question: str, text: str) -> None:
    kind = asked_type(question)
    for place in kind.places(text) if kind else ():
        assert Span(0, 0).start <= place.start < place.end <= len(text)
        assert kind is not None
        assert kind.held_by(text)


@pytest.mark.parametrize(
    ("text", "gives_reason"),
    [
        ("因桥面沉降需要维修,定于9月10日封闭。", True),
        ("为保障行人安全,即日起封桥。", True),
        ("由于连续降雨,工期顺延。", True),
        ("封桥期间2路公交不停河埠头站。", False),
        ("因此改停供销社站。", False),
    ],
)
def test_a_reason_is_told_by_a_word_that_gives_one(text: str, gives_reason: bool) -> None:
    kind = asked_type("为什么要封桥")
    assert kind is not None
    assert kind.held_by(text) is gives_reason


@pytest.mark.parametrize(
    ("question", "is_asked"),
    [
        ("书法老师叫什么", True),
        ("敬老院院长是谁", True),
        ("他老婆叫啥名字", True),
        ("经理姓什么", True),
        ("校长什么时候退休", False),
        ("谁负责清雪", False),
        ("那条路叫什么", False),
    ],
)
def test_what_somebody_is_called_is_asked_with_what_he_is(question: str, is_asked: bool) -> None:
    assert asks_for_name(question) is is_asked
