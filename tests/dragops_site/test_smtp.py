"""The address of a mail server in the environment."""

import pytest

from dragops_site.smtp import Smtp, read


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("", Smtp()),
        ("smtp://mail.example.org", Smtp("mail.example.org", 25)),
        ("smtp://mail.example.org/?tls=1", Smtp("mail.example.org", 587, starts_tls=True)),
        ("smtp://u%40x:p%2F%3A@h:2525/?tls=1", Smtp("h", 2525, "u@x", "p/:", starts_tls=True)),
        ("smtps://u:p@h", Smtp("h", 465, "u", "p", is_tls=True)),
        ("smtp://[::1]:2525", Smtp("::1", 2525)),
        ("smtp://h?tls=0", Smtp("h", 25)),
    ],
)
def test_address_names_the_server(url: str, server: Smtp) -> None:
    assert read(url) == server


@pytest.mark.parametrize("url", ["h", "h:25", "http://h", "smtp://", "smtp://:25", "smtp://h:port", "smtp://h:99999"])
def test_address_that_names_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        read(url)
