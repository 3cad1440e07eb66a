"""On which devices arrays lie.

Here: `Placement`: one device, or several that share the rows of a batch.
Elsewhere: what is computed there is in _function.py.
Imports: numpy, jax.

Several devices compute what one computes: arrays that are given are cut along their first axis, the state is on all of
them, and XLA adds what must be added.  Several processes are no different once each of them has called
jax.distributed.initialize: every one hands in the whole batch, and only its part goes to its own devices.
"""

from collections.abc import Sequence
from typing import Any, final

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec


@final
class Placement:
    """Where the arrays of a program lie.

    devices: one, or several; the default device of JAX when None.
    """

    def __init__(self, devices: Sequence[jax.Device] | None) -> None:
        devices = list(jax.local_devices()[:1] if devices is None else devices)
        mesh = Mesh(np.array(devices), ("rows",))
        self.count, self.platform = len(devices), devices[0].platform
        self.alone = self.count == 1 and devices[0] == jax.local_devices()[0]
        spec: Any = PartitionSpec  # Any: its constructor is without types
        self.everywhere = NamedSharding(mesh, spec())
        self.first = NamedSharding(mesh, spec("rows"))
        self.second = NamedSharding(mesh, spec(None, "rows"))

    @property
    def results(self) -> NamedSharding | None:
        """Where a function leaves what it computes: on every device."""
        return None if self.alone else self.everywhere

    def whole(self, x: Any) -> Any:
        """An array that every device holds."""
        return x if self.alone or isinstance(x, jax.Array) else self.own(x)

    def rows(self, x: Any) -> Any:
        """An array of which each device holds its part of the rows; all of it where they do not divide evenly."""
        return x if self.alone else self._put(x, self.first if self._even(np.shape(x)) else self.everywhere)

    def batches(self, x: Any) -> Any:
        """Rows for many steps (steps, rows, ...), likewise."""
        return x if self.alone else self._put(x, self.second if self._even(np.shape(x)[1:]) else self.everywhere)

    def own(self, x: Any) -> Any:
        """A copy that every device holds, and that may be renewed in place."""
        return self._put(x, self.everywhere)

    def fetched(self, found: Any) -> Any:
        """The arrays as NumPy's, where they are still in use by nobody else."""
        if self.platform != "cpu":
            for x in jax.tree.leaves(found):
                x.copy_to_host_async()  # all at once, and not one after another
        return jax.tree.map(np.asarray, found)

    def _even(self, shape: tuple[int, ...]) -> bool:
        return len(shape) > 0 and shape[0] > 0 and shape[0] % self.count == 0

    @staticmethod
    def _put(x: Any, sharding: NamedSharding) -> Any:
        array = np.array(x)  # JAX may look into the memory of an array for as long as it likes, so it gets its own
        return jax.make_array_from_callback(array.shape, sharding, array.__getitem__)
