"""Codes that decide how an invoice is read."""

# UNTDID 1001 as EN 16931 restricts it (code list values v17b, from 2026-05-15). 81 is a credit note there, although the
# validation artefacts let it stand on an invoice as well.
_CREDIT_NOTES = "81 83 261 262 296 308 381 396 420 458 502 503 532"
_INVOICES = (
    "71 80 82 84 102 130 202 203 204 211 218 219 295 325 326 331 380 382 383 384 385 386 387 388 389 390 393 394 395 "
    "456 457 471 472 473 500 501 527 553 575 623 633 751 780 817 870 875 876 877 935"
)
CREDIT_NOTE_TYPES = frozenset(_CREDIT_NOTES.split())
INVOICE_TYPES = frozenset(_INVOICES.split())
PRO_FORMA = "325"
