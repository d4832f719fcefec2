"""JSON Web Tokens: the examples of the standards, and what those who forge tokens try."""

import base64
import json
from time import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from patterns.context import NodeError
from tests.patterns.nodes.calling import call

SECRET = "a secret of at least sixty-four bytes, as the longest of them asks for"
CLAIMS = {"sub": "42", "name": "Ada é"}
# RFC 7515, appendix A.1
HS256_KEY = {
    "kty": "oct",
    "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
}
HS256_TOKEN = (
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9"
    ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
    ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
)
ISSUED_BEFORE_EXPIRY = 3e9  # seconds of grace: the example expired in 2011
# RFC 8037, appendix A
ED25519_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}
ED25519_TOKEN = (
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
    ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
)


def pem(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public(key, encoding=Encoding.PEM):
    written = key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return written.decode() if encoding is Encoding.PEM else written


RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
PAIRS = {
    "HS256": (SECRET, SECRET),
    "HS384": (SECRET, SECRET.encode()),
    "HS512": (SECRET, SECRET),
    "RS256": (pem(RSA), public(RSA)),
    "ES256": (pem(EC), public(EC)),
    "EdDSA": (pem(ED), public(ED)),
}


def part(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def sign(claims=CLAIMS, key=SECRET, **properties):
    return call("JWTSign", claims, key, **properties)


def verify(token, key=SECRET, *inputs, **properties):
    return call("JWTVerify", token, key, *inputs, **properties)


def refused(words, token, key=SECRET, *inputs, **properties):
    with pytest.raises(NodeError, match=words) as error:
        verify(token, key, *inputs, **properties)
    assert error.value.type == "InvalidToken"
    assert len(error.value.message) < 200
    verdict = verify(token, key, *inputs, if_invalid="report", **properties)
    assert verdict == ({}, {}, False, error.value.message)
    return True


def test_jwt_verify_agrees_with_the_hs256_example_of_rfc_7515():
    claims = {"iss": "joe", "exp": 1300819380, "http://example.com/is_root": True}
    secret = base64.urlsafe_b64decode(HS256_KEY["k"] + "==")
    for key in (HS256_KEY, json.dumps(HS256_KEY), secret):
        refused("^Token has expired", HS256_TOKEN, key)
        with pytest.raises(ValueError, match=r"^Leeway"):
            verify(HS256_TOKEN, key, "", "", ISSUED_BEFORE_EXPIRY)
        seconds = int(time()) - 1300819380 + 60
        verdict = verify(HS256_TOKEN, key, "", "joe", seconds)
        assert verdict == (claims, {"typ": "JWT", "alg": "HS256"}, True, "")


def test_key_of_rfc_8037_verifies_its_example_and_signs():
    jwt.PyJWS().decode(ED25519_TOKEN, jwt.PyJWK(ED25519_KEY).key, algorithms=["EdDSA"])
    token = sign(key=ED25519_KEY, algorithm="EdDSA")
    public_key = {name: ED25519_KEY[name] for name in ("kty", "crv", "x")}
    assert verify(token, public_key, algorithm="EdDSA").claims == CLAIMS
    refused("^Token is not a JSON Web Token: its claims", ED25519_TOKEN, public_key, algorithm="EdDSA")


@pytest.mark.parametrize("algorithm", PAIRS)
def test_token_that_was_signed_is_verified_and_no_other(algorithm):
    private_key, public_key = PAIRS[algorithm]
    token = sign(key=private_key, algorithm=algorithm)
    verdict = verify(token, public_key, algorithm=algorithm)
    assert verdict == (CLAIMS, {"alg": algorithm, "typ": "JWT"}, True, "")
    head, _, signature = token.split(".")
    forged = f"{head}.{part({'sub': '1'})}.{signature}"
    refused("^Token was not signed with this Key", forged, public_key, algorithm=algorithm)
    refused("^Token", f"{token[:-6]}AAAAAA", public_key, algorithm=algorithm)


@pytest.mark.parametrize("algorithm", PAIRS)
@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", None, "HS1", 5, ["HS256"]])
def test_token_without_a_signature_is_refused(algorithm, alg):
    for signature in ("", "AAAA"):
        token = f"{part({'alg': alg})}.{part(CLAIMS)}.{signature}"
        refused("^Token ", token, PAIRS[algorithm][1], algorithm=algorithm)


def test_token_does_not_choose_the_algorithm():
    for signed in PAIRS:
        token = sign(key=PAIRS[signed][0], algorithm=signed)
        for accepted in PAIRS.keys() - {signed}:
            refused(f"^Token is not signed with {accepted}", token, PAIRS[accepted][1], algorithm=accepted)


@pytest.mark.parametrize("key", [RSA, EC, ED], ids=["RSA", "EC", "Ed25519"])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_public_key_is_no_secret(key, encoding):
    with pytest.raises(ValueError, match=r"^Key "):
        sign(key=public(key, encoding))
    with pytest.raises(ValueError, match=r"^Key "):
        verify(sign(), public(key, encoding))


def test_jwk_of_another_kind_is_no_secret():
    for algorithm in ("HS256", "RS256", "ES256"):
        with pytest.raises(ValueError, match=r"^Key "):
            verify(sign(), json.dumps(ED25519_KEY), algorithm=algorithm)
    with pytest.raises(ValueError, match=r"^Key is one for another Algorithm"):
        verify(sign(), {**HS256_KEY, "alg": "HS512"})


def test_key_of_a_set_is_the_one_that_the_token_names():
    keys = {"keys": [{**HS256_KEY, "kid": "a"}, {"kty": "oct", "k": part(SECRET.encode()), "kid": "b"}, "broken"]}
    token = call("JWTSign", CLAIMS, SECRET, 0, {"kid": "b"})
    assert verify(token, keys) == (CLAIMS, {"alg": "HS256", "kid": "b", "typ": "JWT"}, True, "")
    refused("^Token was not signed with this Key", call("JWTSign", CLAIMS, SECRET, 0, {"kid": "a"}), keys)
    refused("^Token does not name one of the keys in Key", call("JWTSign", CLAIMS, SECRET, 0, {"kid": "c"}), keys)
    refused("^Token does not name one of the keys in Key", sign(), keys)


def test_keys_that_a_token_carries_are_not_used():
    header = {"alg": "EdDSA", "jwk": ED25519_KEY, "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}
    token = jwt.PyJWS().encode(b"{}", jwt.PyJWK(ED25519_KEY).key, "EdDSA", headers=header)
    refused("^Token was not signed with this Key", token, public(ED), algorithm="EdDSA")


@pytest.mark.parametrize(
    ("claims", "inputs", "properties", "words"),
    [
        ({"exp": 1}, (), {}, "^Token has expired"),
        ({"nbf": 4_000_000_000}, (), {}, "^Token is not valid yet"),
        ({"iat": 4_000_000_000}, (), {}, "^Token is not valid yet"),
        ({"exp": "soon"}, (), {}, "^Token does not hold"),
        ({"exp": [1]}, (), {}, "^Token does not hold"),
        ({"nbf": None}, (), {}, "^Token does not hold"),
        ({"aud": "shop"}, (), {}, "^Token is not for this Audience"),
        ({"aud": "shop"}, ("bank",), {}, "^Token is not for this Audience"),
        ({"aud": ["shop", "till"]}, ("bank",), {}, "^Token is not for this Audience"),
        ({}, ("bank",), {}, "^Token does not hold: .*aud"),
        ({"iss": "me"}, ("", "you"), {}, "^Token is not from this Issuer"),
        ({"iss": ["you"]}, ("", "you"), {}, "^Token "),
        ({}, ("", "you"), {}, "^Token does not hold: .*iss"),
        ({}, (), {"require_expiry": True}, "^Token does not hold: .*exp"),
    ],
)
def test_claims_that_do_not_hold_are_refused(claims, inputs, properties, words):
    assert refused(words, sign(claims), SECRET, *inputs, **properties)


@pytest.mark.parametrize(
    ("claims", "inputs"),
    [
        ({"exp": 4_000_000_000, "nbf": 1, "iat": 1}, ()),
        ({"aud": "shop"}, ("shop",)),
        ({"aud": ["till", "shop"]}, ("shop",)),
        ({"iss": "you"}, ("", "you")),
        ({"a": {"b": [1, None, 2**80, 1.5, "é👩"]}}, ()),
        ({}, ()),
    ],
)
def test_claims_that_hold_come_back(claims, inputs):
    assert verify(sign(claims), SECRET, *inputs).claims == claims


def test_leeway_is_a_grace_for_clocks_that_differ():
    token = sign({"exp": int(time()) - 30})
    refused("^Token has expired", token)
    assert verify(token, SECRET, "", "", 60).valid


def test_expires_in_adds_the_times():
    claims = verify(call("JWTSign", CLAIMS, SECRET, 60), require_expiry=True).claims
    assert claims["exp"] - claims["iat"] == 60
    assert abs(claims["iat"] - time()) < 60
    for seconds in (-1, 1e300, 10**5000):
        with pytest.raises(ValueError, match=r"^Expires In \(s\)"):
            call("JWTSign", CLAIMS, SECRET, seconds)


def test_token_may_come_with_its_scheme_and_white_space():
    assert verify(f"  Bearer {sign()}\n").valid


@pytest.mark.parametrize(
    "token",
    [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        "é.é.é",
        "\ud800.\x00.",
        "Bearer ",
        "x" * 10_000_000,
        "." * 10_000_000,
        f"{part([])}.{part({})}.AAAA",
        f"{part({'alg': 'HS256'})}.{part([])}.AAAA",
        f"{part(b'[' * 100_000)}.{part({})}.AAAA",
        f"{part({'alg': 'HS256'})}.{part(b'[' * 100_000)}.AAAA",
        f"{part({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}.{part({})}.AAAA",
        f"{part({'alg': 'HS256', 'crit': ['x']})}.{part({})}.AAAA",
        f"{part({'alg': 'HS256', 'kid': 5})}.{part({})}.AAAA",
        f"{part({'alg': 'HS256', 'kid': {'a': []}})}.{part({})}.AAAA",
    ],
    ids=lambda token: token[:20].encode("ascii", "backslashreplace").decode(),
)
def test_what_is_no_token_is_refused(token):
    assert refused("^Token ", token)


def test_claims_that_are_no_json_are_refused_although_they_are_signed():
    for payload in (b'{"a": NaN}', b'{"exp": 1e999}', b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", b"[]", b"\xff"):
        token = jwt.PyJWS().encode(payload, SECRET, "HS256")
        refused("^Token is not a JSON Web Token: its claims", token)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        ("", "HS256"),
        (None, "HS256"),
        ({}, "HS256"),
        ({"kty": "oct"}, "HS256"),
        ({"kty": "oct", "k": ["x"]}, "HS256"),
        ({"keys": []}, "HS256"),
        ({"keys": "x"}, "HS256"),
        ([], "HS256"),
        ("secret", "RS256"),
        ("", "RS256"),
        ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "RS256"),
        (b"\xff" * 1_000, "ES256"),
        (pem(EC), "RS256"),
        (pem(RSA), "ES256"),
        (pem(RSA), "EdDSA"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "ES256"),
        ("{" * 1_000, "EdDSA"),
        ("\ud800", "RS256"),
        ({"kty": "RSA", "n": "AQ", "e": "AQ"}, "RS256"),
        ({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}, "ES256"),
    ],
    ids=lambda value: str(value)[:24].encode("ascii", "backslashreplace").decode(),
)
def test_key_that_does_not_fit_fails_the_node_whatever_is_set(key, algorithm):
    token = sign(key=PAIRS[algorithm][0], algorithm=algorithm)
    for use in (
        lambda: sign(key=key, algorithm=algorithm),
        lambda: verify(token, key, algorithm=algorithm, if_invalid="report"),
    ):
        with pytest.raises(ValueError, match=r"^Key ") as error:
            use()
        assert len(str(error.value)) < 200


def test_rsa_key_that_is_too_short_is_refused():
    key = pem(rsa.generate_private_key(public_exponent=65537, key_size=1024))
    with pytest.raises(ValueError, match=r"^Key has 1,024 bits; of RSA it must have 2,048"):
        sign(key=key, algorithm="RS256")


def test_pem_may_have_its_line_ends_written_out():
    token = sign(key=pem(EC).replace("\n", "\\n"), algorithm="ES256")
    assert verify(token, public(EC).replace("\n", "\\n"), algorithm="ES256").valid


def test_key_that_is_refused_is_not_shown():
    for key in ({"kty": "nobody", "k": "hidden"}, {"k": "hidden"}, {"kty": "OKP", "crv": "hidden", "d": "hidden"}):
        with pytest.raises(ValueError, match=r"^Key is not a JSON Web Key for EdDSA$"):
            sign(key=key, algorithm="EdDSA")


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_signing_takes_the_private_key(algorithm):
    with pytest.raises(ValueError, match=r"^Key is a public key"):
        sign(key=PAIRS[algorithm][1], algorithm=algorithm)


@pytest.mark.parametrize("header", [{"alg": "none"}, {"b64": False}, {"crit": ["x"]}])
def test_header_may_not_change_how_the_token_is_signed(header):
    with pytest.raises(ValueError, match=r"^Header may not set"):
        call("JWTSign", CLAIMS, SECRET, 0, header)


@pytest.mark.parametrize("header", [{"kid": 5}, {"kid": {"a": [1]}}])
def test_kid_is_a_text(header):
    with pytest.raises(ValueError, match=r"^Key or Header cannot be used"):
        call("JWTSign", CLAIMS, SECRET, 0, header)


def test_algorithm_that_is_none_is_refused_by_its_name():
    for use in (lambda: sign(algorithm="none"), lambda: verify(sign(), algorithm="none")):
        with pytest.raises(ValueError, match=r"^Algorithm is 'none', not one of HS256"):
            use()
