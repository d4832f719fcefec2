"""JWT Sign and JWT Verify (RFC 7515, 7519), as RFC 8725 asks: one algorithm, set in the node, for one kind of key."""

import warnings
from time import time
from typing import Annotated, NamedTuple, TypedDict
from typing import Any as AnyValue

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from jwt.utils import base64url_decode
from jwt.warnings import InsecureKeyLengthWarning

from patterns.context import NodeError
from patterns.nodes.encoding import CRYPTO, as_bytes
from patterns.registry import Choices, Label, pure
from patterns.types import Any, Boolean, Object, PinType, String, Value
from patterns.values import NO_KEYS, parse_json, to_json

ALGORITHMS = ("HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA")
MAX_TOKEN = 1_000_000
MAX_FIELD = 10_000  # characters, of a JSON Web Key
MIN_RSA_BITS = 2_048
INVALID = "InvalidToken"  # the type of the error
JwtAlgorithm = Annotated[str, PinType.ENUM, Choices(*ALGORITHMS)]
IfInvalid = Annotated[str, PinType.ENUM, Choices("fail", "report"), Label("If Invalid")]
ExpiresIn = Annotated[float, PinType.FLOAT, Label("Expires In (s)")]
Leeway = Annotated[float, PinType.FLOAT, Label("Leeway (s)")]
_OF_LIBRARY = ("alg", "b64", "crit")
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (jwt.ExpiredSignatureError, "Token has expired"),
    (jwt.ImmatureSignatureError, "Token is not valid yet"),
    (jwt.InvalidAudienceError, "Token is not for this Audience"),
    (jwt.InvalidIssuerError, "Token is not from this Issuer"),
    (jwt.InvalidSignatureError, "Token was not signed with this Key, or was changed since"),
)

# Short secrets are the choice of the other side, which the node's help warns of.
warnings.simplefilter("ignore", InsecureKeyLengthWarning)


class Expected(TypedDict):
    audience: str | None
    issuer: str | None
    leeway: float


class BadToken(ValueError):
    """A token does not hold; the message says why."""


@pure(CRYPTO, label="JWT Sign", output="Token", is_volatile=True)
def jwt_sign(
    claims: Object,
    key: Any,
    expires_in_s: ExpiresIn = 0,
    header: Object = NO_KEYS,
    *,
    algorithm: JwtAlgorithm = "HS256",
) -> String:
    """A JSON Web Token with Claims, signed with Key.

    Key is for HS256, HS384 and HS512 the shared secret, a text or bytes (of 32 bytes or more, if you choose it), for
    the others the private key: PEM text, or a JWK as Object or JSON text. Expires In above 0 adds the claims iat and
    exp; Header adds fields such as kid.

    Example: Claims {"sub": "42"}, Key "a secret of at least thirty-two bytes"
        → such as "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiJ9.rcV24y6ecqCblMo6L9ey3UuSzVgo05vzCq-N7M-cyBA"
    """
    for name in _OF_LIBRARY:
        if name in header:
            raise ValueError(f"Header may not set {name}")
    prepared = _signing_key(key, _known(algorithm))
    payload = _payload(claims, expires_in_s)
    try:
        return jwt.PyJWS().encode(payload, prepared, algorithm, headers=_plain(header))
    except (jwt.PyJWTError, TypeError, ValueError) as error:
        raise ValueError(f"Key or Header cannot be used for {algorithm}: {str(error)[:100]}") from None


def _plain(header: dict[str, Value]) -> dict[str, Value]:
    """`header` as JSON holds it. Raises ValueError."""
    try:
        plain: dict[str, Value] = parse_json(to_json(header))
    except ValueError as error:
        raise ValueError(f"Header: {error}") from None
    return plain


def _payload(claims: dict[str, Value], expires_in_s: float) -> bytes:
    if expires_in_s < 0:
        raise ValueError("Expires In (s) is negative")
    if expires_in_s > 1e10:
        raise ValueError("Expires In (s) is more than 300 years")
    now = int(time())
    dated = {**claims, "iat": now, "exp": now + int(expires_in_s)} if expires_in_s else claims
    try:
        return to_json(dated).encode()
    except ValueError as error:
        raise ValueError(f"Claims: {error}") from None


