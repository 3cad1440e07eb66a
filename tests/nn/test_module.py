"""Laws of Module: registering, walking, hooks, errors, modes, seeds."""

import copy
from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError, GraphError, ParameterError, ShapeError
from pellucid.nn import BatchNorm1d, Dropout, Identity, Linear, MaxPool2d, Module, ModuleList, Parameter, Sequential

DEEP = 1000  # levels, as many as the interpreter's stack allows calls


class Nest(Module):
    """A module around a module; no super().__init__()."""

    def __init__(self, inner: Module) -> None:
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x)


class Pair(Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = Linear(2, 3, seed=0)
        self.second = Linear(3, 1, seed=1)
        self.scale = Parameter([2.0])
        self.register_buffer("count", np.zeros((), np.int64))
        self.register_buffer("scratch", np.zeros(2), persistent=False)

    def forward(self, x: Any) -> Any:
        return self.second(self.first(x)) * self.scale


def deep() -> Module:
    module: Module = Linear(1, 1, seed=0)
    for _ in range(DEEP):
        module = _wrapped(module)
    return module


def _wrapped(inner: Module) -> Module:
    outer = Nest.__new__(Nest)
    outer._modules["inner"] = outer.__dict__["inner"] = inner  # setattr looks for rings: 1000 walks of 1000
    return outer


# -- registering -------------------------------------------------------------------------------------------------------


def test_assignment_registers_parameters_buffers_and_modules_in_order() -> None:
    net = Pair()
    assert [name for name, _ in net.named_parameters()] == [
        "scale",
        "first.weight",
        "first.bias",
        "second.weight",
        "second.bias",
    ]
    assert [name for name, _ in net.named_buffers()] == ["count", "scratch"]
    assert [name for name, _ in net.named_children()] == ["first", "second"]


def test_a_registered_value_is_an_ordinary_attribute() -> None:
    net = Pair()
    assert net.__dict__["scale"] is net._parameters["scale"]
    net.scale = Parameter([3.0])
    assert net.__dict__["scale"] is net._parameters["scale"] is next(net.parameters())


def test_a_name_changes_its_registry_with_its_value() -> None:
    net = Pair()
    net.scale = Linear(1, 1)
    assert "scale" not in net._parameters and "scale" in net._modules
    net.count = Parameter([0.0])
    assert "count" not in net._buffers and "count" in net._parameters
    del net.first
    assert not hasattr(net, "first") and [name for name, _ in net.named_children()] == ["second", "scale"]


def test_none_keeps_the_place_and_other_values_are_refused() -> None:
    net = Pair()
    net.scale = None
    assert net._parameters["scale"] is None and "scale" not in dict(net.named_parameters())
    net.scale = Parameter([1.0])
    with pytest.raises(
        ParameterError, match=r"Pair.scale: is registered as a Parameter, got Tensor; assign a Parameter"
    ):
        net.scale = Tensor([1.0])
    with pytest.raises(ParameterError, match=r"Pair.count: is registered as a Tensor, got int"):
        net.count = 3


@pytest.mark.parametrize("name", ["", "a.b", 3, "forward", "training", "plain"])
def test_a_name_that_cannot_be_a_path_or_is_taken_is_refused(name: Any) -> None:
    net = Pair()
    net.plain = "text"
    for register in (net.add_module, net.register_parameter, net.register_buffer):
        with pytest.raises(ParameterError, match=r"is no name|already has an attribute"):
            register(name, None)


def test_a_network_that_would_contain_itself_is_refused() -> None:
    inner = Identity()
    outer = Nest(Nest(inner))
    with pytest.raises(ParameterError, match=r"Identity.parent: that Nest contains this Identity"):
        inner.parent = outer
    inner.parent = [outer]
    assert len(list(outer.modules())) == 3


# -- walking -----------------------------------------------------------------------------------------------------------


def test_shared_modules_and_parameters_appear_once() -> None:
    shared = Linear(2, 2, seed=0)
    other = Linear(2, 2, seed=1)
    other.weight = shared.weight
    net = Sequential(shared, shared, other)
    assert [name for name, _ in net.named_parameters()] == ["0.weight", "0.bias", "2.bias"]
    assert [name for name, _ in net.named_modules()] == ["", "0", "2"]
    assert [name for name, _ in net.named_modules(remove_duplicate=False)] == ["", "0", "1", "2"]
    assert list(net.children()) == [shared, other]


def test_prefix_and_recurse_choose_the_paths() -> None:
    net = Pair()
    assert [name for name, _ in net.named_parameters("net", recurse=False)] == ["net.scale"]
    assert next(name for name, _ in net.named_modules("net")) == "net"
    assert [name for name, _ in net.first.named_parameters("at")] == ["at.weight", "at.bias"]


def test_a_path_finds_its_module() -> None:
    net = Sequential(Nest(Linear(1, 1)), Identity())
    assert net.get_submodule("") is net
    assert net.get_submodule("0.inner") is net[0].inner
    with pytest.raises(ParameterError, match=r"'0.outer': 0 has no part 'outer'; its parts: 'inner'\."):
        net.get_submodule("0.outer")


def test_apply_visits_parts_before_the_whole_each_once_from_left_to_right() -> None:
    a, b, c = Identity(), Identity(), Identity()
    inner = ModuleList([b, c])
    net = ModuleList([a, inner, b])
    seen: list[Module] = []
    assert net.apply(seen.append) is net
    assert seen == [a, b, c, inner, net]


def test_walks_have_no_limit_of_depth() -> None:
    net = deep()
    assert len(list(net.modules())) == DEEP + 1
    assert next(name for name, _ in net.named_parameters()).count(".") == DEEP
    assert len(net.state_dict()) == 2
    assert repr(net).count("\n") == 2 * DEEP
    net.eval()
    count: list[Module] = []
    net.apply(count.append)
    assert len(count) == DEEP + 1 and not any(module.training for module in count)
    net.reset_parameters(0)


def test_a_sequence_of_a_thousand_layers_walks_runs_and_learns() -> None:
    net = Sequential(*(Linear(1, 1, seed=n) for n in range(DEEP)))
    assert len(list(net.parameters())) == 2 * DEEP
    net(Tensor([[1.0]])).sum().backward()
    assert all(p.grad is not None for p in net.parameters())
    assert len(copy.deepcopy(net)) == DEEP


def test_a_diamond_of_shared_modules_is_walked_in_linear_time() -> None:
    module: Module = Identity()
    for _ in range(40):  # 2^40 paths
        module = ModuleList([module, module])
    assert len(list(module.modules())) == 41
    seen: list[Module] = []
    module.apply(seen.append)
    assert len(seen) == 41


# -- running -----------------------------------------------------------------------------------------------------------


def test_any_arguments_reach_forward() -> None:
    class Echo(Module):
        def forward(self, *args: Any, **kwargs: Any) -> Any:
            return args, kwargs

    echo = Echo()
    assert echo() == ((), {})
    assert echo(None) == ((None,), {})
    assert echo(1, 2, x=3) == ((1, 2), {"x": 3})
    assert echo(x=3) == ((), {"x": 3})


def test_a_module_without_forward_cannot_be_made() -> None:
    class Nothing(Module):
        pass

    with pytest.raises(TypeError, match="forward"):
        Nothing()  # type: ignore[abstract]


def test_hooks_see_and_replace_arguments_and_results_until_removed() -> None:
    layer, told = Identity(), []
    before = layer.register_forward_pre_hook(lambda module, args: (args[0] * 2,))
    after = layer.register_forward_hook(lambda module, args, y: told.append((module, args[0].item(), y.item())))
    last = layer.register_forward_hook(lambda module, args, y: y + 1)
    assert layer(Tensor(3.0)).item() == 7.0
    assert told == [(layer, 6.0, 6.0)]
    before.remove()
    before.remove()
    assert layer(Tensor(3.0)).item() == 4.0
    with after, last:
        pass
    assert layer(Tensor(3.0)).item() == 3.0 and len(told) == 2


def test_a_pre_hook_may_return_a_single_argument() -> None:
    layer = Identity()
    layer.register_forward_pre_hook(lambda module, args: args[0] + 1)
    assert layer(Tensor(3.0)).item() == 4.0


# -- errors ------------------------------------------------------------------------------------------------------------


def test_a_shape_error_names_the_path_both_shapes_and_the_remedy() -> None:
    net = Sequential(Linear(8, 8, seed=0), Identity(), Linear(16, 4, seed=0))
    with pytest.raises(ShapeError) as caught:
        net(np.zeros((32, 8)))
    assert str(caught.value) == (
        "net.2 (Linear): expected an input of shape (*, 16), got (32, 8): in_features is 16. "
        "Give in_features=8, or bring the input to it."
    )


def test_the_path_is_seen_from_the_module_that_was_called() -> None:
    inner = Nest(Linear(2, 2, seed=0))
    net = Sequential(Identity(), Nest(inner))
    for module, path in ((net, "net.1.inner.inner"), (inner, "net.inner"), (inner.inner, "net")):
        with pytest.raises(ShapeError) as caught:
            module(np.zeros((1, 3)))
        assert str(caught.value).startswith(f"{path} (Linear): expected"), str(caught.value)
        assert str(caught.value).count("(Linear)") == 1


def test_the_same_exception_goes_on_and_other_errors_are_left_alone() -> None:
    error = ShapeError("shapes")

    class Raiser(Module):
        def forward(self, what: Exception) -> None:
            raise what

    with pytest.raises(ShapeError) as caught:
        Sequential(Raiser())(error)
    assert caught.value is error and str(error) == "net.0 (Raiser): shapes"
    with pytest.raises(KeyError, match="^'other'$"):
        Sequential(Raiser())(KeyError("other"))


def test_errors_of_dtype_and_graph_name_their_layer_too() -> None:
    net = Nest(Nest(ModuleList([])))
    with pytest.raises(GraphError, match=r"^net.inner.inner \(ModuleList\): a ModuleList only keeps"):
        net(Tensor(1.0))

    with pytest.raises(DtypeError, match=r"^net.0 \(MaxPool2d\): needs floating-point numbers, got int64"):
        Sequential(MaxPool2d(2))(np.ones((1, 1, 4, 4), np.int64))


def test_a_network_with_a_name_goes_by_it() -> None:
    net = Sequential(Linear(2, 2))
    net.name = "encoder"
    with pytest.raises(ShapeError, match=r"^encoder.0 \(Linear\)"):
        net(np.zeros((1, 3)))


def test_a_module_that_is_no_part_of_its_caller_keeps_its_own_path() -> None:
    helper = Sequential(Linear(2, 2))

    class Borrower(Module):
        def forward(self, x: Any) -> Any:
            return helper(x)

    with pytest.raises(ShapeError, match=r"^net.0 \(Linear\): expected"):
        Borrower()(np.zeros((1, 3)))


# -- the whole ---------------------------------------------------------------------------------------------------------


def test_modes_reach_every_module() -> None:
    net = Sequential(Dropout(), Nest(Dropout()))
    assert net.eval() is net and not any(module.training for module in net.modules())
    assert net.train() is net and all(module.training for module in net.modules())


def test_freezing_stops_gradients_and_zero_grad_forgets_them() -> None:
    net = Pair()
    net(np.ones((1, 2), np.float32)).sum().backward()
    net.zero_grad()
    assert all(p.grad is None for p in net.parameters())
    net.requires_grad_(False)
    assert not net(np.ones((1, 2), np.float32)).requires_grad
    net.first.requires_grad_()
    assert [name for name, p in net.named_parameters() if p.requires_grad] == ["first.weight", "first.bias"]


def test_a_change_of_precision_takes_gradients_and_buffers_along_but_no_counts() -> None:
    net = Sequential(Linear(2, 2, seed=0), BatchNorm1d(2), Dropout())
    net(np.ones((3, 2), np.float32)).sum().backward()
    assert net.double() is net
    kinds = {str(t.dtype) for t in (*net.parameters(), *net.buffers())}
    assert kinds == {"float64", "int64", "uint32"}
    assert all(p.grad.dtype == np.float64 for p in net.parameters())
    assert {p.dtype for p in net.float().parameters()} == {np.dtype(np.float32)}
    with pytest.raises(DtypeError, match="to: networks compute with floating-point numbers, not int64"):
        net.to(np.int64)


def test_a_deep_copy_shares_nothing_and_keeps_ties() -> None:
    net = Sequential(Linear(2, 2, seed=0), Linear(2, 2, seed=1), BatchNorm1d(2))
    net[1].weight = net[0].weight
    net(np.ones((3, 2), np.float32)).sum().backward()
    twin = copy.deepcopy(net)
    assert twin[0].weight is twin[1].weight and twin[0].weight is twin[0]._parameters["weight"]
    for (name, a), (other, b) in zip(net.state_dict().items(), twin.state_dict().items(), strict=True):
        assert name == other
        np.testing.assert_array_equal(a, b)
    for mine, theirs in zip((*net.parameters(), *net.buffers()), (*twin.parameters(), *twin.buffers()), strict=True):
        assert not np.shares_memory(mine.data, theirs.data)
    assert all(p.grad is None and p.requires_grad for p in twin.parameters())


def test_parameters_take_their_paths_as_names_when_asked() -> None:
    net = Pair().name_parameters()
    assert [p.name for p in net.parameters()] == [name for name, _ in net.named_parameters()]


# -- seeds -------------------------------------------------------------------------------------------------------------


def _state(module: Module) -> dict[str, list[float]]:
    return {name: array.ravel().tolist() for name, array in module.state_dict().items()}


def test_a_seed_fixes_the_whole_network() -> None:
    nets = [Sequential(Linear(2, 3), Nest(Linear(3, 1)), BatchNorm1d(1), Dropout()) for _ in range(2)]
    nets[1](np.ones((2, 2), np.float32))  # moves statistics and the dropout's count
    a, b = (net.reset_parameters(7) for net in nets)
    assert a is nets[0] and _state(a) == _state(b)
    assert a[3].key.tolist() == b[3].key.tolist()
    assert _state(a) != _state(b.reset_parameters(8))


def test_each_layer_draws_from_its_own_stream_by_its_path() -> None:
    small = Sequential(Linear(2, 3), Linear(3, 3)).reset_parameters(0)
    large = Sequential(Linear(2, 3), Linear(3, 3), Linear(3, 3)).reset_parameters(0)
    changed = Sequential(Linear(5, 3), Linear(3, 3)).reset_parameters(0)
    assert _state(large) | _state(small) == _state(large)
    assert _state(changed)["1.weight"] == _state(small)["1.weight"]
    assert _state(large)["1.weight"] != _state(large)["2.weight"]


def test_reset_with_none_draws_anew() -> None:
    net = Linear(4, 4, seed=0)
    assert _state(net.reset_parameters()) != _state(Linear(4, 4, seed=0))


# -- looking -----------------------------------------------------------------------------------------------------------


def test_the_repr_is_nested_like_pytorchs() -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.body = Sequential(Linear(2, 3), Sequential(Identity()))
            self.none = ModuleList([])
            self.norm = BatchNorm1d(3)

        def forward(self, x: Any) -> Any:
            return x

        def extra_repr(self) -> str:
            return "depth=2"

    assert repr(Net()).splitlines() == [
        "Net(",
        "  depth=2",
        "  (body): Sequential(",
        "    (0): Linear(in_features=2, out_features=3, bias=True)",
        "    (1): Sequential(",
        "      (0): Identity()",
        "    )",
        "  )",
        "  (none): ModuleList()",
        "  (norm): BatchNorm1d(3, eps=1e-05, momentum=0.1, affine=True, track_running_stats=True)",
        ")",
    ]
