"""From bytes to text: what the file says about its encoding, what its bytes say, and whether both agree.

XML 1.0, section 4.3.3 and appendix F. The parser is handed what was decoded here, strictly: no byte has two readings.
"""

import codecs
import re

from ledger.intake.errors import IntakeCode, IntakeError

_PROOFS = (  # how a file may begin, whether that is a byte order mark, and what it proves; UTF-32 before UTF-16
    (codecs.BOM_UTF32_LE, True, "utf-32"),
    (codecs.BOM_UTF32_BE, True, "utf-32"),
    (codecs.BOM_UTF8, True, "utf-8"),
    (codecs.BOM_UTF16_LE, True, "utf-16-le"),
    (codecs.BOM_UTF16_BE, True, "utf-16-be"),
    (b"<\x00", False, "utf-16-le"),
    (b"\x00<", False, "utf-16-be"),
)
_DECLARATION = re.compile(r"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']""")
_LONGEST_DECLARATION = 400
_UNICODE = {"utf-8", "ascii", "utf-16", "utf-16-le", "utf-16-be"}
_ONE_BYTE = {f"iso8859-{part}" for part in (1, 2, 5, 7, 9, 15)} | {f"cp125{page}" for page in range(9)}
_FAMILIES = {"ascii": "utf-8", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}


def decode(content: bytes) -> str:
    """The text of an XML file. Raises IntakeError (WRONG_ENCODING) where declaration and bytes do not agree."""
    body, proven = _proven(content)
    declared = _declared(body)
    encoding = _chosen(declared, proven)
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        reason = f"byte {error.start + 1} (on line {line}) cannot be read as {encoding.upper()}"
        raise _wrong(declared, reason, line=line) from None
    if encoding in _ONE_BYTE:
        _refuse_disguise(body, encoding, declared)
    return text


def _proven(content: bytes) -> tuple[bytes, str | None]:
    """The content without a byte order mark, and the encoding that its first bytes prove, if they prove one."""
    for start, is_mark, encoding in _PROOFS:
        if content.startswith(start):
            return content[len(start) :] if is_mark else content, encoding
    return content, None


def _declared(body: bytes) -> str | None:
    """The encoding that the XML declaration names."""
    start = body[:_LONGEST_DECLARATION].replace(b"\x00", b"").decode("latin-1")
    found = _DECLARATION.match(start)
    return found[1] if found else None


def _chosen(declared: str | None, proven: str | None) -> str:
    """What to decode with; XML without a declaration is UTF-8."""
    named = _codec(declared) if declared is not None else None
    if proven == "utf-32":
        raise _wrong(declared, "its bytes are UTF-32, which the hub does not read; please save the file as UTF-8")
    if named and proven and _family(named) != _family(proven):
        raise _wrong(declared, f"its bytes are {_family(proven).upper()}")
    if named and not proven and _family(named) == "utf-16":
        raise _wrong(declared, "its bytes are not")
    return proven or named or "utf-8"


def _family(encoding: str) -> str:
    return _FAMILIES.get(encoding, encoding)


def _codec(declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
    except (LookupError, ValueError):
        name = ""
    if name not in _UNICODE | _ONE_BYTE:
        raise _wrong(declared, "the hub does not read that encoding; please save the file as UTF-8")
    return name


def _refuse_disguise(body: bytes, encoding: str, declared: str | None) -> None:
    """Every byte is a letter in a one-byte encoding, so a wrong declaration would garble names without any error."""
    if body.isascii():
        return
    if _is_utf8(body):
        raise _wrong(declared, "its bytes are UTF-8")
    if encoding.startswith("iso8859") and re.search(rb"[\x80-\x9f]", body):
        raise _wrong(declared, "its bytes look like Windows-1252 (they have signs that ISO-8859 does not have)")


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wrong(declared: str | None, reason: str, *, line: int | None = None) -> IntakeError:
    claim = f"says that it is written in {declared}" if declared else "does not say how it is encoded"
    return IntakeError(
        IntakeCode.WRONG_ENCODING, f"The file {claim}, but {reason}.", line=line, value=declared, element="<?xml ?>"
    )
