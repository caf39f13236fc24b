"""How the process gives memory back."""

import ctypes

# glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_LARGE_BYTES = 128 * 1024


def return_large_blocks() -> None:
    """Has blocks of over 128 KiB come from the system, and go back to it when they are free.

    glibc begins so, but keeps them for later once there were some, for each thread apart. Where the C library has no
    such setting nothing happens.
    """
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)
    if set_option is not None:
        for option in (_MMAP_THRESHOLD, _TRIM_THRESHOLD):
            set_option(option, _LARGE_BYTES)
