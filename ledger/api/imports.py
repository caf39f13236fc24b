"""`/api/cases/import`: vendors' documents in, drafts out."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations_site.api.fields import PublicIdField
from integrations_site.api.parsing import UploadParser
from integrations_site.api.routing import route
from integrations_site.api.schema import documented
from integrations_site.api.views import HubView
from integrations_site.kernel.errors import HubError, UnprocessableError
from ledger.api.parsers import TextXMLParser, XMLParser, incoming_files
from ledger.services.imports import ImportOutcome, import_documents

_EXPECTED = (
    "Send UBL or CII invoices in XML: one or several as parts named file, each with a file name, of a form "
    "(multipart/form-data), such as curl -F file=@invoice.xml; or one as the body, with Content-Type application/xml"
)


class ImportFailedError(UnprocessableError):
    """None of several files became a case; `details.results` says of each why not."""

    code = "IMPORT_FAILED"


class FileErrorSerializer(serializers.Serializer[Any]):
    """Why a file is no case."""

    code = serializers.CharField()
    message = serializers.CharField()
    details = serializers.JSONField(help_text="The element, the business term and the line of the file, where known.")


class ImportResultSerializer(serializers.Serializer[Any]):
    """What became of a file: a case, or an error."""

    file = serializers.CharField()
    case_id = PublicIdField("case", source="case", allow_null=True)
    invoice_number = serializers.CharField(source="case.invoice_number", default=None, allow_null=True)
    vendor_id = PublicIdField("vendor", source="case.vendor_id", default=None, allow_null=True)
    differences = serializers.SerializerMethodField(help_text="How many things in the document do not add up.")
    error = FileErrorSerializer(allow_null=True)

    def get_differences(self, outcome: ImportOutcome) -> int:
        """How many things in the document do not add up."""
        return len(outcome.case.differences) if outcome.case else 0


class ImportSerializer(serializers.Serializer[Any]):
    """What became of the files; the two counts add up to their number."""

    imported = serializers.IntegerField()
    failed = serializers.IntegerField()
    results = ImportResultSerializer(many=True)


class UploadsSerializer(serializers.Serializer[Any]):
    """A form with files."""

    file = serializers.ListField(child=serializers.FileField())


class ImportCases(HubView):
    """POST: invoices and credit notes as UBL 2.1 or CII."""

    parser_classes = [UploadParser, XMLParser, TextXMLParser]

    @documented(
        request={"multipart/form-data": UploadsSerializer, "application/xml": bytes, "text/xml": bytes},
        responses={201: ImportSerializer, 207: ImportSerializer},
        errors=[409, 413, 422],
    )
    def post(self, request: Request) -> Response:
        """Makes a draft of each file: one as the body, or several in a form; a wrong one does not stop the others.

        201: all became cases. 207: some did. Where none did, the error is the file's own, or IMPORT_FAILED for several.
        """
        files = incoming_files(request, default_name="invoice.xml", expected=_EXPECTED)
        outcomes = import_documents(files=files, actor=self.actor)
        failed = [outcome.error for outcome in outcomes if outcome.error]
        counts = {"imported": len(outcomes) - len(failed), "failed": len(failed)}
        told = ImportSerializer(counts | {"results": outcomes}).data
        if len(failed) == len(outcomes):
            raise _none_imported(failed, told["results"])
        return Response(told, status=207 if failed else 201)


def _none_imported(errors: Sequence[HubError], results: Any) -> HubError:
    if len(errors) == 1:
        return errors[0]
    return ImportFailedError(f"None of the {len(errors)} files could be imported", details={"results": results})


routes = [route("cases/import", ImportCases)]
