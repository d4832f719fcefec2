"""Encoding and Crypto: texts and bytes in other forms, digests, signatures, random values and ids.

Where a value may be a text or bytes, a text counts as its UTF-8 bytes.
"""

import base64
import binascii
import hashlib
import hmac
import html
import re
import secrets
import string
import uuid as uuids
from typing import Annotated
from urllib.parse import quote, quote_plus, unquote_to_bytes

from uuid_utils.compat import uuid7

from patterns.registry import Choices, pure
from patterns.types import (
    STRUCTURES,
    Any,
    Boolean,
    Integer,
    PinType,
    String,
    Value,
    article,
    to_binary,
    to_string,
    type_of,
)
from patterns.values import check_length

CRYPTO = "Encoding and Crypto"
MAX_TOKEN = 10_000
HASHES = {"SHA-256": "sha256", "SHA-512": "sha512", "SHA-1": "sha1", "MD5": "md5"}
Algorithm = Annotated[str, PinType.ENUM, Choices(*HASHES)]
Alphabet = Annotated[str, PinType.ENUM, Choices("standard", "url-safe")]
TextOrBinary = Annotated[str, PinType.ENUM, Choices("text", "binary")]
DigestForm = Annotated[str, PinType.ENUM, Choices("hex", "base64", "binary")]
SignatureForm = Annotated[str, PinType.ENUM, Choices("hex", "base64")]
UrlMode = Annotated[str, PinType.ENUM, Choices("component", "form")]
Uuid = Annotated[str, PinType.ENUM, Choices("4", "7")]
TOKENS = {
    "url-safe": string.ascii_letters + string.digits + "-_",
    "letters and digits": string.ascii_letters + string.digits,
    "hex": "0123456789abcdef",
    "digits": string.digits,
}
TokenFormat = Annotated[str, PinType.ENUM, Choices(*TOKENS)]
_UNRESERVED = (string.ascii_letters + string.digits + "-._~").encode()  # RFC 3986, section 2.3
_URL_SAFE = str.maketrans("-_", "+/")
_WHITE_SPACE = re.compile(r"\s+")
_NOT_HEX = re.compile(r"[^0-9a-fA-F]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"}


def as_bytes(value: Value, label: str) -> bytes:
    """The bytes of a text (UTF-8), of a number or Boolean as text, or `value` itself. Raises ValueError."""
    if isinstance(value, bytes):
        return value
    kind = type_of(value)
    if kind in STRUCTURES:
        raise ValueError(f"{label} is {article(kind)}; make it a String first, such as with JSON Stringify")
    try:
        return to_binary(to_string(value))
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None


def _given(data: bytes, output: str, label: str = "Value") -> Value:
    """Decoded bytes as Output asks for them. Raises ValueError."""
    if _known(output, ("text", "binary"), "Output") == "binary":
        return data
    return _text(data, label)


