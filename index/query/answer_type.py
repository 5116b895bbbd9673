"""Which type of answer a question asks for, and where a text holds one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from index.model import Span
from index.query.word_lists import word_list


class AnswerCategory(StrEnum):
    """What is asked for, in the large."""

    QUANTITY = "quantity"
    DATE = "date"
    PERSON = "person"
    PLACE = "place"
    PHONE = "phone"
    METHOD = "method"
    PAPERS = "papers"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class AnswerType:
    """A type of answer.

    Attributes:
        category: what it is, in the large.
        shape: how it is written in a normalised text; None where it can be written in any way.
        least: what a text must hold to answer at all; None where nothing is sure to be needed.
        labels: what a field of a notice is called that holds such an answer.
        names: what the kind is called, as a whole word: 面积.
    """

    category: AnswerCategory
    shape: re.Pattern[str] | None
    least: re.Pattern[str] | None = None
    labels: re.Pattern[str] | None = None
    names: re.Pattern[str] | None = None

    @property
    def is_figure(self) -> bool:
        """Whether it is written with numbers, so that it can be told from what stands by it."""
        return self.category in (
            AnswerCategory.QUANTITY,
            AnswerCategory.DATE,
            AnswerCategory.PHONE,
        )

    @property
    def shows(self) -> bool:
        """Whether a text surely shows that it holds one; what is but a name has no form."""
        names = (AnswerCategory.PERSON, AnswerCategory.PLACE)
        return self.shape is not None and self.category not in names

    def is_called(self, word: str) -> bool:
        """Whether a word (normalised) is the name of the kind itself."""
        return self.names is not None and self.names.fullmatch(word) is not None

    def is_named_by(self, label: str) -> bool:
        """Whether a label or a heading (normalised) announces something of this kind."""
        return self.labels is not None and self.labels.search(label) is not None

    def may_be_in(self, text: str) -> bool:
        """Whether `text` (normalised) holds what an answer needs at the least."""
        return self.least is None or self.least.search(text) is not None

    def held_by(self, text: str) -> bool:
        """Whether `text` (normalised) holds something of this kind."""
        return self.shape is None or self.shape.search(text) is not None

    def places(self, text: str) -> Iterator[Span]:
        """Returns where `text` (normalised) holds something of this kind."""
        if self.shape is None:
            return iter(())
        return (Span(*match.span()) for match in self.shape.finditer(text) if match.group())


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a type of answer is asked for.

    Attributes:
        asked_by: what asks for it.
        named_by: what it is called; asks only together with 多少 or 几, or if nothing else asks:
            「人口最多的城市是哪个」 asks for no number.
        answer_type: what is asked for.
    """

    asked_by: re.Pattern[str]
    named_by: re.Pattern[str]
    answer_type: AnswerType


_NOTHING = r"(?!)"


def _rule(
    category: AnswerCategory,
    asked_by: str,
    shape: str | None,
    named_by: str = _NOTHING,
    least: str | None = None,
    labels: str = _NOTHING,
) -> _Rule:
    answer_type = AnswerType(
        category,
        re.compile(shape) if shape else None,
        re.compile(least) if least else None,
        re.compile(rf"{labels}|{named_by}"),
        re.compile(named_by),
    )
    return _Rule(re.compile(asked_by), re.compile(named_by), answer_type)


