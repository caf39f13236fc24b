"""From bytes to an element tree, refusing whatever could make a parser read files, call out or run out of memory."""

from typing import Any

from lxml import etree

from ledger.intake.encoding import decode
from ledger.intake.errors import IntakeCode, IntakeError

DEFAULT_MAX_BYTES = 20_000_000
_TEN_MEGABYTES = 10_000_000  # libxml2's limit for one value, kept by huge_tree=False
_OTHER_FILES = ((b"%PDF-", "a PDF"), (b"PK\x03\x04", "a ZIP archive"), (b"{", "JSON"), (b"\x89PNG", "an image"))
_SAFE: dict[str, Any] = {
    "encoding": "utf-8",  # the text is decoded by ledger.intake.encoding, and handed over as UTF-8
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
    "recover": False,
    "remove_comments": True,
    "remove_pis": True,
}


def parse(content: bytes, *, max_bytes: int = DEFAULT_MAX_BYTES) -> etree._Element:
    """The root element of the file; raises IntakeError."""
    _refuse_size(content, max_bytes)
    _refuse_other_files(content)
    source = decode(content).encode()
    try:
        _refuse_doctype(source)
        return etree.fromstring(source, etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(error) from None


def _refuse_size(content: bytes, max_bytes: int) -> None:
    if len(content) > max_bytes:
        raise IntakeError(
            IntakeCode.TOO_LARGE, f"The file has {len(content):,} bytes; the hub reads at most {max_bytes:,}."
        )


def _refuse_other_files(content: bytes) -> None:
    if not content.strip():
        raise IntakeError(IntakeCode.INVALID_XML, "The file is empty.")
    for start, kind in _OTHER_FILES:
        if content.lstrip().startswith(start):
            raise IntakeError(
                IntakeCode.INVALID_XML,
                f"The file is {kind}, not an XML invoice. A hybrid PDF (Factur-X, ZUGFeRD) has its XML as an attachment: "
                "save that and send it."
                if kind == "a PDF"
                else f"The file is {kind}, not an XML invoice.",
            )


class _RootReached(Exception):  # noqa: N818 - it ends the look at the prolog, and is no error
    """The first element has begun, so no document type declaration can follow."""


class _PrologTarget:
    """Receives what stands before the first element; nothing of it has been expanded when `doctype` is called."""

    def doctype(self, name: str, public_id: str | None, system_url: str | None) -> None:
        raise IntakeError(
            IntakeCode.UNSAFE_XML,
            "The file has a document type declaration (<!DOCTYPE …>), with which entities are defined. Invoices have none, "
            "and the hub refuses it unread.",
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
        etree.fromstring(source, etree.XMLParser(target=_PrologTarget(), **_SAFE))
    except _RootReached:
        return


def _not_well_formed(error: etree.XMLSyntaxError) -> IntakeError:
    reason = (error.msg or "unknown reason").split(", line ")[0]
    if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT or "huge" in reason.lower():
        message = f"A single value is longer than {_TEN_MEGABYTES:,} bytes, or elements are nested too deeply ({reason})."
        return IntakeError(IntakeCode.TOO_LARGE, message, line=error.lineno)
    return IntakeError(
        IntakeCode.INVALID_XML, f"The file is not well-formed XML: {reason} (line {error.lineno}).", line=error.lineno
    )
