"""An optimizer's step while its function is traced: the same rules, written down instead of run.

Here: `write_update`.  Elsewhere: the rules are in _rules.py, the eager step in _walk.py.
Imports: pellucid.errors, pellucid.ops, pellucid.tensor, pellucid.optim.

Moments, counts of steps, and the numbers among the hyperparameters become inputs of the program; so a schedule may
change the learning rate between two runs.
"""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from typing import Any, final

from pellucid.ops._memory import empty_on_line
from pellucid.optim._rules import Rule, begin, update
from pellucid.tensor._symbol import SYMBOLS, Tracer
from pellucid.tensor._tensor import Tensor


def write_update(
    writer: Tracer, rules: Sequence[Rule], group: dict[str, Any], state: MutableMapping[Tensor, dict[str, Any]]
) -> None:
    """Write down one step for every parameter of the group that has a gradient."""
    options = Options(group, writer)
    for p in group["params"]:
        if p.grad is None:
            continue
        memory, kept = writer.capture(p), state[p]
        numbers, fills = begin(rules, group)
        for name, fill in fills.items():
            if name not in kept:
                kept[name] = empty_on_line(memory.shape, memory.dtype)
                kept[name].fill(fill)
        for name, number in numbers.items():
            kept.setdefault(name, number)
        entries = {name: writer.entry(name, kept, name) for name in (*numbers, *fills)}
        current = {name: entry.copy() for name, entry in entries.items()}
        w, new = update(rules, SYMBOLS, memory.copy(), writer.capture(p.grad), current, options)
        memory[...] = w
        for name, entry in entries.items():
            entry[...] = new[name]
        writer.use_up(p)


@final
class Options(Mapping[str, Any]):
    """The hyperparameters of a group with an input of the program for each number in them."""

    def __init__(self, group: dict[str, Any], writer: Tracer) -> None:
        self._group, self._writer = group, writer

    def __getitem__(self, name: str) -> Any:
        value = self._group[name]
        if isinstance(value, (tuple, list)):
            return tuple(self._writer.entry(f"{name}_{i}", self._group, name, i) for i in range(len(value)))
        if value is None or isinstance(value, (bool, str)):
            return value
        return self._writer.entry(name, self._group, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._group)

    def __len__(self) -> int:
        return len(self._group)
