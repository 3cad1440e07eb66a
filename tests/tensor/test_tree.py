"""Structures are taken apart in order and put together as they were."""

from collections import namedtuple

import numpy as np

from pellucid import Tensor
from pellucid.tensor._tree import fresh, leaves, rebuilt

Pair = namedtuple("Pair", ["left", "right"])


def test_a_structure_is_rebuilt_from_its_ends() -> None:
    tree = {"a": [1, (2, 3)], "b": Pair(4, {"c": 5}), "d": [], "e": None}
    assert leaves(tree) == [1, 2, 3, 4, 5, None]
    again = rebuilt(tree, leaves(tree))
    assert again == tree
    assert isinstance(again["b"], Pair)


def test_floating_point_values_become_new_leaves_and_the_rest_stays() -> None:
    named = Tensor([1.0], name="w")
    label, counts = "text", np.arange(3)
    tree, marked = fresh([named, label, counts, 2.5, {"x": np.ones(2)}, 7])
    assert [t.requires_grad for t in marked] == [True] * 3
    assert marked[0] is not named and marked[0].name == "w" and marked[0].data is named.data
    assert tree[1] is label and tree[2] is counts and tree[5] == 7
    assert not named.requires_grad


def test_arrays_of_text_stay_as_they_are() -> None:
    words = np.array(["a", "b"])
    tree, marked = fresh([words])
    assert tree[0] is words and marked == []
