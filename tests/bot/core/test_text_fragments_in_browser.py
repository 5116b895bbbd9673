"""Text fragments in a real browser: the page scrolls to the sentence and marks it, and no other."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from articles import load_article
from browser import DESKTOP, NEEDS_BROWSER, PHONE, Browser, browsing, web_server
from desk_fakes import a_citation

from bot.core.source_links import SourceLinks
from bot.core.text_fragments import to_sentence
from index import Citation, Span
from index.analysis.passages import split_article

pytestmark = [pytest.mark.slow, NEEDS_BROWSER]

MARK = (255, 0, 255)
FILLER = "".join(f"<p>这是第{number}段,讲的是别的事情。</p>" for number in range(80))
LONG = (
    "投资500万元对辖区137个老旧楼院开展物业提升服务,投资220余万元对辖区162个老旧散楼院465个单元"
    "179804平方米实施了楼道涂白,投资45.5万元对老旧散楼院371个单元进行照明亮化。"
)
ENDLESS = (
    "全县安装的路灯都由施工队在两个月里全部换好并且通过了由县里组织的验收而且没有一处返工没有一处超支"
    "也没有一人投诉居民们都说夜里走路放心多了。"
)

# The passage, its sentence, and how the page prints it; where the sentence stands is #here.
CASES = {
    "short": (
        "开头一句话。县城管局去年安装路灯一千余盏。最后一句话。",
        "县城管局去年安装路灯一千余盏。",
        "<p>开头一句话。<span id=here>县城管局去年安装路灯一千余盏。</span>最后一句话。</p>",
    ),
    "long": (
        f"开头一句话。{LONG}最后一句话。",
        LONG,
        f"<p>开头一句话。<span id=here>{LONG}</span>最后一句话。</p>",
    ),
    "endless": (ENDLESS, ENDLESS, f"<p id=here>{ENDLESS}</p>"),
    "paragraphs": (
        "新增座位四百个、电脑六十台\n\n  新增图书三万册、期刊二百种。",
        "新增座位四百个、电脑六十台\n\n  新增图书三万册、期刊二百种。",
        "<div id=here><p>新增座位四百个、电脑六十台</p><p>新增图书三万册、期刊二百种。</p></div>",
    ),
    "markup": (
        "馆长名叫陈静,她在这里工作了二十年。",
        "馆长名叫陈静,她在这里工作了二十年。",
        "<p id=here>馆长名叫<b>陈静</b>,她在<a href='/x'>这里</a>工作了二十年。</p>",
    ),
    "signs": (
        "A-B 公司的 C&D 项目(100%,即全部)已经完成。",
        "A-B 公司的 C&D 项目(100%,即全部)已经完成。",
        "<p id=here>A-B 公司的 C&amp;D 项目(100%,即全部)已经完成。</p>",
    ),
    "repeated": (
        "路灯何时点亮?去年十月。\n桥何时修好?去年十月。",
        "去年十月。",
        f"<p>路灯何时点亮?去年十月。</p>{FILLER}<p>桥何时修好?<span id=here>去年十月。</span></p>",
    ),
    "table": (
        "项目 投资\n  楼道涂白 220余万元",
        "楼道涂白 220余万元",
        "<table><tr><td>项目</td><td>投资</td></tr></table><p id=here>楼道涂白  220余万元</p>",
    ),
}


def page(body: str) -> str:
    style = "::target-text { background: #f0f; color: #f0f }"
    return (
        "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<style>{style}</style><h1 id=top>标题</h1>{FILLER}{body}{FILLER}"
    )


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    profile: Path = tmp_path_factory.mktemp("profile")
    with browsing(profile) as running:
        yield running


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with web_server({f"/{name}": page(body) for name, (_, _, body) in CASES.items()}) as address:
        yield address


def address_of(site: str, name: str, fragment: str = "") -> str:
    text, sentence, _ = CASES[name]
    start = text.rindex(sentence)
    return to_sentence(f"{site}/{name}{fragment}", text, Span(start, start + len(sentence)))


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
@pytest.mark.parametrize("name", CASES)
def test_the_sentence_is_scrolled_to_and_marked(
    name: str, size: tuple[int, int], browser: Browser, site: str
) -> None:
    browser.open(address_of(site, name), size)
    assert browser.sees("#here")
    assert browser.number("scrollY") > 0
    assert browser.shows(MARK)


def test_a_fragment_of_the_page_gives_way_to_the_sentence(browser: Browser, site: str) -> None:
    browser.open(address_of(site, "short", "#top"))
    assert browser.sees("#here")


def test_a_page_that_has_changed_is_opened_all_the_same(browser: Browser, site: str) -> None:
    gone = to_sentence(f"{site}/short", "这句话已经不在了。", Span(0, 9))
    browser.open(gone)
    assert browser.number("scrollY") == 0


@dataclass(frozen=True)
class Read:
    """A page that the project's own loader reads.

    Attributes:
        cited: what is cited of its text, where that stands last in it.
        body: how the page prints it, at #here; the words stand elsewhere on the page, too.
        suffix: of the file.
    """

    cited: str
    body: str
    suffix: str = ".html"


SAID = "县城管局去年在全县安装路灯一千余盏。"
SIGNED = "\u201cA-B\u201d公司的C&D项目(100%\uff0c即全部)已经完成——一盏不少。"
WIDE = "全县去年安装路灯\uff11\uff12\uff10\uff10盏\uff0c投资\uff13\uff10\uff10万元。"
ROWS = (
    "<table><tr><th>项目</th><th>投资</th><th>进度</th></tr>"
    "<tr><td>楼道</td><td>220万元</td><td>完成</td></tr>"
    "<tr id=here><td>路灯</td><td>300万元</td><td>完成</td></tr></table>"
)

READ = {
    "summary": Read(SAID, f"<p>记者了解到一件事。</p><p id=here>{SAID}</p>"),
    "same paragraph": Read(SAID, f"<p>记者了解到一件事。<span id=here>{SAID}</span>居民高兴。</p>"),
    "caption between": Read(
        SAID, f"<p>记者了解到一件事。</p><div aria-hidden=true>图</div><p id=here>{SAID}</p>"
    ),
    "bold and linked": Read(
        SAID,
        "<p>记者了解到一件事。</p>"
        "<p id=here><b>县城管局</b>去年在<a href='/x'>全县</a>安装路灯一千余盏。</p>",
    ),
    "list": Read(SAID, f"<ul><li>座位增加四百个。</li><li id=here>{SAID}</li></ul>"),
    "short": Read("一千余盏。", "<p>路灯装了多少?<span id=here>一千余盏。</span>居民高兴。</p>"),
    "heading": Read(
        "安装路灯一千余盏", "<h2 id=here>安装路灯一千余盏</h2><p>这是县城管局去年的事。</p>"
    ),
    "signs": Read(
        SIGNED, f"<p>记者了解到一件事。</p><p id=here>{SIGNED.replace('&', '&amp;')}</p>"
    ),
    "wide digits": Read(WIDE, f"<p>记者了解到一件事。</p><p id=here>{WIDE}</p>"),
    "very long": Read(LONG, f"<p>记者了解到一件事。</p><p id=here>{LONG}</p>"),
    "row": Read("项目\uff1a路灯 | 投资\uff1a300万元 | 进度\uff1a完成", ROWS),
    "paragraphs": Read(
        "新增座位四百个、电脑六十台\n新增图书三万册、期刊二百种。",
        "<p>记者了解到一件事。</p><div id=here><p>新增座位四百个、电脑六十台</p>"
        "<p>新增图书三万册、期刊二百种。</p></div>",
    ),
    "markdown list": Read(
        f"- {SAID}", f"<ul><li>座位增加四百个。</li><li id=here>{SAID}</li></ul>", ".md"
    ),
}
MARKDOWN = f"# 路灯\n\n## 安装\n\n- 座位增加四百个。\n- {SAID}\n"


def printed(case: Read) -> str:
    """Returns the page: what is cited stands in its menu first, cell by cell for a row."""
    menu = case.cited.removeprefix("- ").replace("&", "&amp;")
    menu += "</p><p>300万元</p><p>路灯</p>"
    return page(case.body).replace("标题</h1>", f"安装</h1><nav><p>{menu}</p></nav>")


def citation_of(case: Read, folder: Path, url: str) -> Citation:
    """Returns a citation of what the loader reads in a file with the page."""
    file = folder / f"page{case.suffix}"
    content = MARKDOWN if case.suffix == ".md" else printed(case)
    file.write_text(content, encoding="utf-8")
    article = load_article(file, file.name, 10**6)
    for passage in reversed(split_article(article, 0)):
        start = passage.text.rfind(case.cited)
        if start >= 0:
            cited = replace(a_citation(passage.text, passage.text, (), url=url), passage=passage)
            return replace(cited, sentence=Span(start, start + len(case.cited)))
    raise AssertionError(f"no passage holds {case.cited!r} in {article.text!r}")


@pytest.mark.parametrize("tail", ["", "?a=1&b=2", "#top"])
@pytest.mark.parametrize("name", READ)
def test_what_the_loader_has_read_is_found_where_it_is_cited(
    name: str, tail: str, browser: Browser, tmp_path: Path
) -> None:
    """The right one of several places that hold the same words is in view, and marked."""
    case = READ[name]
    with web_server({f"/a{tail.partition('#')[0]}": printed(case)}) as address:
        link = SourceLinks().of(citation_of(case, tmp_path, f"{address}/a{tail}"))
        assert link
        browser.open(link.address)
        assert browser.sees("#here")
        assert browser.shows(MARK)
