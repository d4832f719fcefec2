"""The WSGI application that the web server runs."""

import os

import django

from dragops_site.wsgi_handler import Handler

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dragops_site.settings")

django.setup(set_prefix=False)
application = Handler()
