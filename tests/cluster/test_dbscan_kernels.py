"""Groups grown by the kernel, against sets in Python."""

import numpy as np
import pytest

from pellucid.cluster._dbscan_kernels import spread


@pytest.mark.parametrize("seed", range(5))
def test_groups_are_the_connected_core_rows_and_borders_join_the_first(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 60
    joined = rng.random((n, n)) < 0.02
    joined = joined | joined.T | np.eye(n, dtype=bool)
    core = joined.sum(axis=1) >= 3
    start, near = np.concatenate([[0], np.cumsum(joined.sum(axis=1))]), np.nonzero(joined)[1]
    label = np.empty(n, np.int64)
    n_groups = spread(start, near, core, label)
    wanted, group = np.full(n, -1), 0
    for first in range(n):
        if core[first] and wanted[first] < 0:
            cores = {first}
            while (more := cores | {j for i in cores for j in range(n) if joined[i, j] and core[j]}) != cores:
                cores = more
            reached = np.flatnonzero(joined[list(cores)].any(axis=0))
            wanted[reached[wanted[reached] < 0]] = group
            group += 1
    assert n_groups == group and label.tolist() == wanted.tolist()
