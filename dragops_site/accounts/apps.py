from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in

from dragops_site import sessions


class AccountsConfig(AppConfig):
    name = "dragops_site.accounts"
    label = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        user_logged_in.connect(sessions.begin, dispatch_uid="sessions.begin")
