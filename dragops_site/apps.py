from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "dragops_site"
    verbose_name = "DRAGOPS"
