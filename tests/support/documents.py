"""A folder of documents as editors have them: all formats and encodings, by independent writers."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from html import escape
from pathlib import Path
from urllib.parse import quote
from zipfile import ZipFile

import docx
from docx.document import Document as WordDocument
from docx.oxml.ns import qn
from docx.shared import Pt
from opencc import OpenCC
from writers import iconv, office, print_page

SOURCE = "河口日报"
PUBLISHED = date(2017, 11, 27)
HEADINGS = ("建设背景", "资金与工期", "居民反映")
_SUBJECT_NAMES = (
    "向阳桥 青石水库 东山隧道 红星小学 柳湾码头 北岭气象站 松林疗养院 石门粮库 白马渡口 双塔公园 "
    "南渠泵站 云台索道 桃溪图书馆 梅岭茶场 沙洲灯塔 玉泉浴场 金沟林场 鹿鸣剧院 竹山书院 望江楼 "
    "银杏广场 平安医院 古槐驿站 长堤船坞 丰收晒场 麦田观测塔 雪峰索桥 莲塘菜市 归雁机场 铜鼓博物馆 "
    "紫藤花房 蓝湾泳池 苍梧酒窖 朝晖敬老院 清源水厂 落霞营地 听涛宾馆 磐石采石场 "
    "飞虹天桥 晴川造船厂"
)
_SUBJECTS = _SUBJECT_NAMES.split()
_FILLER = (
    "去年以来,县里把办好民生实事放在第一位,各部门按月公布进度,接受群众监督。",
    "工程队克服雨季长、运输难的困难,白天施工,夜里备料,没有发生一起安全事故。",
    "技术人员多次到现场测量,反复比较方案,最后选定了造价最低、占地最少的一种。",
    "周边的道路、给水和照明同时整修,沿线种上了行道树,路口增设了指示牌。",
    "不少居民自发送来茶水和西瓜,退休教师还办起了黑板报,记录每天的变化。",
    "验收组查阅了全部图纸和台账,抽检了材料和焊缝,认为质量达到了设计要求。",
)


@dataclass(frozen=True, slots=True)
class Story:
    """What a document tells.

    Attributes:
        title: the headline.
        fact: the planted sentence; no other document holds it.
        question: what the fact answers.
        cost: a number in it.
        sections: heading and paragraphs of each.
    """

    title: str
    fact: str
    question: str
    cost: int
    sections: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def table(self) -> tuple[tuple[str, str, str], ...]:
        """A table in it; its first row names the columns."""
        return (
            ("材料", "数量", "产地"),
            ("水泥", f"{self.cost + 3}吨", "清河"),
            ("钢筋", f"{self.cost + 5}吨", "柳州"),
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A document that was written.

    Attributes:
        name: of its file.
        story: what it tells.
        source, published, url, headings: what its article has to say.
        paged: whether its article has pages.
        has_table: whether the story's table stands in it.
    """

    name: str
    story: Story
    source: str = SOURCE
    published: date | None = PUBLISHED
    url: str = ""
    headings: tuple[str, ...] = HEADINGS
    paged: bool = False
    has_table: bool = False


def story(number: int, length: int = 2) -> Story:
    """Returns a story of its own.

    Args:
        length: how long it is; from 6 on it takes more than a page of print before the fact.
    """
    subject = _SUBJECTS[number]
    cost = 1_203 + 37 * number
    background = [f"{subject}位于河口县城以东,居民盼了很多年。", *_fill(number, 3 * length)]
    fact = f"{subject}总共耗资{cost}万元。"
    money = [*_fill(number + 2, 2 * length), f"工期为二百天。{fact}验收一次通过。"]
    voices = [*_fill(number + 4, length), f"说起{subject},附近的居民都很满意。"]
    bodies = zip(HEADINGS, (background, money, voices), strict=True)
    sections = tuple((heading, tuple(lines)) for heading, lines in bodies)
    return Story(f"{subject}的建设经过", fact, f"{subject}总共耗资多少", cost, sections)


def _fill(start: int, count: int) -> list[str]:
    """Returns paragraphs that say nothing of the fact."""
    return [
        "".join(_FILLER[(start + number + step) % len(_FILLER)] for step in range(3))
        for number in range(count)
    ]


def write_documents(folder: Path, workshop: Path) -> list[Kept]:
    """Writes all documents into a folder.

    Args:
        workshop: an empty folder for what is needed on the way.
    """
    numbers = iter(range(len(_SUBJECTS)))
    kept = [
        *_texts(folder, numbers),
        *_pages(folder, numbers),
        *_word(folder, numbers),
        *_printed(folder, workshop, numbers),
        *_from_office(folder, workshop, numbers),
        *_books(folder, numbers),
    ]
    assert len({one.name for one in kept}) == len(kept)
    return kept


