"""Losses as modules: each is its function, with PyTorch's constructor."""

from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

import pellucid
from pellucid import Tensor, nn
from pellucid.errors import ParameterError, ShapeError
from pellucid.nn import functional as F

_RNG = np.random.default_rng(0)
_X = _RNG.normal(size=(4, 3)).astype(np.float32)
_T = _RNG.normal(size=(4, 3)).astype(np.float32)
_P = _RNG.uniform(0.1, 0.9, size=(4, 3)).astype(np.float32)
_Q = _RNG.uniform(0.1, 0.9, size=(4, 3)).astype(np.float32)
_K = np.array([0, 2, 1, 2])
_W = np.array([0.5, 1.0, 2.0], dtype=np.float32)
_S = np.sign(_T)

_Row = tuple[nn.Module, tuple[Any, Any], Any]  # the module, its arguments, what it computes
_LOSSES: list[_Row] = [
    (nn.L1Loss(), (_X, _T), F.l1_loss),
    (nn.L1Loss(reduction="sum"), (_X, _T), lambda x, t: F.l1_loss(x, t, reduction="sum")),
    (nn.MSELoss(), (_X, _T), F.mse_loss),
    (nn.MSELoss(reduction="none"), (_X, _T), lambda x, t: F.mse_loss(x, t, reduction="none")),
    (nn.HuberLoss(delta=0.5), (_X, _T), lambda x, t: F.huber_loss(x, t, delta=0.5)),
    (nn.BCELoss(_W), (_P, _Q), lambda x, t: F.binary_cross_entropy(x, t, _W)),
    (
        nn.BCEWithLogitsLoss(_W, pos_weight=_W + 1, reduction="sum"),
        (_X, _Q),
        lambda x, t: F.binary_cross_entropy_with_logits(x, t, _W, pos_weight=_W + 1, reduction="sum"),
    ),
    (
        nn.KLDivLoss(reduction="batchmean", log_target=True),
        (_X, _T),
        lambda x, t: F.kl_div(x, t, reduction="batchmean", log_target=True),
    ),
    (nn.HingeLoss(reduction="none"), (_X, _S), lambda x, t: F.hinge_loss(x, t, reduction="none")),
    (
        nn.CrossEntropyLoss(_W, ignore_index=1, label_smoothing=0.1, reduction="sum"),
        (_X, _K),
        lambda x, t: F.cross_entropy(x, t, _W, ignore_index=1, label_smoothing=0.1, reduction="sum"),
    ),
    (nn.NLLLoss(_W, ignore_index=0), (_X, _K), lambda x, t: F.nll_loss(x, t, _W, ignore_index=0)),
    (
        nn.MultiMarginLoss(2, 0.5, _W, reduction="none"),
        (_X, _K),
        lambda x, t: F.multi_margin_loss(x, t, p=2, margin=0.5, weight=_W, reduction="none"),
    ),
]
_DEFAULTS = {
    "L1Loss": (_X, _T),
    "MSELoss": (_X, _T),
    "HuberLoss": (_X, _T),
    "BCELoss": (_P, _Q),
    "BCEWithLogitsLoss": (_X, _Q),
    "CrossEntropyLoss": (_X, _K),
    "NLLLoss": (_X, _K),
    "MultiMarginLoss": (_X, _K),
}


def _ids(row: _Row) -> str:
    return type(row[0]).__name__ if isinstance(row, tuple) else ""


@pytest.mark.parametrize("row", _LOSSES, ids=_ids)
def test_a_module_computes_its_function_with_its_arguments(row: _Row) -> None:
    module, (x, t), function = row
    assert module(x, t).tolist() == function(x, t).tolist()


@pytest.mark.parametrize("row", _LOSSES, ids=_ids)
def test_a_stored_module_computes_the_same(row: _Row, tmp_path: Any) -> None:
    module, (x, t), _ = row
    pellucid.save(module, tmp_path / "m.pellucid")
    loaded = pellucid.load(tmp_path / "m.pellucid")
    assert loaded(x, t).tolist() == module(x, t).tolist()
    assert repr(loaded) == repr(module)
    assert loaded.state_dict().keys() == module.state_dict().keys()


def test_weights_stand_in_a_file_under_pytorch_s_names(tmp_path: Any) -> None:
    pellucid.save(nn.Sequential(nn.BCEWithLogitsLoss(_W, pos_weight=_W + 1)), tmp_path / "m.pellucid")
    assert sorted(load_file(tmp_path / "m.pellucid")) == ["0.pos_weight", "0.weight"]


@pytest.mark.parametrize("name", _DEFAULTS)
def test_defaults_are_those_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    x, t = _DEFAULTS[name]
    theirs = getattr(torch.nn, name)()(torch.tensor(x), torch.tensor(t)).item()
    assert getattr(nn, name)()(x, t).item() == pytest.approx(theirs, rel=1e-5)


def test_the_repr_shows_the_arguments_that_are_not_the_usual_ones() -> None:
    assert repr(nn.CrossEntropyLoss()) == "CrossEntropyLoss()"
    assert repr(nn.HuberLoss(delta=2.0, reduction="sum")) == "HuberLoss(reduction='sum', delta=2.0)"
    weighted = nn.CrossEntropyLoss([1.0, 2.0], label_smoothing=0.1)
    assert repr(weighted) == "CrossEntropyLoss(weight=Tensor([1., 2.]), label_smoothing=0.1)"
    again = eval(repr(weighted), {**vars(nn), "Tensor": Tensor})  # noqa: S307  # a literal of this file
    assert repr(again) == repr(weighted)


def test_weights_are_state_and_nothing_is_learned() -> None:
    loss = nn.BCEWithLogitsLoss(_W, pos_weight=_W)
    assert sorted(loss.state_dict()) == ["pos_weight", "weight"]
    assert list(loss.parameters()) == []
    assert nn.BCEWithLogitsLoss().state_dict() == {}


def test_weights_follow_the_module_to_another_precision() -> None:
    assert nn.CrossEntropyLoss(_W).double().state_dict()["weight"].dtype == np.float64


def test_a_reduction_that_does_not_exist_is_refused_when_the_loss_is_made() -> None:
    with pytest.raises(
        ParameterError, match=r"MSELoss: reduction is 'average'; it must be one of 'mean', 'sum', 'none'"
    ):
        nn.MSELoss(reduction="average")
    with pytest.raises(ParameterError, match=r"CrossEntropyLoss: reduction is 'batchmean'"):
        nn.CrossEntropyLoss(reduction="batchmean")


def test_an_error_says_which_module_it_came_out_of() -> None:
    with pytest.raises(ShapeError, match=r"\(MSELoss\): mse_loss: input \(4, 3\) and target \(4,\)"):
        nn.MSELoss()(_X, _X[:, 0])
