"""Encoding and Crypto, held to the vectors that the standards publish."""

import re
from uuid import UUID

import pytest

from patterns import registry
from tests.patterns.nodes.calling import call

RFC_4648 = [  # section 10
    ("", "", ""),
    ("f", "Zg==", "66"),
    ("fo", "Zm8=", "666f"),
    ("foo", "Zm9v", "666f6f"),
    ("foob", "Zm9vYg==", "666f6f62"),
    ("fooba", "Zm9vYmE=", "666f6f6261"),
    ("foobar", "Zm9vYmFy", "666f6f626172"),
]
EVERY_BYTE = bytes(range(256))
SURROGATE = "\ud800"


@pytest.mark.parametrize(("text", "encoded", "digits"), RFC_4648)
def test_base64_and_hex_agree_with_rfc_4648(text, encoded, digits):
    for value in (text, text.encode()):
        assert call("Base64Encode", value) == encoded
        assert call("Base64Encode", value, padding=False) == encoded.rstrip("=")
        assert call("HexEncode", value) == digits
        assert call("HexEncode", value, upper_case=True) == digits.upper()
    assert call("Base64Decode", encoded) == call("Base64Decode", encoded.rstrip("=")) == text
    assert call("HexDecode", digits) == call("HexDecode", digits.upper()) == text
    assert call("Base64Decode", encoded, output="binary") == text.encode()


def test_base64_has_an_alphabet_for_addresses():
    assert call("Base64Encode", b"\xfb\xef\xff", alphabet="url-safe") == "--__"
    assert call("Base64Encode", b"\xfb\xef\xff") == "++//"
    for text in ("--__", "++//", "+-/_", " ++\r\n//\t"):
        assert call("Base64Decode", text, output="binary") == b"\xfb\xef\xff"


@pytest.mark.parametrize("alphabet", ["standard", "url-safe"])
@pytest.mark.parametrize("padding", [True, False])
def test_base64_brings_every_byte_back(alphabet, padding):
    for length in range(256):
        encoded = call("Base64Encode", EVERY_BYTE[:length], alphabet=alphabet, padding=padding)
        assert call("Base64Decode", encoded, output="binary") == EVERY_BYTE[:length]


@pytest.mark.parametrize("text", ["a", "aaaaa", "ab*d", "ab=cd", "éabc", "a\x00bc", SURROGATE * 4])
def test_base64_decode_refuses_what_is_not_base64(text):
    with pytest.raises(ValueError, match=r"^Value is not Base64"):
        call("Base64Decode", text)


@pytest.mark.parametrize("text", ["0", "0g", "abc", "é9", "0x0", SURROGATE])
def test_hex_decode_refuses_what_is_not_hex(text):
    with pytest.raises(ValueError, match=r"^Value is not hex"):
        call("HexDecode", text)


def test_hex_decode_reads_fingerprints_and_dumps():
    for text in ("DE:AD:be:ef", "de ad\nbe ef", "0xdeadbeef"):
        assert call("HexDecode", text, output="binary") == b"\xde\xad\xbe\xef"


@pytest.mark.parametrize(("type_name", "text"), [("Base64Decode", "/w=="), ("HexDecode", "ff")])
def test_decoding_to_text_refuses_bytes_that_are_none(type_name, text):
    with pytest.raises(ValueError, match=r"^Value does not hold UTF-8 text"):
        call(type_name, text)


@pytest.mark.parametrize(
    ("text", "component", "form"),
    [
        ("a b&c=ü", "a%20b%26c%3D%C3%BC", "a+b%26c%3D%C3%BC"),
        # RFC 3986, sections 2.2 and 2.3
        (":/?#[]@!$&'()*+,;=", *["%3A%2F%3F%23%5B%5D%40%21%24%26%27%28%29%2A%2B%2C%3B%3D"] * 2),
        ("AZaz09-._~", *["AZaz09-._~"] * 2),
        ("100%", *["100%25"] * 2),
        ("ア", *["%E3%82%A2"] * 2),  # RFC 3986, section 2.5
        ("\x00", *["%00"] * 2),
        (SURROGATE, *["%ED%A0%80"] * 2),
        ("", "", ""),
    ],
)
def test_url_encoding_goes_there_and_back(text, component, form):
    assert call("URLEncode", text) == component
    assert call("URLEncode", text, mode="form") == form
    assert call("URLDecode", component) == call("URLDecode", component.lower()) or "%" not in component
    assert call("URLDecode", component) == call("URLDecode", form, mode="form") == text


