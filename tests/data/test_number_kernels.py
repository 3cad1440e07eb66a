"""Numbers read by compiled code are those that Python reads, to the last bit."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("numba")

from pellucid.data._number_kernels import (
    DAY,
    LEAST_POWER,
    MOST_POWER,
    NO_DAY,
    NUMBER,
    WORD,
    WORD_BYTES,
    after_digits,
    day_at,
    digits_of,
    eight_bytes,
    high_product,
    read_records,
    scaled,
)
from pellucid.data._readings import ISO_TIMES, SECONDS

WORDS = st.integers(0, 2**64 - 1)


def read(text: str, width: int = 1) -> tuple[int, np.ndarray, list[int], list[bool]]:
    stops = np.isin(np.arange(256), list(b',\n\r"'))
    out, empty, kind = np.zeros((width, text.count("\n"))), np.zeros(width, np.int64), np.full(width, NUMBER, np.int8)
    raw, words, bare = np.frombuffer(text.encode(), np.uint8), np.empty(0, np.uint8), np.ones(width, bool)
    rows, _ = read_records(raw, ord(","), stops, 0, out, empty, kind, words, bare)
    return rows, out, empty.tolist(), (kind == NUMBER).tolist()


@settings(deadline=None)  # the first call may compile
@given(WORDS, WORDS)
def test_the_upper_half_of_a_product_is_that_of_whole_numbers(a, b):
    assert int(high_product(np.uint64(a), np.uint64(b))) == a * b >> 64


@settings(max_examples=1000, deadline=None)
@given(st.from_regex(rb"\A[0-9]{0,8}[^0-9][\x00-\xff]{8}\Z") | st.binary(min_size=8))
def test_eight_digits_at_once_are_those_one_by_one(raw):
    leading = next((at for at, byte in enumerate(raw[:8]) if not 48 <= byte <= 57), 8)
    found, count = digits_of(np.uint64(eight_bytes(np.frombuffer(raw, np.uint8), np.uint64(0))))
    assert (int(found), int(count)) == (int(raw[:leading] or b"0"), leading)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**30).map(str), st.integers(0, 20), st.integers(0, 9))
def test_digits_end_where_they_end_and_continue_those_before(text, behind, before):
    raw = np.frombuffer((text + "\n" + "7" * behind).encode(), np.uint8)
    end, found = after_digits(raw, np.uint64(0), np.uint64(before))
    assert (int(end), int(found)) == (len(text), int(f"{before}{text}") % 2**64)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(*[st.text("ab\x01\x80é -+.", max_size=20)] * 2), min_size=1, max_size=4), st.booleans())
def test_words_of_any_length_are_copied_as_they_stand(rows, returns):
    lines = [f"{one},{other}" for one, other in rows]
    raw = np.frombuffer("".join(line + ("\r\n" if returns else "\n") for line in lines).encode(), np.uint8)
    stops = np.isin(np.arange(256), list(b',\n\r"'))
    words, bare = np.empty(len(raw) + len(rows) + WORD_BYTES, np.uint8), np.ones(2, bool)
    found, written = read_records(
        raw, ord(","), stops, 0, np.zeros((2, len(rows))), np.zeros(2, np.int64), np.full(2, WORD, np.int8), words, bare
    )
    assert found == len(rows)
    assert words[:written].tobytes().decode() == "".join(f"{line},\n" for line in lines)


@settings(max_examples=1000, deadline=None)
@given(st.integers(0, 10**19 - 1), st.integers(LEAST_POWER, MOST_POWER))
def test_digits_and_a_power_of_ten_are_the_nearest_float(digits, power):
    assert scaled(np.uint64(digits), power) == float(f"{digits}e{power}")


@settings(max_examples=500, deadline=None)
@given(st.integers(2**52, 2**53 - 1), st.integers(0, 2), st.integers(-1, 1))
def test_halfway_between_two_floats_the_even_one_is_taken(mantissa, power, off):
    digits = (2 * mantissa + 1) * 10**power + off
    if digits < 10**19:
        assert scaled(np.uint64(digits), -power) == float(f"{digits}e-{power}")


@settings(max_examples=500, deadline=None)
@given(
    st.floats(-(2.0**53) + 1, 2.0**53 - 1), st.sampled_from([repr, "{:.17g}".format, "{:.3f}".format, "{:e}".format])
)
def test_a_float_as_python_writes_it_is_read_back(number, written):
    text = written(number)
    rows, out, _, plain = read(f"{text}\n")
    assert rows == 1
    if plain[0]:
        assert (out[0, 0], np.signbit(out[0, 0])) == (float(text), text.startswith("-"))
    else:  # more digits than a word holds, or a power out of reach
        assert len(text.replace(".", "").lstrip("-0")) > 17 or abs(number) < 1e-250 or "e+" in text


@pytest.mark.parametrize("zeros", [0, 1, 7, 8, 9, 30])
@pytest.mark.parametrize("digits", ["0", "7", "1234567890123456789", "12345678901234567890"])
def test_zeros_in_front_of_a_fraction_are_no_digits(zeros, digits):
    text = f"0.{'0' * zeros}{digits}"
    _, out, _, plain = read(f"{text}\n")
    assert plain == [len(digits) <= 19]
    assert not plain[0] or out[0, 0] == float(text)


@pytest.mark.parametrize("text", ["0", "-0", "+5", ".5", "5.", "-12.5e-3", "1E5", "0.00000000000000000001", "1e-290"])
def test_plain_numbers(text):
    _, out, _, plain = read(f"{text}\n")
    assert plain == [True]
    assert out[0, 0] == float(text)


@pytest.mark.parametrize(
    "text",
    [*(".", "-", "+", "e5", "1e", "1e+", "1.2.3", "--1", "+-1", "1_0", "0x1", " 7", "7 ", "inf", "nan", "?", "true")]
    + ["007", "-00.5", "9007199254740992", "1e400", "1e-400", "1e99999999999999999999", "1" * 30, "3;4", "２"],
)
def test_what_is_no_plain_number_takes_its_column_out_and_no_other(text):
    rows, out, empty, plain = read(f"1,2\n{text},3\n,4\n", 2)
    assert (rows, plain) == (3, [False, True])
    assert out[1].tolist() == [2.0, 3.0, 4.0]


@pytest.mark.parametrize(
    "text", ["1\n", "1,2,3\n", "\n", "1,2\n\n", '"1",2\n', '1,"2"\n', '1"2,3\n', "1\r,2\n", "1,2\r\r\n"]
)
def test_irregular_records_are_told(text):
    assert read(text, 2)[0] == -1


def test_a_blank_line_is_no_row_of_one_column():
    assert read("1\n\n2\n")[0] == -1
    assert read("1\n2\r\n")[0] == 2


@settings(max_examples=500, deadline=None)
@given(st.from_regex(r"\A[0-2]\d{3}-[01]\d-[0-3]\d\Z") | st.from_regex(r"\A(\d\d00|0000)-02-(28|29|30)\Z"))
def test_a_day_is_counted_as_the_text_way_counts_it(text):
    seconds, stray = ISO_TIMES.read(pl.Series([text]))
    day = day_at(np.frombuffer(text.encode() + b"\n", np.uint8), 0)
    assert (day == NO_DAY) == stray[0]
    assert stray[0] or day * SECONDS == seconds[0]


@pytest.mark.parametrize("text", ["", "2024", "2024-02-2", "2024/02/20", "2024-2-020", "20x4-02-20", "2024-02-2x"])
def test_what_is_no_day_is_told(text):
    assert day_at(np.frombuffer(text.encode() + b"\n", np.uint8), 0) == NO_DAY


def test_a_column_is_what_its_first_cell_is_until_another_says_otherwise():
    stops = np.isin(np.arange(256), list(b',\n\r"'))
    text = ",2024-02-29,2024-01-01,7,a\n1970-01-02,,5,2024-01-01, b\n"
    raw = np.frombuffer(text.encode(), np.uint8)
    out, empty, kind = np.zeros((5, 2)), np.zeros(5, np.int64), np.array([NUMBER] * 4 + [WORD], np.int8)
    words, bare = np.empty(99, np.uint8), np.ones(5, bool)
    rows, written = read_records(raw, ord(","), stops, 0, out, empty, kind, words, bare)
    assert rows == 2 and words[:written].tobytes() == b"a,\n b,\n"
    assert kind.tolist() == [DAY, DAY, WORD, WORD, WORD]
    np.testing.assert_array_equal(out[:2], [[np.nan, 1.0], [19782.0, np.nan]])
    assert empty[:2].tolist() == [1, 1] and bare.tolist() == [True] * 4 + [False]


@pytest.mark.parametrize("cell", [" a", "a ", "\ta", "é", "a\u00a0", "\x7fa"])
def test_a_cell_that_may_begin_or_end_with_a_space_is_told(cell):
    stops = np.isin(np.arange(256), list(b',\n\r"'))
    raw = np.frombuffer(f"a b,{cell}\n,\n".encode(), np.uint8)
    kind, bare = np.full(2, WORD, np.int8), np.ones(2, bool)
    words = np.empty(99, np.uint8)
    read_records(raw, ord(","), stops, 0, np.zeros((2, 2)), np.zeros(2, np.int64), kind, words, bare)
    assert bare.tolist() == [True, False]
