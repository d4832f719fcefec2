import json
import math
import time

import pytest

from patterns import registry
from tests.patterns.nodes.calling import call

HUGE = 10**400
BIG = 1.7e308


@pytest.mark.parametrize(
    ("type_name", "inputs", "result"),
    [
        ("Add", (2, 3), 5),
        ("Add", (2**60, 1), 2**60 + 1),
        ("Add", (0.5, 1), 1.5),
        ("Subtract", (5, 3), 2),
        ("Multiply", (6, 7), 42),
        ("Divide", (6, 3), 2),
        ("Divide", (7, 2), 3.5),
        ("Divide", (10**30, 10**10), 10**20),
        ("Divide", (-7, 7), -1),
        ("Modulo", (7, 3), 1),
        ("Modulo", (-7, 3), 2),
        ("Modulo", (5.5, 2), 1.5),
        ("Power", (2, 10), 1024),
        ("Power", (2, -1), 0.5),
        ("Power", (-1, -3), -1),
        ("Power", (1, HUGE), 1),
        ("Power", (0, HUGE), 0),
        ("Power", (0, 0), 1),
        ("Power", (9, 0.5), 3),
        ("Power", (2, 1023), 2**1023),
        ("AbsoluteValue", (-3,), 3),
        ("Round", (2.5,), 3),
        ("Round", (-2.5,), -3),
        ("Round", (2.675, 2), 2.68),
        ("Round", (1234, -2), 1200),
        ("Round", (1250.5, -2), 1300),
        ("Round", (7, 2), 7),
        ("Round", (1.5, 10**9), 1.5),
        ("Round", (1.5, -(10**9)), 0),
        ("Round", (1e300, 2), 1e300),
        ("Floor", (-1.5,), -2),
        ("Floor", (1e300,), int(1e300)),
        ("Ceiling", (1.2,), 2),
        ("SquareRoot", (9,), 3),
        ("SquareRoot", (2,), math.sqrt(2)),
        ("SquareRoot", (6.25,), 2.5),
        ("SquareRoot", (10**200,), 10**100),
        ("Logarithm", (1,), 0),
        ("Logarithm", (math.e,), 1),
        ("Logarithm", (1000, 10), 3),
        ("Logarithm", (125, 5), 3),
        ("Logarithm", (0.5, 2), -1),
        ("Minimum", (2, 3), 2),
        ("Maximum", (2, 3.5), 3.5),
        ("Clamp", (12, 0, 10), 10),
        ("Clamp", (-1, 0, 10), 0),
        ("Clamp", (5, 0, 10), 5),
        ("Lerp", (10, 20, 0.5), 15),
        ("Lerp", (10, 20, 1), 20),
        ("Lerp", (0.1, 0.7, 1), 0.7),
        ("MapRange", (5, 0, 10, 0, 100), 50),
        ("MapRange", (5, 10, 0, 0, 1), 0.5),
        ("Sum", ([],), 0),
        ("Sum", ([1, "2", 3],), 6),
        ("Sum", ([0.1] * 10,), 1),
        ("Sum", ([True, 2],), 3),
        ("Average", ([1, 2, 6],), 3),
        ("Average", ([1, 2],), 1.5),
        ("Sine", (0,), 0),
        ("Cosine", (0,), 1),
        ("Cosine", (math.pi,), -1),
        ("Random", (2, 2), 2),
        ("RandomInteger", (5, 5), 5),
    ],
)
def test_math_gives(type_name, inputs, result):
    assert call(type_name, *inputs) == result


