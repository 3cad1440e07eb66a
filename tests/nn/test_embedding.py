"""Embedding beyond what the table of layers asks."""

import numpy as np
import pytest

from pellucid.errors import DataError, DtypeError, ParameterError
from pellucid.nn import Embedding, Linear, Sequential


def test_a_row_used_several_times_collects_its_gradients() -> None:
    table = Embedding(4, 2, seed=0)
    table([[1, 1], [3, 1]]).sum().backward()
    assert table.weight.grad.tolist() == [[0.0, 0.0], [3.0, 3.0], [0.0, 0.0], [1.0, 1.0]]


def test_the_padding_row_begins_at_zero_and_is_not_learned() -> None:
    for given in (2, -2):
        table = Embedding(4, 3, padding_idx=given, seed=0)
        assert table.padding_idx == 2 and table.weight[2].tolist() == [0.0] * 3
        table([2, 2, 1]).sum().backward()
        assert table.weight.grad.tolist() == [[0.0] * 3, [1.0] * 3, [0.0] * 3, [0.0] * 3]
        assert table.reset_parameters(1).weight[2].tolist() == [0.0] * 3


@pytest.mark.parametrize(
    ("index", "remedy"), [([0, 4], r"give num_embeddings=5"), ([-1, 2], "The numbers begin at 0"), ([[7]], "=8")]
)
def test_a_number_without_row_is_told_with_its_place(index: list[int], remedy: str) -> None:
    net = Sequential(Embedding(4, 2), Linear(2, 1))
    with pytest.raises(DataError, match=r"^net.0 \(Embedding\): number -?\d has no row: .* rows 0 to 3\. .*" + remedy):
        net(index)


def test_positions_must_be_whole_numbers() -> None:
    with pytest.raises(DtypeError, match=r"^net \(Embedding\): gather: index must hold whole numbers, got float32"):
        Embedding(4, 2)([0.0, 1.0])


@pytest.mark.parametrize("kind", [np.uint8, np.int32, np.int64])
def test_every_kind_of_whole_number_is_taken(kind: type) -> None:
    table = Embedding(200, 2, seed=0)
    np.testing.assert_array_equal(table(np.array([199], kind)).numpy(), table.weight.numpy()[[199]])


def test_an_empty_index_gives_no_rows() -> None:
    assert Embedding(4, 2)(np.zeros((0, 3), np.int64)).shape == (0, 3, 2)


def test_a_padding_row_outside_the_table_is_refused() -> None:
    for padding in (4, -5):
        with pytest.raises(ParameterError, match=rf"padding_idx: {padding} is none of the 4 numbers"):
            Embedding(4, 2, padding)
