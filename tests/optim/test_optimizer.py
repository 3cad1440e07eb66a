import copy
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from optimizer_cases import CASES, DISTINCT, STARTS, valley

from pellucid import Tensor, load, nn, optim, save
from pellucid.errors import GraphError, ModelFileError, ParameterError, ShapeError


def fresh() -> list[Tensor]:
    return [Tensor(start.copy(), requires_grad=True) for start in STARTS]


def make(name: str, ws: Any) -> optim.Optimizer:
    return getattr(optim, CASES[name].optimizer)(ws, **CASES[name].options)  # type: ignore[no-any-return]


def descend(optimizer: optim.Optimizer, ws: Sequence[Tensor], steps: int) -> None:
    def closure() -> float:
        value, gradients = valley([w.data for w in ws])
        for w, g in zip(ws, gradients, strict=True):
            w.grad = Tensor(g)
        return value

    for _ in range(steps):
        optimizer.step(closure)


def entries(ws: Sequence[Tensor]) -> list[Any]:
    return [w.tolist() for w in ws]


def twins(ws: Sequence[Tensor]) -> list[Tensor]:
    return [Tensor(w.data.copy(), requires_grad=True) for w in ws]


# -- groups and hyperparameters --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name in DISTINCT if "LBFGS" not in name])
def test_two_groups_do_what_two_optimizers_do(name: str) -> None:
    grouped, alone = fresh(), fresh()
    lr = CASES[name].options["lr"]
    one = make(name, [{"params": grouped[:2]}, {"params": grouped[2:], "lr": lr / 2}])
    first, second = make(name, alone[:2]), make(name, alone[2:])
    second.param_groups[0]["lr"] = lr / 2
    for _ in range(5):
        for ws in (grouped, alone):
            for w, g in zip(ws, valley([w.data for w in ws])[1], strict=True):
                w.grad = Tensor(g)
        for optimizer in (one, first, second):
            optimizer.step()
    assert entries(grouped) == entries(alone)


def test_a_group_takes_what_it_does_not_say_from_the_arguments() -> None:
    a, b = Tensor([1.0]), Tensor([1.0])
    optimizer = optim.SGD([{"params": [a], "momentum": 0.5}, {"params": [b], "lr": 0.25, "note": "head"}], lr=0.125)
    first, second = optimizer.param_groups
    assert (first["lr"], first["momentum"], second["lr"], second["momentum"]) == (0.125, 0.5, 0.25, 0)
    assert second["note"] == "head"
    assert optimizer.defaults["lr"] == 0.125


def test_the_state_of_a_parameter_is_empty_before_its_first_step() -> None:
    w = Tensor([1.0], requires_grad=True)
    optimizer = optim.Adam([w])
    assert optimizer.state[w] == {}
    optimizer.step()
    assert optimizer.state[w] == {}
    assert optimizer.state_dict()["state"] == {}


def test_a_group_may_be_added_later() -> None:
    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([a], lr=0.5)
    for w in (a, b):
        w.grad = Tensor([1.0])
    optimizer.step()
    optimizer.add_param_group({"params": b, "lr": 0.25})
    optimizer.step()
    assert (a.item(), b.item()) == (0.0, 0.75)
    with pytest.raises(ParameterError, match="is there twice"):
        optimizer.add_param_group({"params": [a]})


OPTIMIZERS = [optim.SGD, optim.Adagrad, optim.RMSprop, optim.Adam, optim.AdamW, optim.NAdam, optim.RAdam, optim.LBFGS]


@pytest.mark.parametrize(
    ("kind", "option", "value"),
    [
        (kind, option, value)
        for kind in OPTIMIZERS
        for option, limit in kind.limits.items()
        for value in limit.outside()
    ],
)
def test_a_hyperparameter_outside_its_limit_is_refused_by_name(
    kind: type[optim.Optimizer], option: str, value: Any
) -> None:
    group = {"params": [Tensor([1.0])], option: value}
    with pytest.raises(ParameterError, match=f"{kind.__name__}: {option} is .*; it must be .*The default is {option}="):
        kind([group])  # type: ignore[call-arg]


@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_every_hyperparameter_has_a_limit(kind: type[optim.Optimizer]) -> None:
    assert kind.limits.keys() == kind([Tensor([1.0])]).defaults.keys()  # type: ignore[call-arg]


