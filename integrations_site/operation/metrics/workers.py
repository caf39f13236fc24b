"""One set of request figures for all web workers of a machine.

Each worker counts in a memory-mapped file; whichever worker is asked adds up the files of all. The files lie in a
directory named after the process that started the workers, so that a restart begins anew and nothing of a dead
server is counted.
"""

import os
import shutil
from pathlib import Path

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # read by prometheus_client when it is imported


def share_figures(directory: Path) -> None:
    """Lets this process count together with its siblings, below `directory`. Called before anything is counted."""
    own = directory / str(os.getppid())
    own.mkdir(parents=True, exist_ok=True)
    for other in directory.iterdir():
        if other.name.isdecimal() and not _is_alive(int(other.name)):
            shutil.rmtree(other, ignore_errors=True)  # a sibling may be removing it too
    os.environ[_VARIABLE] = str(own)


def are_shared() -> bool:
    """Whether several processes count together."""
    return _VARIABLE in os.environ


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
