"""Addresses of the pages that belong to no app."""

from django.urls import path

from dragops_site import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("sign-in", pages.sign_in, name="sign-in"),
    path("sign-out", pages.sign_out, name="sign-out"),
]