# Possessive, and begun only where a number begins: a line of numerals must not take long.
_CARDINAL = (
    r"(?:\d[\d.]*+|[〇零一二两三四五六七八九十百千万亿半数几]++)"
    r"(?:余|多|来|几)?[十百千万亿]*+(?:余|多)?[^\S\n]*+"
)
_NUMBER = rf"(?<![第\d.〇零一二两三四五六七八九十百千万亿]){_CARDINAL}"
MEASURES = (
    "个座条种所家次部本间项支届队场艘架辆盏枚颗级层节集首篇张套处道门科类期站台"
    "州县省市国区镇乡村岛洲卷册页片根亩株棵件份头匹"
)
"""What things are counted with. Each is one character."""
# Digits that are no date and do not number an item or a provision, and numbers with what they
# count: 「五是」 counts nothing.
_COUNT = (
    r"(?<![\d.])(?<!(?m:^)\()(?!(?m:^)\d{1,2}[.、)](?!\d))\d[\d.]*+(?![年月日])"
    r"|(?<![第〇零一二两三四五六七八九十百千万亿半数])[〇零一二两三四五六七八九十百千万亿半数]++[余多来]?"
    rf"(?:[{MEASURES}人名位年月日天元块户只条成里米吨岁倍册封]|小时|公里|平方)"
    r"|[二两三四五六七八九十百千]{1,6}[十百千万亿]|分之|[一二两三四五六七八九]成"
)


def _in_column(units: str) -> str:
    """Returns a number in a column or field whose name holds its unit: 「零售价(元/斤):15.80」."""
    return rf"[(:,](?:单位:)?(?:{units})(?:/[^()\s]{{1,4}})?\)\s*:\s*{_NUMBER}"


def _counted(
    asked_by: str,
    units: str,
    named_by: str = _NOTHING,
    labels: str = _NOTHING,
    # A unit may be written in ways that nobody foresaw; a number there must be.
    least: str = _COUNT,
) -> _Rule:
    shape = rf"{_NUMBER}(?:{units})|{_in_column(units)}"
    return _rule(AnswerCategory.QUANTITY, asked_by, shape, named_by, rf"{shape}|{least}", labels)


def _dated(
    asked_by: str,
    shape: str,
    named_by: str = _NOTHING,
    least: str | None = None,
) -> _Rule:
    least = least or rf"{shape}|节|期间|近日|日前|当天|目前|{_COUNT}"
    return _rule(AnswerCategory.DATE, asked_by, shape, named_by, least, _TIME_LABELS)


