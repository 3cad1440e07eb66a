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
        devices = list(jax.devices()[:1] if devices is None else devices)
        mesh = Mesh(np.array(devices), ("rows",))
        self.count = len(devices)
        self.alone = self.count == 1 and devices[0] == jax.devices()[0]
        self.everywhere = NamedSharding(mesh, PartitionSpec())
        self.by_rows = NamedSharding(mesh, PartitionSpec("rows"))

    def whole(self, x: Any) -> Any:
        """An array that every device holds."""
        return x if self.alone else self._put(x, self.everywhere)

    def rows(self, x: Any) -> Any:
        """An array of which each device holds its part of the rows; all of it where they do not divide evenly."""
        if self.alone:
            return x
        even = np.ndim(x) > 0 and len(x) > 0 and len(x) % self.count == 0
        return self._put(x, self.by_rows if even else self.everywhere)

    def own(self, x: Any) -> Any:
        """A copy that every device holds, and that may be renewed in place."""
        return self._put(x, self.everywhere)

    @staticmethod
    def _put(x: Any, sharding: NamedSharding) -> Any:
        array = np.array(x)  # JAX may look into the memory of an array for as long as it likes, so it gets its own
        return jax.make_array_from_callback(array.shape, sharding, array.__getitem__)
