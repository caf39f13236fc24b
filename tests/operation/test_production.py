"""Production starts with a complete, secret environment, and with nothing less."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core import checks

from integrations_site.operation.checks import complaints, no_bypass_of_row_level_security

SECRET = "s7qJ0vXc-nT4mWb_Lk9ZyRd2PfHa6UgEo1CiVx8BtQwN5rKjMs3DlGzYhAeOpFu"  # always the same: it is in the ids of tests
COMPLETE = {
    "DATABASE_URL": "postgresql://hub:pw@127.0.0.1:1/hub",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ALLOWED_HOSTS": "hub.example.com",
    "HUB_BASE_URL": "https://hub.example.com",
    "SECRET_KEY": SECRET,
    "METRICS_TOKEN": SECRET[::-1],
    "ENCRYPTION_KEYS": f"2026={SECRET}",
}
KEPT = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}


def _run(*arguments: str, changes: dict[str, str | None], directory: Path) -> subprocess.CompletedProcess[str]:
    """A process of its own, in production's settings, with the complete environment and these changes."""
    changed = {**COMPLETE, "SIGNING_KEYS_DIR": str(directory), "HUB_VAR_DIR": str(directory), **changes}
    environment = {name: value for name, value in changed.items() if value is not None}
    return subprocess.run(
        [sys.executable, *arguments],
        env=KEPT | environment | {"DJANGO_SETTINGS_MODULE": "integrations_site.settings.production"},
        capture_output=True,
        text=True,
        timeout=60,
    )


def _start(directory: Path, **changes: str | None) -> subprocess.CompletedProcess[str]:
    return _run("-c", "from django.conf import settings; settings.DEBUG", changes=changes, directory=directory)


def test_the_suite_has_settings_of_its_own() -> None:
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "integrations_site.settings.test"


def test_it_starts_with_a_complete_environment(tmp_path: Path) -> None:
    done = _start(tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value"), [*((name, None) for name in [*COMPLETE, "SIGNING_KEYS_DIR"]), ("SECRET_KEY", "")]
)
def test_it_names_what_is_missing(tmp_path: Path, name: str, value: str | None) -> None:
    done = _start(tmp_path, **{name: value})
    assert done.returncode != 0
    assert f"ImproperlyConfigured: {name} must be set in production" in done.stderr


