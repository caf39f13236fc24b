"""Agreeing on the sandbox's consent pages, as the demo does."""

import pytest

from integrations_site.demo.calling import DemoFailedError
from integrations_site.demo.consenting import agree
from integrations_site.kernel.http import HttpClient
from tests.sandbox.serving import RunningSandbox

CLIENT = HttpClient(allowed_hosts=["127.0.0.1"])
ASKED = "/oauth/authorize?response_type=code&client_id=demo&redirect_uri=https%3A%2F%2Fhub.example%2Fback&state=s-1"


def test_an_account_agrees_and_is_led_back(sandbox: RunningSandbox) -> None:
    brought = agree(f"{sandbox.url}{ASKED}", account="contoso", http=CLIENT)
    assert brought["state"] == "s-1"
    assert brought["code"]


def test_what_is_no_consent_page_is_told(sandbox: RunningSandbox) -> None:
    with pytest.raises(DemoFailedError, match="without a form"):
        agree(f"{sandbox.url}/oauth/authorize?client_id=nobody", account="contoso", http=CLIENT)
