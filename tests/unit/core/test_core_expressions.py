"""What expressions mean, what they refuse, and that nothing typed can hang or fill memory."""

from __future__ import annotations

import math
import random

import pytest

from psi.core.errors import ConfigurationError, RunFault
from psi.core.expression_limits import MAX_ITEMS, MAX_STEPS
from psi.core.expressions import EvaluationError, SymbolGroup, parse

NAMES = {
    "a": 2,
    "b": 3.5,
    "text": "abc",
    "yes": True,
    "inf": math.inf,
    "range": range,
    "sum": sum,
    "len": len,
    "max": max,
    "str": str,
    "np": SymbolGroup("np", {"sqrt": math.sqrt, "pi": math.pi}),
}

VALUES = [
    ("1", 1),
    ("  2.5 ", 2.5),
    ("-inf", -math.inf),
    ("'HIT'", "HIT"),
    ("None", None),
    ("a + b * 2", 9.0),
    ("(a + b) * 2", 11.0),
    ("7 // a, 7 % a, 7 / a, a ** 10", (3, 1, 3.5, 1024)),
    ("a if b > 3 else unknown", 2),
    ("1 < a < 3 and not text == 'x'", True),
    ("yes or unknown", True),
    ("'b' in text", True),
    ("text is not None", True),
    ("text[1:]", "bc"),
    ("[a, b][0]", 2),
    ("[i * a for i in range(4) if i % 2]", [2, 6]),
    ("sum(i for i in range(4))", 6),
    ("[i + j for i in range(2) for j in range(2)]", [0, 1, 1, 2]),
    ("[len(p) for p in ['a', 'bc']]", [1, 2]),
    ("[x + y for x, y in [(1, 2), (3, 4)]]", [3, 7]),
    ("[[j * i for j in range(2)] for i in range(2)]", [[0, 0], [0, 1]]),
    ("[a for a in range(2)] + [a]", [0, 1, 2]),
    ("np.sqrt(16) + np.pi", 4 + math.pi),
    ("max(a, b)", 3.5),
    ("text * 2", "abcabc"),
    ("1 ** 1000000", 1),
    ("(a +\n b)", 5.5),
    ("0x10 + 1_000", 1016),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_an_expression_has_the_value_that_python_gives_it(text, value):
    assert parse(text).evaluate(NAMES) == value


#: Text, column of the fault (None where there is none to tell), a word of the reason.
REFUSED = [
    ("", None, "empty"),
    ("   ", None, "empty"),
    ("a +", 4, "ends too early"),
    ("  a  b", 6, "invalid"),
    ("(a", 1, "never closed"),
    ("a = 3", 3, "invalid"),
    ("(y := 3)", 2, "assigned"),
    ("lambda: 0", 1, "functions"),
    ("{1: 2}", 1, "dictionaries"),
    ("{1, 2}", 1, "list"),
    ("f'{a}'", 1, "f-strings"),
    ("a & b", 1, "'and'"),
    ("a ^ b", 1, "'**'"),
    ("~a", 1, "'not'"),
    ("1 << 100000", 1, "<<"),
    ("[*text]", 2, "*"),
    ("max(*text)", 5, "*"),
    ("max(**text)", 1, "**"),
    ("(yield)", 2, "Yield"),
    ("await a", 1, "Await"),
    ("(x for x in text)", 1, "[...]"),
    ("1 + (x for x in text)", 5, "[...]"),
    ("b'abc'", 1, "constants"),
    ("1j", 1, "constants"),
    ("...", 1, "constants"),
    ("_values", 1, "begin with _"),
    ("'é' + _x", 7, "begin with _"),
    ("__import__('os')", 1, "begin with _"),
    ("np.__class__", 1, "begin with _"),
    ("().__class__", 1, "symbols"),
    ("text.join.x", 1, "symbols"),
    ("[i.real for i in text]", 2, "symbols"),
    ("[0 for text[0] in text]", 8, "name"),
    ("[f for f in text][0]()", 1, "named"),
    ("'\\d'", 1, "escape"),
    ("1 is 1", None, "=="),
    ("\x00", 1, "null"),
    ("a" * 5000, None, "2000"),
    ("(" * 900 + ")" * 900, 201, "parentheses"),
    ("-" * 1500 + "1", None, "deep"),
    ("[" + ",".join("1" * 900) + "]", None, "parts"),
    ("+".join("1" * 100), None, "deep"),
    ("[" * 90 + "]" * 90, None, "deep"),
]


@pytest.mark.parametrize(("text", "column", "reason"), REFUSED)
def test_what_is_not_allowed_is_refused_in_one_line_with_its_column(text, column, reason):
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    message = str(caught.value)
    assert "\n" not in message
    assert reason in message
    assert (f"column {column}:" in message) if column else ("column" not in message)


HOSTILE = [
    "9 ** 9 ** 9",
    "2 ** 100000",
    "'a' * 10 ** 9",
    "[0] * 10 ** 9",
    "10 ** 9 * [0]",
    "[x for x in range(10 ** 12)]",
    "sum(x for x in range(10 ** 12))",
    "[[i * j for i in range(1000)] for j in range(1000)]",
    "sum([sum([k for k in range(1000)]) for j in range(1000)])",
    "'%1000000000d' % 3",
    "[x + x for x in [y + y for y in ['a' * 900]]]",
    "[x * x for x in [y * y for y in [z * z for z in [9 ** 300]]]]",
    "range(10 ** 9)[10 ** 12]",
    "-(2 ** 1023) * (2 ** 1023)",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_expression_has_no_value_and_costs_few_steps(text):
    class Steps(dict):
        looked_up = 0

        def __missing__(self, name):
            Steps.looked_up += 1
            return NAMES[name]

    with pytest.raises(EvaluationError):
        parse(text).evaluate(Steps())
    assert Steps.looked_up <= MAX_STEPS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("missing + 1", "unknown name 'missing'"),
        ("1 / 0", "division by zero"),
        ("text + 1", "str"),
        ("[1][3]", "index"),
        ("a.real", "symbols such as np"),
        ("np.load('x')", "np has no 'load'"),
        ("np.sqr(2)", "did you mean 'sqrt'"),
        ("a(1)", "callable"),
        ("(-8) ** (1 / 3)", "no real value"),
        ("2.0 ** 5000", "out of range"),
        ("range(3)[0] + text", "int"),
    ],
)
def test_an_impossible_operation_says_why_and_names_the_expression(text, reason):
    with pytest.raises(RunFault) as caught:
        parse(text).evaluate(NAMES)
    assert reason in str(caught.value)
    assert text in str(caught.value)


