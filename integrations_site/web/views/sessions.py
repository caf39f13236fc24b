"""Log-in, log-out, passwords."""

from typing import Any, cast

from django.contrib.auth import views
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from integrations_site.tenancy.models import User
from integrations_site.web import devices, forms
from integrations_site.web.attempts import LOG_IN, PASSWORD_CHANGE, PASSWORD_RESET, Attempts, TooManyAttemptsError
from integrations_site.web.services import sessions


class LimitedFormView(FormView):  # type: ignore[type-arg]
    """A form whose submissions are counted: over the limit it is shown again with the reason, and nothing is tried."""

    attempts: Attempts

    def account(self) -> str:
        """What the limit per account goes by."""
        raise NotImplementedError

    def device(self) -> str:
        """The browser, where the account is known to use it."""
        return ""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            self.attempts.count(request, self.account(), device=self.device())
        except TooManyAttemptsError as error:
            return self._refused(error)
        return super().post(request, *args, **kwargs)

    def _refused(self, error: TooManyAttemptsError) -> HttpResponse:
        given = {name: value for name, value in self.get_form_kwargs().items() if name not in {"data", "files"}}
        context = self.get_context_data(form=self.get_form_class()(**given), refusal=error.message)
        headers = {"Retry-After": str(error.retry_after)}
        return self.render_to_response(context, status=error.status, headers=headers)


class LogInView(LimitedFormView, views.LoginView):
    """Begins a session. `next` leads to pages of the hub only."""

    template_name = "registration/login.html"
    authentication_form = forms.LogInForm
    redirect_authenticated_user = True
    attempts = LOG_IN

    def account(self) -> str:
        return self.request.POST.get("username", "")

    def device(self) -> str:
        return devices.device_of(self.request, self.account())

    def form_valid(self, form: Any) -> HttpResponse:
        sessions.log_in(request=self.request, user=form.get_user())
        response = HttpResponseRedirect(self.get_success_url())
        devices.remember(response, self.account())
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        if "username" in form.cleaned_data and "password" in form.cleaned_data:
            sessions.refuse_log_in(request=self.request, email=form.cleaned_data["username"])
        return super().form_invalid(form)


@never_cache
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    sessions.log_out(request=request)
    return HttpResponseRedirect(reverse("login"))


class PasswordResetView(LimitedFormView, views.PasswordResetView):
    """Asks for a link by mail; the answer is the same for every address."""

    template_name = "registration/password_reset.html"
    form_class = forms.PasswordResetForm  # type: ignore[assignment]
    success_url = reverse_lazy("password_reset_done")
    attempts = PASSWORD_RESET

    def account(self) -> str:
        return self.request.POST.get("email", "")


class PasswordResetDoneView(views.PasswordResetDoneView):
    """Says that mail is on its way."""

    template_name = "registration/password_reset_sent.html"


@method_decorator(never_cache, name="dispatch")
class PasswordResetConfirmView(views.PasswordResetConfirmView):
    """Sets a new password for the bearer of a link."""

    template_name = "registration/password_reset_new.html"
    form_class = forms.NewPasswordForm
    success_url = reverse_lazy("password_reset_complete")

    def form_valid(self, form: Any) -> HttpResponse:
        sessions.reset_password(user=form.user, password=form.cleaned_data["new_password1"])
        del self.request.session[views.INTERNAL_RESET_SESSION_TOKEN]
        return HttpResponseRedirect(str(self.success_url))


class PasswordResetCompleteView(views.PasswordResetCompleteView):
    """Says that the new password counts."""

    template_name = "registration/password_reset_complete.html"


class PasswordChangeView(LimitedFormView, views.PasswordChangeView):
    """Changes the password of the person who is logged in."""

    template_name = "registration/password_change.html"
    form_class = forms.PasswordForm
    success_url = reverse_lazy("password_change_done")
    attempts = PASSWORD_CHANGE

    def account(self) -> str:
        return str(self.request.user.pk)

    def form_valid(self, form: Any) -> HttpResponse:
        user = cast(User, self.request.user)
        sessions.change_password(request=self.request, user=user, password=form.cleaned_data["new_password1"])
        return HttpResponseRedirect(str(self.success_url))


class PasswordChangeDoneView(views.PasswordChangeDoneView):
    """Says that the new password counts."""

    template_name = "registration/password_change_done.html"