def _text(data: bytes, label: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise ValueError(f"{label} does not hold UTF-8 text; its bytes may be another encoding's, or no text") from None


def _known(choice: str, choices: tuple[str, ...], label: str) -> str:
    if choice not in choices:
        raise ValueError(f"{label} is {choice[:40]!r}, not one of {', '.join(choices)}")
    return choice


@pure(CRYPTO, label="Base64 Encode")
def base64_encode(value: Any, *, alphabet: Alphabet = "standard", padding: Boolean = True) -> String:
    """The Base64 text (RFC 4648) of Value, a text (as UTF-8) or bytes.

    The url-safe Alphabet has - and _ in place of + and /. Without Padding no = stands at the end.

    Example: Value "hello?" → "aGVsbG8/"
    """
    data = as_bytes(value, "Value")
    check_length(4 * len(data) / 3)
    is_url_safe = _known(alphabet, ("standard", "url-safe"), "Alphabet") == "url-safe"
    text = (base64.urlsafe_b64encode(data) if is_url_safe else base64.b64encode(data)).decode()
    return text if padding else text.rstrip("=")


@pure(CRYPTO, label="Base64 Decode")
def base64_decode(value: String, *, output: TextOrBinary = "text") -> Any:
    """The text (UTF-8), or the bytes, that the Base64 text Value stands for.

    Reads both alphabets, with = at the end or without; white space is left out of account.

    Example: Value "aGVsbG8_" → "hello?"
    """
    return _given(from_base64(value, "Value"), output)


def from_base64(text: str, label: str) -> bytes:
    """The bytes of Base64 text in either alphabet, padded or not. Raises ValueError."""
    digits = _WHITE_SPACE.sub("", text).translate(_URL_SAFE).rstrip("=")
    if len(digits) % 4 == 1:
        raise ValueError(f"{label} is not Base64: it is cut off")
    try:
        return base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(f"{label} is not Base64: it holds other characters than A-Z, a-z, 0-9, +, / and =") from None


@pure(CRYPTO, label="URL Encode")
def url_encode(value: String, *, mode: UrlMode = "component") -> String:
    """Value as part of an address: all but letters, digits and - . _ ~ as % and two hex digits (RFC 3986).

    In form Mode a space becomes +, as in the body of a form, otherwise %20.

    Example: Value "a b&c=ü" → "a%20b%26c%3D%C3%BC"
    """
    data = to_binary(value)
    kept = len(data) - len(data.translate(None, _UNRESERVED))
    check_length(kept + 3 * (len(data) - kept))
    is_form = _known(mode, ("component", "form"), "Mode") == "form"
    return quote_plus(data) if is_form else quote(data, safe="")


@pure(CRYPTO, label="URL Decode")
def url_decode(value: String, *, mode: UrlMode = "component") -> String:
    """The text of which Value is the percent-encoded form. In form Mode + is a space.

    A % that is not followed by two hex digits stays as it is.

    Example: Value "a%20b%26c" → "a b&c"
    """
    is_form = _known(mode, ("component", "form"), "Mode") == "form"
    decoded = unquote_to_bytes(to_binary(value.replace("+", " ") if is_form else value))
    try:
        return decoded.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        raise ValueError("Value is not the encoded form of UTF-8 text") from None


@pure(CRYPTO, label="Hex Encode")
def hex_encode(value: Any, *, upper_case: Boolean = False) -> String:
    """The bytes of Value, a text (as UTF-8) or bytes, as two hex digits each.

    Example: Value "hi" → "6869"
    """
    data = as_bytes(value, "Value")
    check_length(2 * len(data))
    return data.hex().upper() if upper_case else data.hex()


@pure(CRYPTO, label="Hex Decode")
def hex_decode(value: String, *, output: TextOrBinary = "text") -> Any:
    """The text (UTF-8), or the bytes, whose hex digits are in Value.

    White space and colons between the digits, and 0x before them, are left out of account.

    Example: Value "68 69" → "hi"
    """
    return _given(from_hex(value, "Value"), output)


def from_hex(text: str, label: str) -> bytes:
    """The bytes of hex digits. Raises ValueError."""
    digits = _WHITE_SPACE.sub("", text).replace(":", "").removeprefix("0x")
    if wrong := _NOT_HEX.search(digits):
        raise ValueError(f"{label} is not hex: it holds {wrong[0]!r}")
    if len(digits) % 2:
        raise ValueError(f"{label} is not hex: its number of digits is odd")
    return bytes.fromhex(digits)


@pure(CRYPTO)
def hash(value: Any, *, algorithm: Algorithm = "SHA-256", output: DigestForm = "hex") -> Any:
    """The digest of Value, a text (as UTF-8) or bytes.

    SHA-1 and MD5 are there for checksums and old systems; they protect nothing.

    Example: Value "abc" → "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    """
    data = as_bytes(value, "Value")
    return _digest_text(hashlib.new(_hash_name(algorithm), data, usedforsecurity=False).digest(), output)


@pure(CRYPTO, label="HMAC")
def hmac_(value: Any, key: Any, *, algorithm: Algorithm = "SHA-256", output: DigestForm = "hex") -> Any:
    """The keyed digest (RFC 2104) of Value, with which its receiver can tell that a holder of Key sent it.

    Value and Key are texts (as UTF-8) or bytes: a key that is given in hex or Base64 goes through Hex Decode or Base64
    Decode first, with Output binary. To check a signature use HMAC Verify, which gives no hint by its time.

    Example: Value "what do ya want for nothing?", Key "Jefe"
        → "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    """
    return _digest_text(_mac(value, key, algorithm), output)


@pure(CRYPTO, label="HMAC Verify", output="Valid")
def hmac_verify(
    value: Any,
    key: Any,
    signature: String,
    *,
    algorithm: Algorithm = "SHA-256",
    encoding: SignatureForm = "hex",
    prefix: String = "",
) -> Boolean:
    """Whether Signature is the HMAC of Value under Key, compared in constant time.

    Prefix is what stands before the digest in the header of a webhook, such as sha256=. Value is the raw body as it
    came, not parsed and written anew. A Signature that cannot be read is not valid; an empty Key fails the node.

    Example: Value "what do ya want for nothing?", Key "Jefe", Prefix "sha256=",
        Signature "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" → true
    """
    expected = _mac(value, key, algorithm)
    read = from_hex if _known(encoding, ("hex", "base64"), "Encoding") == "hex" else from_base64
    if not signature.startswith(prefix):
        return False
    try:
        given = read(signature.removeprefix(prefix), "Signature")
    except ValueError:
        return False
    return hmac.compare_digest(given, expected)


def _mac(value: Value, key: Value, algorithm: str) -> bytes:
    secret = as_bytes(key, "Key")
    if not secret:
        raise ValueError("Key is empty")
    return hmac.digest(secret, as_bytes(value, "Value"), _hash_name(algorithm))


def _hash_name(algorithm: str) -> str:
    return HASHES[_known(algorithm, tuple(HASHES), "Algorithm")]


def _digest_text(digest: bytes, output: str) -> Value:
    match _known(output, ("hex", "base64", "binary"), "Output"):
        case "hex":
            return digest.hex()
        case "base64":
            return base64.b64encode(digest).decode()
    return digest


@pure(CRYPTO, label="UUID", is_volatile=True)
def uuid(*, version: Uuid = "4") -> String:
    """A new id that no one else has (RFC 9562). Version 4 is random; ids of Version 7 sort by their time.

    Example: → such as "0b8e3c1e-6f0a-4f5f-9c1e-2f5a1d7c9e42"
    """
    return str(uuid7() if _known(version, ("4", "7"), "Version") == "7" else uuids.uuid4())


@pure(CRYPTO, is_volatile=True)
def random_token(length: Integer = 32, *, format: TokenFormat = "url-safe") -> String:
    """A random text of Length characters that nobody can guess, as for passwords, links and codes.

    Of the url-safe characters each holds 6 bits, so that 22 are as good as a random UUID; of hex digits each holds 4.

    Example: Length 6, Format "digits" → such as "493027"
    """
    if not 1 <= length <= MAX_TOKEN:
        raise ValueError(f"Length must be between 1 and {MAX_TOKEN:,}")
    characters = TOKENS[_known(format, tuple(TOKENS), "Format")]
    return "".join(secrets.choice(characters) for _ in range(length))


@pure(CRYPTO, label="HTML Escape")
def html_escape(value: String) -> String:
    """Value as text inside HTML: & < > and both quotation marks as entities, so that it holds no markup.

    Example: Value "<b>Tom & Jerry</b>" → "&lt;b&gt;Tom &amp; Jerry&lt;/b&gt;"
    """
    check_length(len(value) + sum(value.count(sign) * (len(entity) - 1) for sign, entity in _ESCAPES.items()))
    return html.escape(value)


@pure(CRYPTO, label="HTML Unescape")
def html_unescape(value: String) -> String:
    """Value with the entities of HTML, such as &lt; and &#233;, as the characters they stand for.

    Example: Value "Caf&eacute; &amp; bar" → "Café & bar"
    """
    try:
        return html.unescape(value)
    except ValueError:  # Python's guard against quadratic conversion
        raise ValueError("Value holds the number of a character with thousands of digits") from None
