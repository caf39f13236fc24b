"""Files, for whoever has a link to one."""

from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from integrations_site.files.errors import FileNotThereError, LinkExpiredError
from integrations_site.files.links import target_of
from integrations_site.files.models import StoredFile
from integrations_site.files.names import key_name
from integrations_site.files.services import open_file
from integrations_site.kernel import clock
from integrations_site.tenancy import scope

# Whatever the content is, a browser only saves it.
_HEADERS = {
    "Cache-Control": "private, no-store",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


class _Download(FileResponse):
    block_size = 64 * 1024


@require_safe
def download(request: HttpRequest, token: str, name: str) -> FileResponse:
    """The file behind a signed link. Raises LinkInvalidError, LinkExpiredError and FileNotThereError."""
    request.path = f"/files/[hidden]/{name}"  # for logs: whoever knows a link's token can use it
    file = _find(token, name)
    content = open_file(file)
    headers = _HEADERS | {"Content-Length": str(file.size_bytes)}
    return _Download(content, as_attachment=True, filename=file.name, content_type=file.content_type, headers=headers)


def _find(token: str, name: str) -> StoredFile:
    target = target_of(token)
    with scope.tenant_scope(target.tenant_id):
        file = StoredFile.objects.filter(pk=target.file_id).first()
    if file is None or key_name(file.name) != name:
        raise FileNotThereError("There is no such file (any more)")
    if file.expires_at is not None and file.expires_at < clock.now():
        raise LinkExpiredError("The file was kept for a while only, and has expired. Ask for a new one")
    return file
