"""Answers from text that is not prose: what is marked, and what is quoted with it."""

from pathlib import Path

import pytest
from small_libraries import library_of

from index import Answer, Certainty, Citation, Library, NoAnswer

ARTICLES = {
    "苗圃.txt": """红柳苗圃招工公告

一、招工条件
年满十八周岁，能在露天干活，熟悉花木的优先。

二、应聘办法
把简历送到苗圃值班室，或者寄到苗圃的信箱。

三、联系
办公地点：柳树街7号
咨询电话：0931-5550123
面试时间：3月8日上午9点
苗圃主任：康树林
""",
    "借车问答.txt": """公共自行车常见问题

问：怎样办骑行卡？
答：带身份证到服务点办，当场拿卡。
问：车坏了怎么办？
答：停在路边，拨打热线，维修员半天内来取。
""",
    "鱼塘规定.txt": """青坪镇鱼塘管理规定

第一条 为了管好鱼塘，制定本规定。
第二条 下列人员可以下塘捕鱼：
（一）持有捕捞证的；
（二）承包鱼塘的农户；
（三）镇里派来清塘的。
第三条 下列人员不得下塘捕鱼：
（一）未满十六周岁的；
（二）饮酒以后的。
第四条 违反第二条规定捕鱼的，没收渔具。
第五条 塘边五米以内不得堆放化肥。
第六条 本规定自2021年6月1日起施行。
""",
    "药价.md": """# 镇卫生室药价

| 药名 | 规格 | 零售价（元/盒） |
|---|---|---|
| 感冒清片 | 24片 | 8.50 |
| 感冒清胶囊 | 12粒 | 11.00 |
""",
    "证照.txt": """证照年限

渔业捕捞许可证有效期为五年。
木材运输许可证有效期为一年。
""",
    "封路.html": """<title>柳荫街封闭施工公告</title>
<h1>关于柳荫街封闭施工的公告</h1><p>青公交管〔2026〕15号</p><h2>一、封闭</h2>
<p>自2026年7月6日零时至9月25日，禁止机动车通行。</p>
<p>行人可以从东侧便道通过。</p>
""",
    "花市.txt": """Flower market

The flower market opens at nine.
""",
    "疫苗.txt": """接种价目

女性（9至45岁）可以预约二价HPV疫苗，每支329元，全程三针。
""",
    "耳机.txt": """耳机参数
云雀 K3+ 续航30小时，重52克，支持降噪。
云雀 K3 续航18小时，重48克，不支持降噪。
""",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("structured"), ARTICLES)


def first(library: Library, question: str) -> Citation:
    result = library.ask(question)
    assert isinstance(result, Answer), question
    return result.citations[0]


def marked(library: Library, question: str) -> str:
    citation = first(library, question)
    return citation.sentence.of(citation.passage.text)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("红柳苗圃招工条件", "年满十八周岁"),
        ("怎样应聘", "把简历送到"),
        ("骑行卡怎么办", "答：带身份证"),
        ("自行车坏了怎么办", "答：停在路边"),
    ],
)
def test_what_stands_below_a_heading_or_a_question_is_marked(
    library: Library, question: str, sentence: str
) -> None:
    assert marked(library, question).startswith(sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("苗圃在哪里", "办公地点：柳树街7号"),
        ("苗圃电话多少", "咨询电话：0931-5550123"),
        ("苗圃什么时候面试", "面试时间：3月8日上午9点"),
        ("苗圃主任是谁", "苗圃主任：康树林"),
    ],
)
def test_a_label_answers_the_kind_of_question_that_it_names(
    library: Library, question: str, sentence: str
) -> None:
    assert marked(library, question) == sentence


def test_a_whole_list_is_marked_where_all_of_it_is_asked_for(library: Library) -> None:
    sentence = marked(library, "哪些人不得下塘捕鱼")
    assert sentence.startswith("第三条")
    assert sentence.endswith("饮酒以后的。")


def test_an_item_is_quoted_with_what_governs_it(library: Library) -> None:
    citation = first(library, "饮酒以后能下塘捕鱼吗")
    assert "不得下塘捕鱼" in citation.passage.text
    assert "饮酒以后" in citation.sentence.of(citation.passage.text)


