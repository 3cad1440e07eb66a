"""Each module of the source has a test of its name in the mirrored place."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_SOURCE, _TESTS = _ROOT / "src" / "pellucid", _ROOT / "tests"

_TESTED_ELSEWHERE: dict[str, str] = {}  # "layer/_noun.py": by which test, and why not by one of its own


def _test_of(module: str) -> Path:
    path = Path(module)
    return _TESTS / path.parent / f"test_{path.stem.removeprefix('_')}.py"


def test_every_module_has_its_test() -> None:
    modules = {path.relative_to(_SOURCE).as_posix() for path in _SOURCE.rglob("_*.py") if path.name != "__init__.py"}
    alone = {module for module in modules if not _test_of(module).exists()}
    assert sorted(alone - _TESTED_ELSEWHERE.keys()) == []
    assert sorted(_TESTED_ELSEWHERE.keys() - alone) == []  # an exception no longer needed is deleted
