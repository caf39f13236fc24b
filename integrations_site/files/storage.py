"""The storage behind Django's default storage: local disk or S3; its failures in the hub's words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files import File
from django.core.files.storage import default_storage

from integrations_site.files.errors import FileNotThereError, StorageUnavailableError


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise FileNotThereError("The file's content is no longer there") from None
    except (OSError, BotoCoreError, ClientError) as error:
        raise StorageUnavailableError("The file storage does not answer; try again", retry_after=10) from error


def put(key: str, content: IO[bytes]) -> str:
    """Writes the content; the key that it was written under. Raises StorageUnavailableError."""
    content.seek(0)
    with _reached():
        return default_storage.save(key, File(content, name=key))


def get(key: str) -> "File[bytes]":
    """The content, to be read and closed. Raises FileNotThereError and StorageUnavailableError."""
    with _reached():
        return default_storage.open(key, "rb")


def remove(key: str) -> None:
    """Removes the content, if it is there. Raises StorageUnavailableError."""
    with _reached():
        default_storage.delete(key)


def names_below(prefix: str) -> tuple[list[str], list[str]]:
    """The folders and the files right below a prefix; none where there is no such thing."""
    try:
        with _reached():
            folders, files = default_storage.listdir(prefix)
    except FileNotThereError:
        return [], []
    return list(folders), list(files)
