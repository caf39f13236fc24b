"""From what a person types to what the index is asked for: words with an @ before each (`connections.sql.FIND`)."""

from collections.abc import Collection, Mapping

from connections.sdk.words import words_in
from connections.sql import FOLDING
from integrations_site.kernel.errors import InvalidInputError

LONGEST_QUERY = 200
_MOST_WORDS = 10
# In shorter words another letter makes another word, and in numbers another digit another number.
_SHORTEST_MISTAKE = 4
_LONGEST_MISTAKE = 24
_MOST_MISTAKEN = 3
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def words_of(query: str) -> list[str]:
    """The words of a query, as the index holds them: small, without accents, parted by anything that is no letter or
    digit, so that nothing in a query is an operator. Raises InvalidInputError where there are none, or too many.
    """
    found = [word.translate(FOLDING).lower() for word in words_in(query)]
    if not found:
        raise _refusal("Search for a word: a letter or a digit at least")
    if len(found) > _MOST_WORDS:
        raise _refusal(f"Search for {_MOST_WORDS} words at most")
    return found


def as_typed(words: list[str]) -> tuple[str, str]:
    """Asks for every word, then for the last one as the beginning of a word: it may not be finished yet."""
    exact = " & ".join(f"@{word}" for word in words)
    return exact, f"{exact}:*"


def mistaken(words: list[str]) -> dict[str, set[str]]:
    """What each word may have been meant to be, for those that may be mistakes; numbers and short words are none."""
    found = [word for word in words if _may_be_mistaken(word)]
    return {word: similar(word) for word in found[:_MOST_MISTAKEN]}


def as_meant(words: list[str], meant: Mapping[str, Collection[str]]) -> str:
    """Asks for every word, or for any of those that it was meant to be."""
    return " & ".join(_any_of(meant.get(word, [word])) for word in words)


def similar(word: str) -> set[str]:
    """The word, and each with one letter too many, too few, wrong, or swapped with the next (a to z and its own)."""
    letters = set(_LETTERS) | {letter for letter in word if letter.isalpha()}
    halves = [(word[:place], word[place:]) for place in range(len(word) + 1)]
    found = {word} | {left + right[1:] for left, right in halves if right}
    found |= {left + right[1] + right[0] + right[2:] for left, right in halves if len(right) > 1}
    found |= {left + letter + right[1:] for left, right in halves if right for letter in letters}
    return found | {left + letter + right for left, right in halves for letter in letters}


def _may_be_mistaken(word: str) -> bool:
    return _SHORTEST_MISTAKE <= len(word) <= _LONGEST_MISTAKE and not any(letter.isdigit() for letter in word)


def _any_of(words: Collection[str]) -> str:
    return "(" + " | ".join(f"@{word}" for word in sorted(words)) + ")"


def _refusal(message: str) -> InvalidInputError:
    return InvalidInputError(message, details={"fields": {"query": [f"{message}."]}})
