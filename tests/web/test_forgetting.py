"""Sessions and tokens that count no more are removed by the clock."""

import datetime as dt

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from oauth2_provider.models import AccessToken

from integrations_site.kernel import clock
from integrations_site.tenancy.models import User
from integrations_site.web.tasks import forget_ended_sessions
from tests.web.forms import log_in


@pytest.mark.django_db
def test_what_has_ended_is_forgotten_and_the_rest_is_kept(browser: Client, plain_user: User, admin_user: User) -> None:
    log_in(Client(), admin_user.email)
    Session.objects.update(expire_date=clock.now() - dt.timedelta(seconds=1))
    log_in(browser, plain_user.email)
    for name, hours in (("old", -1), ("new", 1)):
        expires = clock.now() + dt.timedelta(hours=hours)
        AccessToken.objects.create(user=plain_user, token=name, expires=expires)
    forget_ended_sessions()
    assert Session.objects.count() == 1
    assert browser.get("/").status_code == 200
    assert AccessToken.objects.get().expires > clock.now()


def test_it_is_in_the_schedule() -> None:
    assert forget_ended_sessions.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