class Verified(NamedTuple):
    claims: Object
    header: Object
    valid: Boolean
    error: String


@pure(CRYPTO, label="JWT Verify", is_volatile=True)
def jwt_verify(
    token: String,
    key: Any,
    audience: String = "",
    issuer: String = "",
    leeway_s: Leeway = 0,
    *,
    algorithm: JwtAlgorithm = "HS256",
    require_expiry: Boolean = False,
    if_invalid: IfInvalid = "fail",
) -> Verified:
    """The Claims of Token, a JSON Web Token, once its signature, times, Audience and Issuer are found right.

    Algorithm is what is accepted, whatever the token says. Key is for HS256, HS384 and HS512 the shared secret, for the
    others the public key: PEM text, a JWK as Object or JSON text, or the Object of keys that a provider publishes
    (JWKS), of which the one with the token's kid is taken. exp, nbf and iat are checked with Leeway seconds of grace;
    Require Expiry refuses a token without exp. A token with an audience needs Audience. “Bearer” before the token is
    left out.

    A token that does not hold fails the node with an error of type InvalidToken, for Try / Catch; or, where If Invalid
    is report, gives Valid false, the reason in Error, and empty Claims and Header, for Branch. A wrong Key always
    fails.

    Example: Key "a secret of at least thirty-two bytes", Token
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiJ9.rcV24y6ecqCblMo6L9ey3UuSzVgo05vzCq-N7M-cyBA"
        → Claims {"sub": "42"}, Header {"alg": "HS256", "typ": "JWT"}, Valid true, Error ""
    """
    bare = token.strip().removeprefix("Bearer ").strip()
    options: Expected = {"audience": audience or None, "issuer": issuer or None, "leeway": _leeway(leeway_s)}
    try:
        header, claims = _read(bare)
        prepared = _verifying_key(key, _known(algorithm), header)
        _check(bare, prepared, algorithm, ["exp"] if require_expiry else [], options)
    except BadToken as error:
        if if_invalid != "report":
            raise NodeError(str(error), INVALID) from None
        return Verified({}, {}, False, str(error))
    return Verified(claims, header, True, "")


def _known(algorithm: str) -> str:
    if algorithm not in ALGORITHMS:
        raise ValueError(f"Algorithm is {algorithm[:40]!r}, not one of {', '.join(ALGORITHMS)}")
    return algorithm


def _leeway(seconds: float) -> float:
    if not 0 <= seconds <= 1e9:
        raise ValueError("Leeway (s) must be between 0 and 1,000,000,000")
    return seconds


def _read(token: str) -> tuple[dict[str, Value], dict[str, Value]]:
    """Header and claims of a token, of which nothing is checked yet. Raises BadToken."""
    if len(token) > MAX_TOKEN:
        raise BadToken(f"Token has more than {MAX_TOKEN:,} characters")
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        raise BadToken("Token is not a JSON Web Token: it has not three parts with dots between them")
    return _object(parts[0], "header"), _object(parts[1], "claims")


def _object(part: str, what: str) -> dict[str, Value]:
    try:
        value = parse_json(base64url_decode(part))
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise BadToken(f"Token is not a JSON Web Token: its {what} are no JSON object in Base64")
    return value


def _check(token: str, key: AnyValue, algorithm: str, required: list[str], expected: Expected) -> None:
    """Check signature and claims. Raises BadToken."""
    try:
        jwt.decode(token, key, algorithms=[algorithm], options={"require": required}, **expected)
    except jwt.InvalidAlgorithmError:
        raise BadToken(f"Token is not signed with {algorithm}, the Algorithm set here") from None
    except jwt.PyJWTError as error:
        reason = next((text for kind, text in _REASONS if isinstance(error, kind)), "")
        raise BadToken(reason or f"Token does not hold: {str(error)[:100]}") from None
    except (ValueError, TypeError, OverflowError):
        raise BadToken("Token does not hold: its claims are not what they must be") from None


