"""Laws of sizes given as one number or one an axis."""

from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.nn._sizes import per_axis, whole


def test_one_number_stands_for_every_axis() -> None:
    assert per_axis("stride", 3, 2) == per_axis("stride", (3,), 2) == per_axis("stride", [3, 3], 2) == (3, 3)
    assert per_axis("stride", np.int64(3), 1) == (3,)


@pytest.mark.parametrize("value", [0, -1, 1.0, "2", True, None, (1, 2, 3), (), (1, 0)])
def test_what_is_not_whole_or_too_small_is_refused_by_name(value: Any) -> None:
    with pytest.raises(ParameterError, match=r"^stride: must be .*[,;] got "):
        per_axis("stride", value, 2)


def test_the_lowest_size_is_the_callers() -> None:
    assert whole("padding", 0, low=0) == 0
    with pytest.raises(ParameterError, match=r"^padding: must be a whole number >= 0, got -1\."):
        whole("padding", -1, low=0)
