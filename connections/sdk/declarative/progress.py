"""How far a fetch is, kept in the cursor, so that a fetch that goes on elsewhere knows what the first one knew."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import msgspec

from connections.sdk.errors import ProviderRejected
from connections.sdk.fetching import Cursor, Page

MOST_PAGES = 100_000
_HASH_BYTES = 12


class Progress(msgspec.Struct, kw_only=True, omit_defaults=True, rename="camel"):
    """A place among pages.

    A paging that goes in circles comes upon `mark` again, which moves on after 1, 2, 4, … pages (Brent's way of finding
    a cycle of any length by remembering one place). `content` is a hash of the last page: two equal ones are one page
    told twice. `began` and `high` (ISO) are when the fetch began, and the latest change that it has seen.
    """

    position: Any = None
    pages: int = 0
    mark: str = ""
    mark_until: int = 1
    content: str = ""
    began: str = ""
    high: str = ""

    def moved(self, position: Any, *, content: str = "", most: int | None = None) -> "Progress":
        """The place after a page. Raises ProviderRejected where the paging does not get anywhere."""
        most = most or MOST_PAGES
        pages, at = self.pages + 1, fingerprint(msgspec.json.encode(position))
        if at == self.mark:
            raise _endless("PAGING_REPEATS", "comes to a page again that was read before")
        if pages >= most:
            raise _endless("PAGING_ENDLESS", f"has not come to an end after {most} pages")
        is_due = pages >= self.mark_until
        return msgspec.structs.replace(
            self,
            position=position,
            pages=pages,
            mark=at if is_due else self.mark,
            mark_until=self.mark_until * 2 if is_due else self.mark_until,
            content=content,
        )


def bounded(
    read: Callable[[Cursor | None], Iterator[Page]], cursor: Cursor | None, *, most: int | None = None
) -> Iterator[Page]:
    """The pages that `read` gives from a cursor of its own on, for connectors that do not page by a `Listing`.

    Raises ProviderRejected with PAGING_REPEATS where it comes to a cursor again, and with PAGING_ENDLESS after `most`
    pages (MOST_PAGES), however often it is interrupted: the cursors of these pages count.
    """
    progress = msgspec.convert(cursor, Progress) if cursor is not None else Progress()
    for page in read(progress.position):
        if page.cursor is None:
            yield page
            return
        progress = progress.moved(page.cursor, most=most)
        yield replace(page, cursor=msgspec.to_builtins(progress))


def repeated_page() -> ProviderRejected:
    """The error where the vendor gives the same page for different places."""
    return _endless("PAGING_REPEATS", "gives the same page again and again")


def fingerprint(*parts: bytes | msgspec.Raw) -> str:
    """A short hash of what a page holds."""
    return blake2b(b"".join(parts), digest_size=_HASH_BYTES).hexdigest()


def _endless(code: str, what: str) -> ProviderRejected:
    return ProviderRejected(
        f"The vendor's paging {what}; check the paging of this data type in the provider's definition", code=code
    )
