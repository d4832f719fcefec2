"""Addresses that callers from outside fire."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
