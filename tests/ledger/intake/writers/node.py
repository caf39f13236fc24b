"""Builds XML from nested calls; an element with neither text nor children is left out."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import cast

from lxml import etree

Element = etree._Element | None
Content = Element | str | Decimal | date | Iterable[Element]


def maker(namespaces: Mapping[str, str]) -> Callable[..., Element]:
    """A function that makes elements: `make("cbc:ID", "1", schemeID="0088")`."""

    def make(name: str, /, *content: Content, **attributes: str | None) -> Element:
        prefix, _, local = name.partition(":")
        stated = {key: value for key, value in attributes.items() if value is not None}
        element = etree.Element(f"{{{namespaces[prefix]}}}{local}", stated, nsmap=namespaces)
        for each in content:
            _add(element, each)
        return element if element.text or len(element) else None

    return make


def document(tag: str, namespaces: Mapping[str, str], content: Iterable[Element]) -> bytes:
    """A whole file with `tag` as its root; the namespace of the prefix "" is the default one."""
    known = {prefix or None: uri for prefix, uri in namespaces.items()}
    root = etree.Element(tag, nsmap=cast("Mapping[str, str]", known))
    _add(root, content)
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _add(element: etree._Element, content: Content) -> None:
    if isinstance(content, Decimal):
        element.text = f"{content:f}"
    elif isinstance(content, str):
        element.text = content
    elif isinstance(content, date):
        element.text = content.isoformat()
    elif isinstance(content, etree._Element):
        element.append(content)
    elif content is not None:
        element.extend([each for each in content if each is not None])
