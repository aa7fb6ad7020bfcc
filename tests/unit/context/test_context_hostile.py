"""Nothing that somebody types can hang a run, fill memory, reach into Python, or mislead the eye."""

from __future__ import annotations

import sys
import tracemalloc

import pytest

from psi.context.symbols import BUILT_IN_SYMBOLS
from psi.context.value_checks import value_findings
from psi.core.errors import ConfigurationError
from psi.core.expression_limits import MAX_ITEMS, MAX_STEPS, StepBudget
from psi.core.expressions import EvaluationError, parse
from psi.models.items import ItemSpec

NAMES = {**BUILT_IN_SYMBOLS, "x": 3.0, "text": "abc", "items": list(range(1000))}

#: Refused before anything is evaluated.
REFUSED = [
    "x.__class__",
    "().__class__.__bases__[0].__subclasses__()",
    "np.__dict__",
    "np.sqrt.__globals__",
    "np.linalg.norm",
    "a.b.c.d.e.f.g",
    "x" + ".real" * 300,
    "Uniform(0, 1).__class__",
    "Uniform(0, 1).draw(0.5)",
    "Uniform(0, 1).truncate.__func__",
    "str(x).join",
    "str(x).join(['a'])",
    "'a'.join(['b'] * 1000)",
    "'{0.__class__}'.format(x)",
    "'%s'.__mod__(x)",
    "f'{x.__class__}'",
    "(lambda: 0)()",
    "[0 for x.y in [1]]",
    "(x := 3)",
    "__import__('os').system('ls')",
    "＿＿import＿＿('os')",
    "𝒙.__class__",
    "'abc\u202ecba'",
    "'a\u200bb'",
    "x\u00ad",
    "'\ud800'",
    "'\\ud800'",
    "1\x0c+ 1",
    "x\x00",
    "9" * 5000,
    "(" * 300 + "x" + ")" * 300,
    "-" * 500 + "x",
    "[" * 100 + "]" * 100,
    "x if " * 100 + "x" + " else x" * 100,
    "[i " + "for i in [1] " * 200 + "]",
    "x" + "[0]" * 300,
    "max(" * 90 + "x" + ")" * 90,
    "x" + "\n+ x" * 500,
]


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_reaches_into_python_or_hides_something_is_refused_in_one_line(text):
    with pytest.raises(ConfigurationError) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


#: What Python would take for ever, or all memory, to say.
ENDED = [
    "9 ** 9 ** 9 ** 9",
    "2 ** 5000",
    "10 ** 300 * 10 ** 300",
    "x ** 10 ** 400",
    "(-9) ** 10 ** 100",
    "'a' * 10 ** 10",
    "[0] * 10 ** 10",
    "10 ** 10 * (0,)",
    "[[0] * 1000] * 1000",
    "'%999999999d' % 1",
    "'%s' % text",
    "range(10 ** 12)",
    "sum(range(10 ** 12))",
    "sorted(range(10 ** 12))",
    "max(range(10 ** 12))",
    "all(range(1, 10 ** 12))",
    "any([0.5 in range(10 ** 12)])",
    "[i for i in range(10 ** 12)]",
    "sum(i for i in range(900) for j in range(900))",
    "[[j for j in range(900)] for i in range(900)]",
    "[0 for i in range(900) if [j for j in range(900)]]",
    "[sum(items) for i in range(900)]",
    "[max(items) for i in range(900)]",
    "[x in items for i in range(900)]",
    "[items == items for i in range(900)]",
    "[sorted(items)[0] for i in range(900)]",
    "[items + [i] for i in range(900)]",
    "[items[1:] for i in range(900)]",
    "[str(i) * 900 for i in range(900)]",
    "[np.sum(items) for i in range(900)]",
    "sum(len(str(items)) for i in range(900))",
    "str(items)",
    "sum([[1], [2]])",
    "sum(['a'] * 1000)",
    "str(max)",
    "str(np)",
    "int('9' * 1001)",
    "round(x, 10 ** 9)",
    "np.prod(items) * 10 ** 400",
    "Poisson(10 ** 12)",
    "Pdf([i for i in range(900)], [1 / 900 for i in range(900)] * 2)",
    "sorted(items, key=str)",
    # Lists in lists in lists: small to write, and enormous as trees.
    "[[e, e, e, e] for e in [[d, d, d, d] for d in [[c, c, c, c] for c in [[b, b, b, b] for b in [[1, 1, 1, 1]]]]]]",
    "str([[e, e, e, e] for e in [[d, d, d, d] for d in [[c, c, c, c] for c in [[b, b, b, b] for b in [[1] * 9]]]]])",
]


@pytest.mark.parametrize("text", ENDED, ids=range(len(ENDED)))
def test_what_would_never_end_is_ended_after_few_steps_and_little_memory(text):
    expression = parse(text)
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += 1

    tracemalloc.start()
    sys.setprofile(count)
    try:
        with pytest.raises(EvaluationError) as caught:
            expression.evaluate(NAMES)
    finally:
        sys.setprofile(None)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert calls < 20 * MAX_STEPS
    assert peak < 4e6
    assert "\n" not in str(caught.value)


def test_what_is_read_and_made_in_a_loop_is_counted_however_it_is_nested():
    budget = StepBudget(100)
    assert list(budget(range(60))) == list(range(60))
    with pytest.raises(ValueError, match="steps"):
        list(budget(range(60)))
    assert parse("sum(i * i for i in range(900))").evaluate(NAMES) == sum(i * i for i in range(900))
    assert parse("[len(items[:9]) for i in range(400)]").evaluate(NAMES) == [9] * 400


def test_a_list_is_as_long_as_all_that_is_in_it():
    fits = "[[i] * 99 for i in range(10)]"
    assert len(parse(fits).evaluate(NAMES)) == 10
    with pytest.raises(EvaluationError, match=f"more than {MAX_ITEMS} items"):
        parse("[[i] * 99 for i in range(11)]").evaluate(NAMES)


def test_letters_that_look_alike_are_what_they_are():
    # Python reads a full-width n as n, and a Cyrillic a as a letter of its own.
    assert parse("\uff4ep.sqrt(16)").evaluate(NAMES) == 4
    [finding] = value_findings(ItemSpec(name="y"), "m\u0430x(1, 2)", NAMES, BUILT_IN_SYMBOLS)
    assert "unknown name" in finding.message
    assert "did you mean 'max'" in finding.message
