"""From bytes to text: what the file says about its encoding, what its bytes say, and whether both agree.

XML 1.0, section 4.3.3 and appendix F. The parser is handed text that was decoded here, strictly, so no byte has two readings.
"""

import codecs
import re

from ledger.intake.errors import IntakeCode, IntakeError

_BYTE_ORDER_MARKS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNMARKED_UTF16 = ((b"<\x00", "utf-16-le"), (b"\x00<", "utf-16-be"))
_DECLARATION = re.compile(r"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([^"']*)["']""")
_LONGEST_DECLARATION = 400
_WIDE = {"utf-16", "utf-16-le", "utf-16-be"}
_UNICODE = {"utf-8", "ascii"} | _WIDE
_SINGLE_BYTE = {f"iso8859-{part}" for part in (1, 2, 5, 7, 9, 15)} | {f"cp125{page}" for page in range(9)}


def decode(content: bytes) -> str:
    """The text of an XML file. Raises IntakeError (WRONG_ENCODING) where declaration and bytes contradict each other."""
    mark, marked = _byte_order_mark(content)
    body = content[len(mark) :]
    actual = marked or _unmarked_utf16(body)
    declared = _declared(body, actual)
    if actual and not _agree(declared, actual):
        raise _wrong(declared, f"its bytes are {actual.upper()}")
    encoding = _codec(mark, actual, declared)
    text = _strictly(body, encoding, declared)
    if encoding in _SINGLE_BYTE:
        _refuse_disguise(body, encoding, declared)
    return text


def _byte_order_mark(content: bytes) -> tuple[bytes, str | None]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(mark):
            return mark, encoding
    return b"", None


def _unmarked_utf16(body: bytes) -> str | None:
    return next((encoding for start, encoding in _UNMARKED_UTF16 if body.startswith(start)), None)


def _declared(body: bytes, actual: str | None) -> str | None:
    """The encoding that the XML declaration names, in the spelling of Python's codecs."""
    start = body[:_LONGEST_DECLARATION]
    if actual in _WIDE:
        start = start.replace(b"\x00", b"")
    found = _DECLARATION.match(start.decode("latin-1"))
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1]).name
    except (LookupError, ValueError):
        name = ""
    if name not in _UNICODE | _SINGLE_BYTE:
        raise _wrong(found[1], "the hub does not read that encoding; please save the file as UTF-8")
    return name


def _agree(declared: str | None, actual: str) -> bool:
    if declared is None or declared == actual:
        return actual != "utf-32"
    return declared == "utf-16" and actual in _WIDE


def _codec(mark: bytes, actual: str | None, declared: str | None) -> str:
    if mark == codecs.BOM_UTF16_LE:
        return "utf-16-le"
    if mark == codecs.BOM_UTF16_BE:
        return "utf-16-be"
    return actual or declared or "utf-8"


def _strictly(body: bytes, encoding: str, declared: str | None) -> str:
    if encoding in _WIDE and not body.replace(b"\x00", b"").startswith(b"<") or encoding == "utf-16":
        raise _wrong(declared, "its bytes are not")
    try:
        return body.decode(encoding)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        wrong = f"byte {error.start + 1}, on line {line}, cannot be read as such"
        raise _wrong(declared or encoding, wrong, line=line) from None


def _refuse_disguise(body: bytes, encoding: str, declared: str | None) -> None:
    """Every byte is a character in a one-byte encoding, so a wrong declaration garbles names without any error."""
    if body.isascii():
        return
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        raise _wrong(declared, "its bytes are UTF-8")
    if encoding.startswith("iso8859") and re.search(rb"[\x80-\x9f]", body):
        raise _wrong(declared, "its bytes look like Windows-125x (letters or signs that ISO-8859 does not have)")


def _wrong(declared: str | None, actually: str, *, line: int | None = None) -> IntakeError:
    claim = f"says that it is written in {declared.upper()}" if declared else "does not say how it is encoded"
    return IntakeError(
        IntakeCode.WRONG_ENCODING, f"The file {claim}, but {actually}.", line=line, value=declared, element="<?xml ?>"
    )
