"""What code within reach of a function can have read is looked at, and what it cannot is not."""

import copy
import os
import types
from collections import deque
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any
from weakref import ref

import numpy as np
import pytest

from pellucid import Tensor, compile, nn, optim
from pellucid.compiler._guards import Guards
from pellucid.compiler._reach import guards_of, reaches_users, tensors_of
from pellucid.compiler._witness import Witness

SCALE = 2.0


def hold(guards: Any) -> bool:
    return all(guard.holds() for guard in guards)


def test_tensors_are_named_by_their_paths() -> None:
    net = nn.Sequential(nn.Linear(2, 3, seed=0))
    optimizer = optim.SGD(net.parameters(), lr=0.1)

    def step() -> Any:
        return net, optimizer

    assert list(tensors_of(step, [])) == ["net.0.weight", "net.0.bias"]


def test_a_method_of_an_object_brings_what_the_object_holds() -> None:
    class Trainer:
        def __init__(self) -> None:
            self.net, self.scale = nn.Linear(1, 1, seed=0), 2.0

        def step(self) -> Any:
            return self.net.weight * self.scale

    trainer = Trainer()
    guards = guards_of(trainer.step, [])
    assert "net.weight" in tensors_of(trainer.step, []) and hold(guards)
    trainer.scale = 3.0
    assert not hold(guards)


def test_globals_defaults_and_functions_called_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    def inner() -> float:
        return SCALE

    def outer(shift: Any = (1, 2)) -> Any:
        return inner(), shift

    guards = guards_of(outer, [])
    assert hold(guards)
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    assert not hold(guards)
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    assert hold(guards)
    outer.__defaults__ = ((1, 3),)
    assert not hold(guards) or outer.__defaults__ is not guards


def test_the_rate_may_move_and_a_rule_may_not_come_or_go() -> None:
    w = Tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([w], lr=0.1)

    def fn() -> Any:
        return optimizer

    guards = guards_of(fn, [])
    optimizer.param_groups[0]["lr"] = 0.2
    assert hold(guards)
    optimizer.param_groups[0]["momentum"] = 0.9
    assert not hold(guards)


def test_data_in_lists_is_not_followed_without_end() -> None:
    data = [np.zeros(3) for _ in range(100_000)]

    def fn() -> Any:
        return data

    assert len(guards_of(fn, [])) <= 10_001
    data = [np.zeros(3) for _ in range(1000)]
    assert sum(guard.key is bytes for guard in guards_of(fn, [])) == 64


def test_classes_and_their_methods_are_followed() -> None:
    class Base:
        shift = 1.0

    class Model(Base):
        scale = 2.0

        def __call__(self) -> float:
            return self.scale * SCALE

    model = Model()

    def step() -> Any:
        return model(), Model.scale, model.shift

    for kind, name in ((Model, "scale"), (Base, "shift")):
        guards = guards_of(step, [])
        assert hold(guards) and Guards(guards).hold()
        setattr(kind, name, 5.0)
        assert not hold(guards) and not Guards(guards).hold()
    guards = guards_of(step, [])
    model.scale = 3.0  # type: ignore[misc]  # an attribute of its own hides that of the class
    assert not hold(guards)


def test_a_global_that_only_a_method_names_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Net(nn.Module):
        def forward(self, x: Any) -> Any:
            return x * SCALE

    guards = guards_of(Net(), [])
    assert hold(guards)
    monkeypatch.setitem(globals(), "SCALE", 4.0)
    assert not hold(guards)


def test_slots_are_looked_at() -> None:
    @dataclass(slots=True)
    class Settings:
        scale: float

    settings = Settings(2.0)
    guards = guards_of(lambda: settings.scale, [])
    assert hold(guards)
    settings.scale = 3.0
    assert not hold(guards)


def test_what_modules_hold_under_the_names_of_the_code_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, helper = types.ModuleType("settings_of_a_user"), types.ModuleType("helper_of_a_user")
    settings.scale = 2.0  # type: ignore[attr-defined]
    exec("FACTOR = 3.0\ndef twice(x):\n    return FACTOR * x", helper.__dict__)  # noqa: S102  # a module made here
    settings.helper = helper  # type: ignore[attr-defined]

    def step() -> Any:
        return settings.scale, settings.helper.twice(1.0)

    for module, name in ((settings, "scale"), (helper, "FACTOR"), (helper, "twice")):
        guards = guards_of(step, [])
        assert hold(guards)
        monkeypatch.setattr(module, name, 5.0)
        assert not hold(guards)
        monkeypatch.undo()


