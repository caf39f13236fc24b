"""Where in the file something stands, and how that is said to a person."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

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


class Path:
    """An XPath in the prefixes of this module. `$currency` and `$tax_currency` are the document's (BT-5, BT-6)."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._evaluate = etree.XPath(source, namespaces=NAMESPACES)
        self._has_variables = "$" in source

    def hits(self, element: etree._Element, variables: Mapping[str, str]) -> list[Any]:
        """What is there: elements, or attributes that know theirs."""
        found = self._evaluate(element, **variables) if self._has_variables else self._evaluate(element)
        return cast("list[Any]", found)


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
    variables: Mapping[str, str] = field(default_factory=dict)

    def leaves(self, path: Path) -> list[Leaf]:
        """The values at `path` that are not blank."""
        found = (self._leaf(each) for each in path.hits(self.element, self.variables))
        return [leaf for leaf in found if leaf.text.strip()]

    def places(self, path: Path) -> list["Place"]:
        """The elements at `path` that are not blank."""
        found = path.hits(self.element, self.variables)
        return [replace(self, element=each) for each in found if any(_written(each))]

    def called(self, label: str, path: Path, position: int) -> "Place":
        """The same place, which messages call by what is written at `path`, or by its position."""
        names = self.leaves(path)
        return replace(self, where=f" of {label} {shortened(names[0].text) if names else f'no. {position}'}")

    def missing(self, bt: str, path: Path) -> IntakeError:
        """The error that a term or group is absent or blank."""
        expected = f"{path_of(self.element)}/{path.source.split(' | ')[0]}"
        message = f"{named(bt)}{self.where} is missing or empty; it is expected at {expected}."
        return IntakeError(IntakeCode.MISSING_ELEMENT, message, term=bt, element=expected, line=self.element.sourceline)

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

    def _leaf(self, found: Any) -> Leaf:
        if isinstance(found, etree._Element):
            return Leaf("".join(cast("Iterator[str]", found.itertext())), found, None, self.where)
        return Leaf(str(found), found.getparent(), found.attrname, self.where)


def _written(element: etree._Element) -> Iterator[bool]:
    return (bool(text.strip()) for text in element.itertext())
