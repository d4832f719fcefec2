"""How labels become the names of pins."""

import pytest

from patterns.names import camel


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Timeout (s)", "timeoutS"),
        ("URL", "url"),
        ("If True", "ifTrue"),
        ("orderId", "orderId"),
        ("OrderId", "orderId"),
        ("order_id", "orderId"),
        ("0", "0"),
        ("…", ""),
    ],
)
def test_pin_is_named_as_its_label_in_camel_case(label, name):
    assert camel(label) == name
