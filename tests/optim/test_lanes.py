import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pellucid.errors import GraphError
from pellucid.optim._lanes import Lane, LaneOptions, Recorder


@pytest.mark.parametrize(
    ("act", "name"),
    [
        *((operator.add, "add"), (operator.sub, "subtract"), (operator.mul, "multiply"), (operator.truediv, "divide")),
        *((operator.pow, "power"), (operator.lt, "less"), (operator.le, "less_equal")),
    ],
)
@pytest.mark.parametrize("wide", [False, True])
def test_an_operator_is_noted_with_its_operands_in_order(act: Callable[..., Any], name: str, wide: bool) -> None:
    recorder = Recorder()
    x = Lane(recorder, wide)
    left, right = act(x, 2.0), act(3.0, x)
    calls = recorder.on_arrays if wide else recorder.on_numbers
    assert [call.out for call in calls] == [left, right]
    assert left.wide is right.wide is wide
    if name.startswith("less"):  # Python asks 3 < x as x > 3
        assert calls[1].operands[1] is x
    assert {call.name for call in calls} == {name}
    assert calls[0].operands[0] is x
    assert recorder.constants[calls[0].operands[1]] == 2.0
    assert recorder.constants[calls[1].operands[0]] == 3.0


def test_greater_is_less_the_other_way_round() -> None:
    recorder = Recorder()
    x, y = Lane(recorder, False), Lane(recorder, True)
    assert isinstance(x > y, Lane)
    assert isinstance(y >= x, Lane)
    assert [(call.name, call.operands) for call in recorder.on_arrays] == [("less", (y, x)), ("less_equal", (x, y))]


def test_one_array_among_numbers_makes_the_result_an_array() -> None:
    recorder = Recorder()
    number, array = Lane(recorder, wide=False), Lane(recorder, wide=True)
    assert (number * 2).wide is False
    assert (number * array).wide is True
    assert (-array).wide is True
    assert recorder.sqrt(number).wide is False
    assert recorder.maximum(number, array).wide is True


def test_a_branch_on_a_lane_is_refused_with_what_to_do_instead() -> None:
    with pytest.raises(GraphError, match=r"branches on a value that is not computed yet\. Choose by o\.where"):
        bool(Lane(Recorder(), wide=False) > 1)


def test_an_operation_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match=r"no operation 'median'"):
        Recorder().median(1.0)


@pytest.mark.parametrize(
    ("name", "x", "attrs", "y"),
    [
        *(("multiply", (2.0, 3.0), {}, 6.0), ("power", (2.0, 0.5), {}, math.sqrt(2.0)), ("negative", (2.0,), {}, -2.0)),
        *(("sqrt", (4.0,), {}, 2.0), ("maximum", (4.0, 5.0), {}, 5.0), ("less", (1.0, 2.0), {}, True)),
        *(("where", (True, 1.0, 2.0), {}, 1.0), ("absolute", (-3.0,), {}, 3.0)),
    ],
)
def test_a_call_works_on_numbers_and_gives_a_python_number_and_on_arrays_in_place(
    name: str, x: tuple[float, ...], attrs: dict[str, Any], y: float
) -> None:
    recorder = Recorder()
    recorder.note(name, *(Lane(recorder, wide=False) for _ in x), **attrs)
    recorder.note(name, *(Lane(recorder, wide=True) for _ in x), **attrs)
    number = recorder.on_numbers[0].on_numbers()(*x)
    assert number == y
    assert type(number) in (float, bool)
    out = np.empty(2, np.float32)
    recorder.on_arrays[0].on_arrays()(*(np.full(2, value, np.float32) for value in x), out=out)
    np.testing.assert_allclose(out, y, rtol=1e-7)


def test_options_give_lanes_for_numbers_and_note_which_were_read() -> None:
    options = LaneOptions({"lr": 0.1, "betas": (0.9, 0.99), "amsgrad": False, "name": "head", "eps": 1e-8}, Recorder())
    first, second = options["betas"]
    assert {type(options["lr"]), type(first), type(second)} == {Lane}
    assert options["lr"] is options["lr"]
    assert (options["amsgrad"], options["name"]) == (False, "head")
    assert list(options.asked) == [("betas", 0), ("betas", 1), ("lr", None)]
    assert set(options) == {"lr", "betas", "amsgrad", "name", "eps"}
    assert len(options) == 5
