"""The order of the layers is kept: a module imports its own and those to the left of it, also inside functions."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from pellucid._layers import LAYERS

_SOURCE = Path(__file__).resolve().parents[1] / "src" / "pellucid"
_BELOW_ALL = {"pellucid._layers", "pellucid._version"}  # the root's own facts, which import nothing
_IMPORTS_BY_NAME = {
    "__init__.py": "the root loads a layer when it is first touched; the name comes from LAYERS",
    "persistence/_kinds.py": "the home of a kind is imported when a file asks for it; the name comes from KINDS",
}
_MODULES = sorted(path.relative_to(_SOURCE).as_posix() for path in _SOURCE.rglob("*.py"))


def _imported(tree: ast.Module) -> Iterator[str]:
    """Every module an import statement names, wherever it stands; a relative import as it is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


def _reaches_up(source: str, home: str) -> list[str]:
    """Modules of pellucid that `source`, living in layer `home`, must not import; the bare root hides a layer."""
    seen = {f"pellucid.{layer}" for layer in LAYERS[: LAYERS.index(home) + 1]}
    wanted = (name for name in _imported(ast.parse(source)) if name.split(".")[0] in ("pellucid", ""))
    return [name for name in wanted if name not in _BELOW_ALL and ".".join(name.split(".")[:2]) not in seen]


@pytest.mark.parametrize("module", [path for path in _MODULES if "/" in path])
def test_a_module_imports_its_own_layer_and_those_before_it(module: str) -> None:
    assert _reaches_up((_SOURCE / module).read_text(encoding="utf-8"), home=module.split("/")[0]) == []


@pytest.mark.parametrize("module", _MODULES)
def test_a_module_is_imported_by_a_statement_that_can_be_read(module: str) -> None:
    tree = ast.parse((_SOURCE / module).read_text(encoding="utf-8"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    assert not names & {"import_module", "__import__"} or module in _IMPORTS_BY_NAME


def test_the_layers_are_the_packages() -> None:
    packages = {path.parent.name for path in _SOURCE.glob("*/__init__.py")}
    assert sorted(packages) == sorted(LAYERS)


def test_the_root_imports_only_its_own_facts_when_it_is_imported() -> None:
    tree = ast.parse((_SOURCE / "__init__.py").read_text(encoding="utf-8"))
    at_once = ast.Module([node for node in tree.body if not isinstance(node, ast.If)], [])  # the If is TYPE_CHECKING
    assert {name for name in _imported(at_once) if name.startswith("pellucid")} == _BELOW_ALL


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from pellucid.errors import DataError", []),
        ("from pellucid.tensor._tensor import Tensor", []),
        ("from pellucid._version import __version__", []),
        ("import numpy as np", []),
        ("from pellucid.nn import Linear", ["pellucid.nn"]),
        ("import pellucid.nn._linear", ["pellucid.nn._linear"]),
        ("def f():\n    from pellucid.cli import main", ["pellucid.cli"]),
        ("if TYPE_CHECKING:\n    from pellucid.auto import fit", ["pellucid.auto"]),
        ("import pellucid", ["pellucid"]),
        ("import pellucid as p", ["pellucid"]),
        ("from pellucid import errors", ["pellucid"]),
        ("from . import _tensor", ["."]),
        ("from ..nn import Linear", ["..nn"]),
        ("from pellucid.tensors import Tensor", ["pellucid.tensors"]),
    ],
)
def test_the_reader_of_imports_finds_what_reaches_up(source: str, found: list[str]) -> None:
    assert _reaches_up(source, home="tensor") == found


def test_of_two_layers_exactly_one_sees_the_other() -> None:
    for left, right in itertools.combinations(LAYERS, 2):
        assert _reaches_up(f"import pellucid.{left}", home=right) == []
        assert _reaches_up(f"import pellucid.{right}", home=left) == [f"pellucid.{right}"]