# Words of asking as dialects have them, each with what keeps it apart from ordinary text.
_WHAT = r"(?:什么|啥子?|么子|乜嘢|(?<!干)嘛)"
DIALECT_WHEN = (
    rf"{_WHAT}(?:辰光|时辰|会儿(?!童)|前儿)|啥前(?![\u4e00-\u9fff]?[提景途台面程])|(?<![什那这多怎要])么(?:子)?时[候间]"
    r"|(?<!不)多(?:前儿|会儿(?!童)|早晚|阵儿|咱(?![们家])|暂(?![停时住缓]))"
    r"|几儿(?![子女童媳歌科孙])|哪会儿(?!童)|(?:啥|乜嘢?)时[候间]?"
)
DIALECT_WHERE = (
    r"搁?哪(?:嘎[达瘩哒]|[疙圪]瘩|旮[旯沓]|块儿|垯|坨儿?|个?塌儿?)|搁哪[里儿块]?|上哪(?=[办去找买交报取领看弄开])|啥(?:地[方儿]|场化)"
    r"|(?<=[在到去上往])阿[达搭]里?(?=[能可有办买交报看取领]|[^\u4e00-\u9fff]|$)"
    r"|(?:喺|(?<=[在到去系]))边[度处]|(?<![一海湖河江周两旁路身])边度(?![假过日量])"
)
DIALECT_WHO = (
    r"啥(?:子)?人(?![\u4e00-\u9fff]?[口员群才士数工])|乜人|(?<![这那周旁两一路海河湖江身东南西北前后左右外里上下])边[个位](?![体人别性])"
    r"|哪个(?=负责|主持|带队|牵头|管(?![理辖道区委控]))"
)
DIALECT_WHY = (
    r"(?<![以认因])为(?:嘛|么[子事])|凭(?:啥|什么)(?=[罚不还又扣断停涨])|干(?:嘛|啥)(?=[停关收不要没断])|做么子(?=[停关收不要没断])"
    r"|(?<![\d一二两三四五六七八九十几要重难热焦疑观半有网地站])点解(?![决读释放除封析答散开说])"
)
DIALECT_HOW = (
    r"啷(?:个|们)|郎个(?=[办弄搞整走去交报])|哪门子?(?=[办弄搞整])|(?<![一有差重网])点样(?![子品本板式张])|(?<![什怎那这])么样|怎(?:个|着|的)"
    r"|(?<![在到去上从往搁])哪能(?=[办弄搞做]?[呢啊呀]?(?:[^\w]|$))"
)
DIALECT_HOW_MUCH = rf"几块?洋?钿|多些钱|{_WHAT}价(?!值)[钱位格]?"
_TIME_LABELS = "时间|日期|时段|期限|时限|截止|日程|营业|班$|首班|末班|发车|起止|何时"
_MANY = "(?:多少|好多|(?<!哪)几多|(?<!哪)几(?!乎|何|率))"
BARE_MANY = "(?<![很许更太最么这那好几不])多(?=钱)"
"""多少 of 「门票多钱」."""
HOW = r"(?:多|几(?=[久高长远宽深厚]|重(?![天门山重])|大(?:[的了年岁面]|[^\u4e00-\u9fff]|$)))"
"""多 of 「多久」, which is 「几久」 in the south."""
_WHICH = "哪(?:一)?(?:个)?"
_NUMBERED = "[窗楼门站台柜房线车厅院店机口库座馆路]"
"""What is numbered: 「几号窗口」 asks for no day."""
_SURNAMES = "".join(sorted(word for word in word_list("surnames.txt") if len(word) == 1))
NAME_ALONE = (
    r"(?<![\u4e00-\u9fff])(?!周[一二三四五六日末])"
    rf"[{_SURNAMES}][\u4e00-\u9fff]{{1,2}}(?![\u4e00-\u9fff])"
)
"""A name of a person that stands by itself: 「管理员：王建民。」."""
_TITLES = (
    r"(?:书记|部长|主任|局长|[市区县镇乡村省州院校所处科厅司队会社行站馆班组团店厂]长|主席|教授|院士"
    r"|总统|总理|国王|皇帝|导演|演员|作家|作者|记者|博士|先生|女士"
    r"|经理|会计|工程师|老师|教师|教练|医生|护士|师傅|徒弟|理员|[冠亚季]军|得主|[承始]人|妻子|丈夫|[儿孙]子|[女孙]女|女儿|[父母]亲|[爷奶]{2}"
    rf"|[兄姐弟妹哥]{{2}})|{NAME_ALONE}"
)

