"""The command line: `pellucid fit` and `pellucid predict`.

Here: `main`, which the script `pellucid` calls.
Elsewhere: what the commands do is pellucid.auto's and pellucid.persistence's.
Imports: the standard library; Typer, Rich, NumPy and the layers to the left inside the functions that use them.

    stdout   the result, or with --json the record of the run; with `predict`, the CSV, unless -o names a file
    stderr   what is going on, unless --quiet; every failure as one paragraph that begins "pellucid: "
    exit     0 done; 1 failed; 2 asked wrongly (an option, a file, a column that is not there); 130 Ctrl-C
"""

from pellucid.cli._main import main

__all__ = ["main"]
