"""A chain of rules as a list of NumPy calls that write into memory given in advance.

Here: `Tape`: it runs the rules once on symbols, and repeats what they computed, block by block, without allocating.
The entries are bit for bit those of `update` on plain arrays; a test holds it to that.
Elsewhere: the rules are in _rules.py, the symbols in _lanes.py, the arrays and blocks in _walk.py.
Imports: numpy, pellucid.ops.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, final

from pellucid.ops._primitive import Array
from pellucid.optim._lanes import Call, Lane, LaneOptions, Recorder
from pellucid.optim._rules import Rule, update


@final
class Tape:
    """One update by a chain of rules, ready to be repeated.

    rules: the chain.  keeps, counts: names of the arrays and of the numbers in its state.  options: hyperparameters; it
    is noted which numbers among them the rules read, their values are taken anew each time.

    Arrays lie in registers: 0 the parameter, 1 its gradient, then those of `keeps`, then `n_scratch` of scratch.
    What can be computed of numbers alone is computed first, once a step, with Python's own arithmetic.
    """

    def __init__(
        self, rules: Sequence[Rule], keeps: Sequence[str], counts: Sequence[str], options: Mapping[str, Any]
    ) -> None:
        # what the rules compute
        recorder = Recorder()
        lanes, given = LaneOptions(options, recorder), [Lane(recorder, wide=True) for _ in range(2 + len(keeps))]
        numbers = {name: Lane(recorder, wide=False) for name in counts}
        w, g, *kept = given
        new_w, new = update(rules, recorder, w, g, {**dict(zip(keeps, kept, strict=True)), **numbers}, lanes)

        # where arrays lie
        goals = _goals(recorder, given, {0: new_w} | {2 + i: new[name] for i, name in enumerate(keeps)})
        register = _registers(recorder.on_arrays, given, goals)
        moves = [Call("positive", (x,), {}, given[at]) for at, x in goals.items() if register[x] != at]
        arrays = max(register.values()) + 1
        self.n_scratch = arrays - len(given)

        # where numbers lie: known ones, then computed ones, behind the arrays
        after = {name: recorder.lane(new[name]) for name in counts}
        computed = [call.out for call in recorder.on_numbers]
        place = {x: i for i, x in enumerate([*numbers.values(), *lanes.asked.values(), *recorder.constants, *computed])}
        register |= {x: arrays + i for x, i in place.items()}

        self._counts, self._asked, self._constants = list(counts), list(lanes.asked), list(recorder.constants.values())
        self._after = {name: place[x] for name, x in after.items()}
        self._on_numbers = [_result(c.on_numbers(), [place[x] for x in c.operands]) for c in recorder.on_numbers]
        self._on_arrays = [
            _deed(c.on_arrays(), [register[x] for x in c.operands], register[c.out])
            for c in (*recorder.on_arrays, *moves)
        ]

    def numbers(self, counts: Mapping[str, Any], options: Mapping[str, Any]) -> list[Any]:
        """Every number of this step, from the numbers of the state before it and the hyperparameters."""
        asked = [float(options[name] if i is None else options[name][i]) for name, i in self._asked]
        known = [*(counts[name] for name in self._counts), *asked, *self._constants]
        for result in self._on_numbers:
            known.append(result(known))
        return known

    def counts(self, numbers: Sequence[Any]) -> dict[str, Any]:
        """The numbers of the state after the step."""
        return {name: numbers[i] for name, i in self._after.items()}

    def run(self, arrays: Sequence[Array], scratch: Sequence[Array], numbers: Sequence[Any]) -> None:
        """Renew the parameter and the kept arrays in place.

        arrays: parameter, gradient and the arrays of `keeps`, (n,) each; scratch: `n_scratch` more, (m,) each.
        With m < n the arrays are walked in blocks of m entries.
        """
        n, m = arrays[0].size, scratch[0].size if scratch else arrays[0].size
        for lo in range(0, n, max(m, 1)):
            block = arrays if m >= n else [x[lo : lo + m] for x in arrays]
            spare = scratch if lo + m <= n else [x[: n - lo] for x in scratch]
            registers = [*block, *spare, *numbers]
            for act in self._on_arrays:
                act(registers)


def _goals(recorder: Recorder, given: Sequence[Lane], wanted: Mapping[int, Any]) -> dict[int, Lane]:
    """The lane each register must hold in the end: all different, and none of them the input of another register."""
    goals: dict[int, Lane] = {}
    for at, x in wanted.items():
        lane = recorder.lane(x)
        foreign = lane in given and lane is not given[at]
        goals[at] = recorder.copy(lane) if foreign or not lane.wide or lane in goals.values() else lane
    return goals


def _registers(calls: Sequence[Call], given: Sequence[Lane], goals: Mapping[int, Lane]) -> dict[Lane, int]:
    """A register for each array, in which nothing lies that is still to be read.

    A result that ends in a register of the state goes there at once, if the old entries are done with; so does what it
    is made from last.  Everything else goes to scratch, the lowest that is free.
    """
    last = {x: i for i, call in enumerate(calls) for x in call.operands}
    home = {lane: at for at, lane in goals.items()}
    lent = {
        x: home[call.out] for i, call in enumerate(calls) if call.out in home for x in call.operands if last[x] == i
    }
    wanted = lent | home
    register = {lane: at for at, lane in enumerate(given)}
    holder: dict[int, Lane] = dict(enumerate(given))

    def is_free(at: int, now: int) -> bool:
        """Whether nothing reads what lies there after call number `now`, and it is no goal."""
        return at not in holder or (last.get(holder[at], -1) <= now and holder[at] not in home)

    for i, call in enumerate(calls):
        choices = [wanted[call.out]] if call.out in wanted else []
        at = next(at for at in (*choices, *range(len(given), len(holder) + 1)) if is_free(at, i))  # or one more
        register[call.out], holder[at] = at, call.out
    return register


def _result(function: Callable[..., Any], at: Sequence[int]) -> Callable[[Sequence[Any]], Any]:
    """A function of all values that applies this one to those at these places."""
    if len(at) == 2:
        a, b = at
        return lambda values: function(values[a], values[b])
    return lambda values: function(*[values[i] for i in at])


def _deed(function: Callable[..., Any], at: Sequence[int], out: int) -> Callable[[Sequence[Any]], Any]:
    """The same, writing into the value at the place `out`; one and two apart, since this is the inner loop."""
    if len(at) == 1:
        (x,) = at
        return lambda values: function(values[x], out=values[out])
    if len(at) == 2:
        a, b = at
        return lambda values: function(values[a], values[b], out=values[out])
    return lambda values: function(*[values[i] for i in at], out=values[out])