def test_a_negative_learning_rate_is_refused_in_words() -> None:
    with pytest.raises(ParameterError, match=r"SGD: lr is -0\.1; it must be a number >= 0\.0.* The default is lr="):
        optim.SGD([Tensor([1.0])], lr=-0.1)


# -- the step --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DISTINCT)
def test_a_closure_is_called_with_recording_on_and_its_loss_returned(name: str) -> None:
    from pellucid.tensor import no_grad

    w = Tensor(np.array([1.0, 2.0]), requires_grad=True)
    optimizer = make(name, [w])

    def closure() -> Tensor:
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    with no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 5.0
    assert w.tolist() != [1.0, 2.0]


def test_a_step_after_which_old_entries_are_needed_makes_backward_refuse() -> None:
    w = Tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    loss.backward(retain_graph=True)
    optim.SGD([w], lr=0.1).step()
    with pytest.raises(GraphError, match=r"leaf \(2,\) was changed in place after"):
        loss.backward()


def test_zero_grad_forgets_or_zeroes() -> None:
    a, b = Tensor([1.0, 2.0], requires_grad=True), Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([{"params": a}, {"params": b}], lr=0.1)
    (a * a).sum().backward()
    kept = a.grad
    optimizer.zero_grad(set_to_none=False)
    assert (a.grad.tolist(), b.grad, kept.tolist()) == ([0.0, 0.0], None, [2.0, 4.0])
    optimizer.zero_grad()
    assert a.grad is None


def test_a_network_learns() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 2)).astype(np.float32)
    y = (x[:, :1] * x[:, 1:] > 0).astype(np.float32)
    net = nn.Sequential(nn.Linear(2, 16, seed=0), nn.Tanh(), nn.Linear(16, 1, seed=1))
    optimizer, loss = optim.Adam(net.named_parameters(), lr=0.05), nn.BCEWithLogitsLoss()

    def closure() -> Tensor:
        optimizer.zero_grad()
        value: Tensor = loss(net(Tensor(x)), Tensor(y))
        value.backward()
        return value

    start = optimizer.step(closure).item()
    for _ in range(150):
        end = optimizer.step(closure).item()
    assert start > 0.5 > 0.1 > end
    assert optimizer.param_groups[0]["param_names"] == ["0.weight", "0.bias", "2.weight", "2.bias"]


# -- what it remembers -----------------------------------------------------------------------------------------------


def _by_state_dict(name: str, optimizer: optim.Optimizer, ws: list[Tensor], folder: Path) -> optim.Optimizer:
    other = make(name, ws)
    other.load_state_dict(optimizer.state_dict())
    return other


def _by_file(name: str, optimizer: optim.Optimizer, ws: list[Tensor], folder: Path) -> optim.Optimizer:
    save({"optimizer": optimizer}, folder / "optimizer.pellucid")
    other: optim.Optimizer = load(folder / "optimizer.pellucid")["optimizer"]
    return other.attach(ws)


def _by_stored_state_dict(name: str, optimizer: optim.Optimizer, ws: list[Tensor], folder: Path) -> optim.Optimizer:
    save(optimizer.state_dict(), folder / "state.pellucid")
    other = make(name, ws)
    other.load_state_dict(load(folder / "state.pellucid"))
    return other


@pytest.mark.parametrize("way", [_by_state_dict, _by_file, _by_stored_state_dict])
@pytest.mark.parametrize("name", DISTINCT)
def test_going_on_from_what_was_stored_gives_the_same_bits(
    name: str, way: Callable[..., optim.Optimizer], tmp_path: Path
) -> None:
    ws = fresh()
    optimizer = make(name, ws)
    descend(optimizer, ws, 3)
    resumed = twins(ws)
    other = way(name, optimizer, resumed, tmp_path)
    for pair in ((optimizer, ws), (other, resumed)):
        descend(*pair, 3)
    assert entries(resumed) == entries(ws)
    assert repr(other) == repr(optimizer)
    assert _plain(other.state_dict()) == _plain(optimizer.state_dict())


def _plain(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(value) for value in tree]
    return tree.tolist() if isinstance(tree, np.ndarray) else tree


@pytest.mark.parametrize("name", DISTINCT)
def test_a_state_dict_is_a_copy(name: str) -> None:
    ws = fresh()
    optimizer = make(name, ws)
    descend(optimizer, ws, 2)
    saved = optimizer.state_dict()
    before = copy.deepcopy(saved)
    descend(optimizer, ws, 2)
    assert _plain(saved) == _plain(before)
    other = make(name, twins(ws))
    other.load_state_dict(saved)
    descend(other, other.param_groups[0]["params"], 2)
    assert _plain(saved) == _plain(before)