# Plain text and Markdown


def as_text(tale: Story) -> str:
    """Returns the story as a plain text file."""
    lines = [tale.title, f"{PUBLISHED:%Y-%m-%d}  来源:{SOURCE}", ""]
    for heading, paragraphs in tale.sections:
        lines += [heading, *(f"\u3000\u3000{paragraph}" for paragraph in paragraphs), ""]
    return "\n".join(lines)


def as_markdown(tale: Story) -> str:
    """Returns the story as a Markdown file with front matter."""
    lines = ["---", f"title: {tale.title}", f"source: {SOURCE}", f"date: {PUBLISHED}", "---", ""]
    for heading, paragraphs in tale.sections:
        lines += [f"## {heading}", "", *(f"{paragraph}\n" for paragraph in paragraphs)]
    return "\n".join(lines)


_CONVERT = OpenCC("s2tw")


def _traditional(written: Kept) -> Kept:
    """Returns what a document holds when it was written in traditional characters."""
    convert = _CONVERT.convert
    return replace(
        written,
        story=replace(
            written.story, title=convert(written.story.title), fact=convert(written.story.fact)
        ),
        source=convert(written.source),
        headings=tuple(map(convert, written.headings)),
    )


def _texts(folder: Path, numbers: Iterator[int]) -> Iterator[Kept]:
    for encoding in ("UTF-8", "GB18030", "GBK", "UTF-16", "UTF-16LE", "UTF-16BE"):
        tale = story(next(numbers))
        iconv(as_text(tale), encoding, folder / f"text {encoding}.txt")
        yield Kept(f"text {encoding}.txt", tale)
    tale = story(next(numbers))
    iconv(_CONVERT.convert(as_text(tale)), "BIG5", folder / "text Big5.txt")
    yield _traditional(Kept("text Big5.txt", tale))
    for encoding in ("UTF-8", "GB18030"):
        tale = story(next(numbers))
        iconv(as_markdown(tale), encoding, folder / f"markdown {encoding}.md")
        yield Kept(f"markdown {encoding}.md", tale)


# Web pages

Body = Callable[[Story], str]


def _table(tale: Story) -> str:
    names, *rows = tale.table
    head = "".join(f"<th>{name}</th>" for name in names)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _sections(tale: Story, *, with_table: bool = False) -> str:
    parts = []
    for number, (heading, paragraphs) in enumerate(tale.sections):
        parts.append(f"<h2>{heading}</h2>")
        parts += [f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs]
        parts += [_table(tale)] * (with_table and number == 1)
    return "\n".join(parts)


def _article(tale: Story) -> str:
    """Returns the story as content management systems write it: with navigation and teasers."""
    info = f"<span>{PUBLISHED:%Y-%m-%d} 10:16</span> <span>来源:{SOURCE}</span>"
    return f"""
<div class="top nav"><a href="/">首页</a> <a href="/a">要闻</a> <a href="/b">图片</a></div>
<div class="main"><h1>{tale.title}</h1><div class="info">{info}</div>
<div class="content">{_sections(tale, with_table=True)}</div></div>
<div class="related"><ul>{"".join(f'<li><a href="/{n}">更多新闻之{n}</a></li>' for n in range(8))}
</ul></div><div class="footer">版权所有 河口县新闻中心 联系我们</div>"""


def _bold(tale: Story) -> str:
    """Headings that are no more than bold paragraphs, as office programs export them."""
    sections = "".join(
        f"<p><b>{heading}</b></p>" + "".join(f"<p>\u3000\u3000{line}</p>" for line in paragraphs)
        for heading, paragraphs in tale.sections
    )
    date_line = f"<p>{PUBLISHED:%Y年%m月%d日} 来源:{SOURCE}</p>"
    return f"<center><h1>{tale.title}</h1></center>{date_line}{sections}"


def _old(tale: Story) -> str:
    """Returns the story as a page of tables and line breaks, as in about the year 2000."""
    sections = "".join(
        f"<h3>{heading}</h3>" + "<br><br>".join(f"\u3000\u3000{line}" for line in paragraphs)
        for heading, paragraphs in tale.sections
    )
    return f"""<table><tr><td width=150><a href=1>本县概况</a><br><a href=2>领导之窗</a><br>
<a href=3>办事指南</a><br><a href=4>联系方式</a></td><td><table><tr><td align=center>
<h1>{tale.title}</h1></td></tr><tr><td>{PUBLISHED:%Y-%m-%d} 来源:{SOURCE}</td></tr>
<tr><td>{sections}</td></tr></table></td></tr></table>"""


