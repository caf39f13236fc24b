"""How long a worker works on one run before others get their turn."""

import time

# Long enough for a vendor that takes its time for a page. A task must end before Celery's own limits end it.
PATIENCE_SECONDS = 200.0
# So long a run goes on while pages come: many long runs share a few workers with everything else that is to be done.
FAIR_SECONDS = 20.0


class Turn:
    """A worker's time for a run: until `patience` seconds are over, or `fair` ones where there is progress."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS, fair: float = FAIR_SECONDS) -> None:
        now = time.monotonic()
        self._last, self._fair = now + patience, now + fair

    def is_over(self, *, has_moved: bool) -> bool:
        """Whether it is; `has_moved` says whether there is progress."""
        return time.monotonic() > (min(self._fair, self._last) if has_moved else self._last)