@pytest.mark.parametrize("name", DISTINCT)
def test_a_deep_copy_together_with_its_parameters_goes_its_own_way(name: str) -> None:
    ws = fresh()
    optimizer = make(name, ws)
    descend(optimizer, ws, 2)
    other, copies = copy.deepcopy((optimizer, ws))
    descend(optimizer, ws, 2)
    before = entries(ws)
    descend(other, copies, 2)
    assert entries(copies) == entries(ws) == before


@pytest.mark.parametrize("name", DISTINCT)
def test_pytorchs_state_dict_is_taken_over(name: str) -> None:
    torch = pytest.importorskip("torch")
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # in which PyTorch counts
    try:
        ws = [torch.tensor(start, requires_grad=True) for start in STARTS]
        foreign = getattr(torch.optim, CASES[name].optimizer)(ws, **CASES[name].options)

        def closure() -> float:
            value, gradients = valley([w.detach().numpy() for w in ws])
            for w, g in zip(ws, gradients, strict=True):
                w.grad = torch.tensor(g)
            return value

        for _ in range(3):
            foreign.step(closure)
        own = [Tensor(w.detach().numpy().copy(), requires_grad=True) for w in ws]
        optimizer = make(name, own)
        optimizer.load_state_dict(foreign.state_dict())
        for _ in range(3):
            foreign.step(closure)
    finally:
        torch.set_default_dtype(usual)
    descend(optimizer, own, 3)
    for w, theirs in zip(own, ws, strict=True):
        np.testing.assert_allclose(w.data, theirs.detach().numpy(), rtol=1e-10, atol=1e-10)


def test_hyperparameters_come_with_the_state_dict() -> None:
    source = optim.SGD([Tensor([1.0])], lr=0.25, momentum=0.5)
    source.param_groups[0]["initial_lr"] = 0.5
    target = optim.SGD([Tensor([2.0])], lr=0.125)
    target.load_state_dict(source.state_dict())
    group = target.param_groups[0]
    assert (group["lr"], group["momentum"], group["initial_lr"]) == (0.25, 0.5, 0.5)
    assert group["params"][0].item() == 2.0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda s: s["param_groups"][0]["params"].pop(), ParameterError, r"given 1 parameter, and has 2 parameters"),
        (
            lambda s: s["param_groups"].append({"params": []}),
            ParameterError,
            r"given 2 groups of 2 parameters, 0 param",
        ),
        (lambda s: s["param_groups"][0].update(lr=-1.0), ParameterError, r"lr is -1\.0; it must be"),
        (lambda s: s["state"][1].update(exp_avg=np.zeros(3)), ShapeError, r"exp_avg has shape \(3,\), its parameter"),
    ],
)
def test_a_state_dict_that_does_not_fit_is_refused_and_changes_nothing(
    change: Callable[[Any], Any], error: type[Exception], message: str
) -> None:
    ws = [Tensor([1.0, 2.0], requires_grad=True), Tensor([[3.0]], requires_grad=True)]
    optimizer = optim.Adam(ws, lr=0.5)
    for w in ws:
        w.grad = Tensor(np.ones(w.shape, np.float32))
    optimizer.step()
    before, spoilt = optimizer.state_dict(), optimizer.state_dict()
    change(spoilt)
    with pytest.raises(error, match=message):
        optimizer.load_state_dict(spoilt)
    assert _plain(optimizer.state_dict()) == _plain(before)


def test_one_that_was_loaded_refuses_to_step_until_it_has_parameters(tmp_path: Path) -> None:
    save(optim.Adam([Tensor([1.0, 2.0])], lr=0.5), tmp_path / "adam.pellucid")
    optimizer = load(tmp_path / "adam.pellucid")
    assert repr(optimizer) == "Adam(1 parameter, lr=0.5)"
    with pytest.raises(GraphError, match=r"Adam\.step: it was read from a file .* call attach\(net\.parameters\(\)\)"):
        optimizer.step()
    with pytest.raises(ShapeError, match=r"parameter 0 has shape \(3,\), the one it stands for \(2,\)"):
        optimizer.attach([Tensor([1.0, 2.0, 3.0])])
    with pytest.raises(ParameterError, match=r"Adam\.attach: it was given 2 parameters, and has 1 parameter"):
        optimizer.attach([Tensor([1.0, 2.0]), Tensor([1.0])])
    with pytest.raises(GraphError, match="does not know its parameters yet"):
        optimizer.step()
    assert optimizer.attach([Tensor([1.0, 2.0])]) is optimizer
    optimizer.step()


