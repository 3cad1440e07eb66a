"""Compiled: plain numbers and days in the bytes of a CSV file, correctly rounded, and whether its records are regular.

Here: `read_records`, which goes once over a run of records and writes their numbers into columns; `scaled` and
`day_at`, which know what is written.
Elsewhere: which files it is given, and what becomes of the other columns, is in `_plain.py`.
Imports: numpy, Numba and pellucid.persistence; only functions that need compiled code import this module.

Source: Clinger, PLDI 1990, "How to read floating point numbers accurately" (few digits); Lemire, Software: Practice and
Experience 51 (2021), "Number parsing at a gigabyte per second" (many digits).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.persistence._machine_code import kept

compiled = kept(nogil=True, error_model="numpy")
POINT, PLUS, MINUS, ZERO, NINE = b".+-09"
NEWLINE, RETURN, SMALL_E, BIG_E = b"\n\reE"
QUOTE, SPACE, DELETE = b'" \x7f'  # whatever may be a space is not between them
MOST_DIGITS = 19  # 10^19 < 2^64; a number written with more is left to a reader that takes its time
LEAST_POWER, MOST_POWER = -290, 22  # of ten; outside, results are beyond 2^53 or near the subnormal numbers
EXACT_POWERS = 10.0 ** np.arange(MOST_POWER + 1)  # 10^22 is the last power of ten that is a float64
EXACT_WHOLE = np.uint64(1 << 53)  # every whole number below is a float64
NUMBER, DAY, WORD = range(3)  # what the cells of a column are held to be
IRREGULAR = -1
DAY_BYTES = 10  # 2024-02-29
NO_DAY = -(2**63)
WORD_BYTES = 8  # read at once
EACH = 0x0101010101010101  # times a byte: that byte eight times
WHOLE_POWERS = np.array([10**power for power in range(WORD_BYTES + 1)], dtype=np.uint64)
MOST_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])  # of each month
DAYS_AN_ERA, DAYS_TO_1970 = 146_097, 719_468  # the latter from the 1st of March of the year 0


def _leading_bits(power: int) -> tuple[int, int]:
    """The first 128 bits of 10^power, the first of them set, in two words; cut off, or rounded up from 10^-27 to 0.1.

    Those are the inverses of whole numbers below 2^64, with which a product may come out whole (Lemire, section 8).
    """
    whole = 10 ** abs(power)
    if power >= 0:
        bits = whole << 128 >> whole.bit_length()
    else:
        bits = (1 << (whole.bit_length() + 127)) // whole + (power >= -27)
    return bits >> 64, bits & (2**64 - 1)


LEADING_BITS = np.array([_leading_bits(power) for power in range(LEAST_POWER, MOST_POWER + 1)], dtype=np.uint64)


@compiled
def high_product(a: np.uint64, b: np.uint64) -> np.uint64:
    """The upper 64 of the 128 bits of a b."""
    half, low = np.uint64(32), np.uint64(0xFFFFFFFF)
    a1, a0, b1, b0 = a >> half, a & low, b >> half, b & low
    middle = a1 * b0 + ((a0 * b0) >> half)
    return a1 * b1 + (middle >> half) + ((a0 * b1 + (middle & low)) >> half)


@compiled
def scaled(digits: np.uint64, power: Any) -> float:
    """digits * 10^power to the nearest float64, ties to even; LEAST_POWER <= power <= MOST_POWER."""
    if digits <= EXACT_WHOLE and power >= -MOST_POWER:  # both factors are exact, so there is one rounding
        return digits * EXACT_POWERS[power] if power >= 0 else digits / EXACT_POWERS[-power]
    if digits == 0:
        return 0.0
    zeros = 0
    while digits < np.uint64(1) << np.uint64(63):
        digits = digits << np.uint64(1)
        zeros += 1
    leading = LEADING_BITS[power - LEAST_POWER, 0]
    high, low = high_product(digits, leading), digits * leading
    if high & np.uint64(0x1FF) == np.uint64(0x1FF):  # a carry from below could reach the bits that count
        carry = high_product(digits, LEADING_BITS[power - LEAST_POWER, 1])
        low = low + carry
        if low < carry:
            high = high + np.uint64(1)
    top = high >> np.uint64(63)
    cut = top + np.uint64(9)
    mantissa = high >> cut  # 54 bits: those of a float64, and one to round by
    exponent: Any = ((217706 * power) >> 16) - zeros + np.int64(top) + 11  # of two; 217706 / 2^16 = log2 10
    if (
        low <= np.uint64(1)
        and -4 <= power <= 23
        and mantissa & np.uint64(3) == np.uint64(1)
        and mantissa << cut == high
    ):
        mantissa = mantissa & ~np.uint64(1)  # halfway between two: to the even one
    mantissa = (mantissa + (mantissa & np.uint64(1))) >> np.uint64(1)
    return math.ldexp(np.float64(mantissa), exponent)


@compiled
def day_at(raw: NDArray[Any], at: Any) -> Any:
    """The days from 1970-01-01 to the date that stands at `at`, such as 2024-02-29; NO_DAY where none does.

    Source: Hinnant, "chrono-compatible low-level date algorithms": years that begin in March, in eras of 400.
    """
    if at + DAY_BYTES > len(raw) or raw[at + 4] != MINUS or raw[at + 7] != MINUS:
        return NO_DAY
    for place in (0, 1, 2, 3, 5, 6, 8, 9):
        if not ZERO <= raw[at + place] <= NINE:
            return NO_DAY
    year = _number_of_two(raw, at) * 100 + _number_of_two(raw, at + 2)
    month, day = _number_of_two(raw, at + 5), _number_of_two(raw, at + 8)
    if not 1 <= month <= 12 or not 1 <= day <= MOST_DAYS[month]:
        return NO_DAY
    if month == 2 and day == 29 and (year % 4 != 0 or (year % 100 == 0 and year % 400 != 0)):
        return NO_DAY
    if month <= 2:
        year -= 1
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * DAYS_AN_ERA + of_era * 365 + of_era // 4 - of_era // 100 + of_year - DAYS_TO_1970


@compiled
def _number_of_two(raw: NDArray[Any], at: Any) -> Any:
    return np.int64(raw[at] - ZERO) * 10 + np.int64(raw[at + 1] - ZERO)


@compiled
def eight_bytes(raw: NDArray[Any], at: np.uint64) -> np.uint64:
    """The eight bytes from `at` on, the first one lowest; LLVM makes one instruction of it."""
    word = np.uint64(0)
    for place in range(WORD_BYTES):
        word |= np.uint64(raw[at + np.uint64(place)]) << np.uint64(8 * place)
    return word


@compiled
def first_marked(marks: np.uint64) -> np.uint64:
    """Which of eight bytes is the first whose highest bit is set; 8 where none is.  No other bit may be set."""
    if marks == 0:
        return np.uint64(WORD_BYTES)
    lowest = (marks & (~marks + np.uint64(1))) >> np.uint64(7)  # 2^(8 k), which moves byte 7 - k, that is k, to the top
    return (lowest * np.uint64(0x0001020304050607)) >> np.uint64(56)


@compiled
def digits_of(word: np.uint64) -> tuple[np.uint64, np.uint64]:
    """The number that the leading digits among eight bytes make, and how many there are.

    Source: Lemire, "Quickly parsing eight digits", 2018: neighbours are joined to twos, then those to fours and eights.
    """
    values = word ^ np.uint64(ZERO * EACH)
    marks = ((values + np.uint64(0x76 * EACH)) | values) & np.uint64(0x80 * EACH)  # above 9; carries reach later bytes
    count = first_marked(marks)
    if count == 0:
        return np.uint64(0), count
    values = values << (np.uint64(64) - np.uint64(8) * count)  # zeros in front
    twos = values * np.uint64(10) + (values >> np.uint64(8))
    every_fourth = np.uint64(0x000000FF000000FF)
    upper = (twos & every_fourth) * np.uint64(100 + (1_000_000 << 32))
    lower = ((twos >> np.uint64(16)) & every_fourth) * np.uint64(1 + (10_000 << 32))
    return (upper + lower) >> np.uint64(32), count


@compiled
def after_digits(raw: NDArray[Any], at: np.uint64, digits: np.uint64) -> tuple[np.uint64, np.uint64]:
    """Where the digits that stand from `at` on end, and the number they make behind `digits`, modulo 2^64."""
    size, word, ten, nine = np.uint64(len(raw)), np.uint64(WORD_BYTES), np.uint64(10), np.uint64(9)
    while at + word <= size:
        more, count = digits_of(eight_bytes(raw, at))
        digits = digits * WHOLE_POWERS[count] + more
        at += count
        if count < word:
            return at, digits
    digit = np.uint64(raw[at]) - np.uint64(ZERO)  # of any other character it is large
    while digit <= nine:
        digits = digits * ten + digit
        at += np.uint64(1)
        digit = np.uint64(raw[at]) - np.uint64(ZERO)
    return at, digits


@compiled
def equal_bytes(word: np.uint64, repeated: np.uint64) -> np.uint64:
    """The highest bit of each of eight bytes that equals the repeated one; perhaps of later ones, too."""
    differ = word ^ repeated
    return (differ - np.uint64(EACH)) & ~differ & np.uint64(0x80 * EACH)


@compiled
def read_records(
    raw: NDArray[Any],
    mark: int,
    stops: NDArray[Any],
    first: int,
    out: NDArray[Any],
    empty: NDArray[Any],
    kind: NDArray[Any],
    words: NDArray[Any],
    bare: NDArray[Any],
) -> tuple[int, int]:
    """Read the records in `raw`; how many there are, or IRREGULAR, and how many bytes of `words` were written.

    raw (bytes,) uint8 begins with a record and ends in a newline; mark separates cells; stops (256,) bool is true of
    it, newline, return and quote.  kind (D,) int8 says what each column is held to be:
    - NUMBER: cell d of the r-th record goes to out[d, first + r], out (D, N) float64, NaN where it is empty; empty (D,)
      int64 counts those.  The first cell that is neither empty nor a plain number (-12.5e-3, below 2^53, at most
      MOST_DIGITS digits, no needless zero) makes the column DAY, if it is one and all cells before were empty, or WORD.
    - DAY: out holds days since 1970-01-01; a cell that is neither empty nor such a date makes the column WORD.
    - WORD: bare (D,) bool becomes False where a cell may begin or end with a space.  Columns that were WORD from the
      start are written to `words`, a mark behind each cell, a newline behind those of a record; it has
      room for WORD_BYTES more.
    IRREGULAR: a record of another width than D, a quote, a return within a line, or one column with a blank line.
    """
    width, row = len(kind), first
    to: Any = 0
    copied = kind == WORD
    copies = copied.any()
    one, zero, nine, eight = np.uint64(1), np.uint64(ZERO), np.uint64(9), np.uint64(WORD_BYTES)
    marks, newlines = np.uint64(mark) * np.uint64(EACH), np.uint64(NEWLINE * EACH)
    quotes, returns = np.uint64(QUOTE * EACH), np.uint64(RETURN * EACH)
    at, stop = np.uint64(0), np.uint64(len(raw))  # unsigned: an index that may be negative costs a test a byte
    while at < stop:
        for d in range(width):
            begin, held = at, kind[d]
            if held == NUMBER and raw[at] == mark:  # empty, and not the last
                out[d, row] = np.nan
                empty[d] += 1
            elif held == NUMBER:
                negative = raw[at] == MINUS
                at += np.uint64(negative | (raw[at] == PLUS))  # no branch: signs cannot be foreseen
                whole, digits = at, np.uint64(raw[at]) - zero
                if digits <= nine and raw[at + one] == POINT:  # so common that it is foreseen
                    at += one
                else:
                    at, digits = after_digits(raw, at, np.uint64(0))
                count, power = np.int64(at - whole), np.int64(0)
                fits = count <= 1 or raw[whole] != ZERO
                if raw[at] == POINT:
                    at += one
                    fraction = at
                    at, digits = after_digits(raw, at, digits)
                    power = -np.int64(at - fraction)
                    count -= power
                    fits = fits and at > whole + one
                else:
                    fits = fits and count > 0
                if count > MOST_DIGITS:
                    leading = whole
                    while raw[leading] == ZERO or raw[leading] == POINT:  # zeros in front do not count
                        count -= raw[leading] == ZERO
                        leading += one
                if fits and (raw[at] == SMALL_E or raw[at] == BIG_E):
                    at += one
                    down = raw[at] == MINUS
                    if down or raw[at] == PLUS:
                        at += one
                    given, exponent = at, np.int64(0)
                    while ZERO <= raw[at] <= NINE and exponent < 1000:
                        exponent = exponent * 10 + np.int64(raw[at]) - ZERO
                        at += one
                    fits = at > given
                    power += -exponent if down else exponent
                if fits and count <= MOST_DIGITS and LEAST_POWER <= power <= MOST_POWER and stops[raw[at]]:
                    value = scaled(digits, power)
                    out[d, row] = -value if negative else value
                    if value >= EXACT_WHOLE:
                        kind[d] = WORD
                elif at == begin and stops[raw[at]]:
                    out[d, row] = np.nan
                    empty[d] += 1
                else:
                    at = begin
                    kind[d] = held = DAY if empty[d] == row - first else WORD
            if held == DAY:
                if stops[raw[at]]:
                    out[d, row] = np.nan
                    empty[d] += 1
                else:
                    day = day_at(raw, np.int64(at))
                    if day == NO_DAY or not stops[raw[at + np.uint64(DAY_BYTES)]]:
                        kind[d] = held = WORD
                    else:
                        out[d, row] = day
                        at += np.uint64(DAY_BYTES)
            if held == WORD:
                ended: Any = False
                while not ended and at + eight <= stop:
                    word = eight_bytes(raw, at)
                    found = equal_bytes(word, marks) | equal_bytes(word, newlines)
                    length = first_marked(found | equal_bytes(word, quotes) | equal_bytes(word, returns))
                    if copied[d]:  # what is behind the cell is written over by the next one
                        for place in range(WORD_BYTES):
                            words[to + place] = np.uint8(word >> np.uint64(8 * place) & np.uint64(0xFF))
                        to += np.int64(length)
                    at += length
                    ended = length < eight
                if copied[d]:
                    while not stops[raw[at]]:
                        words[to] = raw[at]
                        to += 1
                        at += one
                    words[to] = mark
                    to += 1
                else:
                    while not stops[raw[at]]:
                        at += one
                if at > begin and not (SPACE < raw[begin] < DELETE and SPACE < raw[at - one] < DELETE):
                    bare[d] = False
            if width == 1 and at == begin:
                return IRREGULAR, 0
            if d < width - 1:
                if raw[at] != mark:
                    return IRREGULAR, 0
            else:
                if raw[at] == RETURN:
                    at += one
                if raw[at] != NEWLINE:
                    return IRREGULAR, 0
            at += one
        if copies:
            words[to] = NEWLINE
            to += 1
        row += 1
    return row - first, to
