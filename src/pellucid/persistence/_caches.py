"""Where files are kept that can be made or fetched again.

Here: `cache_dir`.  Elsewhere: who keeps what there: fetched data (pellucid.datasets), machine code (pellucid.compiler).
Imports: the standard library.
"""

import os
import sys
from pathlib import Path


def cache_dir() -> Path:
    """Where fetched files are kept: $PELLUCID_CACHE, else `pellucid` in the user's cache directory.

    The latter is $XDG_CACHE_HOME where set, else ~/.cache (Linux), ~/Library/Caches (macOS), %LOCALAPPDATA% (Windows).
    Nothing is created until something is fetched.

    >>> cache_dir().is_absolute()
    True
    """
    own = os.environ.get("PELLUCID_CACHE")
    if own:
        return Path(own).expanduser()
    shared = os.environ.get("XDG_CACHE_HOME")
    if shared and Path(shared).is_absolute():  # the XDG specification: a relative value is to be ignored
        return Path(shared) / "pellucid"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "pellucid" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "pellucid"
    return Path.home() / ".cache" / "pellucid"
