"""Mail that people get, and what is forgotten of their sessions."""

from celery import shared_task
from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.contrib.sessions.models import Session
from django.core.mail import EmailMultiAlternatives
from django.db import OperationalError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from oauth2_provider.models import clear_expired

from integrations_site.kernel import clock
from integrations_site.tenancy.models import User
from integrations_site.tenancy.retention import remove
from integrations_site.tenancy.tasks import HubTask, SystemTask
from integrations_site.web.models import AttemptCount


@shared_task(
    base=HubTask,
    name="web.send_password_reset",
    autoretry_for=(OSError, OperationalError),
    retry_backoff=5,
    max_retries=5,
)
def send_password_reset(*, email: str) -> None:
    """Mails a link that sets a new password, if an active account has this address; else does nothing.

    The link works once and until it expires; it is made of the password's hash, so setting a password ends it.
    """
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    if user is None:
        return
    context = {"user": user, "link": _reset_link(user), "minutes": settings.PASSWORD_RESET_TIMEOUT // 60}
    message = EmailMultiAlternatives(
        subject="Set a new password for the integration hub",
        body=render_to_string("registration/password_reset_email.txt", context),
        to=[user.email],
    )
    message.attach_alternative(render_to_string("registration/password_reset_email.html", context), "text/html")
    message.send()


def _reset_link(user: User) -> str:
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    path = reverse("password_reset_confirm", args=[uid, default_token_generator.make_token(user)])
    return f"{settings.HUB_BASE_URL}{path}"


@shared_task(base=SystemTask, name="web.forget_ended_sessions")
def forget_ended_sessions() -> None:
    """Removes sessions that have expired, tokens that count no more, and counts of attempts whose time is over."""
    remove(Session.objects.filter(expire_date__lt=clock.now()))
    clear_expired()
    remove(AttemptCount.objects.filter(ends_at__lt=clock.now()))
