"""Laws of dropout."""

import copy
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Tensor
from pellucid.errors import ParameterError
from pellucid.nn import Dropout, Linear, Sequential
from pellucid.nn.functional import dropout
from pellucid.random import key, threefry2x32

ONES = np.ones(20_000, np.float32)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_entries_fall_with_chance_p_and_the_mean_stays(p: float) -> None:
    y = Dropout(p, seed=0)(ONES).numpy()
    share = (y == 0).mean()
    assert abs(share - p) < 4 * np.sqrt(p * (1 - p) / ONES.size)  # 4 standard deviations
    np.testing.assert_allclose(y[y > 0], 1 / (1 - p), rtol=1e-6)


def test_the_mask_is_a_pure_function_of_seed_and_number_of_calls() -> None:
    a, b, other = Dropout(seed=5), Dropout(seed=5), Dropout(seed=6)
    masks = [(a(ONES).numpy() > 0).tolist() for _ in range(3)]
    assert masks == [(b(ONES).numpy() > 0).tolist() for _ in range(3)]
    assert masks[0] != masks[1] and masks[0] != (other(ONES).numpy() > 0).tolist()
    assert a.key.tolist() == [b.key.tolist()[0], 3]


def test_the_mask_is_drawn_from_the_counter_based_stream() -> None:
    kept = threefry2x32(key(7, 2), ONES.size) < 0.75 * 2**32
    np.testing.assert_array_equal(dropout(ONES, 0.25, Tensor(key(7, 2))).numpy() > 0, kept)


def test_gradients_pass_where_entries_stayed() -> None:
    x = Tensor(ONES, requires_grad=True)
    y = Dropout(0.3, seed=0)(x)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.numpy())


def test_in_use_nothing_changes_and_no_call_is_counted() -> None:
    layer = Dropout(0.5, seed=0).eval()
    x = Tensor(ONES)
    assert layer(x) is x and layer.key.tolist()[1] == 0


def test_the_limits_keep_all_or_nothing() -> None:
    assert Dropout(0.0, seed=0)(ONES).numpy().all()
    assert not Dropout(1.0, seed=0)(ONES).numpy().any()
    for p in (-0.1, 1.1, "half", float("nan")):
        with pytest.raises(ParameterError, match=r"p: must be a number within \[0, 1\]"):
            Dropout(p)  # type: ignore[arg-type]


def test_the_key_is_a_buffer_outside_the_state_dict() -> None:
    layer = Dropout()
    assert layer.state_dict() == {} and [name for name, _ in layer.named_buffers()] == ["key"]
    assert layer.load_state_dict({}) == ([], [])


def test_a_copy_or_a_saved_layer_goes_on_with_the_same_masks(tmp_path: Any) -> None:
    layer = Dropout(0.5, seed=3)
    layer(ONES)
    twin = copy.deepcopy(layer)
    pellucid.save(layer, tmp_path / "layer.pellucid")
    again = pellucid.load(tmp_path / "layer.pellucid")
    want = layer(ONES).tolist()
    assert twin(ONES).tolist() == want and again(ONES).tolist() == want


def test_layers_of_one_network_drop_different_entries() -> None:
    net = Sequential(Dropout(), Linear(1, 1), Dropout()).reset_parameters(0)
    assert net[0].key.tolist() != net[2].key.tolist()


def test_the_dtype_stays() -> None:
    for dtype in (np.float32, np.float64):
        assert Dropout(0.3, seed=0)(ONES.astype(dtype)).dtype == dtype
