"""The list of kinds is closed, complete and true."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest

from pellucid.errors import ModelFileError, ParameterError
from pellucid.persistence import KINDS, register
from pellucid.persistence._kinds import _class_of, class_of, kind_of

_HOMES = sorted(set(KINDS.values()))


@pytest.mark.parametrize("home", _HOMES)
def test_every_kind_of_a_home_is_registered_by_it_and_none_else(home: str) -> None:
    spec = find_spec(home)
    if spec is None or spec.origin is None:  # a folder without its __init__.py has no origin
        pytest.skip(f"{home} is not written yet")  # becomes strict with the first line of it
    import_module(home)
    wanted = {kind for kind, place in KINDS.items() if place == home}
    missing = wanted - _class_of.keys()
    strays = [cls for kind, cls in _class_of.items() if kind in wanted and not cls.__module__.startswith(f"{home}.")]
    assert (sorted(missing), strays) == ([], [])


def test_a_kind_is_named_after_its_home() -> None:
    assert {kind: f"pellucid.{kind.split('.')[0]}" for kind in KINDS} == KINDS


def test_a_kind_outside_the_list_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"'nn.Linaer' is not a row of KINDS; add it there. Closest: 'nn.Linear'"):
        register("nn.Linaer")


def test_a_kind_belongs_to_one_class_and_a_class_to_one_kind(toys: tuple[type[Any], type[Any]]) -> None:
    knot, _ = toys
    with pytest.raises(ParameterError, match=r"'toy.Knot' is already .*Knot; .*Fussy needs its own"):
        register("toy.Knot")(toys[1])
    KINDS["toy.Rope"] = "toy"
    try:
        with pytest.raises(ParameterError, match=r"Knot is already 'toy.Knot'; a class has one kind"):
            register("toy.Rope")(knot)
    finally:
        del KINDS["toy.Rope"]


def test_a_subclass_does_not_pass_for_its_parent(toys: tuple[type[Any], type[Any]]) -> None:
    assert kind_of(toys[0]) == "toy.Knot"
    assert kind_of(type("Child", (toys[0],), {})) is None


def test_an_unknown_kind_imports_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pellucid.persistence._kinds.import_module", lambda name: pytest.fail(f"imported {name}"))
    for kind in ("os.system", "pellucid.cli", "../nn.Linear", "", "nn.Linear " * 10_000):
        with pytest.raises(ModelFileError, match="unknown kind"):
            class_of(kind)


def test_a_home_that_fails_to_import_or_to_register_is_an_error_of_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "toy.Gone", "a_package_that_is_not_there")
    monkeypatch.setitem(KINDS, "toy.Silent", "string")
    with pytest.raises(ModelFileError, match="needs a_package_that_is_not_there, which cannot be imported"):
        class_of("toy.Gone")
    with pytest.raises(ModelFileError, match="not registered by its home string"):
        class_of("toy.Silent")
