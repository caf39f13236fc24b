"""What a query is taken for, in Python and in PostgreSQL."""

import uuid

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from connections.services.search import words
from integrations_site.kernel.errors import InvalidInputError

_TENANT = uuid.UUID("019a2f4c-8e5b-7d3f-9a1c-2e4b6d8f0a13")


def _matches(written: str, asked: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT connections_search(%(tenant)s, %(written)s, '') @@ "
            "to_tsquery('simple', replace(%(asked)s, '@', connections_mark(%(tenant)s)))",
            {"tenant": _TENANT, "written": written, "asked": asked},
        )
        [found] = cursor.fetchone()
    return bool(found)


@pytest.mark.parametrize("query", ["", "   ", "!!! & | :*", "— “”", "_", "😀"])
def test_a_query_without_words_is_refused(query: str) -> None:
    with pytest.raises(InvalidInputError):
        words.words_of(query)


def test_too_many_words_are_refused() -> None:
    with pytest.raises(InvalidInputError):
        words.words_of("a b c d e f g h i j k")


def test_operators_and_accents_are_no_part_of_words() -> None:
    assert words.words_of("Müller & (Söhne):* | !jane.doe@example.com") == [
        *("muller", "sohne", "jane", "doe", "example", "com"),
    ]


@pytest.mark.parametrize(
    ("word", "mistake"),
    [("stripe", "strpe"), ("stripe", "stripee"), ("stripe", "strype"), ("stripe", "srtipe"), ("книга", "кинга")],
)
def test_one_mistake_is_forgiven(word: str, mistake: str) -> None:
    assert word in words.similar(mistake)


def test_numbers_and_short_words_mean_what_they_say() -> None:
    assert words.mistaken(["4417", "ab2c", "abc"]) == {}


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(written=st.text(max_size=80).filter(lambda text: "\x00" not in text))
def test_what_is_written_is_found_by_its_own_letters_and_digits(written: str) -> None:
    ascii_only = "".join(letter if letter.isascii() else " " for letter in written)
    try:
        asked = words.words_of(ascii_only)
    except InvalidInputError:
        return
    assert _matches(ascii_only, words.as_typed(asked)[-1])


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(query=st.text(max_size=60).filter(lambda text: "\x00" not in text))
def test_no_query_finds_everything(query: str) -> None:
    try:
        asked = words.words_of(query)
    except InvalidInputError:
        return
    assert not _matches("entirely unrelated", words.as_typed(asked)[-1]) or all(word[0] in "eu" for word in asked)


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["Москва", "हिन्दी", "東京", "Ærø", "naïve", "1e5", "12,50", "INV-2026/0042"])
def test_every_script_is_found(written: str) -> None:
    assert _matches(f"x {written} y", words.as_typed(words.words_of(written))[-1])
    assert _matches(written.upper(), words.as_typed(words.words_of(written.lower()))[-1])