def test_parts_of_partials_and_members_of_sets_are_looked_at() -> None:
    options, chosen = {"scale": 2.0}, {1, 2}

    def inner(x: Any = 1.0, **options: Any) -> Any:
        return len(chosen), x, options

    part = partial(inner, **options)

    def step() -> Any:
        return part()

    guards = guards_of(step, [])
    assert hold(guards)
    chosen.add(3)
    assert not hold(guards)
    guards = guards_of(step, [])
    part.keywords["scale"] = 3.0
    assert not hold(guards)


def test_entries_of_small_arrays_are_looked_at() -> None:
    rates, data = np.ones(3), np.ones(10_000)
    guards = guards_of(lambda: (rates, data), [])
    assert hold(guards)
    data[0] = 5.0  # data is read by the program, and compared where it was taken over
    assert hold(guards)
    rates[1] = 2.0
    assert not hold(guards) and not Guards(guards).hold()


def test_the_environment_is_looked_at_where_the_code_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    by_index, by_call = guards_of(lambda: os.environ["HOME"], []), guards_of(lambda: os.getenv("PELLUCID_TEST"), [])
    other = guards_of(lambda: os.getpid(), [])
    monkeypatch.setenv("PELLUCID_TEST", "1")
    assert not hold(by_index) and not hold(by_call) and not Guards(by_call).hold() and hold(other)
    monkeypatch.delenv("PELLUCID_TEST")
    assert hold(by_index) and Guards(by_call).hold()


def test_deques_and_attributes_of_functions_are_looked_at() -> None:
    def step(x: Any) -> Any:
        return x * recent[0] * step.scale  # type: ignore[attr-defined]

    recent, step.scale = deque([1.0]), 2.0  # type: ignore[attr-defined]
    for change in (lambda: recent.appendleft(2.0), lambda: setattr(step, "scale", 3.0)):
        guards = guards_of(step, [])
        assert hold(guards) and Guards(guards).hold()
        change()
        assert not hold(guards) and not Guards(guards).hold()


def test_an_attribute_that_hides_a_method_of_a_layer_is_noticed() -> None:
    net = nn.Sequential(nn.Linear(2, 2, seed=0))
    guards = guards_of(net, [])
    assert Guards(guards).hold()
    net[0].forward = lambda x: x * 5
    assert not Guards(guards).hold()


# -- only what can have been read


class Learner:
    """Has a step, and much beside."""

    unit = 1.0

    def __init__(self) -> None:
        self.scale, self.epoch, self.best = 2.0, 0, None
        self.history: list[float] = []
        self.losses = np.zeros(10)

    def step(self, x: Any) -> Any:
        return x * self.scale * self.unit

    def fit(self, x: Any) -> None:
        self.history.append(self.epoch * SCALE)


def test_what_the_step_does_not_name_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = Learner()
    fast = compile(learner.step, engine="numpy")
    for i in range(5):
        learner.history.append(fast(np.ones(2))[0].item())
        learner.epoch, learner.best, learner.losses[i] = i, i * 0.5, i
        monkeypatch.setitem(globals(), "SCALE", float(i))
    assert len(fast.programs) == 1
    learner.scale = 3.0
    assert fast(np.ones(2)).tolist() == [3.0, 3.0]
    monkeypatch.setattr(Learner, "unit", 2.0)
    assert fast(np.ones(2)).tolist() == [6.0, 6.0]


def by_getattr(learner: Any) -> Any:
    return [getattr(learner, "".join(("sca", "le"))) for _ in range(1)]


def by_vars(learner: Any) -> Any:
    return vars(learner)["".join(("sca", "le"))]


def by_getter(learner: Any, get: Any = attrgetter("scale")) -> Any:
    return get(learner)


def by_weak_reference(learner: Any) -> Any:
    return NEAR[0]().scale


NEAR: list[Any] = []


