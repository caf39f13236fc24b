"""What can go wrong on the way out: refused, never sent, or sent without an answer. The type says whether to retry."""

from integrations_site.kernel.errors import HubError, TransientError


class RequestRefusedError(HubError):
    """Permanent: the hub does not send this request, now or later. Nothing was sent."""

    status, code = 422, "REQUEST_REFUSED"


class AddressRefusedError(RequestRefusedError):
    """Permanent: the address is not one that the hub calls. Nothing was sent."""

    status, code = 422, "ADDRESS_REFUSED"


class ProviderUnavailableError(TransientError):
    """Transient: no connection came about, so nothing was sent; the same request may be sent later."""

    status, code = 503, "PROVIDER_UNAVAILABLE"


class OutcomeUnknownError(HubError):
    """Ambiguous: the request was sent, at least in part, and no complete answer came. It may have taken effect."""

    status, code = 502, "OUTCOME_UNKNOWN"
