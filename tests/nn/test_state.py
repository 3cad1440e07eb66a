"""Laws of states: all or nothing, PyTorch's names, and records that are checked."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Tensor
from pellucid.errors import GraphError, ModelFileError
from pellucid.nn import (
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Embedding,
    LayerNorm,
    Linear,
    Module,
    ReLU,
    Sequential,
)


def network(seed: int) -> Sequential:
    return Sequential(Linear(3, 4), BatchNorm1d(4), Dropout(), Sequential(Linear(4, 2))).reset_parameters(seed)


def _equal(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name]) for name in a)


# -- state_dict --------------------------------------------------------------------------------------------------------


def test_the_names_are_pytorchs_and_transient_buffers_are_left_out() -> None:
    assert list(network(0).state_dict()) == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
        "1.num_batches_tracked",
        "3.0.weight",
        "3.0.bias",
    ]


def test_a_state_is_a_snapshot() -> None:
    net = network(0)
    state = net.state_dict()
    net(np.ones((2, 3), np.float32)).sum().backward()
    for parameter in net.parameters():
        parameter.fill(0.0)
    assert _equal(state, network(0).state_dict())


def test_a_state_goes_into_the_existing_arrays() -> None:
    net, other = network(0), network(1)
    memory = [t.data for t in (*net.parameters(), *net.buffers())]
    assert net.load_state_dict(other.state_dict()) == ([], [])
    assert _equal(net.state_dict(), other.state_dict())
    assert all(t.data is array for t, array in zip((*net.parameters(), *net.buffers()), memory, strict=True))


def test_a_backward_pass_that_needs_the_old_entries_refuses() -> None:
    net = network(0)
    y = net(np.ones((2, 3), np.float32)).sum()
    net.load_state_dict(net.state_dict())
    with pytest.raises(GraphError, match="changed in place"):
        y.backward()


def test_the_precision_of_the_module_stays() -> None:
    net = network(0)
    net.load_state_dict(network(1).double().state_dict())
    assert {p.dtype for p in net.parameters()} == {np.dtype(np.float32)}


def test_everything_that_does_not_fit_is_told_at_once_and_nothing_changes() -> None:
    net = network(0)
    state = network(1).state_dict()
    state["0.wieght"] = state.pop("0.weight")
    state["extra"] = np.zeros(1)
    state["1.bias"] = np.zeros(5)
    state["1.num_batches_tracked"] = np.zeros(())
    with pytest.raises(ModelFileError) as caught:
        net.load_state_dict(state)
    assert str(caught.value).splitlines() == [
        "load_state_dict: the state does not fit this Sequential; nothing was changed.",
        "  missing in the state: '0.weight' (closest on the other side: '0.wieght')",
        "  unexpected in the state: '0.wieght' (closest on the other side: '0.weight')",
        "  unexpected in the state: 'extra'",
        "  does not fit: '1.bias': (5,) in the state, (4,) here",
        "  does not fit: '1.num_batches_tracked': float64 in the state, int64 here",
        "Build the module with the sizes of the state, or leave those names out and give strict=False.",
    ]
    assert _equal(net.state_dict(), network(0).state_dict())


def test_without_strictness_what_is_common_is_taken_and_shapes_still_have_to_fit() -> None:
    net, state = network(0), network(1).state_dict()
    del state["0.weight"]
    state["more"] = np.zeros(1)
    with pytest.raises(ModelFileError, match=r"Rename the entries of the state, or give strict=False"):
        net.load_state_dict(state)
    keys = net.load_state_dict(state, strict=False)
    assert keys.missing_keys == ["0.weight"] and keys.unexpected_keys == ["more"]
    want = {**network(1).state_dict(), "0.weight": network(0).state_dict()["0.weight"]}
    assert _equal(net.state_dict(), want)
    with pytest.raises(ModelFileError, match="does not fit: '0.bias'"):
        net.load_state_dict({"0.bias": np.zeros(9)}, strict=False)


def test_tied_parameters_stand_under_both_names_and_one_is_enough() -> None:
    def tied(seed: int) -> Sequential:
        net = Sequential(Linear(2, 2, bias=False, seed=seed), Linear(2, 2, bias=False))
        net[1].weight = net[0].weight
        return net

    net, state = tied(0), tied(1).state_dict()
    assert list(state) == ["0.weight", "1.weight"]
    del state["0.weight"]
    assert net.load_state_dict(state) == ([], [])
    np.testing.assert_array_equal(net[0].weight.numpy(), state["1.weight"])


def test_a_plain_safetensors_file_is_a_state(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    save_file(network(1).state_dict(), tmp_path / "model.safetensors")
    for path in (tmp_path / "model.safetensors", str(tmp_path / "model.safetensors")):
        net = network(0)
        net.load_state_dict(path)
        assert _equal(net.state_dict(), network(1).state_dict())


def test_our_own_files_are_states_too(tmp_path: Path) -> None:
    pellucid.save(network(1), tmp_path / "whole.pellucid")
    pellucid.save(network(1).state_dict(), tmp_path / "state.pellucid")
    for path in (tmp_path / "whole.pellucid", tmp_path / "state.pellucid"):
        net = network(0)
        net.load_state_dict(path)
        assert _equal(net.state_dict(), network(1).state_dict())
    pellucid.save([1, 2], tmp_path / "list.pellucid")
    with pytest.raises(ModelFileError, match=r"list.pellucid holds a list, no state\."):
        network(0).load_state_dict(tmp_path / "list.pellucid")
    with pytest.raises(ModelFileError, match="there is no such file"):
        network(0).load_state_dict(tmp_path / "none")


def test_a_state_passes_to_pytorch_and_back(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    def theirs() -> Any:
        n = torch.nn
        return n.Sequential(n.Conv2d(2, 4, 3), n.BatchNorm2d(4), n.Dropout(), n.LayerNorm(5), n.Linear(5, 3))

    ours = Sequential(Conv2d(2, 4, 3), BatchNorm2d(4), Dropout(), LayerNorm(5), Linear(5, 3)).reset_parameters(0)
    x = np.random.default_rng(0).normal(size=(3, 2, 7, 7)).astype(np.float32)
    ours(x)
    twin = theirs()
    twin.load_state_dict({name: torch.tensor(array) for name, array in ours.state_dict().items()})
    want = ours.eval()(x).numpy()
    np.testing.assert_allclose(twin.eval()(torch.tensor(x)).detach().numpy(), want, rtol=1e-4, atol=1e-5)

    other = theirs()
    state = other.state_dict()
    save_file(state, tmp_path / "model.safetensors")
    for source in (state, tmp_path / "model.safetensors"):
        ours.reset_parameters(1).load_state_dict(source)
        assert _equal(ours.state_dict(), {name: tensor.numpy() for name, tensor in state.items()})


def test_a_value_that_is_no_array_is_told_by_name() -> None:
    torch = pytest.importorskip("torch")
    state = {"weight": torch.ones(2, 3, dtype=torch.bfloat16), "bias": torch.ones(2)}
    with pytest.raises(ModelFileError, match=r"'weight', a Tensor, cannot be read .* tensor\.detach\(\)\.float\(\)"):
        Linear(3, 2).load_state_dict(state)


def test_text_is_no_state() -> None:
    with pytest.raises(ModelFileError, match=r"does not fit: 'bias': <U1 in the state, float32 here"):
        Linear(3, 2).load_state_dict({"weight": np.ones((2, 3)), "bias": np.array(["a", "b"])})


# -- records -----------------------------------------------------------------------------------------------------------


def test_a_record_rebuilds_the_layer() -> None:
    layer = Embedding(5, 3, padding_idx=-1, seed=0).eval().requires_grad_(False)
    again = Embedding.from_record(layer.to_record())
    assert repr(again) == repr(layer) and not again.training and not again.weight.requires_grad
    np.testing.assert_array_equal(again.weight.numpy(), layer.weight.numpy())


def test_building_from_a_record_draws_no_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Linear(3, 2, seed=0).to_record()
    monkeypatch.setattr(Linear, "initialise", lambda self, rng: pytest.fail("entries were drawn"))
    Linear.from_record(record)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"weight": np.zeros((2, 4), np.float32)},
            r"'weight' is float32 \(2, 4\) in the record; expected float32 \(2, 3\)",
        ),
        ({"weight": np.zeros((2, 3), np.int64)}, r"'weight' is int64 \(2, 3\) in the record"),
        ({"more": np.zeros(1)}, r"has arrays \['bias', 'more', 'weight'\]; expected \['bias', 'weight'\]"),
        ({"bias": None}, r"has arrays \['weight'\]"),
    ],
)
def test_a_record_that_does_not_describe_the_layer_is_refused(changes: dict[str, Any], message: str) -> None:
    record = {name: value for name, value in {**Linear(3, 2).to_record(), **changes}.items() if value is not None}
    with pytest.raises(ModelFileError, match="Linear: .*" + message):
        Linear.from_record(record)


def test_an_absurd_size_in_a_record_takes_no_memory() -> None:
    record = Linear(3, 2, seed=0).to_record()
    record["__init__"]["in_features"] = 10**15
    with pytest.raises((ModelFileError, MemoryError, ValueError)):
        Linear.from_record(record)


def test_every_module_without_tensors_has_a_record_of_its_arguments() -> None:
    assert ReLU().to_record() == {"__init__": {}, "training": True, "requires_grad_": []}


def test_buffers_of_none_and_parameters_of_none_come_back_as_none() -> None:
    norm = BatchNorm1d(2, affine=False, track_running_stats=False)
    again = BatchNorm1d.from_record(norm.to_record())
    assert again.weight is None and again.running_mean is None


def test_a_state_has_what_a_module_of_the_users_registers() -> None:
    class Mine(Module):
        def __init__(self) -> None:
            self.register_buffer("steps", np.zeros((), np.int64))
            self.register_buffer("scratch", Tensor([1.0]), persistent=False)
            self.inner = Linear(1, 1, seed=0)

        def forward(self, x: Any) -> Any:
            return self.inner(x)

    assert list(Mine().state_dict()) == ["steps", "inner.weight", "inner.bias"]
