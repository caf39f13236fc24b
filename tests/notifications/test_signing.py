"""Signatures after Standard Webhooks, against its reference implementation and against the formula itself."""

import base64
import datetime as dt
import hashlib
import hmac

import pytest
from django.test import override_settings
from standardwebhooks import Webhook, WebhookVerificationError

from integrations_site.kernel import clock, ids
from integrations_site.kernel.crypto import SecretUnreadableError
from notifications.models import WebhookEndpoint
from notifications.services.signing import new_secret, seal, signature_headers, valid_secrets

BODY = '{"event":"case.approved","note":"Überweisung ☃"}'


def an_endpoint() -> WebhookEndpoint:
    return WebhookEndpoint(id=ids.new_id(), tenant_id=ids.new_id())


def test_a_receiver_with_the_reference_library_accepts_what_the_hub_signs() -> None:
    secret = new_secret()
    headers = signature_headers(valid=[secret], message_id="event-1", at=clock.now(), body=BODY)
    assert Webhook(secret).verify(BODY, headers)["event"] == "case.approved"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.replace("approved", "rejected"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new_secret()).verify(BODY, headers)


def test_the_signature_is_hmac_sha256_over_id_timestamp_and_body() -> None:
    secret, at = new_secret(), dt.datetime(2026, 1, 25, 11, 35, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    headers = signature_headers(valid=[secret], message_id="event-1", at=at, body=BODY)
    stamp = str(int(dt.datetime(2026, 1, 25, 10, 35, tzinfo=dt.UTC).timestamp()))
    key = base64.b64decode(secret.removeprefix("whsec_"))
    assert len(key) == 32
    digest = hmac.new(key, f"event-1.{stamp}.{BODY}".encode(), hashlib.sha256).digest()
    assert headers == {
        "webhook-id": "event-1",
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def test_during_a_rotation_receivers_with_either_secret_accept() -> None:
    old, new = new_secret(), new_secret()
    headers = signature_headers(valid=[new, old], message_id="event-1", at=clock.now(), body=BODY)
    for secret in (old, new):
        Webhook(secret).verify(BODY, headers)


def test_the_previous_secret_counts_until_its_grace_is_over() -> None:
    endpoint = an_endpoint()
    endpoint.sealed_secret, endpoint.sealed_previous_secret = seal("whsec_bmV3", endpoint), seal("whsec_b2xk", endpoint)
    endpoint.previous_secret_until = clock.now() + dt.timedelta(minutes=1)
    assert valid_secrets(endpoint) == ["whsec_bmV3", "whsec_b2xk"]
    endpoint.previous_secret_until = clock.now()
    assert valid_secrets(endpoint) == ["whsec_bmV3"]


def test_a_sealed_secret_opens_for_its_endpoint_and_with_its_key_alone() -> None:
    endpoint, other = an_endpoint(), an_endpoint()
    sealed = seal("whsec_c2VjcmV0", endpoint)
    assert "c2VjcmV0" not in sealed
    other.sealed_secret = sealed
    with pytest.raises(SecretUnreadableError):
        valid_secrets(other)
    endpoint.sealed_secret = sealed
    with override_settings(ENCRYPTION_KEYS={"new": "another key"}), pytest.raises(SecretUnreadableError):
        valid_secrets(endpoint)
