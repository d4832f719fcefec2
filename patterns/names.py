"""How Python names become labels, and labels the names of pins and node types."""

import re

_ACRONYMS = {
    "url": "URL",
    "json": "JSON",
    "csv": "CSV",
    "http": "HTTP",
    "tls": "TLS",
    "yaml": "YAML",
    "xml": "XML",
}
_WORDS = re.compile(r"[^\W_]+")
_SMALL_WORDS = {"or", "to"}


def title(name: str) -> str:
    """The label of a Python name: `if_true` → If True, `timeout_s` → Timeout (s), `less_or_equal` → Less or Equal."""
    words = name.strip("_").split("_")
    unit = words.pop() if len(words) > 1 and words[-1] == "s" else ""
    labels = [_label_word(word, position) for position, word in enumerate(words)]
    return " ".join(labels) + (f" ({unit})" if unit else "")


def _label_word(word: str, position: int) -> str:
    if word in _ACRONYMS:
        return _ACRONYMS[word]
    return word if position and word in _SMALL_WORDS else word.capitalize()


def camel(label: str) -> str:
    """A pin's name: its label in camelCase (`Timeout (s)` → timeoutS, `URL` → url); `orderId` stays as it is."""
    words = _WORDS.findall(label)
    return "".join(word[0].upper() + word[1:] if position else _small(word) for position, word in enumerate(words))


def _small(word: str) -> str:
    return word.lower() if word.isupper() else word[0].lower() + word[1:]


def type_name(label: str) -> str:
    """A node's type: its label in PascalCase (`HTTP Request` → HTTPRequest, `Try / Catch` → TryCatch)."""
    return "".join(word[0].upper() + word[1:] for word in _WORDS.findall(label))