def test_groups_are_stored_with_their_options(tmp_path: Path) -> None:
    a, b = Tensor([1.0], requires_grad=True), Tensor([1.0, 2.0], requires_grad=True)
    optimizer = optim.RMSprop([{"params": a}, {"params": b, "lr": 0.25, "centered": True}], lr=0.5)
    save(optimizer, tmp_path / "rms.pellucid")
    loaded = load(tmp_path / "rms.pellucid")
    assert [(g["lr"], g["centered"], len(g["params"])) for g in loaded.param_groups] == [
        (0.5, False, 1),
        (0.25, True, 1),
    ]
    assert loaded.defaults["lr"] == 0.5
    loaded.attach([{"params": a}, {"params": b}])
    assert [p is q for p, q in zip(loaded.param_groups[1]["params"], [b], strict=True)] == [True]


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r["groups"][0]["options"].update(lr=-1.0),
        lambda r: r["groups"][0].update(params=[0, 7]),
        lambda r: r.update(shapes=[(2,)]),
        lambda r: r.update(shapes=[(-1,), (1,)]),
        lambda r: r.update(dtypes=[np.dtype(np.int64)] * 2),
        lambda r: r["state"][0].update(exp_avg=np.zeros(3)),
        lambda r: r["defaults"].update(speed=3),
        lambda r: r.pop("groups"),
    ],
)
def test_a_file_that_describes_no_optimizer_is_refused(
    change: Callable[[Any], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = [Tensor([1.0, 2.0], requires_grad=True), Tensor([3.0], requires_grad=True)]
    optimizer = optim.Adam(ws)
    for w in ws:
        w.grad = Tensor(np.ones(w.shape, np.float32))
    optimizer.step()
    record = optimizer.to_record()
    change(record)
    monkeypatch.setattr(optim.Optimizer, "to_record", lambda self: record)
    save(optimizer, tmp_path / "bad.pellucid")
    with pytest.raises(ModelFileError, match=r"bad\.pellucid: .*'optim\.Adam' at the top level"):
        load(tmp_path / "bad.pellucid")


def test_a_huge_shape_in_a_file_takes_no_memory() -> None:
    record = optim.SGD([Tensor([1.0])]).to_record()
    record["shapes"] = [(2**40,)]
    loaded = optim.SGD.from_record(record)
    assert loaded.param_groups[0]["params"][0].shape == (2**40,)
    assert loaded.param_groups[0]["params"][0].data.strides == (0,)


def test_it_is_shown_with_what_differs_from_the_defaults() -> None:
    a, b = Tensor([1.0]), Tensor([2.0])
    assert repr(optim.Adam([a, b])) == "Adam(2 parameters)"
    assert repr(optim.SGD([a], lr=0.5, nesterov=True, momentum=0.9)) == (
        "SGD(1 parameter, lr=0.5, momentum=0.9, nesterov=True)"
    )
    assert repr(optim.SGD([{"params": a}, {"params": b, "lr": 0.5}], lr=0.25)) == (
        "SGD([1 parameter, lr=0.25; 1 parameter, lr=0.5])"
    )


def test_a_rule_of_ones_own_makes_an_optimizer() -> None:
    class Sign(optim.Rule):
        """gives sign(d)."""

        def __call__(self, o: Any, d: Any, w: Any, s: Any, h: Any) -> Any:
            return h["lr"] * o.sign(d)

    class SignDescent(optim.RuleOptimizer):
        def __init__(self, params: Any, lr: float = 0.25) -> None:
            super().__init__(params, {"lr": lr})

        def rules(self, group: Any) -> tuple[optim.Rule, ...]:
            return (Sign(),)

    w = Tensor([1.0, 2.0, 3.0], requires_grad=True)
    optimizer = SignDescent([w])
    w.grad = Tensor([5.0, -0.1, 0.0])
    optimizer.step()
    assert w.tolist() == [0.75, 2.25, 3.0]
    assert optimizer.state[w] == {"step": 1}