@pytest.mark.parametrize("number", ["第五条", "第5条", "第 五 条"])
@pytest.mark.parametrize("asking", ["", "规定了什么", "的内容", "是什么"])
def test_a_provision_is_found_by_its_number(library: Library, number: str, asking: str) -> None:
    question = f"鱼塘管理规定{number}{asking}"
    assert marked(library, question) == "第五条 塘边五米以内不得堆放化肥。"


def test_a_provision_with_its_items_is_marked_as_a_whole(library: Library) -> None:
    sentence = marked(library, "鱼塘管理规定第二条")
    assert sentence.startswith("第二条 下列人员")
    assert sentence.endswith("清塘的。")


def test_a_provision_that_there_is_not_is_refused(library: Library) -> None:
    refusal = library.ask("鱼塘管理规定第四十条规定了什么")
    assert isinstance(refusal, NoAnswer)
    assert "第40条" in refusal.missing


def test_the_unit_of_a_column_is_that_of_its_cells(library: Library) -> None:
    assert marked(library, "感冒清胶囊多少钱") == "| 感冒清胶囊 | 12粒 | 11.00 |"


@pytest.mark.parametrize("question", ["食品经营许可证有效期几年", "食品运输许可证有效期几年"])
def test_a_namesake_does_not_answer_for_what_the_library_lacks(
    library: Library, question: str
) -> None:
    assert isinstance(library.ask(question), NoAnswer)


def test_a_name_is_named_that_the_quote_only_holds_as_part_of_another(library: Library) -> None:
    """The 9 of 「9至45岁」 is none of 「九价」."""
    result = library.ask("九价HPV多少钱")
    assert isinstance(result, Answer)
    assert result.missing == ("九价",)
    assert library.ask("二价HPV多少钱").missing == ()


def test_a_title_with_the_number_of_its_document_answers_nothing(library: Library) -> None:
    """Though it says all that the question does, and a number."""
    assert marked(library, "柳荫街封闭施工到几号").startswith("自2026年7月6日零时至9月25日")


def test_an_english_sentence_is_no_heading(library: Library) -> None:
    assert marked(library, "flower market") == "The flower market opens at nine."


def test_a_sign_behind_a_model_belongs_to_it(library: Library) -> None:
    assert marked(library, "云雀K3续航多久").startswith("云雀 K3 续航18小时")


def test_the_row_that_says_the_word_itself_is_marked_below_a_title_that_says_a_synonym(
    tmp_path: Path,
) -> None:
    table = (
        "# 云溪健身中心价格\n\n| 项目 | 年卡 |\n|---|---|\n| 游泳 | 1680元 |\n| 健身房 | 1380元 |\n"
    )
    answer = library_of(tmp_path, {"a.md": table}).ask("健身房年卡多少钱")
    assert isinstance(answer, Answer)
    citation = answer.citations[0]
    assert "健身房" in citation.sentence.of(citation.passage.text)


def test_a_row_without_a_name_does_not_tell_who_somebody_is(tmp_path: Path) -> None:
    courses = (
        "柳溪老年大学招生\n\n"
        "舞蹈班：每周一9:00，招40人，教师杜鹃红；\n"
        "书法班：每周二14:00，招25人；\n"
        "剪纸班：每周五9:00，招20人。\n\n"
        "报名办法\n\n三月五日前到文化站一楼登记，每人最多报两门。"
    )
    library = library_of(tmp_path, {"招生.txt": courses})
    answer = library.ask("舞蹈班老师叫什么")
    assert isinstance(answer, Answer)
    assert "杜鹃红" in answer.citations[0].sentence.of(answer.citations[0].passage.text)
    nobody = library.ask("书法班老师叫什么")
    assert nobody.confidence < answer.confidence - 0.3
    assert nobody.certainty is not Certainty.SURE


def test_a_price_for_another_time_is_not_surely_the_one_asked_for(tmp_path: Path) -> None:
    centre = (
        "柳溪文体中心收费\n\n"
        "开放时间：周一至周日8:30至21:00。\n"
        "健身房：年卡680元，16周岁以下不得进入。\n"
        "停车：前两小时免费，之后每小时3元。\n"
    )
    library = library_of(tmp_path, {"收费.txt": centre})
    year, month = (library.ask(f"健身房{card}多少钱") for card in ("年卡", "月卡"))
    assert year.certainty is Certainty.SURE
    assert month.certainty is not Certainty.SURE
