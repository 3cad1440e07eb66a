"""What a file says it unpacks to, against what is allowed and what a packer can do."""

import pytest

from pellucid.data._extent import RATIOS, Extent, check_extents, check_ratio, whole_number
from pellucid.data._packing import FREE_BYTES, MOST_RATIO
from pellucid.errors import DataError


def test_parts_are_judged_one_by_one_or_together():
    parts = [Extent(10, 60), Extent(10, 60)]
    check_extents(parts, "a.parquet", 100, together=False)
    with pytest.raises(DataError, match=r"^a\.parquet unpacks to more than 100 bytes, from 20 packed ones"):
        check_extents(parts, "a.parquet", 100, together=True)


def test_a_plain_file_may_be_as_large_as_it_is():
    check_extents([Extent(1000, 1000)], "a.arrow", 1, together=True)


def test_unasked_a_file_unpacks_to_a_quarter_of_a_gibibyte_or_to_two_hundred_times_its_bytes():
    for packed, most in ((1, FREE_BYTES), (FREE_BYTES, MOST_RATIO * FREE_BYTES)):
        most = min(most, 1 << 34)
        check_extents([Extent(packed, most)], "a", None, together=True)
        with pytest.raises(DataError, match=r"give the number of bytes to allow, such as unpacked=10\*\*11\.$"):
            check_extents([Extent(packed, most + 1)], "a", None, together=True)


@pytest.mark.parametrize("codec", sorted(RATIOS))
def test_a_size_that_no_packer_reaches_is_refused(codec):
    check_ratio(10, 10 * RATIOS[codec], codec)
    with pytest.raises(ValueError, match=f"10 bytes packed by {codec} cannot hold"):
        check_ratio(10, 10 * RATIOS[codec] + 1, codec)
    with pytest.raises(ValueError, match="cannot hold -1"):
        check_ratio(10, -1, codec)


def test_of_an_unknown_packer_nothing_but_a_size_below_zero_is_refused():
    check_ratio(1, 1 << 40, "brotli")
    with pytest.raises(ValueError, match="brotli"):
        check_ratio(1, -1, "brotli")


@pytest.mark.parametrize("at", [-1, 1, 4])
def test_a_number_outside_of_the_bytes_is_refused(at):
    assert whole_number(b"\x01\0\0\0", 0, "<i") == 1
    with pytest.raises(ValueError, match=rf"place {at} is outside of its 4 bytes"):
        whole_number(b"\x01\0\0\0", at, "<i")
