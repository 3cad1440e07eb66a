"""Laws of containers."""

from collections import OrderedDict
from typing import Any

import numpy as np
import pytest

import pellucid
from pellucid import Tensor
from pellucid.errors import GraphError, ModelFileError, ParameterError
from pellucid.nn import Dropout, Flatten, Identity, Linear, Module, ModuleDict, ModuleList, ReLU, Sequential


def three() -> list[Module]:
    return [Linear(2, 3, seed=0), Identity(), Linear(3, 1, seed=1)]


def test_a_sequence_runs_its_parts_in_order_and_an_empty_one_nothing() -> None:
    a, b, c = three()
    x = np.ones((4, 2), np.float32)
    np.testing.assert_array_equal(Sequential(a, b, c)(x).numpy(), c(a(x)).numpy())
    assert Sequential()(x) is x


def test_a_mapping_gives_names() -> None:
    net = Sequential(OrderedDict(hidden=Linear(2, 3), out=Linear(3, 1)))
    assert list(net.state_dict()) == ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
    assert net.hidden is net[0]
    net.append(Identity())
    assert [name for name, _ in net.named_children()] == ["hidden", "out", "2"]
    del net[0]
    assert [name for name, _ in net.named_children()] == ["out", "2"]


@pytest.mark.parametrize("kind", [Sequential, ModuleList])
def test_a_container_behaves_like_a_list(kind: Any) -> None:
    parts = three()
    net = kind(*parts) if kind is Sequential else kind(parts)
    new, last = Identity(), Identity()
    assert len(net) == 3 and list(net) == parts and net[-1] is parts[2] and parts[1] in net
    assert net.append(last) is net and net.insert(1, new) is net
    assert list(net) == [parts[0], new, *parts[1:], last]
    net[0] = last
    del net[1]
    assert list(net) == [last, *parts[1:], last] and new not in net
    assert list(net._modules) == ["0", "1", "2", "3"]
    net.extend(three())
    assert len(net) == 7 and net.get_submodule("6") is net[6]
    del net[2:]
    assert list(net) == [last, parts[1]]


def test_a_slice_holds_the_same_modules_and_a_sequence_keeps_their_names() -> None:
    parts = three()
    for kind, names in ((Sequential(*parts), ["1", "2"]), (ModuleList(parts), ["0", "1"])):
        part = kind[1:]
        assert type(part) is type(kind) and list(part) == parts[1:] and list(part._modules) == names


def test_a_shared_part_runs_each_time() -> None:
    class AddOne(Module):
        def forward(self, x: Any) -> Any:
            return x + 1

    one = AddOne()
    assert Sequential(one, one, one)(Tensor(0.0)).item() == 3.0


@pytest.mark.parametrize("index", [3, -4])
def test_a_number_without_part_is_an_index_error(index: int) -> None:
    net = ModuleList(three())
    for use in (lambda: net[index], lambda: net.__setitem__(index, Identity()), lambda: net.__delitem__(index)):
        with pytest.raises(IndexError, match=rf"ModuleList: no part has the number {index}; there are 3\."):
            use()


def test_what_is_no_module_is_refused_with_a_hint_at_the_missing_call() -> None:
    with pytest.raises(ParameterError, match=r"Sequential: holds Modules, got .*ReLU.* Write its call: ReLU\(\)"):
        Sequential(Linear(2, 2), ReLU)  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"Unpack it: Sequential\(\*modules\)\."):
        Sequential([Linear(2, 2)])  # type: ignore[arg-type]
    with pytest.raises(ParameterError, match=r"ModuleList: holds Modules, got 3\.$"):
        ModuleList([3])  # type: ignore[list-item]
    with pytest.raises(ParameterError, match="ModuleDict: holds Modules"):
        ModuleDict({"a": None})  # type: ignore[dict-item]


def test_a_dict_of_modules_behaves_like_a_dict() -> None:
    net = ModuleDict({"a": Identity(), "b": Linear(1, 1)})
    assert list(net) == list(net.keys()) == ["a", "b"] and len(net) == 2 and "a" in net and "c" not in net
    assert [*net.values()] == [net["a"], net["b"]] and dict(net.items())["b"] is net.b
    b = net.pop("b")
    net.update({"c": b})
    assert list(net.state_dict()) == ["c.weight", "c.bias"]
    del net["c"]
    with pytest.raises(KeyError, match="there is no 'c'"):
        net["c"]
    with pytest.raises(ParameterError, match="already has an attribute 'keys'"):
        net["keys"] = Identity()


def test_a_list_and_a_dict_cannot_be_run() -> None:
    for module in (ModuleList(three()), ModuleDict()):
        with pytest.raises(GraphError, match="only keeps modules"):
            module(1)


def test_a_tree_of_containers_is_saved_and_comes_back_with_its_ties(tmp_path: Any) -> None:
    net = Sequential(
        OrderedDict(
            body=Sequential(Flatten(), *three()),
            heads=ModuleDict({"a": Linear(1, 2, seed=3), "arguments": ModuleList([Dropout(0.3, seed=1)])}),
        )
    )
    net.heads.a.weight = Linear(1, 2).weight
    net.body.append(Linear(2, 3, seed=9))
    net.body[-1].weight = net.body[1].weight
    net.body[1].requires_grad_(False)
    net.body.eval()
    pellucid.save(net, tmp_path / "net.pellucid")
    again = pellucid.load(tmp_path / "net.pellucid")
    assert repr(again) == repr(net)
    assert [m.training for m in again.modules()] == [m.training for m in net.modules()]
    assert again.body[-1].weight is again.body[1].weight
    trained = [name for name, p in net.named_parameters() if p.requires_grad]
    assert [name for name, p in again.named_parameters() if p.requires_grad] == trained
    for (name, a), (other, b) in zip(net.state_dict().items(), again.state_dict().items(), strict=True):
        assert name == other
        np.testing.assert_array_equal(a, b)
    assert again.heads.arguments[0].key.tolist() == net.heads.arguments[0].key.tolist()


def test_the_arrays_of_a_saved_network_stand_under_pytorchs_names(tmp_path: Any) -> None:
    from safetensors.numpy import load_file

    net = Sequential(Linear(2, 3, seed=0), ModuleDict({"norm": Linear(3, 1, seed=0)}))
    pellucid.save(net, tmp_path / "net.pellucid")
    stored = load_file(tmp_path / "net.pellucid")
    assert stored.keys() == net.state_dict().keys()
    for name, array in net.state_dict().items():
        np.testing.assert_array_equal(stored[name], array)


def test_a_network_with_a_class_of_the_users_tells_to_save_its_state(tmp_path: Any) -> None:
    class Mine(Module):
        def forward(self, x: Any) -> Any:
            return x

    with pytest.raises(ModelFileError, match=r"Mine, which no model file can name.*state_dict\(\)"):
        pellucid.save(Sequential(Mine()), tmp_path / "net.pellucid")
    assert not list(tmp_path.iterdir())
