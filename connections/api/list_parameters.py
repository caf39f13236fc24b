"""Parameters of an address that are lists: `fields=id,name`, or `fields=id&fields=name`."""

from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.request import Request

from integrations_site.api.views import HubView


class TakesLists(HubView):
    """A view some of whose parameters are lists; given more than once, one stands for all."""

    list_parameters: ClassVar[tuple[str, ...]] = ()

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """The request, with each list in one parameter."""
        query = request.GET.copy()
        for name in self.list_parameters:
            if len(values := query.getlist(name)) > 1:
                query[name] = ",".join(values)
        request.GET = query  # type: ignore[assignment]
        return super().initialize_request(request, *args, **kwargs)

    def query(self) -> dict[str, Any]:
        """The parameters by name, lists as lists."""
        given: dict[str, Any] = self.request.query_params.dict()
        lists = {name: given[name].split(",") for name in self.list_parameters if name in given}
        return given | {name: [word.strip() for word in words if word.strip()] for name, words in lists.items()}