_CURRENCIES = "[美日港欧加澳]?[元圆]|[港台日韩]币|人民币|新台币|英镑|法郎|卢布|马克|块|两|贯|美金"
_MONEY = rf"{_NUMBER}(?:{_CURRENCIES})|{_in_column(rf'[万亿]?(?:{_CURRENCIES})')}"
_CLOCK = r"\d{1,2}\s*[:点时]|[一二两三四五六七八九十]{1,3}[点时]"
_OPEN = rf"{_CLOCK}|(?:周|星期|礼拜)[一二三四五六日天末]|每天|中午"
"""Tells when something is open."""
_PERSONS = (
    "学生|新生|老师|教师|员工|职工|工人|居民|村民|市民|群众|孩子|儿童|老人|志愿者|选手|运动员|队员|会员|党员|干部|读者"
    "|游客|观众|乘客|旅客|医生|护士|士兵|代表|专家"
)
"""Whom people count, mostly without a measure."""
_PEOPLE = rf"{_NUMBER}(?:人|名|位|口|户|个(?:人|{_PERSONS}))|\d[\d.]*+[万亿]|人[口数]\w{{0,4}}\d"
_DATES = (
    _dated(
        r"哪(?:一)?年|何年|几几年",
        r"\d{1,4}\s*年|[〇零一二三四五六七八九]{4}年|[\u4e00-\u9fff]{2}(?:元|[一二三四五六七八九十]{1,3})年|世纪"
        r"|第[一二三四五六七八九十]+年|[次翌同去今明前]年",
        named_by="年份",
    ),
    _dated("几点", _OPEN, least=rf"{_CLOCK}|[上中下]午|早晨?|晚|夜|凌晨|全天|小时|随时"),
    _dated(r"(?:周|星期|礼拜)几", _OPEN),
    _dated(
        rf"{DIALECT_WHEN}|什么时[候间]|啥(?:子)?时[候间]|何[时日]|几时|好久(?![没未不])|哪阵|哪(?:一)?[天日]|几[月日]|几号(?!{_NUMBERED})|哪(?:一)?个?(?:世纪|年代|朝代|时期)",
        r"\d{1,4}\s*[年月日时点:]|[〇一二三四五六七八九十]{1,4}[年月日时点]|世纪|年代|周[一二三四五六日末]"
        r"|(?:昨|今|明|去|前)[天年]|[夏商周秦汉隋唐宋元明清晋](?:朝|代)|[\u4e00-\u9fff]朝|时期|[春夏秋冬][天季]|初[春夏秋冬]|[晚深][春夏秋冬]|夜间",
        named_by="日期",
    ),
)
_DURATIONS = r"个?(?:年|月|天|日|工作日|小时|分钟|秒|周(?!岁)|星期|载)"
_LENGTHS = "公里|千米|公尺|米|厘米|毫米|英?[尺寸吋]|英?里|丈|海里|公分|km|cm|m"
_STRETCHES = "[桥路街河堤坝渠管线道洞江沟巷绳墙]"
"""What is long in space: 「大桥有多长」 asks for no time."""
_FREE = "免费|无偿|不收费|不收取"
_PRICE_LABELS = r"[价费]$|[价费]\(|收费|票价|门票|费用|标准|租金|押金|工本费|经费|预算|补贴|补助"
_QUANTITIES = (
    _rule(
        AnswerCategory.QUANTITY,
        rf"(?:多少|[好几]多)[万亿]?(?:[美日港欧]?[元圆]|块?钱)|几[块毛]钱?|几个钱|{BARE_MANY}钱|{DIALECT_HOW_MUCH}"
        r"|(?:[票费价金证]|一[斤份张次位])[要得收]?多少米"
        r"|[怎咋]么?个?收[费钱]"
        rf"|(?:花|投资|耗资|捐款?|赔偿?|奖金?|津贴|补[贴助]|租金|押金|工资|罚款?|[票学]费).{{0,6}}多少(?![{MEASURES}]|时间|人|天|年)",
        rf"{_MONEY}|{_NUMBER}倍|{_FREE}",
        named_by="价格|造价|票房|金额",
        labels=_PRICE_LABELS,
        least=rf"{_MONEY}|[\d百千十][万亿]|{_NUMBER}倍|{_FREE}",
    ),
    _rule(
        AnswerCategory.QUANTITY,
        r"要(?:[不唔]要)?钱[吗不么]?$|收(?:不收)?费[吗不么]?$|(?:要|花|收|交)钱[吗不么]|免费[吗不么]",
        rf"{_MONEY}|{_FREE}|(?:收|缴|交|付|自)费",
        labels=_PRICE_LABELS,
        least=rf"{_MONEY}|[\d百千十][万亿]|{_FREE}|(?:收|缴|交|付|自)费",
    ),
    _rule(
        AnswerCategory.QUANTITY,
        rf"几号{_NUMBERED}|几(?:路|栋|幢)",
        rf"{_NUMBER}(?:号|路|栋|幢)",
        least=rf"{_COUNT}|{_NUMBER}(?:号|路|栋|幢)",
    ),
    _rule(
        AnswerCategory.QUANTITY,
        rf"{HOW}(?:久|长时间).{{0,8}}?一[次回班趟轮]|隔{HOW}久|几[天年月]一[次班趟]",
        rf"[每隔](?:{_CARDINAL}个?)?(?:天|日|周|星期|月|季|年|小时|分钟|半年|学期|晚|早)"
        rf"|{_NUMBER}(?:{_DURATIONS})|随时|逢",
    ),
    _counted(
        rf"{_MANY}(?:平方?米?|亩|公顷)|占地(?:约|有|是|了)?{_MANY}|面积(?:有|是|为|大概|大约)*[多几][大少]|[多几]大的?面积",
        r"平方(?:公里|千米|米|厘米)?|公顷|亩|顷|平米?|km²|m²|㎡",
        named_by="面积",
    ),
    _counted(rf"{_MANY}岁|{HOW}大(?:年[纪龄]|岁数)", r"周?岁", named_by="年龄|享年|岁数"),
    _counted(
        rf"{HOW}大", r"平方(?:公里|千米|米|厘米)?|公顷|亩|顷|平米|周?岁|厘米|米|km|m|周|个?月"
    ),
    _counted(
        rf"{HOW}[高宽深厚]|{_STRETCHES}[一共全总有是]*{HOW}长(?!时间)",
        _LENGTHS,
    ),
    _counted(
        rf"{HOW}[长远](?!时间)",
        rf"{_LENGTHS}|年|天|个?月|周|小时|分钟",
        named_by="高度|长度|宽度|深度|海拔|距离|全长|里程",
    ),
    _counted(
        rf"{HOW}久|{HOW}长(?:时[间候]|工夫|功夫|辰光)|多少时间|{_MANY}[年天日](?!代)|{_MANY}个?(?:小时|钟头|分钟|月|星期|周)",
        _DURATIONS,
        least=rf"(?:{_CARDINAL}|[半整当次翌])(?:{_DURATIONS}|学期|昼夜|夜|晚)|世纪",
    ),
    _rule(
        AnswerCategory.QUANTITY,
        rf"百分之?{_MANY}|几成|占.{{0,8}}多少|率[是为]?多少|多少%",
        r"\d[\d.]*%|百分之\w{1,6}|\d成|[一二三四五六七八九]成|\w分之\w",
        named_by="百分比|比例",
        least=_COUNT,
    ),
    _counted(rf"{_MANY}度", r"(?:摄氏|华氏)?度|°|℃", named_by="温度|气温"),
    _counted(
        rf"{HOW}重|{_MANY}(?:公?斤|吨|克)", r"公斤|千克|斤|吨|克|磅|kg|g", named_by="重量|体重"
    ),
    _rule(AnswerCategory.QUANTITY, rf"第{_MANY}", rf"第\s*{_CARDINAL}"),
    _rule(
        AnswerCategory.QUANTITY,
        rf"{_MANY}(?:[名位]|个?(?:人|{_PERSONS}))",
        _PEOPLE,
        named_by="人口|人数",
        labels="名额|人员|规模|编制",
        least=_PEOPLE,
    ),
)
_LIKE_MEASURES = ("本册", "辆台部", "栋幢座", "间套", "户家", "条根", "场次")
"""Measures that count the same things: 「几本书」 are 5册."""
_MEASURED = re.compile(rf"{_MANY}([{MEASURES}])(?<!本(?=科))")
_ASKED_NUMBER = re.compile(_MANY)
_NAMED_NUMBER = re.compile("数量|总数|花费|费用")
_ASKED_CODE = re.compile(rf"(?:密码|口令|账号|编号|代码|代号|车牌号?)(?:是|为)?{_MANY}")
"""What may be of letters or words as well."""
_ASKED_OWNER = re.compile(r"\d{5}.{0,6}(?:哪|谁|什么|啥)")
"""「0900-6210120是哪里的电话」 asks for no place."""
_ANY_NUMBER = AnswerType(AnswerCategory.QUANTITY, re.compile(_COUNT), re.compile(_COUNT))
_PAPERS = (
    r"[携须]带|持|证(?![监券实据])|[簿册]|照片|相片|复印件|原件|证明|[申登报]\w{0,4}表"
    "|合同|病历|票据|发票|银行卡|[社医]保卡"
)
_ORIGIN = "出生|生于|籍贯|来自|原籍|国籍|故乡|祖籍|[国省市县州郡](?:人|籍|裔)"
_TELEPHONE = (
    r"(?<!\d)(?:(?:\+?86-?)?1[3-9]\d{9}|(?:\(?0\d{2,3}\)?[- ]?)?[2-9]\d{6,7}"
    r"|[48]00-?\d{3,4}-?\d{3,4}|1[12]\d|1\d{4}|9\d{4})(?![\d元块年月日天人个米平公里%万亿]|\.\d)"
)
_PHONE = _rule(
    AnswerCategory.PHONE,
    r"(?:电话|热线|手机|联系方式|号码|传真)(?:号码?)?(?:是|为)?(?:多少|什么|几|哪)"
    r"|(?:多少|什么|哪个?)(?:电话|号码|热线)|打(?:哪个|什么|啥)电话",
    _TELEPHONE,
    named_by="电话|热线|联系方式|手机号|号码|传真",
    least=_TELEPHONE,
    labels="电话|热线|联系方式|手机|咨询|传真|号码|座机|联系",
)
_BECAUSE = (
    "因(?![此而素子])|由于|鉴于|为了|[以之]故|缘于|源于|出于|导致|所致|引[起发]|造成|以[便免]"
    "|(?<!认)为(?:保障|方便|配合|确保|加强)"
)
_OTHERS = (
    _rule(
        AnswerCategory.PLACE,
        r"哪[里儿]人|哪(?:一?个)?国家?的?人|是哪国",
        _ORIGIN,
    ),
    _rule(
        AnswerCategory.PERSON,
        rf"找(?:谁|哪个|哪[里儿])|(?:谁|{DIALECT_WHO})(?:来|去)?(?:管|修|负责|处理|承担|赔|出(?![生名台现版身道]))|归(?:谁|哪)",
        rf"{_TITLES}|{_TELEPHONE}|拨打|联系|承担|负责"
        r"|[\u4e00-\u9fff]{1,10}(?:局|所|站|队|处|科|办|中心|公司|部门|社区|物业|委会|服务台|窗口|单位)",
        labels="负责|电话|热线|联系|咨询|投诉|举报|部门|单位",
    ),
    _rule(
        AnswerCategory.PERSON,
        rf"{DIALECT_WHO}|谁|哪(?:一)?(?:位|名)|{_WHICH}人|何人|什么人|名字|姓名",
        rf"{_TITLES}|[\u4e00-\u9fff]·[\u4e00-\u9fff]|记者",
        labels=r"人$|人员$|负责|主持|主讲|老师|教师|教练|作者|[馆院校局处科所队组班村镇乡县市]长$|主任|书记|医生|姓名|嘉宾",
    ),
    _rule(
        AnswerCategory.PLACE,
        r"(?:哪(?:一)?条|什么)(?:大?街|路|巷)",
        r"[\u4e00-\u9fff][街路巷道弄]",
        least="[街路巷道弄]",
    ),
    _rule(
        AnswerCategory.PLACE,
        rf"{DIALECT_WHERE}|哪[里儿点]|何[地处]|[在去到]哪(?!个|些|种|位|家|天|年|一)|什么地[方点]|{_WHICH}(?:国家?|城市|省份?|市|区|县|州|地[方区]|岛|洲)|地点|位于",
        r"[\u4e00-\u9fff]{1,8}(?:[省市区县镇乡村州国路街洲岛山河湖海港湾城府道郡楼室厅馆院园场站巷弄层广场]|(?<!公众)号)",
        labels="地点|地址|位置|场所|场地|会场|集合|教室|起点|终点|总部|所在|校址|住址|产地|何处|方位",
    ),
    _rule(
        AnswerCategory.REASON,
        rf"{DIALECT_WHY}|为什么|为何|为啥|[怎咋]么?回事|(?:什么|啥)原因|原因是",
        _BECAUSE,
        labels="原因|为什么|为何|缘由|起因|背景",
    ),
    _rule(
        AnswerCategory.PAPERS,
        rf"[带备]上?(?:{_WHAT}|哪些)|(?:{_WHAT}|哪[些几][种样]?|几样)(?:材料|资料|证件|证明)",
        _PAPERS,
        labels="材料|资料|证件|手续|携带|准备|提交",
    ),
    _rule(
        AnswerCategory.METHOD,
        rf"{DIALECT_HOW}|怎么(?!样|了|会)|怎样|如何|咋(?!样|了)|(?:什么|哪些)(?:手续|流程|步骤|方式|渠道|途径|办法)",
        None,
        named_by="流程|步骤|办法|手续",
        labels="怎么|如何|怎样|方式|渠道|途径|程序|方法|指南|须知",
    ),
)
_ASKS_OTHERWISE = re.compile(
    "哪|什么|甚么|啥|谁|何|怎|咋|[吗么]$|么[子事]|乜嘢|啷|"
    f"{DIALECT_WHERE}|{DIALECT_WHO}|{DIALECT_WHY}|{DIALECT_HOW}"
)


