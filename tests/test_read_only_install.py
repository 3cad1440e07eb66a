"""Where the folders of the package cannot be written, machine code is kept in the user's cache, if that can be."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import pellucid

_USE = """
import json, sys
import numpy as np
import pellucid
from pellucid.linear_model import Lasso

x = np.random.default_rng(0).normal(size=(60, 4))
error = float(np.abs(Lasso(alpha=0.01).fit(x, x[:, 0]).predict(x) - x[:, 0]).max())

step = pellucid.compile(lambda a: (a * a).sum())
step(pellucid.Tensor(np.ones(3, np.float32)))

kernels = [
    kernel
    for name, module in list(sys.modules.items())
    if name.startswith("pellucid.") and name.endswith("_kernels")
    for kernel in vars(module).values()
    if hasattr(kernel, "stats") and kernel.__module__ == name
]
print(json.dumps({
    "from": pellucid.__file__,
    "error": error,
    "folders": list({kernel.stats.cache_path for kernel in kernels}),
    "made": sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels),
    "loaded": sum(sum(kernel.stats.cache_hits.values()) for kernel in kernels),
}))
"""


def _installed(site: Path) -> None:
    """The package at `site`, in folders where no cache can be made.

    Permissions do not bind the superuser, so that a file stands where Python and Numba would make their folder, too.
    """
    source = Path(pellucid.__file__).parent
    shutil.copytree(source, site / "pellucid", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [path for path in (site / "pellucid", *(site / "pellucid").rglob("*")) if path.is_dir()]:
        (folder / "__pycache__").write_bytes(b"")
        folder.chmod(0o555)


def _used(site: Path, home: Path) -> dict:
    """What a new process of a user with that home directory tells; warnings are errors in it, and so are words."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "PELLUCID_"))}
    places = {"HOME": home, "XDG_CACHE_HOME": home / "cache", "LOCALAPPDATA": home / "cache", "PYTHONPATH": site}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _USE],
        env={**kept, **{name: str(place) for name, place in places.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells the user's cache directory by no variable")
def test_code_is_kept_in_the_users_cache_directory_and_loaded_by_later_processes(tmp_path: Path) -> None:
    site, home = tmp_path / "site", tmp_path / "home"
    _installed(site)
    home.mkdir()
    before = sorted(site.rglob("*"))
    first = _used(site, home)
    assert Path(first["from"]).is_relative_to(site) and first["error"] < 0.1
    assert first["made"] > 0 and first["loaded"] == 0
    assert first["folders"] and all(Path(folder).is_relative_to(home) for folder in first["folders"])
    files = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.suffix in (".nbi", ".nbc", ".code")}
    assert {path.suffix for path in files} == {".nbi", ".nbc", ".code"}
    later = _used(site, home)
    assert later["made"] == 0 and later["loaded"] > 0  # code of those that call them holds that of the others
    now = {path: path.stat().st_mtime_ns for path in home.rglob("*") if path.suffix in (".nbi", ".nbc", ".code")}
    assert now == files  # neither Numba's code nor that of compiled functions was made again
    assert sorted(site.rglob("*")) == before


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows tells the user's cache directory by no variable")
def test_where_nothing_can_be_kept_code_is_made_in_each_process(tmp_path: Path) -> None:
    site, home = tmp_path / "site", tmp_path / "home"
    _installed(site)
    home.write_bytes(b"")  # a file: no folder can be made in it
    told = _used(site, home)
    assert Path(told["from"]).is_relative_to(site) and told["error"] < 0.1
    assert told["folders"] == [None] and told["loaded"] == 0
