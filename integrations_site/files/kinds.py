"""What a file is, judged by its content. The end of its name must agree; it is never believed."""

import codecs
import re
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from typing import IO

import filetype

from integrations_site.files.errors import FileTypeMismatchError, FileTypeRefusedError
from integrations_site.files.names import suffix


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of file: its media type, and the ends that a name of it may have."""

    content_type: str
    suffixes: frozenset[str]


def _kind(content_type: str, *suffixes: str) -> Kind:
    return Kind(content_type, frozenset(suffixes))


PDF = _kind("application/pdf", ".pdf")
XML = _kind("application/xml", ".xml")
JSON = _kind("application/json", ".json")
CSV = _kind("text/csv", ".csv")
TEXT = _kind("text/plain", ".txt", ".text", ".log", ".md")
PNG = _kind("image/png", ".png")
JPEG = _kind("image/jpeg", ".jpg", ".jpeg")
XLSX = _kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx")
ODS = _kind("application/vnd.oasis.opendocument.spreadsheet", ".ods")
ZIP = _kind("application/zip", ".zip")

# What may be attached to an invoice (EN 16931-1, BT-125), and what invoices themselves are.
DOCUMENTS = frozenset({PDF, XML, JSON, CSV, TEXT, PNG, JPEG, XLSX, ODS})

_HEAD = 64 * 1024
_TAIL = 22 + 0xFFFF  # the longest end of a ZIP archive: its record and a comment
_IMAGES = {kind.content_type: kind for kind in (PNG, JPEG)}
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)")
_ACTIVE = {"html", "script", "svg", "body", "head", "iframe"}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\x00", b"\x00<")


def judge(content: IO[bytes], *, name: str, allowed: Collection[Kind]) -> Kind:
    """The type of a file.

    Raises FileTypeRefusedError for what is executable, two things at once, or of no `allowed` type; and
    FileTypeMismatchError where the end of `name` says something else than the content.
    """
    found = _possible(content)
    if not any(kind in allowed for kind in found):
        raise FileTypeRefusedError(
            f"{name}: {_told(content, found)} is not taken here; send {', '.join(_words(allowed))}",
            details={"name": name, "allowed": sorted(kind.content_type for kind in allowed)},
        )
    end = suffix(name)
    fitting = [kind for kind in found if kind in allowed and (not end or end in kind.suffixes)]
    if not fitting:
        raise FileTypeMismatchError(
            f"{name}: the content is {found[0].content_type}, which the end of the name denies; rename the file",
            details={"name": name, "detected": found[0].content_type},
        )
    return fitting[0]


def _possible(content: IO[bytes]) -> list[Kind]:
    """What the content may be, the most telling first; empty for what the hub does not know or does not want."""
    content.seek(0)
    head = content.read(_HEAD)
    if head.startswith(b"PK\x03\x04"):
        return _inside_archive(content)
    if _ends_as_archive(content):
        return []
    if head.startswith(b"%PDF-"):
        return [PDF]
    if _is_text(content, head):
        return _texts(head)
    guess = filetype.guess(head)
    image = _IMAGES.get(guess.mime) if guess else None
    return [image] if image and b"%PDF-" not in head[:1024] else []


def _texts(head: bytes) -> list[Kind]:
    start = _decoded(head).lstrip("\ufeff \t\r\n")
    if start.startswith("#!"):
        return []
    root = _ROOT.search(re.sub(r"<!--.*?(?:-->|$)", "", start, flags=re.DOTALL)) if start.startswith("<") else None
    if start[:9].lower() == "<!doctype" and start[9:].lstrip()[:4].lower() == "html":
        return []
    if root:
        return [] if root[1].lower() in _ACTIVE else [XML]
    return [JSON, CSV, TEXT] if start[:1] in ("{", "[") else [CSV, TEXT]


def _inside_archive(content: IO[bytes]) -> list[Kind]:
    """What a ZIP archive is: a spreadsheet without macros, or just an archive; nothing if it is damaged."""
    try:
        with zipfile.ZipFile(content) as archive:
            names = set(archive.namelist())
            if any(name.lower().endswith("vbaproject.bin") for name in names):
                return []
            if {"[Content_Types].xml", "xl/workbook.xml"} <= names:
                return [XLSX, ZIP]
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return [ODS, ZIP] if archive.read("mimetype").decode("ascii", "replace") == ODS.content_type else [ZIP]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError):
        return []
    return [ZIP]


def _ends_as_archive(content: IO[bytes]) -> bool:
    """Whether a ZIP archive stands behind the content: its closing record reaches exactly to the end."""
    size = content.seek(0, 2)
    content.seek(max(0, size - _TAIL))
    tail = content.read()
    at = tail.find(b"PK\x05\x06")
    while at >= 0:
        if len(tail) >= at + 22 and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail):
            return True
        at = tail.find(b"PK\x05\x06", at + 1)
    return False


def _is_text(content: IO[bytes], head: bytes) -> bool:
    """Whether all of the content is text: no control characters, in whatever encoding it is."""
    content.seek(0)
    if head.startswith(_WIDE):
        try:
            return not _CONTROL.search(_wide(content.read()).encode())
        except UnicodeDecodeError:
            return False
    return not any(_CONTROL.search(block) for block in iter(lambda: content.read(_HEAD), b""))


def _wide(raw: bytes) -> str:
    """UTF-16, with a byte order mark or without."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    return raw.decode("utf-16-le" if raw.startswith(b"<\x00") else "utf-16-be")


def _decoded(head: bytes) -> str:
    if head.startswith(_WIDE):
        return _wide(head[: len(head) // 2 * 2])
    return head.decode("utf-8", "replace")


def _told(content: IO[bytes], found: list[Kind]) -> str:
    if found:
        return (TEXT if TEXT in found else found[0]).content_type
    content.seek(0)
    guess = filetype.guess(content.read(_HEAD))
    return guess.mime if guess else "content of this type"


def _words(allowed: Collection[Kind]) -> list[str]:
    return sorted(end.removeprefix(".").upper() for kind in allowed for end in kind.suffixes)