SHORT = ("Kx9!pQ2", "is too short: 7 characters, at least 32 are needed")
DEFAULT = ("local-only-encryption-key-that-production-refuses", "is the default that everybody knows")


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "local-only-secret-key-that-production-refuses-to-start-with", DEFAULT[1]),
        ("SECRET_KEY", *SHORT),
        ("SECRET_KEY", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "is easy to guess"),
        ("SECRET_KEY", "abcabcabcabcabcabcabcabcabcabcabcabcabcabcabc", "is easy to guess"),
        ("METRICS_TOKEN", *SHORT),
        ("ENCRYPTION_KEYS", *SHORT),
        ("ENCRYPTION_KEYS", *DEFAULT),
    ],
)
def test_it_refuses_weak_secrets_and_does_not_tell_them(tmp_path: Path, name: str, value: str, says: str) -> None:
    given = f"2026={SECRET},2025={value}" if name == "ENCRYPTION_KEYS" else value
    done = _start(tmp_path, **{name: given})
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert f"ImproperlyConfigured: {name} {says}" in last
    assert value not in last


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ENCRYPTION_KEYS", SECRET, "ENCRYPTION_KEYS must be id=value pairs"),
        ("HUB_BASE_URL", "http://hub.example.com", "HUB_BASE_URL must start with https://"),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL must start with postgresql://"),
        ("EMAIL_PORT", "many", "EMAIL_PORT must be a whole number"),
        ("EMAIL_USE_TLS", "maybe", "EMAIL_USE_TLS must be yes or no"),
        ("LOG_FORMAT", "xml", "LOG_FORMAT must be one of json, plain"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL must be one of"),
        ("ENCRYPTION_KEYS", ",", "ENCRYPTION_KEYS must be id=value pairs"),
        ("ENCRYPTION_KEYS", f"a:b={SECRET}", "ENCRYPTION_KEYS must be id=value pairs"),
        ("ENCRYPTION_KEYS", f"a={SECRET},a={SECRET[::-1]}", "ENCRYPTION_KEYS has two values of one id"),
        ("RATE_LIMIT_LEDGER", "0", "RATE_LIMIT_LEDGER must be a whole number from 1 up"),
        ("OUTGOING_TIMEOUT_SECONDS", "-5", "OUTGOING_TIMEOUT_SECONDS must be a whole number from 1 up"),
        ("ALLOWED_HOSTS", "*", "ALLOWED_HOSTS must name the hub's hosts"),
        ("ALLOWED_HOSTS", " ,", "ALLOWED_HOSTS must name the hub's hosts"),
        ("TRUSTED_PROXIES", "*", "TRUSTED_PROXIES must name the proxies"),
        ("TRUSTED_PROXIES", "10.0.0.1,0.0.0.0/0", "TRUSTED_PROXIES must name the proxies"),
        ("DATABASE_URL", "postgresql:///hub", "DATABASE_URL must name a host"),
        ("DATABASE_URL", "postgresql://hub:pw@db:port/hub", "DATABASE_URL is no URL"),
        ("REDIS_URL", "redis:///0", "REDIS_URL must name a host"),
        ("REDIS_URL", "http://cache/0", "REDIS_URL must start with redis://"),
        ("HUB_BASE_URL", "https://", "HUB_BASE_URL must"),
        ("HUB_BASE_URL", "https://:8000", "HUB_BASE_URL must name a host"),
    ],
)
def test_it_names_what_makes_no_sense(tmp_path: Path, name: str, value: str, says: str) -> None:
    done = _start(tmp_path, **{name: value})
    assert done.returncode != 0
    assert says in done.stderr
    assert SECRET not in done.stderr


def test_the_deployment_check_has_nothing_to_say(tmp_path: Path) -> None:
    arguments = ("-W", "error", "manage.py", "check", "--deploy", "--fail-level", "WARNING")
    done = _run(*arguments, changes={}, directory=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout + done.stderr
    assert "WARNING" not in done.stderr


def test_pages_work_with_collected_static_files(tmp_path: Path) -> None:
    collected = _run("manage.py", "collectstatic", "--no-input", "-v0", changes={}, directory=tmp_path)
    assert collected.returncode == 0, collected.stderr
    script = (
        "import django; django.setup(); from django.test import Client;"
        "page = Client(HTTP_HOST='hub.example.com').get('/login', secure=True);"
        "import re; css = re.search(r'/static/hub/hub\\.\\w+\\.css', page.content.decode())[0];"
        "answer = Client(HTTP_HOST='hub.example.com').get(css, secure=True);"
        "print(page.status_code, answer.status_code, answer['Cache-Control']);"
        "from django.conf import settings; print(settings.SESSION_COOKIE_NAME); print(page.cookies)"
    )
    done = _run("-c", script, changes={}, directory=tmp_path)
    assert done.stdout.strip().startswith("200 200 max-age=315360000"), done.stderr
    first, session, csrf = done.stdout.splitlines()
    assert "immutable" in first
    assert session == "__Host-sessionid"
    assert csrf.startswith("Set-Cookie: __Host-csrftoken=")
    assert {"Path=/", "Secure"} <= set(csrf.split("; "))
    assert "Domain" not in csrf


@pytest.mark.django_db
def test_the_hubs_own_role_cannot_step_around_the_walls() -> None:
    found = no_bypass_of_row_level_security(databases=["default"])
    assert [message.id for message in found] == ["hub.W002"], "who logs in to test has made the tables"
    assert "DATABASE_OWNER_URL" in str(found[0].hint)


def test_a_role_that_can_is_reported() -> None:
    assert [message.id for message in complaints([("postgres", True, True)])] == ["hub.E001"]
    found = list(complaints([("hub_app", True, False), ("postgres", False, True)]))
    assert [(message.id, message.is_serious(checks.WARNING)) for message in found] == [("hub.W001", True)]
