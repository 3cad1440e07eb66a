"""What is public has one home, stands in a sorted list, and shows an example; a module says what it holds."""

import ast
import inspect
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from pellucid._layers import LAYERS

_SOURCE = Path(__file__).resolve().parents[1] / "src" / "pellucid"
_PACKAGES = sorted(".".join(path.parent.relative_to(_SOURCE.parent).parts) for path in _SOURCE.rglob("__init__.py"))
_MODULES = sorted(path.relative_to(_SOURCE).as_posix() for path in _SOURCE.rglob("*.py"))

_NETWORK = "its example would open a connection"
_WITHOUT_EXAMPLE: dict[str, str] = {  # "pellucid.layer.Name": why an example that runs would not help a reader
    "pellucid.datasets.fetch_adult": _NETWORK,
    "pellucid.datasets.fetch_fashion_mnist": _NETWORK,
    "pellucid.datasets.fetch_file": _NETWORK,
    "pellucid.datasets.fetch_mnist": _NETWORK,
    "pellucid.datasets.fetch_titanic": _NETWORK,
    "pellucid.ops.Ops": "a protocol: ARRAYS is an instance, and Primitive's example uses it",
}


def _public(package: ModuleType) -> dict[str, object]:
    return {name: getattr(package, name) for name in package.__all__}


@pytest.mark.parametrize("name", _PACKAGES)
def test_the_public_list_is_sorted_and_true(name: str) -> None:
    package = import_module(name)
    assert list(package.__all__) == sorted(package.__all__, key=str.casefold)
    assert len(package.__all__) == len(set(package.__all__))
    assert [missing for missing in package.__all__ if not hasattr(package, missing)] == []


@pytest.mark.parametrize("name", _PACKAGES)
def test_a_package_offers_nothing_that_is_not_in_its_list(name: str) -> None:
    package = import_module(name)
    offered = {other for other in dir(package) if not other.startswith("_")}
    inner = {path.stem for path in Path(str(package.__file__)).parent.iterdir()}  # sub-packages and modules
    assert sorted(offered - {*package.__all__, *inner, *(LAYERS if name == "pellucid" else ())}) == []


def test_each_public_object_has_one_home() -> None:
    homes: dict[int, list[str]] = defaultdict(list)
    for name in _PACKAGES:
        for public, value in _public(import_module(name)).items():
            homes[id(value)].append(f"{name}.{public}")
    assert [paths for paths in homes.values() if len(paths) > 1] == []


@pytest.mark.parametrize("name", _PACKAGES)
def test_every_public_function_and_class_has_a_docstring_with_an_example(name: str) -> None:
    bare = set()
    for public, value in _public(import_module(name)).items():
        if inspect.isclass(value) and issubclass(value, BaseException):
            continue  # shown where it is raised
        if (inspect.isroutine(value) or inspect.isclass(value)) and ">>>" not in (value.__doc__ or ""):
            bare.add(f"{name}.{public}")
    excused = {path for path in _WITHOUT_EXAMPLE if path.rpartition(".")[0] == name}
    assert sorted(bare - excused) == []
    assert sorted(excused - bare) == []  # an exception no longer needed is deleted


@pytest.mark.parametrize("module", _MODULES)
def test_a_module_says_first_what_it_holds_and_what_it_imports(module: str) -> None:
    head = ast.get_docstring(ast.parse((_SOURCE / module).read_text(encoding="utf-8"))) or ""
    assert [part for part in ("Here:", "Imports:") if part not in head] == []


@pytest.mark.parametrize("module", _MODULES)
def test_a_module_is_private_and_named_for_a_subject(module: str) -> None:
    stem = Path(module).stem
    assert stem.startswith("_")
    assert stem.strip("_") not in {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
