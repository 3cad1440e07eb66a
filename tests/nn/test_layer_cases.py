"""Laws that every layer keeps; the rows are in layer_cases.py."""

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from layer_cases import CASES, FUNCTIONS, STORED, Case, build, cotangent, entries, ours, theirs

import pellucid
from pellucid import Tensor, nn
from pellucid.nn import functional
from pellucid.tensor import enable_grad, gradcheck, gradients

_FIXTURE = Path(__file__).resolve().parents[1] / "fixtures" / STORED
_TOLERANCE = {np.float32: 1e-5, np.float64: 1e-10}
_WITH_ROWS_ELSEWHERE = ("pellucid.nn._activations", "pellucid.nn._losses", "pellucid.nn._containers")
_LAYERS = {
    name: value
    for name in nn.__all__
    if inspect.isclass(value := getattr(nn, name)) and issubclass(value, nn.Module) and not inspect.isabstract(value)
}
_SMOOTH = [
    name
    for name, case in CASES.items()
    if case.shape != (0, 3) and not case.ties and case.layer != "Dropout" and "padding_idx" not in case.options
]  # without kinks at the input, masks drawn anew, rows that are used but by definition not learned


def _is_one_call(case: Case) -> bool:
    """Whether the layer does no more than call its function: dropout only drops, means of all batches need a count."""
    return case.training if case.layer == "Dropout" else not (case.training and "momentum" in case.options)


@pytest.fixture(scope="module")
def stored() -> Any:
    with np.load(_FIXTURE) as answers:
        yield {name: answers[name] for name in answers.files}


def _agree(got: np.ndarray[Any, Any], want: np.ndarray[Any, Any], dtype: type) -> None:
    """Equal but for a share of the largest entry: a sum of terms that cancel is exact to rounding of its terms."""
    scale = max(np.abs(want).max(initial=0.0), 1.0)
    np.testing.assert_allclose(got, want, rtol=_TOLERANCE[dtype], atol=_TOLERANCE[dtype] * scale)


def test_every_layer_has_a_row() -> None:
    needed = {name for name, layer in _LAYERS.items() if layer.__module__ not in _WITH_ROWS_ELSEWHERE}
    assert sorted({case.layer for case in CASES.values()}) == sorted(needed)


def test_every_function_of_a_layer_has_a_row() -> None:
    needed = {name for name in functional.__all__ if not getattr(functional, name).__module__.endswith("_functions")}
    assert {function for function, _ in FUNCTIONS.values()} == needed
    assert FUNCTIONS.keys() <= {case.layer for case in CASES.values()}


def test_the_stored_answers_are_those_of_the_table(stored: Any) -> None:
    assert sorted(stored) == sorted(CASES)


@pytest.mark.parametrize("dtype", _TOLERANCE)
@pytest.mark.parametrize("name", CASES)
def test_result_gradients_and_buffers_are_those_pytorch_gave(name: str, dtype: type, stored: Any) -> None:
    parts = ours(CASES[name], dtype)
    assert {part.dtype for part in parts.values()} <= {np.dtype(dtype), np.dtype(np.int64)}
    _agree(np.concatenate([part.ravel() for part in parts.values()]), stored[name], dtype)


@pytest.mark.parametrize("dtype", _TOLERANCE)
@pytest.mark.parametrize("name", CASES)
def test_result_gradients_and_buffers_are_those_pytorch_gives(name: str, dtype: type) -> None:
    pytest.importorskip("torch")
    got, want = ours(CASES[name], dtype), theirs(CASES[name], dtype)
    assert list(got) == list(want)
    for part in want:
        assert got[part].shape == want[part].shape, part
        _agree(got[part], want[part], dtype)


@pytest.mark.parametrize("name", _SMOOTH)
def test_gradients_agree_with_central_differences(name: str) -> None:
    report = gradcheck(build(CASES[name]), entries(CASES[name]))
    assert report, str(report)


@pytest.mark.parametrize("name", [name for name in _SMOOTH if entries(CASES[name]).size <= 24])
def test_second_derivatives_agree_with_central_differences(name: str) -> None:
    case, layer = CASES[name], build(CASES[name])
    names = [path for path, _ in layer.named_parameters()]
    x = Tensor(entries(case))

    def slopes(*values: Tensor) -> list[Tensor]:
        layer.__dict__.update(zip(names, values, strict=False))  # the layer reads its parameters as attributes
        with enable_grad():
            y = layer(x if case.index else values[-1])
            weighted = (y * y * cotangent(y.shape)).sum()
        return [g + 0.0 * v for g, v in zip(gradients([weighted], values, create_graph=True), values, strict=True)]

    learned = [Tensor(p.data) for p in layer.parameters()] + ([] if case.index else [x])
    report = gradcheck(slopes, *learned)
    assert report, str(report)


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.layer in FUNCTIONS and _is_one_call(case)]
)
def test_the_function_of_a_layer_gives_what_the_layer_gives(name: str) -> None:
    case = CASES[name]
    function, attributes = FUNCTIONS[case.layer]
    layer, twin = build(case), build(case)
    given = {attribute: getattr(twin, attribute) for attribute in attributes.split()}
    if given.get("momentum", 0.0) is None:
        given["momentum"] = 0.0  # in use nothing moves
    want = layer(Tensor(entries(case)))
    got = getattr(functional, function)(Tensor(entries(case)), **given)
    np.testing.assert_array_equal(got.numpy(), want.numpy())
    for part in {"running_mean", "running_var"} & given.keys():
        if given[part] is not None:
            np.testing.assert_array_equal(given[part].numpy(), getattr(layer, part).numpy())


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.index is None])
def test_an_array_in_column_major_order_or_read_only_gives_the_same(name: str) -> None:
    case = CASES[name]
    x = entries(case)
    y = build(case)(Tensor(x)).numpy()
    turned = np.asfortranarray(x)
    turned.flags.writeable = False
    np.testing.assert_allclose(build(case)(Tensor(turned)).numpy(), y, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", CASES)
def test_a_saved_layer_comes_back_whole(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    layer = build(case, np.float32)
    pellucid.save(layer, tmp_path / "layer.pellucid")
    again = pellucid.load(tmp_path / "layer.pellucid")
    assert repr(again) == repr(layer)
    assert again.training == layer.training
    for (name, a), (other, b) in zip(layer.named_buffers(), again.named_buffers(), strict=True):
        assert name == other and a.dtype == b.dtype
        np.testing.assert_array_equal(a.numpy(), b.numpy())
    x = Tensor(entries(case))
    np.testing.assert_array_equal(again(x).numpy(), layer(x).numpy())


@pytest.mark.parametrize("name", CASES)
def test_the_repr_rebuilds_the_layer(name: str) -> None:
    layer = build(CASES[name])
    assert repr(eval(repr(layer), {**_LAYERS})) == repr(layer)  # noqa: S307  # our own text


@pytest.mark.parametrize("name", CASES)
def test_operations_are_counted_for_every_layer(name: str) -> None:
    case = CASES[name]
    layer = build(case).eval()
    y = layer(Tensor(entries(case)))
    flops = layer.flops((Tensor(entries(case)),), y)
    assert isinstance(flops, int) and flops >= 0