_WITH_A_NAME = re.compile(
    r"(?:老师|教师|教练|医生|师傅|[院馆站校园队班村镇县局所处科会厂店社]长|主任|书记|经理|会计|老板|老[婆公伴]|妻子|丈夫|爱人"
    r"|[爸妈爹娘]|[父母]亲|[儿孙]子|[女孙]女|女儿|[哥姐弟妹]|负责人|联系人|经办人|司机|驾驶员"
    r"|设计师|工程师|裁缝|铁匠|木匠|艺人|传承人|徒弟)"
    rf".{{0,4}}?(?:谁|哪(?:一)?[位个]|叫{_WHAT}|名字|姓名|姓{_WHAT}|贵姓|{DIALECT_WHO})"
)


def asks_for_name(question: str) -> bool:
    """Whether a normalised question asks for the name of somebody whose office or kinship it says.

    Reporters and authors are not meant: they are named beside the text, not in it.
    """
    return _WITH_A_NAME.search(question) is not None


def asked_type(question: str) -> AnswerType | None:
    """Returns the type of answer that a normalised question asks for, if it says so."""
    if _ASKED_CODE.search(question) or _ASKED_OWNER.search(question):
        return None
    counts = _ASKED_NUMBER.search(question) is not None
    nothing_else = not _ASKS_OTHERWISE.search(question)
    if _PHONE.asked_by.search(question) or (nothing_else and _PHONE.named_by.search(question)):
        return _PHONE.answer_type
    for rule in _DATES:
        if rule.asked_by.search(question) or (nothing_else and rule.named_by.search(question)):
            return rule.answer_type
    for rule in _QUANTITIES:
        named = (counts or nothing_else) and rule.named_by.search(question)
        if rule.asked_by.search(question) or named:
            return rule.answer_type
    measured = _MEASURED.search(question)
    if measured:
        # 个 is said of anything: 「多少个车站」 are 23座. 「多少座位」 looks like a measure only.
        asked = measured.group(1)
        alike = "".join(measures for measures in _LIKE_MEASURES if asked in measures)
        unit = f"[{MEASURES}]" if asked == "个" else f"[{asked}{alike}个]"
        shape = re.compile(f"{_NUMBER}{unit}")
        return AnswerType(AnswerCategory.QUANTITY, shape, re.compile(_COUNT))
    if counts or (nothing_else and _NAMED_NUMBER.search(question)):
        return _ANY_NUMBER
    return next((rule.answer_type for rule in _OTHERS if rule.asked_by.search(question)), None)
