"""Calling the running hub as a program would."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from integrations_site.kernel.http import HttpClient


class DemoFailedError(Exception):
    """The hub answered something else than the demo needs; the message says what, `error` holds what the hub said."""

    def __init__(self, message: str, error: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.error = error or {}


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub's API for one caller."""

    base_url: str
    token: str
    http: HttpClient

    def get(self, path: str, **query: str) -> Any:
        """The JSON answer. Raises DemoFailedError unless it is a success."""
        return self._send("GET", f"{path}?{urlencode(query)}" if query else path)

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON answer. Raises DemoFailedError unless it is a success."""
        return self._send("POST", path, json.dumps(body or {}).encode(), "application/json")

    def upload(self, path: str, content: bytes, content_type: str) -> Any:
        """The JSON answer to a raw body. Raises DemoFailedError unless it is a success."""
        return self._send("POST", path, content, content_type)

    def download(self, url: str) -> bytes:
        """The content behind a link of the hub. Raises DemoFailedError unless it is there."""
        answer = self.http.send("GET", url if url.startswith("http") else self.base_url + url)
        if answer.status != 200:
            raise DemoFailedError(f"the link {url} answered {answer.status}")
        return answer.body

    def _send(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if content_type:
            headers["Content-Type"] = content_type
        answer = self.http.send(method, self.base_url + path, headers=headers, body=body)
        told = json.loads(answer.body) if answer.body else {}
        if answer.status >= 300:
            error = told.get("error", {})
            raise DemoFailedError(f"{method} {path} answered {answer.status}: {error.get('message', told)}", error)
        return told
