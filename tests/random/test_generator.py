"""What users give as a seed."""

from typing import Any

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.random import generator, integer_seed


def test_an_integer_gives_the_same_numbers_every_time() -> None:
    for seed in (0, 7, np.int64(7), 1 << 80):
        assert generator(seed).random() == generator(seed).random()
    assert generator(7).random() == generator(np.uint8(7)).random()


def test_a_generator_is_used_as_it_is_so_that_its_stream_goes_on() -> None:
    rng = np.random.default_rng(0)
    assert generator(rng) is rng


def test_a_random_state_lends_one_integer_and_moves_on() -> None:
    state, twin = np.random.RandomState(3), np.random.RandomState(3)  # scikit-learn's habit
    assert generator(state).random() == np.random.default_rng(int(twin.randint(2**31))).random()
    assert state.randint(10**6) == twin.randint(10**6)


def test_none_draws_a_new_stream_and_leaves_the_global_one_alone() -> None:
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    assert generator(None).random() != generator(None).random()
    integer_seed(None)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("seed", [-1, 1.5, "7", True, [1]])
def test_what_is_no_seed_is_refused_with_what_is(seed: Any) -> None:
    for function in (generator, integer_seed):
        with pytest.raises(ParameterError, match=r"is not a seed; give a whole number >= 0, a numpy\.random\.Gener"):
            function(seed)


def test_a_seed_stands_for_itself_in_a_record_and_others_for_a_number_that_repeats_them() -> None:
    assert integer_seed(7) == 7
    assert type(integer_seed(np.int64(7))) is int
    assert integer_seed(np.random.default_rng(3)) == integer_seed(np.random.default_rng(3))
    assert 0 <= integer_seed(None) < 2**63
