"""E-mail, sent through Django's settings."""