@pytest.mark.parametrize(
    ("type_name", "inputs"),
    [
        ("Add", (2, 3)),
        ("Divide", (6, 3)),
        ("Power", (2, 3)),
        ("Power", (1, -5)),
        ("SquareRoot", (16,)),
        ("Logarithm", (8, 2)),
        ("Logarithm", (1,)),
        ("Round", (2.4,)),
        ("Floor", (2.4,)),
        ("Average", ([2, 4],)),
        ("MapRange", (5, 0, 10, 0, 100)),
        ("Lerp", (0, 10, 1)),
        ("Sine", (0,)),
        ("RandomInteger", (1, 6)),
    ],
)
def test_math_gives_whole_numbers_where_mathematics_does(type_name, inputs):
    assert type(call(type_name, *inputs)) is int


@pytest.mark.parametrize(
    ("type_name", "inputs", "words"),
    [
        ("Divide", (1, 0), "division by zero"),
        ("Divide", (1.5, 0.0), "division by zero"),
        ("Modulo", (1, 0), "division by zero"),
        ("Power", (0, -1), "division by zero"),
        ("Power", (-8, 1 / 3), "not a real number"),
        ("Power", (10, 10**10), "too large"),
        ("Power", (-10, 10**10), "too large"),
        ("Power", (1.5, 10**10), "too large"),
        ("Power", (2, HUGE), "too large"),
        ("Power", (2, 1024), "too large"),
        ("Multiply", (BIG, 10), "too large"),
        ("Multiply", (10**300, 10**300), "too large"),
        ("Add", (BIG, BIG), "too large"),
        ("Add", (HUGE, 0.5), "too large"),
        ("Subtract", (-BIG, BIG), "too large"),
        ("Divide", (HUGE, 3), "too large"),
        ("Divide", (1e308, 1e-10), "too large"),
        ("Divide", (math.inf, math.inf), "not a real number"),
        ("Add", (math.nan, 1), "not a real number"),
        ("AbsoluteValue", (-math.inf,), "too large"),
        ("Floor", (math.inf,), "too large"),
        ("SquareRoot", (-1,), "no square root"),
        ("Logarithm", (0,), "Value must be more than 0"),
        ("Logarithm", (-1, 10), "Value must be more than 0"),
        ("Logarithm", (10, 1), "Base must be more than 0"),
        ("Logarithm", (10, -2), "Base must be more than 0"),
        ("Round", (HUGE, -2), "too large"),
        ("Clamp", (1, 10, 0), "Min is greater than Max"),
        ("MapRange", (1, 5, 5, 0, 1), "In Min and In Max"),
        ("Sum", ([1, None],), "item 1: None"),
        ("Sum", ([1, "x"],), "item 1: 'x'"),
        ("Sum", ([BIG, BIG],), "too large"),
        ("Average", ([],), "no average"),
        ("Sine", (HUGE,), "too large"),
        ("Random", (2, 1), "Min is greater than Max"),
        ("RandomInteger", (2, 1), "Min is greater than Max"),
    ],
)
def test_math_fails_clearly(type_name, inputs, words):
    start = time.process_time()
    with pytest.raises(ValueError, match=words):
        call(type_name, *inputs)
    assert time.process_time() - start < 1


ODD = [0, 1, -1, 3, 0.5, -0.5, 1e-320, BIG, -BIG, 10**308, HUGE, -HUGE, math.inf, -math.inf, math.nan]
TWO_NUMBERS = [
    node_type.type
    for node_type in registry.all_types()
    if node_type.category == "Math" and len(node_type.inputs) == 2 and not node_type.is_volatile
]


@pytest.mark.parametrize("type_name", sorted({*TWO_NUMBERS} - {"Round"}))
def test_math_gives_json_numbers_or_a_clear_error_for_any_pair(type_name):
    for a in ODD:
        for b in ODD:
            try:
                json.dumps(call(type_name, a, b), allow_nan=False)
            except ValueError as error:
                assert "JSON" not in str(error)


def test_random_stays_within_its_limits_and_differs():
    numbers = {call("Random", -1, 1) for _ in range(100)}
    assert len(numbers) > 90
    assert all(-1 <= number <= 1 for number in numbers)
    assert {call("RandomInteger", 1, 3) for _ in range(200)} == {1, 2, 3}
