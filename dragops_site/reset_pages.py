"""Pages for those who have no password any more: ask for a link, and set another password by it."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from dragops_site import audit
from dragops_site.accounts.models import User
from dragops_site.accounts.people import password_problem, set_password
from dragops_site.accounts.resets import mail_link
from dragops_site.throttle import Asking, ask_for_link

LONGEST_EMAIL = 254


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def forgot_password(request: HttpRequest) -> HttpResponse:
    """The same answer whether or not somebody has the address."""
    email = request.POST.get("email", "").strip()[:LONGEST_EMAIL]
    context = {"has_mail": bool(settings.EMAIL_HOST), "email": email}
    if request.method != "POST" or not settings.EMAIL_HOST or not email:
        return render(request, "forgot_password.html", context)
    asking = ask_for_link(request, email)
    if asking == Asking.TOO_OFTEN:
        return render(request, "forgot_password.html", {**context, "is_too_often": True}, status=429)
    if asking == Asking.HEARD:
        mail_link(email)
    return render(request, "forgot_password.html", {**context, "is_sent": True})


class NewPassword(forms.Form):
    """For one person; saving it is the whole effect."""

    new = forms.CharField(strip=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_new(self) -> str:
        new = str(self.cleaned_data["new"])
        if problem := password_problem(new, self.user):
            raise forms.ValidationError(problem)
        return new

    def save(self) -> User:
        set_password(self.user, self.user, self.cleaned_data["new"])
        audit.record(self.user, "signed in", detail="by a password link")
        return self.user


class ResetPassword(PasswordResetConfirmView):
    """Django keeps the token out of the address of the form, and out of what other sites could be told of it."""

    template_name = "reset_password.html"
    form_class = NewPassword  # type: ignore[assignment]
    success_url = reverse_lazy("home")
    post_reset_login = True

    def get_user(self, uidb64: str) -> User | None:
        found = super().get_user(uidb64)
        return found if found and found.is_active else None


reset_password = require_http_methods(["GET", "HEAD", "POST"])(ResetPassword.as_view())