def _signing_key(key: Value, algorithm: str) -> AnyValue:
    """`key` as the algorithm uses it. Raises ValueError where it is not one to sign with."""
    prepared = _prepared(_jwk(key) or key, algorithm)
    if not algorithm.startswith("HS") and not hasattr(prepared, "sign"):
        raise ValueError(f"Key is a public key; to sign with {algorithm} takes the private one")
    return prepared


def _verifying_key(key: Value, algorithm: str, header: dict[str, Value]) -> AnyValue:
    """`key`, or that of several which the header names, as the algorithm uses it. Raises ValueError, or BadToken."""
    jwk = _jwk(key)
    if jwk and "keys" in jwk:
        jwk = _named(jwk["keys"], header.get("kid"))
    return _prepared(jwk or key, algorithm)


def _jwk(key: Value) -> dict[str, Value]:
    """The JSON Web Key or key set that `key` is, as Object or JSON text; else nothing."""
    if isinstance(key, str | bytes) and key.strip()[:1] in ("{", b"{"):
        try:
            key = parse_json(key)
        except ValueError:
            return {}
    return key if isinstance(key, dict) else {}


def _named(keys: Value, kid: Value) -> dict[str, Value]:
    usable = [each for each in keys if isinstance(each, dict)] if isinstance(keys, list) else []
    if not usable:
        raise ValueError("Key holds a set of no keys")
    found = [each for each in usable if each.get("kid") == kid] if kid is not None else usable
    if len(found) != 1:
        raise BadToken("Token does not name one of the keys in Key by its kid")
    return found[0]


def _prepared(key: Value, algorithm: str) -> AnyValue:
    """`key` as the library uses it. Raises ValueError that names the pin Key, and holds nothing of the key."""
    return _strong(_of_jwk(key, algorithm) if isinstance(key, dict) else _of_data(as_bytes(key, "Key"), algorithm))


def _of_data(data: bytes, algorithm: str) -> AnyValue:
    _refuse_public_key_as_secret(data, algorithm)
    if b"-----BEGIN" in data:  # in a variable of an environment its line ends are often written as \n
        data = data.replace(b"\\n", b"\n")
    try:
        return jwt.get_algorithm_by_name(algorithm).prepare_key(data)
    except jwt.InvalidKeyError as error:
        raise ValueError(f"Key cannot be used for {algorithm}: {str(error)[:120]}") from None
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError(f"Key cannot be used for {algorithm}") from None


def _strong(key: AnyValue) -> AnyValue:
    """`key`, unless it is of RSA and too short for any use (RFC 7518, section 3.3). Raises ValueError."""
    if isinstance(key, RSAPrivateKey | RSAPublicKey) and key.key_size < MIN_RSA_BITS:
        raise ValueError(f"Key has {key.key_size:,} bits; of RSA it must have {MIN_RSA_BITS:,} or more")
    return key


def _of_jwk(jwk: dict[str, Value], algorithm: str) -> AnyValue:
    if jwk.get("alg", algorithm) != algorithm:
        raise ValueError(f"Key is one for another Algorithm than {algorithm}")
    # What is no text is no part of a key; and the library writes all of a key that it refuses into its message.
    fields = {name: value[:MAX_FIELD] for name, value in jwk.items() if isinstance(value, str)}
    try:
        return jwt.PyJWK(fields, algorithm).key
    except (jwt.PyJWTError, UnsupportedAlgorithm, KeyError, ValueError, TypeError, AttributeError):
        raise ValueError(f"Key is not a JSON Web Key for {algorithm}") from None


def _refuse_public_key_as_secret(data: bytes, algorithm: str) -> None:
    """A public key is known to all: as the secret of an HMAC it would let anyone sign (RFC 8725, section 2.1)."""
    if not data:
        raise ValueError("Key is empty")
    if not algorithm.startswith("HS"):
        return
    try:
        load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return
    raise ValueError(f"Key is a public key, not a secret for {algorithm}")
