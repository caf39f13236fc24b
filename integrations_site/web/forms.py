"""The forms of the browser pages."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm, SetPasswordForm
from kombu.exceptions import OperationalError

from integrations_site.kernel.errors import TransientError
from integrations_site.web import tasks


class LogInForm(AuthenticationForm):
    """E-mail address and password. What is wrong with them is never said."""

    error_messages = {
        "invalid_login": "That e-mail address and password do not go together. Check both, or reset your password.",
        "inactive": "That e-mail address and password do not go together. Check both, or reset your password.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        email = self.fields["username"]
        email.label = "E-mail address"
        email.widget = forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True, "maxlength": 254})
        self.fields["password"].widget.attrs["autocomplete"] = "current-password"


class PasswordResetForm(forms.Form):
    """Asks for a link by mail."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "autofocus": True}),
    )

    def save(self, **_: Any) -> None:
        """Lets a worker look for the account and write to it: the answer takes equally long for every address."""
        try:
            tasks.send_password_reset.delay(email=self.cleaned_data["email"])
        except OperationalError as error:
            raise TransientError("Mail cannot be sent for the moment. Please try again in a few minutes.") from error


class NewPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """A new password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _second_time(self)


class PasswordForm(PasswordChangeForm):
    """The present password, and a new one twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = "Your present password"
        _second_time(self)


def _second_time(form: forms.Form) -> None:
    again = form.fields["new_password2"]
    again.label, again.help_text = "New password, again", ""
