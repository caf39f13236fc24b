"""What may exist once, judged by the database alone, so that two callers at the same time cannot both succeed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from integrations_site.kernel.errors import HubError


@contextmanager
def refusing(constraint: str, error: HubError | Callable[[], HubError]) -> Iterator[None]:
    """Raises `error` where a statement inside the block violates `constraint`, and undoes the block.

    An error that has to look for what is in the way is given as a function, which is called when the block is undone.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as violation:
        if constraint_of(violation) == constraint:
            raise (error if isinstance(error, HubError) else error()) from None
        raise


def constraint_of(violation: IntegrityError) -> str | None:
    """The name of the constraint that was violated."""
    diagnosis = getattr(violation.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None)
