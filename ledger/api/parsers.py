"""Bodies that are files."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from integrations_site.api.errors import MalformedError, TooLargeError
from ledger.services.imports import IncomingFile


class FileParser(BaseParser):
    """Reads a body as it is."""

    media_type = ""

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The body's bytes. Raises TooLargeError."""
        body = stream.read(settings.API_MAX_BODY_BYTES + 1)
        if len(body) > settings.API_MAX_BODY_BYTES:
            raise TooLargeError(f"The body is larger than {settings.API_MAX_BODY_BYTES} bytes")
        return body


class XMLParser(FileParser):
    """An XML document, unread."""

    media_type = "application/xml"


class TextXMLParser(FileParser):
    """An XML document by its older name (RFC 7303)."""

    media_type = "text/xml"


class CSVParser(FileParser):
    """A CSV file, unread."""

    media_type = "text/csv"


def incoming_files(request: Request, *, default_name: str, expected: str) -> list[IncomingFile]:
    """The files of a request: the parts of its form, or its body.

    Raises MalformedError where there is none; `expected` says what there should be, with an example.
    """
    if isinstance(request.data, bytes):
        return [IncomingFile(name=default_name, content=request.data)]
    parts: list[UploadedFile[bytes]] = [part for _, found in request.FILES.lists() for part in found]
    if not parts:
        raise MalformedError(f"The request holds no file. {expected}")
    return [IncomingFile(name=part.name or default_name, content=part.read()) for part in parts]


def only_file(request: Request, *, expected: str) -> IncomingFile:
    """The one file of a request. Raises MalformedError where there is none, or more."""
    files = incoming_files(request, default_name="upload", expected=expected)
    if len(files) > 1:
        raise MalformedError(f"The request holds {len(files)} files; send one at a time")
    return files[0]