def _page(tale: Story, body: str, head: str = "", charset: str = "utf-8") -> str:
    meta = f'<meta charset="{charset}">' if charset else ""
    title = f"<title>{tale.title}_{SOURCE}</title>"
    return (
        f"<!DOCTYPE html>\n<html lang=zh><head>{meta}{title}{head}</head><body>{body}</body></html>"
    )


def web_page(tale: Story, charset: str = "utf-8") -> str:
    """Returns the story as a page with navigation, the article, and teasers."""
    return _page(tale, _article(tale), charset=charset)


def _in_head(tale: Story, url: str) -> str:
    return (
        f'<meta property="og:title" content="{tale.title}">'
        f'<meta property="og:site_name" content="{SOURCE}">'
        f'<meta property="article:published_time" content="{PUBLISHED}T08:00:00+08:00">'
        f'<link rel="canonical" href="{url}">'
    )


def _pages(folder: Path, numbers: Iterator[int]) -> Iterator[Kept]:
    for charset, encoding in (("utf-8", "UTF-8"), ("gb2312", "GBK"), ("", "UTF-16"), ("", "UTF-8")):
        tale = story(next(numbers))
        name = f"page {encoding} {charset or 'not named'}.html"
        iconv(_page(tale, _article(tale), charset=charset), encoding, folder / name)
        yield Kept(name, tale, has_table=True)
    tale = story(next(numbers))
    page = _CONVERT.convert(_page(tale, _article(tale), charset="big5"))
    iconv(page, "BIG5", folder / "page big5.htm")
    yield _traditional(Kept("page big5.htm", tale))
    for name, body in (("bold", _bold), ("old", _old)):
        tale = story(next(numbers))
        iconv(_page(tale, body(tale), charset="gbk"), "GB18030", folder / f"page {name}.html")
        yield Kept(f"page {name}.html", tale)
    yield from _addressed_pages(folder, numbers)


def _addressed_pages(folder: Path, numbers: Iterator[int]) -> Iterator[Kept]:
    tale = story(next(numbers))
    url = "https://www.example.cn/2017/1127/c1001.html"
    page = _page(tale, f"<article>{_sections(tale)}</article>", _in_head(tale, url))
    (folder / "page canonical.html").write_text(page, "utf-8")
    yield Kept("page canonical.html", tale, url=url)
    tale = story(next(numbers))
    url = "https://www.example.cn/2017/1127/c1002.html"
    saved = f"\n<!-- saved from url=({len(url):04}){url} -->\n<html"
    page = _page(tale, _article(tale)).replace("\n<html", saved, 1)
    (folder / "page saved.html").write_text(page, "utf-8")
    yield Kept("page saved.html", tale, url=url, has_table=True)
    tale = story(next(numbers))
    xhtml = '<?xml version="1.0" encoding="GBK"?>\n' + _page(tale, _article(tale), charset="")
    iconv(xhtml, "GBK", folder / "page.xhtml")
    yield Kept("page.xhtml", tale, has_table=True)
    tale = story(next(numbers))
    url = "https://www.example.cn/2017/1127/c1003.html"
    archive = MIMEMultipart("related")
    archive["Snapshot-Content-Location"] = url
    archive.attach(MIMEText(_page(tale, _article(tale)), "html", "utf-8"))
    (folder / "page archived.mhtml").write_bytes(archive.as_bytes())
    yield Kept("page archived.mhtml", tale, url=url, has_table=True)


# Word


def _word_document() -> WordDocument:
    document = docx.Document()
    document.core_properties.author = ""
    font = document.styles["Normal"].font
    font.name = "WenQuanYi Micro Hei"
    document.styles["Normal"].element.rPr.rFonts.set(qn("w:eastAsia"), "WenQuanYi Micro Hei")
    return document


def as_word(tale: Story, *, styled: bool = True, with_table: bool = True) -> WordDocument:
    """Returns the story as a Word document, its headings as styles or only in bold."""
    document = _word_document()
    if styled:
        document.add_heading(tale.title, 0)
    else:
        document.add_paragraph().add_run(tale.title).bold = True
    document.add_paragraph(f"{PUBLISHED:%Y年%m月%d日}  来源:{SOURCE}")
    for number, (heading, paragraphs) in enumerate(tale.sections):
        if styled:
            document.add_heading(heading, 1)
        else:
            document.add_paragraph().add_run(heading).bold = True
        for paragraph in paragraphs:
            document.add_paragraph(paragraph)
        if with_table and number == 1:
            _add_table(document, tale)
    return document


