from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "dragops_site.accounts"
    label = "accounts"
    verbose_name = "Accounts"
