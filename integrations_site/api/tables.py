"""Lists as CSV: streamed past the renderers, while whatever is rendered, errors included, stays JSON."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from integrations_site.api.rendering import JSONRenderer
from integrations_site.files import spreadsheets
from integrations_site.kernel.errors import InvalidInputError


class CsvRenderer(BaseRenderer):
    """Says that a view also gives CSV; it is never asked to render."""

    media_type = "text/csv"
    format = "csv"


class GivesCsv:
    """A view whose answer may be CSV: `?format=csv` or `Accept: text/csv`. It is mixed in before the view."""

    renderer_classes: Sequence[type[BaseRenderer]] = (JSONRenderer, CsvRenderer)
    query_parameters: ClassVar[tuple[str, ...]] = ("format",)
    formats: ClassVar[tuple[str, ...]] = ("json", "csv")
    accepts_csv = False

    def perform_content_negotiation(self, request: Request, force: bool = False) -> tuple[BaseRenderer, str]:
        """Notes that CSV is preferred. Raises NotAcceptable where neither it nor JSON is accepted."""
        renderer, _ = super().perform_content_negotiation(request, force)  # type: ignore[misc]
        self.accepts_csv = isinstance(renderer, CsvRenderer)
        return JSONRenderer(), JSONRenderer.media_type

    def wanted_format(self, request: Request) -> str:
        """`json` or `csv`. Raises InvalidInputError for a format that the view does not give."""
        default = "csv" if self.accepts_csv else self.formats[0]
        wanted = request.query_params.get("format", default)
        if wanted not in self.formats:
            raise InvalidInputError(
                f"format must be {' or '.join(self.formats)}", details={"fields": {"format": list(self.formats)}}
            )
        return wanted


def csv_answer(rows: Iterator[bytes], *, filename: str) -> StreamingHttpResponse:
    """The answer that streams a table, to be saved under `filename`."""
    return StreamingHttpResponse(
        rows,
        content_type=spreadsheets.CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "private, no-store"},
    )
