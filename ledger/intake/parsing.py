"""From bytes to an element tree, refusing what could make a parser read files, call out or run out of memory."""

from typing import Any, cast

from lxml import etree

from ledger.intake.encoding import decode
from ledger.intake.errors import IntakeCode, IntakeError

DEFAULT_MAX_BYTES = 20_000_000
_OTHER_FILES = (
    (b"%PDF-", "a PDF. A hybrid one (Factur-X, ZUGFeRD) has its XML attached: save that, and send it"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"{", "JSON"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
)
_LIMITS = (etree.ErrorTypes.ERR_RESOURCE_LIMIT, etree.ErrorTypes.ERR_NAME_TOO_LONG)
_SAFE: dict[str, Any] = {
    "encoding": "utf-8",  # as `decode` has made it, whatever the declaration says
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,  # one value has at most 10 MB, and elements are nested at most 256 deep
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}


def parse(content: bytes, *, max_bytes: int = DEFAULT_MAX_BYTES) -> etree._Element:
    """The root element of the file; raises IntakeError."""
    if len(content) > max_bytes:
        message = f"The file has {len(content):,} bytes; the hub reads at most {max_bytes:,}."
        raise IntakeError(IntakeCode.TOO_LARGE, message)
    _refuse_other_files(content)
    source = decode(content).encode()
    try:
        _refuse_doctype(source)
        return etree.fromstring(source, etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error) from None


def _refuse_other_files(content: bytes) -> None:
    start = content[:1024].lstrip()
    if not start and not content.strip():
        raise IntakeError(IntakeCode.INVALID_XML, "The file is empty.")
    for magic, kind in _OTHER_FILES:
        if start.startswith(magic):
            raise IntakeError(IntakeCode.INVALID_XML, f"The file is not an XML invoice; it is {kind}.")


class _RootReached(Exception):
    """The first element has begun, so no document type declaration can follow."""


class _PrologTarget:
    """Receives what stands before the first element. When `doctype` is called, nothing has been expanded yet."""

    def doctype(self, name: str, public_id: str | None, system_url: str | None) -> None:
        raise IntakeError(
            IntakeCode.UNSAFE_XML,
            "The file has a document type declaration (<!DOCTYPE …>), which can define entities. No invoice needs one, "
            "and the hub does not read files that have it.",
            element="<!DOCTYPE>",
            value=name,
        )

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        raise _RootReached

    def end(self, tag: str) -> None:
        """Never called: the look ends where the first element starts."""

    def close(self) -> None:
        """The parser asks for a result; there is none."""


def _refuse_doctype(source: bytes) -> None:
    try:
        etree.fromstring(source, etree.XMLParser(target=cast(Any, _PrologTarget()), **_SAFE))
    except _RootReached:
        return


def _not_well_formed(error: etree.XMLSyntaxError) -> IntakeError:
    reason = " ".join((error.msg or "it cannot be parsed").split(", line ")[0].split())
    if getattr(error, "code", None) in _LIMITS:
        message = f"The file has a value of more than 10 MB, or its elements are nested too deeply ({reason})."
        return IntakeError(IntakeCode.TOO_LARGE, message, line=error.lineno)
    message = f"The file is not well-formed XML: {reason} (line {error.lineno or 1})."
    return IntakeError(IntakeCode.INVALID_XML, message, line=error.lineno)
