"""Secrets do not show, in whatever form they appear."""

import base64
import json
from urllib.parse import quote

import pytest

from executions import masking
from executions.journal import shown
from executions.masking import MASK, masks_for
from patterns.types import show

SECRET = 'p@ss "wörd"/+='
OTHER = "sk_live_51H8abcdef"
MASKS = masks_for([SECRET, OTHER])


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"before {SECRET} behind",
        f"{OTHER}{SECRET}",
        quote(SECRET),
        quote(SECRET, safe=""),
        f"https://api.example.com/?key={quote(OTHER)}&x=1",
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        "Basic " + base64.b64encode(f"user:{OTHER}".encode()).decode(),
        base64.b64encode(f"ab{OTHER}cd".encode()).decode(),
        base64.b64encode(f"abc{OTHER}c".encode()).decode(),
    ],
)
def test_secret_is_masked_in_texts_keys_and_json(text):
    assert MASK in MASKS.text(text)
    for value in (text, [text], {"key": {text: 1}}, {"a": [{"b": text}]}):
        found = MASKS.json_text(json.dumps(value))
        assert MASK in found
        for form in (SECRET, OTHER, quote(SECRET), base64.b64encode(SECRET.encode()).decode()):
            assert form not in json.dumps(json.loads(found), ensure_ascii=False)


AWKWARD = "sk/ab+c=é\"q<&>'end8H"


@pytest.mark.parametrize(
    "form",
    [
        AWKWARD.encode().hex(),
        AWKWARD.encode().hex().upper(),
        quote(quote(AWKWARD, safe=""), safe=""),
        quote(base64.b64encode(AWKWARD.encode()).decode(), safe=""),
        "".join(f"%{byte:02X}" for byte in AWKWARD.encode()),
        repr(AWKWARD)[1:-1],
        repr(AWKWARD.encode())[2:-1],
        json.dumps(AWKWARD)[1:-1].replace("/", "\\/"),
        json.dumps(AWKWARD)[1:-1]
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("'", "\\u0027"),
    ],
)
def test_secret_is_masked_whole_in_other_spellings(form):
    masks = masks_for([AWKWARD])
    assert masks.text(f"a {form} b") == f"a {MASK} b"
    assert json.loads(masks.json_text(json.dumps({"a": form}))) == {"a": MASK}


def test_text_without_secrets_is_left_as_it_is():
    for value in ({"a": [1, 2.5, None, True, "text", "••"]}, "p@ss", "sk_live_"):
        text = json.dumps(value)
        assert MASKS.json_text(text) is text
    assert MASKS.text("nothing here") == "nothing here"
    assert MASKS.text("") == ""


def test_masked_json_stays_json_where_the_secret_is_a_number():
    masks = masks_for(["12345"])
    assert json.loads(masks.json_text('{"pin": 12345, "n": 912345, "text": "12345!", "b": true}')) == {
        "pin": MASK,
        "n": MASK,
        "text": f"{MASK}!",
        "b": True,
    }


@pytest.mark.parametrize("position", range(1_990, 2_002))
def test_secret_that_a_cut_goes_through_is_masked_too(position):
    text = "x" * position + OTHER + "y" * 100_000
    stored = MASKS.json_text(shown({"body": text}, 64_000))
    start = json.loads(stored)["body"]["$cut"]["start"]
    assert OTHER[:4] not in start


def test_there_are_no_masks_where_there_is_no_secret():
    assert masks_for([]) is None
    assert masks_for(["abc"]) is None  # it would hide innocent text


def test_secrets_that_look_like_patterns_mask_only_themselves():
    masks = masks_for(["a.*b|(c", "[x]+$^"])
    assert masks.text("axxb a.*b|(c [x]+$^") == f"axxb {MASK} {MASK}"


def test_many_long_secrets_are_found():
    secrets = [f"{number:04}" + "k" * 2_000 for number in range(200)]
    masks = masks_for(secrets)
    assert masks.text(f"a {secrets[150]} b") == f"a {MASK} b"


LONG = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


def test_what_a_message_leaves_of_a_long_secret_is_masked():
    masks = masks_for([LONG])
    found = masks.text(f"Value: {show(LONG)} (String) is not an Integer")
    assert MASK in found
    assert not any(LONG[at : at + 8] in found for at in range(len(LONG) - 8))


def test_secret_at_the_end_of_a_message_that_is_cut_is_masked(monkeypatch):
    monkeypatch.setattr(masking, "_masks", MASKS)
    for length in range(95, 110):
        found = masking.masked_start("x" * (length - 10) + OTHER, length)
        assert OTHER[:4] not in found
        assert len(found) <= length
    assert masking.masked_start("short", 100) == "short"


def test_secret_escaped_for_html_is_masked():
    assert MASK in masks_for(["a<b>&c"]).text("<p>a&lt;b&gt;&amp;c</p>")


def test_key_of_several_lines_is_masked_within_json_within_text():
    key = '-----BEGIN PRIVATE KEY-----\nMIIEvQ"IBADAN\\Bgkq\n-----END PRIVATE KEY-----\n'
    masks = masks_for([key])
    for text in (key, json.dumps({"key": key}), json.dumps(json.dumps({"key": key}))):
        found = masks.text(text)
        assert MASK in found
        assert "MIIEvQ" not in found
        assert "MIIEvQ" not in masks.json_text(json.dumps({"message": text}))


@pytest.mark.parametrize(("count", "length"), [(50, 64_000), (500, 4_000), (1_000, 190), (3_000, 12)])
def test_any_number_of_secrets_of_any_length_is_masked(count, length):
    secrets = [f"{number:06}".ljust(length, "k") for number in range(count)]
    masks = masks_for(secrets)
    assert masks.text(f"<{secrets[-1]}>") == f"<{MASK}>"
    assert masks.text("nothing of the kind") == "nothing of the kind"


def test_keys_that_look_alike_once_they_are_masked_are_all_kept():
    found = json.loads(MASKS.json_text(json.dumps({SECRET: 1, OTHER: 2, MASK: 3})))
    assert sorted(found.values()) == [1, 2, 3]


def test_odd_secrets_and_values_break_nothing():
    masks = masks_for(["half \ud800 of it", "a/b c%d"])
    assert masks.text("nothing") == "nothing"
    assert MASK in masks.text("a%2fb%20c%25d")
    assert masks.value(10**5_000) == 10**5_000
