from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from optimizer_cases import CASES

from pellucid import Tensor, optim
from pellucid.ops import ARRAYS
from pellucid.optim._rules import AdamRatio, Decay, Momentum, Rate, Rule, begin, update
from pellucid.optim._tape import Tape

Array = np.ndarray[Any, Any]


class _Kept(Rule):
    """What is done to the state is said by a function; gives d."""

    keeps = ("a", "b")
    counts = {"n": 2.0}

    def __init__(self, act: Any) -> None:
        self.act = act

    def __call__(self, o: Any, d: Any, w: Any, s: Any, h: Any) -> Any:
        return self.act(o, d, w, s)


def _swap(o: Any, d: Any, w: Any, s: Any) -> Any:
    s["a"], s["b"] = s["b"], s["a"]
    return d


def _share(o: Any, d: Any, w: Any, s: Any) -> Any:
    s["a"] = s["b"] = d * 2.0
    return s["a"]


def _take_the_inputs(o: Any, d: Any, w: Any, s: Any) -> Any:
    s["a"], s["b"] = d, w
    return s["n"] * d


def _read_the_old_late(o: Any, d: Any, w: Any, s: Any) -> Any:
    old = s["a"]
    s["a"] = s["a"] + d
    s["b"] = s["a"] * s["b"]
    return old * s["b"] + old * w


def _constant(o: Any, d: Any, w: Any, s: Any) -> Any:
    s["a"], s["b"], s["n"] = 3.0, s["n"], 5.0
    return d


def _choose(o: Any, d: Any, w: Any, s: Any) -> Any:
    s["n"] = s["n"] * 2 + (s["step"] > 1)
    return o.where(o.less(d, s["a"]), s["n"] * d, o.absolute(w)) * (d <= 0.5)


def _nothing(o: Any, d: Any, w: Any, s: Any) -> Any:
    return d


_CHAINS: dict[str, tuple[Sequence[Rule], dict[str, Any]]] = {
    act.__name__: ([_Kept(act)], {})
    for act in (_swap, _share, _take_the_inputs, _read_the_old_late, _constant, _choose, _nothing)
}
for _name, _case in CASES.items():
    _optimizer = getattr(optim, _case.optimizer)([Tensor([1.0])], **_case.options)
    if isinstance(_optimizer, optim.RuleOptimizer):
        _group = _optimizer.param_groups[0]
        _CHAINS[_name] = _optimizer.rules(_group), _group


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("block", [1, 7, 20, 64])
@pytest.mark.parametrize("name", _CHAINS)
def test_a_tape_gives_bit_for_bit_what_the_rules_give_on_plain_arrays(name: str, block: int, dtype: type) -> None:
    rules, options = _CHAINS[name]
    counts, fills = begin(rules, options)
    tape = Tape(rules, list(fills), list(counts), options)
    rng, n = np.random.default_rng(0), 20
    w = rng.normal(size=n).astype(dtype)
    state: dict[str, Any] = {**counts, **{key: np.full(n, fill, dtype) for key, fill in fills.items()}}
    arrays, kept, numbers = w.copy(), [state[key].copy() for key in fills], dict(counts)
    scratch = [np.full(block, np.nan, dtype) for _ in range(tape.n_scratch)]
    for _ in range(4):
        g = rng.normal(size=n).astype(dtype)
        w, state = update(rules, ARRAYS, w, g, state, options)
        known = tape.numbers(numbers, options)
        tape.run([arrays, g, *kept], scratch, known)
        numbers = tape.counts(known)
        assert np.array_equal(arrays, w)
        for key, array in zip(fills, kept, strict=True):
            assert np.array_equal(array, np.broadcast_to(state[key], n)), key
        assert numbers == {key: state[key] for key in counts}


def test_the_gradient_is_never_written_to() -> None:
    rules: list[Rule] = [_Kept(_take_the_inputs), Decay(), Rate()]
    counts, fills = begin(rules, {})
    options = {"weight_decay": 0.5, "lr": 0.5}
    tape = Tape(rules, list(fills), list(counts), options)
    g = np.ones(3)
    g.flags.writeable = False
    arrays = [np.ones(3), g, np.zeros(3), np.zeros(3)]
    tape.run(arrays, [np.empty(3) for _ in range(tape.n_scratch)], tape.numbers(counts, options))
    assert arrays[0].tolist() == [1.0 - 0.5 * (2.0 + 0.5)] * 3
    assert arrays[2].tolist() == arrays[3].tolist() == [1.0] * 3


@pytest.mark.parametrize(("rules", "most"), [([Momentum(), Rate()], 1), ([AdamRatio(), Decay(), Rate()], 2)])
def test_memory_is_used_again_as_soon_as_it_is_free(rules: list[Rule], most: int) -> None:
    options = {"lr": 0.1, "momentum": 0.9, "betas": (0.9, 0.99), "eps": 1e-8, "weight_decay": 0.1}
    counts, fills = begin(rules, options)
    assert Tape(rules, list(fills), list(counts), options).n_scratch <= most


def test_numbers_are_python_floats_whatever_kind_the_options_are() -> None:
    counts, fills = begin([Rate()], {})
    tape = Tape([Rate()], list(fills), list(counts), {"lr": np.float64(0.5)})
    assert {type(x) for x in tape.numbers(counts, {"lr": np.float32(0.5)})} <= {int, float}


def test_nothing_is_run_for_no_entries() -> None:
    counts, fills = begin([Momentum(), Rate()], {})
    options = {"lr": 0.1, "momentum": 0.9}
    tape = Tape([Momentum(), Rate()], list(fills), list(counts), options)
    known = tape.numbers(counts, options)
    tape.run([np.empty(0)] * 3, [np.empty(0)] * tape.n_scratch, known)
    assert tape.counts(known) == {"step": 1}