@pytest.mark.parametrize("how", [by_getattr, by_vars, by_getter, by_weak_reference])
def test_what_is_read_by_a_name_made_at_run_time_is_looked_at(how: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    learner = Learner()
    monkeypatch.setitem(globals(), "NEAR", [ref(learner)])
    with Witness() as witness:
        how(learner)
    guards = Guards(guards_of(how, [learner], witness.seen()))
    assert guards.hold()
    learner.scale = 3.0
    assert not guards.hold()


def test_globals_by_text_and_entries_of_modules_by_text_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    settings, name = types.ModuleType("settings_of_a_user"), "scale"
    settings.scale = 2.0  # type: ignore[attr-defined]
    for fn in (
        lambda: globals()["SCALE"],
        lambda: getattr(settings, "scale"),  # noqa: B009  # as a user may
        lambda: getattr(settings, name),
        lambda: vars(settings)["scale"],
        lambda: settings.__dict__["scale"],
        lambda: attrgetter("scale")(settings),
    ):
        guards = Guards(guards_of(fn, []))
        assert guards.hold()
        monkeypatch.setitem(globals(), "SCALE", 5.0)
        monkeypatch.setattr(settings, "scale", 5.0)
        assert not guards.hold()
        monkeypatch.undo()


def test_a_global_that_only_an_operator_of_the_users_class_names_is_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Table:
        def __getitem__(self, i: int) -> float:
            return SCALE * i

    table = Table()
    fast = compile(lambda x: x * table[2], engine="numpy")
    assert fast(np.ones(1)).tolist() == [4.0]
    monkeypatch.setitem(globals(), "SCALE", 5.0)
    assert fast(np.ones(1)).tolist() == [10.0]


@pytest.mark.parametrize("made", [lambda: np.ones((100, 50)), lambda: np.ones((100, 50)).T, lambda: np.ones(5000)[::2]])
def test_a_large_array_that_python_read_and_that_changed_altogether_is_noticed(made: Any) -> None:
    table = made()

    def by_entries(x: Any) -> Any:
        return x * sum(table.ravel())

    def by_numpy(x: Any) -> Any:
        return x * (table * 2).sum()

    def by_one(x: Any) -> Any:
        return x * float(table.flat[3])

    for fn in (by_entries, by_numpy, by_one):
        fast = compile(fn, engine="numpy")
        table[...] = 1.0
        before = fast(np.ones(1)).item()
        assert fast(np.ones(1)).item() == before and len(fast.programs) == 1
        table *= 3
        assert fast(np.ones(1)).item() == 3 * before


def test_what_lies_deep_and_what_lies_behind_much_data_is_looked_at() -> None:
    chain = types.SimpleNamespace(scale=2.0)
    for _ in range(20):
        chain = types.SimpleNamespace(inner=chain)
    data, late = [*range(20_000)], types.SimpleNamespace(inner=types.SimpleNamespace(scale=3.0))

    def step() -> Any:
        at = chain
        while hasattr(at, "inner"):
            at = at.inner
        return at.scale, data[0], late.inner.scale

    guards = Guards(guards_of(step, []))
    assert guards.hold()
    late.inner.scale = 4.0
    assert not guards.hold()
    late.inner.scale, at = 3.0, chain
    while hasattr(at, "inner"):
        at = at.inner
    at.scale = 5.0
    assert not guards.hold()


def test_objects_that_only_look_like_ours_are_looked_at_as_others_are() -> None:
    class Groups:
        def __init__(self) -> None:
            self.param_groups: list[Any] = [{"params": [], "lr": 1.0}]
            self.scale = 2.0

    class Bar:
        def __init__(self) -> None:
            self.scale = 2.0

        def progress(self) -> float:
            return self.scale

    class Fails:
        scale = 2.0

        @property
        def param_groups(self) -> Any:
            raise ValueError("not now")

    for thing in (Groups(), Bar(), Fails()):
        guards = Guards(guards_of(lambda thing=thing: thing.scale, []))
        assert guards.hold()
        thing.scale = 3.0
        assert not guards.hold()


def test_a_method_that_hides_an_inherited_one_is_noticed_and_what_copying_leaves_in_a_class_is_no_matter() -> None:
    class Base:
        def scale(self) -> float:
            return 2.0

    class Child(Base):
        pass

    child = Child()
    guards = Guards(guards_of(lambda: child.scale(), []))
    copy.deepcopy(child)
    assert guards.hold()
    Child.scale = lambda self: 3.0  # type: ignore[method-assign]
    assert not guards.hold()


def test_attributes_that_a_class_pattern_names_are_looked_at() -> None:
    @dataclass
    class Point:
        x: float

    point = Point(1.0)

    def step() -> Any:
        match point:
            case Point(value):
                return value

    with Witness() as witness:
        step()
    guards = Guards(guards_of(step, [], witness.seen()))
    assert guards.hold()
    point.x = 2.0
    assert not guards.hold()


def test_whether_a_user_has_a_part_in_a_function_is_known() -> None:
    class Net(nn.Module):
        def forward(self, x: Any) -> Any:
            return x

    ours = nn.Sequential(nn.Linear(2, 2, seed=0), nn.ReLU())
    assert not reaches_users(ours, [np.ones(2), 1.0, None])
    assert reaches_users(lambda: ours, []) and reaches_users(ours, [Net()])
    assert reaches_users(nn.Sequential(ours, Net()), [])
    ours.register_forward_hook(lambda *_: None)
    assert reaches_users(ours, [])


def by_exception(x: Any) -> Any:
    try:
        return x * LATER  # type: ignore[name-defined]
    except NameError:
        return x


def by_dict(x: Any) -> Any:
    return x * globals()["LATER"] if "LATER" in globals() else x


def by_default(x: Any) -> Any:
    return x * globals().get("LATER", 1.0)


def of_module_by_default(x: Any) -> Any:
    return x * getattr(SETTINGS, "LATER", 1.0)


def of_module_by_question(x: Any) -> Any:
    return x * SETTINGS.LATER if hasattr(SETTINGS, "LATER") else x


def of_module_by_exception(x: Any) -> Any:
    try:
        return x * SETTINGS.LATER
    except AttributeError:
        return x


def of_python(x: Any) -> Any:
    return x * max(1.0, 1.0)


SETTINGS = types.ModuleType("settings_of_a_user")


@pytest.mark.parametrize("fn", [by_exception, by_dict, by_default])
def test_a_global_that_was_missing_and_is_defined_later_is_noticed(fn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = compile(fn, engine="numpy")
    assert [fast(np.ones(1)).item() for _ in range(3)] == [1.0] * 3 and len(fast.programs) == 1
    monkeypatch.setitem(globals(), "OTHER", 4.0)
    assert fast(np.ones(1)).item() == 1.0 and len(fast.programs) == 1
    monkeypatch.setitem(globals(), "LATER", 5.0)
    assert fast(np.ones(1)).item() == 5.0
    monkeypatch.delitem(globals(), "LATER")
    assert fast(np.ones(1)).item() == 1.0 and len(fast.programs) == 2


@pytest.mark.parametrize("fn", [of_module_by_default, of_module_by_question, of_module_by_exception])
def test_a_variable_of_a_module_that_was_missing_is_noticed(fn: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = compile(fn, engine="numpy")
    assert [fast(np.ones(1)).item() for _ in range(3)] == [1.0] * 3 and len(fast.programs) == 1
    monkeypatch.setattr(SETTINGS, "LATER", 5.0, raising=False)
    assert fast(np.ones(1)).item() == 5.0
    monkeypatch.delattr(SETTINGS, "LATER")
    assert fast(np.ones(1)).item() == 1.0 and len(fast.programs) == 2


def test_a_global_that_hides_a_function_of_pythons_own_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    fast = compile(of_python, engine="numpy")
    assert fast(np.ones(1)).item() == 1.0
    monkeypatch.setitem(globals(), "max", lambda *_: 3.0)
    assert fast(np.ones(1)).item() == 3.0


def test_a_global_that_has_the_name_of_an_attribute_is_no_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    learner = Learner()
    fast = compile(learner.step, engine="numpy")
    before = fast(np.ones(1)).item()
    monkeypatch.setitem(globals(), "scale", 7.0)
    monkeypatch.setitem(globals(), "unit", 7.0)
    assert fast(np.ones(1)).item() == before and len(fast.programs) == 1