@pytest.mark.parametrize(("text", "decoded"), [("a+b", "a+b"), ("100%", "100%"), ("%zz%41", "%zzA"), ("é%C3%A9", "éé")])
def test_url_decode_leaves_what_is_not_encoded(text, decoded):
    assert call("URLDecode", text) == decoded


def test_url_decode_refuses_bytes_that_are_no_text():
    with pytest.raises(ValueError, match=r"^Value is not the encoded form of UTF-8 text"):
        call("URLDecode", "%ff%fe")


@pytest.mark.parametrize(
    ("algorithm", "value", "digest"),
    [
        # RFC 6234 and FIPS 180: “abc”, nothing, and two blocks
        ("SHA-1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"),
        ("SHA-256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("SHA-256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (
            "SHA-256",
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
        ),
        (
            "SHA-512",
            "abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        # RFC 1321, appendix A.5
        ("MD5", "", "d41d8cd98f00b204e9800998ecf8427e"),
        ("MD5", "message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
        ("MD5", "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
    ],
)
def test_hash_agrees_with_its_standard(algorithm, value, digest):
    assert call("Hash", value, algorithm=algorithm) == digest
    assert call("Hash", value.encode(), algorithm=algorithm, output="binary").hex() == digest
    base64 = call("Hash", value, algorithm=algorithm, output="base64")
    assert call("Base64Decode", base64, output="binary").hex() == digest


HMACS = [
    # RFC 4231: test cases 1, 2, 3, 6 and 7
    ("SHA-256", b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    (
        "SHA-256",
        "Jefe",
        "what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    ("SHA-256", b"\xaa" * 20, b"\xdd" * 50, "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"),
    (
        "SHA-256",
        b"\xaa" * 131,
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        "SHA-256",
        b"\xaa" * 131,
        "This is a test using a larger than block-size key and a larger than block-size data. "
        "The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
    (
        "SHA-512",
        "Jefe",
        "what do ya want for nothing?",
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
    ),
    # RFC 2202: sections 2 and 3
    ("MD5", "Jefe", "what do ya want for nothing?", "750c783e6ab0b503eaa86e310a5db738"),
    ("MD5", b"\x0b" * 16, "Hi There", "9294727a3638bb1c13f48ef8158bfc9d"),
    ("SHA-1", "Jefe", "what do ya want for nothing?", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
    ("SHA-1", b"\x0b" * 20, "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
]


@pytest.mark.parametrize(("algorithm", "key", "value", "digest"), HMACS)
def test_hmac_agrees_with_its_standard(algorithm, key, value, digest):
    assert call("HMAC", value, key, algorithm=algorithm) == digest
    assert call("HMACVerify", value, key, digest, algorithm=algorithm)
    assert call("HMACVerify", value, key, digest.upper(), algorithm=algorithm)
    base64 = call("HMAC", value, key, algorithm=algorithm, output="base64")
    assert call("HMACVerify", value, key, base64, algorithm=algorithm, encoding="base64")


def test_hmac_verify_reads_the_header_of_a_webhook():
    # From the documentation of GitHub's webhooks.
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    inputs = ("Hello, World!", "It's a Secret to Everybody", signature)
    assert call("HMACVerify", *inputs, prefix="sha256=")
    assert not call("HMACVerify", *inputs)
    assert not call("HMACVerify", *inputs, prefix="sha1=")
    assert not call("HMACVerify", "hello, World!", *inputs[1:], prefix="sha256=")
    assert not call("HMACVerify", inputs[0], "another key", signature, prefix="sha256=")


@pytest.mark.parametrize("signature", ["", "x", "5bdc", "é", SURROGATE, "0" * 64, "a" * 10_000_000])
@pytest.mark.parametrize("encoding", ["hex", "base64"])
def test_hmac_verify_calls_what_is_no_signature_not_valid(signature, encoding):
    assert call("HMACVerify", "body", "key", signature, encoding=encoding) is False


@pytest.mark.parametrize("key", ["", b"", None])
def test_hmac_refuses_an_empty_key(key):
    with pytest.raises(ValueError, match=r"^Key is empty"):
        call("HMAC", "body", key)
    with pytest.raises(ValueError, match=r"^Key is empty"):
        call("HMACVerify", "body", key, "00")


@pytest.mark.parametrize("type_name", ["Base64Encode", "HexEncode", "Hash", "HMAC"])
@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"a": 1}, "Value is an Object; make it a String first"),
        ([1], "Value is an Array; make it a String first"),
        (10**5000, "Value: the whole number is too long"),
    ],
    ids=["object", "list", "digits"],
)
def test_value_that_is_neither_text_nor_bytes_is_refused(type_name, value, words):
    with pytest.raises(ValueError, match=f"^{words}"):
        call(type_name, value, *["key"] * (type_name == "HMAC"))


def test_numbers_and_booleans_count_as_their_text():
    assert call("HexEncode", 42) == "3432"
    assert call("HexEncode", True) == b"true".hex()
    assert call("HexEncode", None) == ""


@pytest.mark.parametrize("type_name", ["Hash", "HMAC"])
def test_digest_takes_ten_megabytes(type_name):
    assert len(call(type_name, "é" * 5_000_000, *["key"] * (type_name == "HMAC"))) == 64


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("Base64Encode", "a" * 9_000_000),
        ("HexEncode", "a" * 9_000_000),
        ("URLEncode", "/" * 9_000_000),
        ("HTMLEscape", "<" * 9_000_000),
    ],
)
def test_text_that_would_grow_past_the_limit_is_refused(type_name, value):
    with pytest.raises(ValueError, match="10,000,000 characters"):
        call(type_name, value)


@pytest.mark.parametrize(
    ("type_name", "value"),
    [("URLDecode", "%41" * 3_000_000), ("URLDecode", "%" * 9_000_000), ("URLEncode", "a" * 10**7)],
)
def test_text_of_ten_megabytes_is_coded(type_name, value):
    assert call(type_name, value)


def test_uuid_of_version_4_is_random():
    ids = [call("UUID") for _ in range(100)]
    assert len(set(ids)) == 100
    assert all(str(UUID(each)) == each and UUID(each).version == 4 for each in ids)


def test_uuid_of_version_7_has_the_form_of_rfc_9562_and_sorts_by_time():
    ids = [call("UUID", version="7") for _ in range(100)]
    assert ids == sorted(set(ids))
    form = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
    assert all(form.fullmatch(each) for each in ids)


@pytest.mark.parametrize(
    ("format", "characters"),
    [("url-safe", r"[\w-]"), ("letters and digits", "[0-9A-Za-z]"), ("hex", "[0-9a-f]"), ("digits", "[0-9]")],
)
def test_random_token_has_its_length_and_characters(format, characters):
    assert re.fullmatch(f"{characters}{{10000}}", call("RandomToken", 10_000, format=format), re.ASCII)
    assert call("RandomToken", format=format) != call("RandomToken", format=format)


@pytest.mark.parametrize("length", [0, -1, 10_001, 10**5000], ids=lambda length: "")
def test_random_token_refuses_a_length_that_is_none(length):
    with pytest.raises(ValueError, match=r"^Length must be between 1 and 10,000"):
        call("RandomToken", length)


@pytest.mark.parametrize("type_name", ["UUID", "RandomToken", "JWTSign", "JWTVerify"])
def test_what_differs_from_run_to_run_is_recorded_for_replays(type_name):
    assert registry.get(type_name).is_volatile


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("<a href=\"x\" id='y'>", "&lt;a href=&quot;x&quot; id=&#x27;y&#x27;&gt;"),
        ("&amp;", "&amp;amp;"),
        ("é👩\x00", "é👩\x00"),
        ("", ""),
    ],
)
def test_html_goes_there_and_back(text, escaped):
    assert call("HTMLEscape", text) == escaped
    assert call("HTMLUnescape", escaped) == text


@pytest.mark.parametrize(
    ("type_name", "inputs", "properties", "words"),
    [
        ("Hash", ("a",), {"algorithm": "CRC"}, "Algorithm is 'CRC', not one of SHA-256"),
        ("Hash", ("a",), {"output": "octal"}, "Output is 'octal'"),
        ("UUID", (), {"version": "1"}, "Version is '1'"),
        ("Base64Encode", ("a",), {"alphabet": "x"}, "Alphabet is 'x'"),
    ],
)
def test_setting_that_is_none_is_refused_by_its_name(type_name, inputs, properties, words):
    with pytest.raises(ValueError, match=words):
        call(type_name, *inputs, **properties)


@pytest.mark.parametrize("text", ["&#0;", "&#xD800;", "&#99999999;", "&nobody;", "&", "&" * 1_000_000])
def test_html_unescape_takes_entities_that_are_none(text):
    assert isinstance(call("HTMLUnescape", text), str)


def test_html_unescape_refuses_a_character_of_thousands_of_digits():
    with pytest.raises(ValueError, match=r"^Value holds the number of a character"):
        call("HTMLUnescape", f"&#{'9' * 5_000};")
