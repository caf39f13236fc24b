"""How often one may guess: limits that strangers cannot turn against an account's owner, and that need no Redis."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client, RequestFactory
from pytest_django.fixtures import Settings
from redis.exceptions import ConnectionError as RedisConnectionError

from integrations_site.kernel import clock, limits
from integrations_site.tenancy.models import Tenant, User
from integrations_site.web import devices
from integrations_site.web.attempts import LOG_IN, Attempts, TooManyAttemptsError
from integrations_site.web.models import AttemptCount
from integrations_site.web.tasks import forget_ended_sessions
from integrations_site.web.views.sessions import LogInView
from tests.valkey import Valkey, own_valkey
from tests.web.forms import log_in

pytestmark = pytest.mark.django_db
WRONG = "wrong wrong wrong"
FEW = Attempts("login", per_place=2, per_account=5, per_address=4)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Attempts:
    """Limits that are reached soon."""
    monkeypatch.setattr(LogInView, "attempts", FEW)
    return FEW


def at(number: int) -> Client:
    """A browser somewhere else."""
    return Client(REMOTE_ADDR=f"10.0.0.{number}")


def guess(browser: Client, email: str, times: int = 1) -> list[int]:
    return [log_in(browser, email, WRONG).status_code for _ in range(times)]


def test_attempts_on_an_account_from_one_place_are_limited(plain_user: User) -> None:
    assert guess(at(1), plain_user.email, LOG_IN.per_place) == [200] * LOG_IN.per_place
    answer = log_in(at(1), plain_user.email)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= LOG_IN.seconds + 1
    assert "Too many attempts" in answer.content.decode()
    assert not Session.objects.exists()


def test_who_guesses_in_one_place_locks_nobody_out_elsewhere(plain_user: User) -> None:
    assert guess(at(1), plain_user.email, LOG_IN.per_place + 2)[-1] == 429
    assert log_in(at(2), plain_user.email).status_code == 302


def test_who_guesses_from_many_places_is_stopped_and_the_owners_browser_is_not(plain_user: User, few: Attempts) -> None:
    owner = at(9)
    assert log_in(owner, plain_user.email).status_code == 302
    owner.cookies.pop("sessionid")
    for number in range(few.per_account - 1):
        assert guess(at(number), plain_user.email) == [200]
    assert log_in(at(100), plain_user.email).status_code == 429, "from anywhere"
    assert log_in(owner, plain_user.email).status_code == 302


def test_the_owners_browser_may_not_guess_for_ever(plain_user: User, few: Attempts) -> None:
    owner = at(9)
    log_in(owner, plain_user.email)
    owner.cookies.pop("sessionid")
    assert guess(owner, plain_user.email, few.per_place + 1) == [200] * few.per_place + [429]
    assert log_in(owner, plain_user.email).status_code == 429


def test_who_knew_the_password_once_does_not_guess_from_many_browsers(plain_user: User, few: Attempts) -> None:
    browsers = [at(number) for number in range(4)]
    for browser in browsers:
        assert log_in(browser, plain_user.email).status_code == 302
        browser.cookies.pop("sessionid")
    plain_user.set_password("another password that only the owner knows")
    plain_user.save()
    answers = [answer for browser in browsers for answer in guess(browser, plain_user.email, few.per_place)]
    assert answers == [200] * few.per_account + [429] * (len(answers) - few.per_account)


def test_a_browser_is_known_for_the_account_that_used_it_alone(
    plain_user: User, admin_user: User, few: Attempts
) -> None:
    browser = at(9)
    log_in(browser, plain_user.email)
    browser.cookies.pop("sessionid")
    assert guess(browser, admin_user.email, few.per_place + 1)[-1] == 429
    assert log_in(browser, plain_user.email).status_code == 302


def test_the_name_of_a_browser_cannot_be_made_up_or_kept_for_ever(plain_user: User, few: Attempts) -> None:
    owner, thief = at(1), at(2)
    log_in(owner, plain_user.email)
    cookie = owner.cookies[devices.COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/login")
    assert plain_user.email not in cookie.value
    for forged in (cookie.value[:-1], f"{cookie.value}x", "", "a:b:c"):
        thief.cookies[devices.COOKIE] = forged
        guess(thief, plain_user.email)
    assert guess(thief, plain_user.email) == [429]
    request = RequestFactory().get("/login")
    request.COOKIES[devices.COOKIE] = cookie.value
    assert devices.device_of(request, plain_user.email.upper())
    with time_machine.travel(clock.now() + dt.timedelta(days=181)):
        assert devices.device_of(request, plain_user.email) == ""


def test_other_spellings_of_an_account_count_as_the_same(browser: Client, tenant: Tenant) -> None:
    spellings = (
        "kiss@example.com",
        "KISS@example.com ",
        "\u212aiss@example.com",
        "ki\u017fs@example.com",
        "\uff4biss@example.com",
    )
    for number in range(LOG_IN.per_place):
        assert guess(browser, spellings[number % len(spellings)]) == [200]
    assert [log_in(browser, spelling).status_code for spelling in spellings] == [429] * len(spellings)


def test_an_unknown_account_is_limited_all_the_same(browser: Client) -> None:
    assert guess(browser, "nobody@example.com", LOG_IN.per_place + 1) == [200] * LOG_IN.per_place + [429]


def test_attempts_from_one_address_are_limited_whatever_the_account(few: Attempts) -> None:
    browser = Client(REMOTE_ADDR="2001:db8::1")
    answers = [guess(browser, f"person{number}@example.com")[0] for number in range(few.per_address + 1)]
    assert answers == [200] * few.per_address + [429]
    neighbour = Client(REMOTE_ADDR="2001:db8::ffff")
    assert log_in(neighbour, "else@example.com").status_code == 429, "an IPv6 subscriber has a whole /64"
    assert log_in(Client(REMOTE_ADDR="2001:db8:1::1"), "else@example.com").status_code == 200


def test_after_a_while_it_may_be_tried_again(plain_user: User, few: Attempts) -> None:
    assert guess(at(1), plain_user.email, few.per_place + 1)[-1] == 429
    later = clock.now() + dt.timedelta(seconds=few.seconds + 1)
    with time_machine.travel(later):
        assert guess(at(1), plain_user.email, few.per_place + 1) == [200] * few.per_place + [429]
    with time_machine.travel(later + dt.timedelta(seconds=few.seconds + 1)):
        forget_ended_sessions()
    assert not AttemptCount.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_attempts_at_the_same_time_do_not_slip_through_together() -> None:
    request = RequestFactory().get("/login")

    def attempt(_: int) -> bool:
        try:
            LOG_IN.count(request, "somebody@example.com")
        except TooManyAttemptsError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(40))) == LOG_IN.per_place


class TestWhileRedisIsAway:
    @pytest.fixture
    def valkey(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
        """A Valkey of the test's own, which the hub uses."""
        with own_valkey() as running:
            settings.REDIS_URL = running.url
            limits._own.process = None
            monkeypatch.setattr(limits, "_silent_until", 0.0)
            yield running
        limits._own.process = None

    def test_the_limits_hold_and_people_get_in(self, valkey: Valkey, plain_user: User, admin_user: User) -> None:
        limits.connection().ping()
        assert guess(at(1), plain_user.email, LOG_IN.per_place - 1) == [200] * (LOG_IN.per_place - 1)
        valkey.stop()
        with pytest.raises(RedisConnectionError):
            limits.connection().ping()
        assert guess(at(1), plain_user.email, 3) == [200, 429, 429]
        assert log_in(at(1), admin_user.email).status_code == 302
        assert log_in(at(2), plain_user.email).status_code == 302
