"""Opens files that are ZIP archives of XML: DOCX and EPUB."""

from io import BytesIO
from zipfile import BadZipFile, ZipFile

from lxml import etree

from index.errors import SkipReason, UnreadableFile

LARGEST_UNPACKED = 300_000_000
"""Maximum number of bytes of an unpacked file."""
MOST_MEMBERS = 20_000
_ENCRYPTED = 0x1
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of old Office files, and of new ones that a password protects."""


def open_package(content: bytes) -> ZipFile:
    """Opens a ZIP archive whose members can be unpacked within limits.

    A member never unpacks to more bytes than the archive declares.

    Raises:
        UnreadableFile: it is not a ZIP archive, it is encrypted, or it would be too large.
    """
    if content.startswith(_OLE):
        raise UnreadableFile(
            SkipReason.ENCRYPTED,
            "The file is protected by a password, or of an old format. Save it anew without.",
        )
    try:
        package = ZipFile(BytesIO(content))
    except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
        raise broken("It is no whole ZIP archive.") from error
    members = package.infolist()
    unpacked = sum(member.file_size for member in members)
    if len(members) > MOST_MEMBERS or unpacked > LARGEST_UNPACKED:
        raise UnreadableFile(
            SkipReason.TOO_HARD,
            f"The file would unpack to {unpacked / 1e6:.0f} MB in {len(members)} parts.",
        )
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise UnreadableFile(SkipReason.ENCRYPTED, "The file is protected by a password.")
    return package


def broken(detail: str) -> UnreadableFile:
    """Returns the error for a file that is not what its name says."""
    return UnreadableFile(SkipReason.BROKEN, f"The file is damaged. {detail}")


def parse_xml(content: bytes) -> etree._Element:
    """Returns the root of an XML document; entities are not expanded, and nothing is fetched.

    Raises:
        UnreadableFile: it is not XML.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise MemoryError from error
        raise broken("Its XML cannot be parsed.") from error