def _add_table(document: WordDocument, tale: Story) -> None:
    table = document.add_table(rows=0, cols=3)
    for row in tale.table:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def _word(folder: Path, numbers: Iterator[int]) -> Iterator[Kept]:
    for name, styled in (("styled", True), ("plain", False)):
        tale = story(next(numbers))
        as_word(tale, styled=styled).save(str(folder / f"word {name}.docx"))
        yield Kept(f"word {name}.docx", tale, has_table=True)


# Printed


def _printed(folder: Path, workshop: Path, numbers: Iterator[int]) -> Iterator[Kept]:
    """Prints pages with Chromium: with its own headers and footers, without, and in two columns."""
    style = {
        "browser with heads": "",
        "browser without heads": "p{text-indent:2em;margin:0;line-height:1.6}",
        "browser in columns": "body{columns:2;font-size:13px}p{text-align:justify}",
    }
    for name, rules in style.items():
        tale = story(next(numbers), 8)
        info = f"<p>{PUBLISHED:%Y-%m-%d} 来源:{SOURCE}</p>"
        body = f"<h1>{tale.title}</h1>{info}{_sections(tale, with_table=True)}"
        page = workshop / f"{name}.html"
        page.write_text(_page(tale, body, f"<style>{rules}</style>"), "utf-8")
        with_heads = name.endswith("with heads")
        print_page(page, folder / f"{name}.pdf", workshop / "browser", with_heads=with_heads)
        yield Kept(f"{name}.pdf", tale, paged=True, has_table=True)


def _from_office(folder: Path, workshop: Path, numbers: Iterator[int]) -> Iterator[Kept]:
    """Converts Word documents and a web page with LibreOffice."""
    for form, count in (("pdf", 3), ("docx", 2), ("html", 1), ("epub", 1), ("txt:Text", 1)):
        drafts = []
        suffix = form.partition(":")[0]
        for number in range(count):
            tale = story(next(numbers), 8 if suffix == "pdf" else 2)
            name = f"office {suffix} {number + 1}"
            source = workshop / suffix / f"{name}.{'odt' if suffix == 'docx' else 'docx'}"
            source.parent.mkdir(exist_ok=True)
            has_table = suffix != "txt"
            _write_draft(tale, source, number, workshop, has_table=has_table)
            drafts.append(source)
            yield Kept(f"{name}.{suffix}", tale, paged=suffix == "pdf", has_table=has_table)
        office(drafts, form, folder, workshop / "office")


def _write_draft(tale: Story, path: Path, number: int, workshop: Path, *, has_table: bool) -> None:
    """Writes what LibreOffice is to convert; each with another look."""
    document = as_word(tale, with_table=has_table)
    section = document.sections[0]
    if number == 1:
        section.header.paragraphs[0].text = f"河口县年鉴 {SOURCE}"
        section.footer.paragraphs[0].text = "内部资料 注意保存"
    if number == 2:
        normal = document.styles["Normal"].paragraph_format
        normal.first_line_indent, normal.space_after = Pt(24), Pt(0)
    if path.suffix == ".odt":
        word = path.with_suffix(".docx")
        document.save(str(word))
        office([word], "odt", path.parent, workshop / "office")
    else:
        document.save(str(path))


# Books

_OPF = """<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0"
unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:title>{title}</dc:title><dc:publisher>{source}</dc:publisher>
<dc:date>{day}</dc:date><dc:identifier id="id">x</dc:identifier>
<dc:language>zh</dc:language></metadata><manifest>{items}</manifest><spine>{refs}</spine></package>"""
_CONTAINER = """<?xml version="1.0"?><container version="1.0"
xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile
full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""


def write_book(tale: Story, path: Path) -> None:
    """Writes an EPUB book with a chapter a section."""
    items, refs = "", ""
    with ZipFile(path, "w") as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr("META-INF/container.xml", _CONTAINER)
        for number, (heading, paragraphs) in enumerate(tale.sections):
            lines = "".join(f"<p>{line}</p>" for line in paragraphs)
            book.writestr(
                f"OEBPS/第{number}章.xhtml",
                '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html>'
                '<html xmlns="http://www.w3.org/1999/xhtml"><head>'
                f"<title>{heading}</title></head><body><h2>{heading}</h2>{lines}</body></html>",
            )
            href = quote(f"第{number}章.xhtml")
            items += f'<item id="c{number}" href="{href}" media-type="application/xhtml+xml"/>'
            refs += f'<itemref idref="c{number}"/>'
        opf = _OPF.format(title=tale.title, source=SOURCE, day=PUBLISHED, items=items, refs=refs)
        book.writestr("OEBPS/book.opf", opf)


def _books(folder: Path, numbers: Iterator[int]) -> Iterator[Kept]:
    tale = story(next(numbers))
    write_book(tale, folder / "book.epub")
    yield Kept("book.epub", tale)