def test_names_are_what_is_looked_up_and_not_a_comprehensions_own():
    expression = parse("np.sqrt(x) + sum([i * y for i in range(n)])")
    assert expression.names == {"np", "x", "sum", "y", "range", "n"}
    assert expression.column("y") == 23
    assert not expression.is_constant
    assert parse("2 * 3").is_constant


def test_a_text_is_parsed_once():
    assert parse("a + 12345") is parse("a + 12345")


def test_unknown_names_come_with_column_and_nearest_name():
    findings = parse("hold_duratoin + np.sqr(2) + zzz").unknown({"hold_duration", "np"}, NAMES, "x.enaml:3")
    assert [str(finding) for finding in findings] == [
        "x.enaml:3: 'hold_duratoin + np.sqr(2) + zzz', column 1: unknown name 'hold_duratoin'; "
        "did you mean 'hold_duration'?",
        "x.enaml:3: 'hold_duratoin + np.sqr(2) + zzz', column 29: unknown name 'zzz'; known: hold_duration, np",
        "x.enaml:3: 'hold_duratoin + np.sqr(2) + zzz', column 17: np has no 'sqr' for expressions; "
        "did you mean 'sqrt'?",
    ]


def test_numpy_scalars_from_symbols_become_python_numbers_and_arrays_are_refused():
    import numpy as np

    symbols = {"scalar": lambda: np.float64(2), "whole": lambda: np.int64(3), "array": lambda: np.zeros(3)}
    assert type(parse("scalar()").evaluate(symbols)) is float
    assert type(parse("whole()").evaluate(symbols)) is int
    with pytest.raises(EvaluationError, match="array"):
        parse("array()").evaluate(symbols)


def test_random_arithmetic_agrees_with_python():
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    rng = random.Random(seed)

    def formula(depth):
        if depth == 0:
            return rng.choice(["a", "b", str(rng.randint(-9, 9)), f"{rng.uniform(-3, 3):.3f}"])
        left, right = formula(depth - 1), formula(depth - 1)
        return rng.choice(
            [
                f"({left} + {right})",
                f"({left} - {right})",
                f"({left} * {right})",
                f"-{left}",
                f"({left} if {right} > 0 else {right})",
                f"max({left}, {right})",
            ]
        )

    for _ in range(200):
        text = formula(rng.randint(1, 4))
        assert parse(text).evaluate(NAMES) == eval(text, {"a": 2, "b": 3.5, "max": max}), text


def test_a_list_of_the_longest_length_is_allowed_and_one_more_is_not():
    assert len(parse(f"[0] * {MAX_ITEMS}").evaluate({})) == MAX_ITEMS
    with pytest.raises(EvaluationError):
        parse(f"[0] * {MAX_ITEMS} + [0]").evaluate({})
