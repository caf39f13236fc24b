"""Names of files: for people, and for keys and addresses."""

import unicodedata
from pathlib import PurePosixPath

_FALLBACK = "file"
_LONGEST = 150
_LONGEST_SUFFIX = 10
# Control and format characters (NUL, line ends, right-to-left overrides), private ones, and halves of characters.
_UNWANTED = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def display_name(given: str) -> str:
    """The name for people: without a path, without characters that hide or reorder others, at most 150 characters.

    The end that tells the type (`.pdf`) survives shortening.
    """
    base = given.replace("\\", "/").rpartition("/")[2]
    text = "".join(char for char in unicodedata.normalize("NFC", base) if unicodedata.category(char) not in _UNWANTED)
    text = " ".join(text.split()).strip(". ")
    if len(text) > _LONGEST:
        end = suffix(text)
        text = text[: _LONGEST - len(end)].rstrip(". ") + end
    return text or _FALLBACK


def key_name(name: str) -> str:
    """The name's form for keys and addresses: ASCII letters, digits, `-`, `_` and the dot before its end."""
    end = "".join(char for char in suffix(name) if char.isascii() and char.isalnum())
    stem = name[: len(name) - len(suffix(name))]
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    words = "".join(char if char.isalnum() or char in "-_" else " " for char in plain).split()
    return ("-".join(words)[: _LONGEST // 2] or _FALLBACK) + (f".{end}" if end else "")


def suffix(name: str) -> str:
    """The end that tells the type, with its dot, in small letters; empty where there is none."""
    end = PurePosixPath(name).suffix.lower()
    return end if 1 < len(end) <= _LONGEST_SUFFIX and end[1:].isalnum() else ""
