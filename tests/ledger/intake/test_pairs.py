"""The same business case in both syntaxes is the same document, and the same draft.

Where the two files of a pair state different things, the test says which, with both values: nothing is left out of the
comparison. What the syntaxes merely write differently (dates, 19 and 19.00, an optional sum of zero or none, order of
elements, blanks around a text, a note's subject code in UBL's #AAA#, codes of another list for the tax point) is equal.
"""

from datetime import date

import pytest

from ledger.intake import Syntax, read_invoice, to_draft
from ledger.intake.party import Identifier
from tests.ledger.intake.comparing import differences
from tests.ledger.intake.corpus import PAIRS, content_of, each, needs_corpus

# UBL's schema wants an order number beside a sales order number. The norm's filler is NA, which the reader takes for
# none; these files write "Dummywert" (dummy value), which might as well be a number, and is kept.
_FILLER: dict[str, tuple[object, object]] = {"order_reference": ("Dummywert", None)}
STATED_DIFFERENTLY: dict[str, dict[str, tuple[object, object]]] = {
    "xrechnung/01.02a-INVOICE": _FILLER,
    "xrechnung/01.08a-INVOICE": _FILLER,
    "xrechnung/01.09a-INVOICE": _FILLER,
    "xrechnung/01.10a-INVOICE": _FILLER,
    "xrechnung/01.11a-INVOICE": _FILLER,
    "xrechnung/01.12a-INVOICE": _FILLER,
    "xrechnung/01.13a-INVOICE": _FILLER,
    "xrechnung/01.20a-INVOICE": {
        "seller.address.line_one": ("[Seller street]", "[Street]"),
        "seller.address.city": ("[Seller city]", "[City]"),
    },
    "xrechnung/01.21a-INVOICE": {
        "seller.vat_id": ("DE 123456789", "DE152338654"),
        "payment_means[0].text": ("Information", "Rechnung"),
        "taxes[0].exemption_reason": ("Umkehrung der Steuerschuldnerschaft", "als gemeinnützig anerkannt"),
    },
    "xrechnung/03.01a-INVOICE": {"buyer.trading_name": ("[Buyer name]", None)},
    "xrechnung/03.06a-INVOICE": {  # the UBL file has city and post code in each other's place
        "seller.address.city": ("12345", "Testhausen"),
        "seller.address.post_code": ("Testhausen", "12345"),
        "buyer.address.city": ("12345", "Testhausen"),
        "buyer.address.post_code": ("Testhausen", "12345"),
    },
    "xrechnung/03.07a-INVOICE": {
        "seller.identifiers": (
            (Identifier(value="987654321", scheme="0088"),),
            (
                Identifier(value="9876543217894897438"),
                Identifier(value="748387437438"),
                Identifier(value="987654321", scheme="0088"),
            ),
        ),
        "payee.registration": (None, Identifier(value="90000000-03083-72", scheme="0204")),
    },
}
IN_THE_DRAFT: dict[str, dict[str, tuple[object, object]]] = {
    **dict.fromkeys([pair for pair, stated in STATED_DIFFERENTLY.items() if stated is _FILLER], _FILLER),
    "xrechnung/01.21a-INVOICE": {"seller.tax_ids[0]": ("DE123456789", "DE152338654")},
    "xrechnung/03.07a-INVOICE": {
        "seller.identifiers": STATED_DIFFERENTLY["xrechnung/03.07a-INVOICE"]["seller.identifiers"]
    },
}


@needs_corpus
def test_every_pair_is_compared() -> None:
    assert len(PAIRS) == 33
    assert STATED_DIFFERENTLY.keys() <= set(PAIRS)


@pytest.mark.parametrize("pair", each(PAIRS))
def test_both_syntaxes_give_the_same_document(pair: str) -> None:
    ubl, cii = (read_invoice(content_of(f"{pair}_{syntax}.xml")) for syntax in ("ubl", "uncefact"))
    assert (ubl.syntax, cii.syntax) == (Syntax.UBL, Syntax.CII)
    assert differences(ubl, cii) == STATED_DIFFERENTLY.get(pair, {})
    assert (ubl == cii) is (pair not in STATED_DIFFERENTLY)


@pytest.mark.parametrize("pair", each(PAIRS))
def test_both_syntaxes_give_the_same_draft(pair: str) -> None:
    ubl, cii = (to_draft(read_invoice(content_of(f"{pair}_{syntax}.xml"))) for syntax in ("ubl", "uncefact"))
    assert differences(ubl, cii) == IN_THE_DRAFT.get(pair, {})


def test_the_comparison_sees_what_differs() -> None:
    one, other = Identifier(value="1"), Identifier(value="1", scheme="0088")
    assert differences((one, date(2026, 1, 1)), (other, date(2026, 1, 1))) == {"[0].scheme": (None, "0088")}
    assert differences((one,), (one, other)) == {"": ((one,), (one, other))}
