"""A question in everyday words finds the sentence in official words."""

import pytest
from small_libraries import library_of

from index import Answer, Certainty, Library, NoAnswer

ARTICLES = {
    "浴池.txt": (
        "清泉浴池营业公告\n\n"
        "清泉浴池位于柳河镇东街12号。"
        "每日上午9:00至晚上10:00营业，票价每人15元。"
        "每周二闭馆清洗池水。\n"
    ),
    "供水.txt": (
        "计划检修通知\n\n"
        "因主管道检修，柳河镇南街3月6日8:00至17:00停止供水。"
        "当日18:00前恢复供水，供水公司联系电话0912-4567123。\n"
    ),
    "供热.txt": (
        "供热须知\n\n"
        "采暖费按建筑面积收取，每平方米22元。"
        "室温不达标的，可拨打热力公司热线0912-4560000。\n"
    ),
    "户籍.txt": (
        "户籍业务办理指南\n\n"
        "新生儿落户应当携带出生医学证明和父母居民户口簿。"
        "户口迁移由派出所审核，15个工作日内办结。"
        "遗失居民身份证补领工本费40元。\n"
    ),
    "婚姻.txt": (
        "婚姻登记办事指南\n\n"
        "结婚登记在民政局二楼窗口办理，当事人应当持身份证和免冠照片三张。"
        "婚前医学检查在县妇幼保健院进行，不收费。\n"
    ),
    "高龄.txt": (
        "老年人优待办法\n\n"
        "年满80周岁的老年人每月领取高龄津贴100元。"
        "老年人优待证由社区居民委员会受理。"
        "助餐点为老年人送餐，午餐每份8元。"
        "社区活动室每天有人值守。\n"
    ),
    "招生.txt": (
        "白杨小学招生通告\n\n"
        "白杨小学7月10日至12日登记入学。"
        "随迁子女应当提交居住证。"
        "课后服务至18:00结束，由本校教师负责。\n"
    ),
    "接种.txt": (
        "预防接种安排\n\n"
        "柳河镇卫生院接种门诊每周三开放。"
        "狂犬病疫苗全天24小时接种。"
        "接种时应当出示预防接种证。\n"
    ),
    "医保.txt": (
        "城乡居民基本医疗保险缴费通告\n\n"
        "城乡居民基本医疗保险个人缴费标准为每人每年400元，集中缴费期至12月25日。"
        "异地就医应当先备案，联网结算起付标准为800元。\n"
    ),
    "客运.txt": (
        "客运站班次\n\n"
        "长途汽车站开往省城的首班车6:20发车，末班车17:40发车。"
        "电动自行车不得带上客车。\n"
    ),
    "市场.txt": (
        "东关农贸市场管理规定\n\n"
        "摊位租金每月300元。"
        "短斤缺两的，处五百元罚款。"
        "活禽区设在市场北门。\n"
    ),
    "垃圾.txt": (
        "生活垃圾收运安排\n\n"
        "清运车每天6:30到各收集点。"
        "餐厨垃圾投入绿色收集容器。"
        "装修垃圾须送至西沟消纳场。\n"
    ),
    "养犬.txt": (
        "养犬管理办法\n\n"
        "重点区域不得饲养大型犬。"
        "犬只登记由公安派出所办理，每年收费50元。"
        "遛犬应当清除犬粪，违者罚款200元。\n"
    ),
    "道路.txt": (
        "北环路封闭施工通告\n\n"
        "北环路自5月8日起封闭施工，过往车辆请绕行柳河大桥。"
        "施工单位禁止夜间施工，以减少噪声。\n"
    ),
    "护理.txt": (
        "残疾人两项补贴标准\n\n"
        "护理补贴一级为每人每月150元，二级为每人每月110元。"
        "补贴每月10日前打入社保卡。\n"
    ),
    "卫生室.txt": (
        "村卫生室坐诊时间\n\n下坪村卫生室每周一上午开诊，榆林村卫生室每天8:00至16:30开诊。\n"
    ),
    "文化馆.txt": (
        "文化馆新馆开放\n\n"
        "6月1日，柳河镇文化馆新馆开门迎客，副镇长罗成刚到场祝贺，馆长陈芳致辞。"
        "七月的暑期班招收60人。"
        "练功房淋浴每次6元。"
        "练功房无线网密码是“白鹭起飞”。\n"
    ),
}
ANSWERED = [
    ("澡堂子啥前儿开门", "9:00至"),
    ("澡堂搁哪嘎达", "东街12号"),
    ("澡堂门票多钱", "15元"),
    ("澡堂周几休息", "每周二"),
    ("文化馆洗个澡几块钱", "6元"),
    ("文化馆暑期班招多少学生", "60人"),
    ("社区活动室周末有人不", "每天"),
    ("文化馆的无线网密码是多少", "白鹭起飞"),
    ("罗成刚是干啥的", "副镇长"),
    ("一级残疾护理补贴每月多少", "150元"),
    ("残疾补贴的钱几号到账", "10日前"),
    ("谁是罗成刚", "副镇长"),
    ("新农合啥前儿交", "12月25日"),
    ("南街啥会儿停水", "停止供水"),
    ("自来水公司电话多少", "4567123"),
    ("暖气费一平几多钱", "22元"),
    ("暖气不热打哪个电话", "4560000"),
    ("刚出生的孩子报户口带啥", "新生儿落户"),
    ("迁户口几天办下来", "15个工作日"),
    ("身份证弄丢了补办多钱", "40元"),
    ("扯证上哪办", "民政局"),
    ("扯结婚证要几张登记照", "三张"),
    ("婚检搁哪做", "妇幼保健院"),
    ("80岁老人高龄补贴几多钱", "100元"),
    ("老人证上哪办", "居民委员会"),
    ("给老人送饭晌午饭几钿", "8元"),
    ("白杨小学几儿报名上学", "7月10日"),
    ("打工子女上学要啥", "居住证"),
    ("晚托到几点", "18:00"),
    ("卫生院打预防针多会儿开门", "每周三"),
    ("狂犬针半夜能打不", "24小时"),
    ("打针要带接种本不", "预防接种证"),
    ("新农合一年交几多钱", "400元"),
    ("新农合交到几号", "12月25日"),
    ("外地看病门槛费多少米", "800元"),
    ("长途车站去省城最早一班几点", "6:20"),
    ("长途车站尾班车几点", "17:40"),
    ("电瓶车能带上客车不", "电动自行车"),
    ("菜市场摊位费一个月多钱", "300元"),
    ("菜市场缺斤少两咋罚", "五百元"),
    ("活鸡在菜市场哪疙瘩卖", "北门"),
    ("垃圾车多咱来", "6:30"),
    ("剩饭剩菜倒哪个垃圾桶", "绿色"),
    ("建筑垃圾送到哪块儿", "西沟"),
    ("能养大狗不", "大型犬"),
    ("办狗证一年多钱", "50元"),
    ("狗屎不捡罚几多钱", "200元"),
    ("北环路封路咋绕路", "绕行"),
    ("半夜施工太吵中不中", "夜间施工"),
]
UNANSWERED = [
    "滑雪场搁哪",
    "护照搁哪办",
    "地铁几点开门儿",
    "驾照咋整",
    "博物馆馆长系边个",
    "养老院一个月几多钱",
    "公积金咋提取",
    "电影院在哪疙瘩",
    "文化馆几点开门",
    "到省城要坐几个小时车",
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return library_of(tmp_path_factory.mktemp("everyday"), ARTICLES)


@pytest.mark.parametrize(("question", "told"), ANSWERED)
def test_an_everyday_question_is_answered_with_the_official_sentence(
    library: Library, question: str, told: str
) -> None:
    result = library.ask(question)
    assert isinstance(result, Answer), result
    citation = result.citations[0]
    assert told in citation.sentence.of(citation.passage.text)


@pytest.mark.parametrize("question", ["医保什么时候截止", "医保截止日期"])
def test_a_word_for_the_kind_of_answer_need_not_stand_in_it(
    library: Library, question: str
) -> None:
    assert library.ask(question).certainty is Certainty.SURE


@pytest.mark.parametrize("question", UNANSWERED)
def test_what_no_article_tells_is_refused_in_dialect_too(library: Library, question: str) -> None:
    assert isinstance(library.ask(question), NoAnswer)


@pytest.mark.parametrize("name", ["罗成海", "罗永刚", "何建刚", "陈芳芳"])
@pytest.mark.parametrize("asking", ["{}是谁", "谁是{}", "请问{}是做什么的"])
def test_a_person_is_not_taken_for_another_with_a_part_of_the_name(
    library: Library, name: str, asking: str
) -> None:
    """Characters of a name may be words by themselves: 何, 才, 刚."""
    result = library.ask(asking.format(name))
    assert isinstance(result, NoAnswer)
    assert result.missing == (name,)


@pytest.mark.parametrize(
    ("question", "lacking"),
    [("三级残疾护理补贴每月多少", "三级"), ("石桥村卫生室几点开门", "石桥")],
)
def test_one_of_several_is_not_surely_another(
    library: Library, question: str, lacking: str
) -> None:
    result = library.ask(question)
    assert result.certainty is not Certainty.SURE
    assert lacking in result.missing
