"""The counter-based generator: the published answers, and what a stream must look like."""

import numpy as np
import pytest

from pellucid.errors import ParameterError
from pellucid.random import key, threefry2x32
from pellucid.random._counter import _encrypt

# counter, key, answer: kat_vectors of Random123 (the paper's own library), threefry2x32 with 20 rounds
KNOWN = [
    ((0x00000000, 0x00000000), (0x00000000, 0x00000000), (0x6B200159, 0x99BA4EFE)),
    ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
    ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
]


@pytest.mark.parametrize(("counter", "key_words", "answer"), KNOWN)
def test_the_cipher_gives_the_published_answers(
    counter: tuple[int, int], key_words: tuple[int, int], answer: tuple[int, int]
) -> None:
    left, right = (np.array([word], np.uint32) for word in counter)
    _encrypt(np.array(key_words, np.uint32), left, right)
    assert (int(left[0]), int(right[0])) == answer


def test_a_stream_is_the_cipher_of_counters_left_words_first() -> None:
    for n in (0, 1, 7, 40_001):  # the last in several blocks
        half = -(-n // 2)
        left = np.arange(half, dtype=np.uint32)
        right = left + np.uint32(half)
        _encrypt(key(5, 2), left, right)
        np.testing.assert_array_equal(threefry2x32(key(5, 2), n), np.concatenate([left, right])[:n])


def test_every_bit_is_set_half_of_the_time() -> None:
    n = 1 << 18
    words = threefry2x32(key(1), n)
    for bit in range(32):
        share = float(((words >> np.uint32(bit)) & np.uint32(1)).mean())
        assert abs(share - 0.5) < 5 * 0.5 / n**0.5  # five standard deviations


def test_words_fall_evenly_into_cells_and_neighbours_do_not_depend_on_each_other() -> None:
    n, cells = 1 << 18, 64
    words = threefry2x32(key(2), n) >> np.uint32(26)
    for counts in (np.bincount(words, minlength=cells), np.bincount((words[1:] + words[:-1]) % cells, minlength=cells)):
        expected = counts.sum() / cells
        chi_squared = float(((counts - expected) ** 2 / expected).sum())
        assert abs(chi_squared - (cells - 1)) < 5 * (2 * (cells - 1)) ** 0.5


def test_other_seeds_and_other_streams_have_no_words_in_common_places() -> None:
    keys = [key(0), key(1), key(0, 1), key(1, 1), key((1 << 63) + 5)]
    streams = [threefry2x32(k, 1000) for k in keys]
    for i, one in enumerate(streams):
        assert all((one != other).mean() > 0.99 for other in streams[:i])


def test_a_key_is_two_words_of_seed_and_stream() -> None:
    assert key(7, 1).tolist() == [7, 1]
    assert key(np.int64(7), np.uint8(1)).tolist() == [7, 1]
    assert key((3 << 32) + 7, 1).tolist() == [7, 1 ^ 3]
    assert key(7).dtype == np.uint32


@pytest.mark.parametrize(("seed", "stream", "name"), [(-1, 0, "seed"), (1 << 64, 0, "seed"), (0, 1 << 32, "stream")])
def test_a_seed_that_does_not_fit_into_a_key_is_refused(seed: int, stream: int, name: str) -> None:
    with pytest.raises(ParameterError, match=rf"key: {name} is .*; give a whole number in \[0, 2\^"):
        key(seed, stream)
