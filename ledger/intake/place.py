"""Where in the file something stands, and how that is said to a person."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from lxml import etree

from ledger.intake.errors import IntakeCode, IntakeError, shortened
from ledger.intake.terms import named

_OASIS = "urn:oasis:names:specification:ubl:schema:xsd"
_CEFACT = "urn:un:unece:uncefact:data:standard"
NAMESPACES = {
    "ubl": f"{_OASIS}:Invoice-2",
    "cn": f"{_OASIS}:CreditNote-2",
    "cac": f"{_OASIS}:CommonAggregateComponents-2",
    "cbc": f"{_OASIS}:CommonBasicComponents-2",
    "rsm": f"{_CEFACT}:CrossIndustryInvoice:100",
    "ram": f"{_CEFACT}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_CEFACT}:UnqualifiedDataType:100",
    "qdt": f"{_CEFACT}:QualifiedDataType:100",
}
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}


@cache
def compiled(path: str) -> etree.XPath:
    """An XPath in the prefixes of this module."""
    return etree.XPath(path, namespaces=NAMESPACES)


def path_of(element: etree._Element) -> str:
    """The element's path from the root, in the prefixes of this module: /ubl:Invoice/cac:InvoiceLine[2]/cbc:ID."""
    tree = element.getroottree()
    clark = f"/{tree.getroot().tag}/{tree.getelementpath(element)}".removesuffix("/.")
    return re.sub(r"\{([^}]*)\}", lambda found: f"{_PREFIXES.get(found[1], '?')}:", clark)


@dataclass(frozen=True)
class Leaf:
    """A written value: the text of an element or of one of its attributes."""

    text: str
    element: etree._Element
    attribute: str | None
    where: str

    def invalid(self, bt: str, reason: str) -> IntakeError:
        """The error that this value cannot be used; `reason` completes the sentence."""
        path = path_of(self.element) + (f"/@{self.attribute}" if self.attribute else "")
        message = f"{named(bt)}{self.where} says “{shortened(self.text)}”, which {reason}."
        return IntakeError(
            IntakeCode.INVALID_VALUE, message, term=bt, element=path, line=self.element.sourceline, value=self.text
        )


@dataclass(frozen=True)
class Place:
    """An element whose content is being read; `where` names it in messages, such as " of line 3"."""

    element: etree._Element
    where: str = ""

    def leaves(self, path: etree.XPath) -> list[Leaf]:
        """The values at `path` that are not blank."""
        return [leaf for found in path(self.element) if (leaf := self._leaf(found)).text.strip()]

    def places(self, path: etree.XPath, label: str = "") -> list["Place"]:
        """The elements at `path` that are not blank, numbered in messages if they have a label."""
        found = [each for each in path(self.element) if any(_written(each))]
        return [Place(each, f" of {label} {number}" if label else self.where) for number, each in enumerate(found, 1)]

    def missing(self, bt: str, path: etree.XPath) -> IntakeError:
        """The error that a term or group is absent or blank."""
        expected = f"{path_of(self.element)}/{path.path}"
        message = f"{named(bt)}{self.where} is missing or empty; it is expected at {expected}."
        return IntakeError(
            IntakeCode.MISSING_ELEMENT, message, term=bt, element=expected, line=self.element.sourceline
        )

    def repeated(self, bg: str) -> IntakeError:
        """The error that a group which may occur once occurs again, and says something else."""
        message = f"{named(bg)}{self.where} is stated twice, and not alike; there can be only one."
        return IntakeError(
            IntakeCode.INVALID_VALUE,
            message,
            term=bg,
            element=path_of(self.element),
            line=self.element.sourceline,
        )

    def _leaf(self, found: etree._Element | etree._ElementUnicodeResult) -> Leaf:
        if isinstance(found, etree._Element):
            return Leaf(found.text or "", found, None, self.where)
        return Leaf(str(found), found.getparent(), found.attrname, self.where)


def _written(element: etree._Element) -> Iterator[bool]:
    return (bool(text.strip()) for text in element.itertext())
