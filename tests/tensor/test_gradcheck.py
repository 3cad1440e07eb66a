"""Laws of holding derivatives against central differences: right ones pass, a slip is found and named."""

from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import GraphError
from pellucid.nn import BatchNorm1d, Linear
from pellucid.tensor import gradcheck, no_grad, stack, tanh, where


def _slip_at(x: Any, at: tuple[int, ...]) -> Any:
    """x^2, whose derivative is 0 instead of 2 x at one place."""
    mask = np.zeros(x.shape, bool)
    mask[at] = True
    return where(mask, (x * x).detach(), x * x)


def test_right_derivatives_agree_entry_by_entry() -> None:
    report = gradcheck(lambda x, y: tanh(x) * y, np.ones((2, 3)), np.arange(3.0))
    assert report and report.agrees and report.entries == 9 and 0 < report.error <= 1
    assert str(report).startswith("9 derivatives agree with central differences; worst at input ")


@pytest.mark.parametrize("at", [(0, 0), (1, 2), (2, 1)])
def test_a_planted_slip_is_found_with_its_input_its_index_and_both_numbers(at: tuple[int, int]) -> None:
    x = np.linspace(1.0, 2.0, 9).reshape(3, 3)
    report = gradcheck(lambda a, b: (a * 3.0).sum() + _slip_at(b, at).sum(), np.ones(2), x)
    assert not report and report.name == "input 1" and report.index == at and report.entries == 11
    assert report.derived == 0.0 and report.measured > 2.0 and report.error > 1e4
    assert f"11 derivatives DISAGREE with central differences; worst at input 1{list(at)}: derived 0, " in str(report)


def test_a_slip_of_one_in_ten_thousand_is_found() -> None:
    def slightly_wrong(x: Any) -> Any:
        y = x * x
        return y + 1e-4 * (y - y.detach())

    assert not gradcheck(slightly_wrong, 1.5) and gradcheck(slightly_wrong, 1.5, rtol=1e-3)


def test_parts_of_structures_and_named_tensors_are_told_apart() -> None:
    tree = {"a": np.ones(2), "b": [np.ones(3), 4]}
    assert gradcheck(lambda p: p["a"].sum() * _slip_at(p["b"][0], (2,)), tree).name == "input 0 part 1"
    assert gradcheck(lambda x: _slip_at(x, (1,)), Tensor([1.0, 2.0], name="w")).name == "w"


def test_results_of_any_shape_and_several_of_them_are_checked() -> None:
    assert gradcheck(lambda x: [x * 2.0, {"y": x.sum() * x}], [1.0, 2.0, 3.0])
    assert not gradcheck(lambda x: [x * 2.0, {"y": _slip_at(x, (0,))}], [1.0, 2.0, 3.0])


def test_errors_that_would_cancel_in_a_plain_sum_are_seen() -> None:
    def slipped_twice(x: Any) -> Any:
        y = _slip_at(x, (0,))
        return stack([y, -y])

    assert gradcheck(lambda x: slipped_twice(x).sum(), [1.0, 2.0])  # the sum is 0, whatever the derivatives
    assert not gradcheck(slipped_twice, [1.0, 2.0])


def test_the_check_is_in_float64_and_leaves_its_inputs_alone() -> None:
    x = Tensor([1.0, 2.0], requires_grad=True)
    seen = set()

    def fn(z: Any) -> Any:
        seen.add(z.dtype)
        return z * z * z

    assert gradcheck(fn, x) and seen == {np.dtype(np.float64)}
    assert x.dtype == np.float32 and x.tolist() == [1.0, 2.0] and x.grad is None


def test_a_kink_and_a_derivative_that_is_no_number_disagree() -> None:
    assert not gradcheck(lambda x: where(x > 0.0, x, 0.0), 0.0)
    assert not gradcheck(lambda x: x * Tensor(np.nan), 1.0)


def test_a_function_that_depends_on_nothing_cannot_be_checked() -> None:
    with pytest.raises(
        GraphError, match=r"the result depends on no input; was it computed under no_grad or detached\?"
    ):
        gradcheck(lambda x: x.detach() * 2.0, 1.0)
    with pytest.raises(GraphError, match="the result depends on no input"):
        gradcheck(no_grad()(lambda x: x * 2.0), 1.0)
    with pytest.raises(GraphError, match="no input or parameter is a floating-point value"):
        gradcheck(lambda n: Tensor([1.0]) * n, 2)


def test_the_parameters_of_a_module_are_checked_and_put_back() -> None:
    layer = Linear(3, 2, seed=0)
    before = {name: (p.data, p.data.copy()) for name, p in layer.named_parameters()}
    report = gradcheck(layer, np.ones((4, 3)))
    assert report and report.entries == 12 + 6 + 2
    for name, p in layer.named_parameters():
        assert p.data is before[name][0] and p.dtype == np.float32 and p.grad is None
        np.testing.assert_array_equal(p.data, before[name][1])


def test_a_slip_in_a_module_names_the_parameter() -> None:
    class Slipped(Linear):
        def forward(self, x: Any) -> Any:
            return x @ self.weight.detach().mT + self.bias

    report = gradcheck(Slipped(2, 2, seed=0), np.ones((1, 2)))
    assert not report and report.name == "weight"


def test_parameters_are_put_back_when_the_function_raises_at_any_call() -> None:
    class Fails(Linear):
        calls = 0

        def forward(self, x: Any) -> Any:
            type(self).calls += 1
            if type(self).calls == fails_at:
                raise KeyError("mine")
            return super().forward(x)

    for fails_at in (1, 2, 9):  # the derivation, an input that is moved, a parameter that is moved
        Fails.calls = 0
        layer = Fails(3, 2, seed=0)
        before = [p.data for p in layer.parameters()]
        copies = [data.copy() for data in before]
        with pytest.raises(KeyError, match="mine"):
            gradcheck(layer, np.ones((1, 3)))
        assert Fails.calls == fails_at
        for p, data, entries in zip(layer.parameters(), before, copies, strict=True):
            assert p.data is data and p.dtype == np.float32
            np.testing.assert_array_equal(data, entries)


def test_frozen_parameters_are_not_checked() -> None:
    layer = Linear(3, 2, seed=0)
    layer.weight.requires_grad_(False)
    assert gradcheck(layer, np.ones((1, 3))).entries == 3 + 2


def test_a_module_with_running_statistics_is_checked_in_training_and_keeps_them() -> None:
    layer = BatchNorm1d(2)
    before = {name: buffer.tolist() for name, buffer in layer.named_buffers()}
    assert gradcheck(layer, np.random.default_rng(0).normal(size=(5, 2)))
    assert before and {name: buffer.tolist() for name, buffer in layer.named_buffers()} == before
