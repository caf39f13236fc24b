"""What can be wrong with a file or with a link to one."""

from integrations_site.kernel.errors import ForbiddenError, HubError, InvalidInputError, NotFoundError, TransientError


class FileEmptyError(InvalidInputError):
    """The file has no bytes."""

    code = "FILE_EMPTY"


class FileTooLargeError(HubError):
    """The file has more bytes than the hub takes."""

    status, code = 413, "FILE_TOO_LARGE"


class FileTypeRefusedError(HubError):
    """The file's content is of no type that is taken here."""

    status, code = 415, "FILE_TYPE_REFUSED"


class FileTypeMismatchError(HubError):
    """The file's content is not what the end of its name says."""

    status, code = 415, "FILE_TYPE_MISMATCH"


class FileNotThereError(NotFoundError):
    """There is no such file (any more)."""

    code = "FILE_NOT_FOUND"


class StorageUnavailableError(TransientError):
    """The storage does not answer, or refuses."""

    code = "FILE_STORAGE_UNAVAILABLE"


class LinkInvalidError(ForbiddenError):
    """The link was not made by the hub, or was altered."""

    code = "LINK_INVALID"


class LinkExpiredError(HubError):
    """The link, or the file behind it, was good for a while only."""

    status, code = 410, "LINK_EXPIRED"
