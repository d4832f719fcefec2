import pytest

from patterns.destinations import of_url, read


@pytest.mark.parametrize(
    ("entry", "kept"),
    [
        (" API.Example.com ", "api.example.com"),
        ("https://api.example.com:443", "api.example.com"),
        ("api.example.com:8443", "api.example.com:8443"),
        ("http://intranet", "http://intranet"),
        ("*.example.com", "*.example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("[::1]:80", "[::1]:80"),
    ],
)
def test_destination_is_kept_in_one_spelling(entry: str, kept: str) -> None:
    assert str(read(entry)) == kept == str(read(kept))


@pytest.mark.parametrize(
    "entry",
    [
        "",
        "*",
        "*.com",
        "ftp://a.example",
        "a.example/path",
        "u@a.example",
        "a b",
        "a.example:x",
        "a.example:99999",
        "https://",
        "a.*.b.com",
        "a?x",
        "a\\b",
    ],
)
def test_destination_that_says_no_host_is_refused(entry: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read(entry)


@pytest.mark.parametrize(
    ("entry", "url", "is_covered"),
    [
        ("api.example.com", "https://api.example.com/x?y#z", True),
        ("api.example.com", "https://API.example.com./x", True),
        ("api.example.com", "http://api.example.com/", False),
        ("api.example.com", "https://api.example.com:8443/", False),
        ("api.example.com", "https://api.example.com.evil.example/", False),
        ("api.example.com", "https://api.example.com@evil.example/", False),
        ("api.example.com", "https://evil.example/#@api.example.com", False),
        ("api.example.com", "https://evil.example?@api.example.com/", False),
        ("api.example.com", "https://evil.example/api.example.com", False),
        ("api.example.com", "https://xapi.example.com/", False),
        ("*.example.com", "https://a.b.example.com/", True),
        ("*.example.com", "https://example.com/", False),
        ("*.example.com", "https://badexample.com/", False),
        ("bücher.example", "https://xn--bcher-kva.example/", True),
        ("http://intranet:8080", "http://intranet:8080/", True),
    ],
)
def test_destination_covers_what_the_client_would_connect_to(entry: str, url: str, is_covered: bool) -> None:
    assert read(entry).covers(of_url(url)) is is_covered


@pytest.mark.parametrize("url", ["", "api.example.com", "ftp://api.example.com", "https://", "https://a\nb", "//a.b"])
def test_url_of_no_server_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        of_url(url)
