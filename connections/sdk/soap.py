"""SOAP 1.1 answers: parsed without entities and network, and faults as errors that say whether to retry.

https://www.w3.org/TR/2000/NOTE-SOAP-20000508/ (section 4.4: a fault comes with HTTP 500, whatever it is about)
"""

import re
from collections.abc import Callable

from lxml import etree

from connections.sdk.errors import CredentialError, ProviderRejected, ProviderUnavailable, VendorError
from integrations_site.kernel.redaction import redact

_SOAP = {"env": "http://schemas.xmlsoap.org/soap/envelope/"}
_FAULT_TAG = re.compile(rb"<(?:[\w.-]+:)?Fault[\s>]")
_LONGEST_TEXT = 300
# In lower case: what vendors call a user who is not let in, and what they call an overload of their own.
_NOT_LET_IN = ("authentication", "invalidsecurity", "failedcheck")
_SERVER = "server"


def parsed(body: bytes) -> etree._Element | None:
    """The document's root; None where it is no XML, or XML with a document type of its own."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return root if root.getroottree().docinfo.internalDTD is None else None


def fault_in(body: bytes, *, vendor: str, without_secrets: Callable[[str], str] = redact) -> VendorError | None:
    """The error that an answer's body tells where it is an envelope with a fault; None for everything else."""
    if b"Fault" not in body or not _FAULT_TAG.search(body):
        return None
    root = parsed(body)
    return None if root is None else error_of(root, vendor=vendor, without_secrets=without_secrets)


def error_of(
    root: etree._Element, *, vendor: str, without_secrets: Callable[[str], str] = redact
) -> VendorError | None:
    """The error that a fault tells; None where the envelope holds none.

    A fault of the client's is for good, whatever the status that came with it; only one of the server's may pass.
    """
    fault = root.find("env:Body/env:Fault", _SOAP)
    if fault is None:
        return None
    code = without_secrets((fault.findtext("faultcode") or "").rpartition(":")[2])[:_LONGEST_TEXT]
    text = without_secrets((fault.findtext("faultstring") or "").strip())[:_LONGEST_TEXT]
    if any(word in code.lower() for word in _NOT_LET_IN):
        return CredentialError(f"{vendor} does not accept the credential: {text}", code=code, status=401)
    if code.lower().startswith(_SERVER):
        return ProviderUnavailable(f"{vendor} cannot serve at the moment: {text}", code=code)
    return ProviderRejected(f"{vendor} refused the request: {text}", code=code)
