"""Files that are broken, or made to do damage."""

import re
import struct
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import docx
from pypdf import PdfReader, PdfWriter

ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "城西区投资">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
"""Ten to the eleventh power of five characters, if it is expanded."""
OUTER_ENTITY = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_DOCUMENT = "word/document.xml"
_BODY = "<w:document xmlns:w='{}'><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>"


def word(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def small_word(*paragraphs: str) -> bytes:
    """Returns a Word document without what python-docx brings from its template."""
    held = members(word(*paragraphs))
    unused = ("theme", "stylesWithEffects", "customXml", "thumbnail", "fontTable", "numbering")
    for name in [name for name in held if any(part in name for part in unused)]:
        del held[name]
    for name in [name for name in held if name.endswith(".rels")]:
        kept = re.findall(rb"<Relationship [^>]*>", held[name])
        lost = [member for member in kept if any(part.encode() in member for part in unused)]
        for member in lost:
            held[name] = held[name].replace(member, b"")
    styles = held["word/styles.xml"]
    held["word/styles.xml"] = re.sub(
        rb"<w:latentStyles.*</w:latentStyles>", b"", styles, flags=re.S
    )
    return archive(held)


def archive(members: Mapping[str, bytes]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as package:
        for name, content in members.items():
            package.writestr(name, content)
    return out.getvalue()


def members(content: bytes) -> dict[str, bytes]:
    """Returns what a ZIP archive holds, by names."""
    with ZipFile(BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def word_with(xml: str) -> bytes:
    """Returns a Word document whose main part is some other XML."""
    return archive(members(word("城西区")) | {_DOCUMENT: xml.encode()})


def word_of_entities(declarations: str, entity: str) -> bytes:
    """Returns a Word document whose text is an entity."""
    return word_with(declarations + _BODY.format(_WORD, f"投资{entity}元"))


def zip_bomb(*, lies: bool) -> bytes:
    """Returns a Word document of 400 MB in a file of 400 KB; it may say that it holds little."""
    content = archive(members(word("城西区")) | {_DOCUMENT: b" " * 400_000_000})
    if lies:
        true, claimed = struct.pack("<I", 400_000_000), struct.pack("<I", 4_000)
        content = content.replace(true, claimed)
    return content


def pdf(pages: int = 1, password: str = "", **about: str) -> bytes:
    """Returns a PDF file of blank pages."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(595, 842)
    writer.add_metadata({f"/{name}": value for name, value in about.items()})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def encrypted(content: bytes, password: str) -> bytes:
    """Returns a PDF file that asks for a password."""
    writer = PdfWriter(clone_from=PdfReader(BytesIO(content)))
    writer.encrypt(password, algorithm="RC4-128")
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_of_circles() -> bytes:
    """Returns a PDF file whose pages are their own parents."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R 2 0 R]/Count 1000000000/Parent 2 0 R>>endobj\n"
        b"trailer<</Root 1 0 R/Size 3>>\n%%EOF"
    )
