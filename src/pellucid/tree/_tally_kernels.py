"""Compiled: the best cut of a node of a table of bytes, for Gini's index of classes and rows of whole weights.

Sums of whole numbers are exact, and so are the same whichever way they are taken: rows of code 0 need not be looked at,
as they are what the others leave of the node; the others are taken with the highest code first, a sum a row; and what
a cut scores is worked out afterwards, for all cuts of a feature at once.  The tree is that of _search_kernels.py.

    sum_k L_k^2 = sum_k N_k^2 - 2 sum_k N_k R_k + sum_k R_k^2,    L, R, N the weights of class k left, right and of both

Here: `Tallies`, its `load`; `split_tallied`, `part_by_bytes`.
Elsewhere: other targets are in _split_kernels.py, other searches in _search_kernels.py; `count_above`, which puts a few
words in order, in _word_kernels.py.
Imports: numpy and Numba; only functions that need compiled code import this module.
"""

from typing import Any, NamedTuple

import numpy as np

from pellucid.base._tables import Array
from pellucid.tree._bundles import answer
from pellucid.tree._cell_kernels import are_near, find_filled, keep_filled
from pellucid.tree._columns import ByteTable
from pellucid.tree._compiled import inner, within
from pellucid.tree._order_kernels import below
from pellucid.tree._search_kernels import TIE
from pellucid.tree._split_kernels import Room, load
from pellucid.tree._word_kernels import WORDS, count_above

CODE, CLASS = np.uint32(24), np.uint32(8)  # bits below a code in a key, and of a class below a weight in a mark
PLACE, OWN = np.uint32((1 << 24) - 1), np.uint32((1 << 8) - 1)
FEW = 4 * WORDS  # rows; so many are put in order by counting those above each, m^2 / 32 steps; more by their codes
MOST = 1 << 24  # rows, and their weights together
ONE, NONE = np.uint64(1), np.uint64(0)


class Tallies(NamedTuple):
    """Rows of whole weights: mark (N,) uint32, the class of a row below its weight.

    Room to work in: own (n,), the marks of a node's rows; keys (4, n), place of a row below its code, of some features;
    order (n + 1,), of one of them, the highest code first; word and rank (n,) uint16 up to a multiple of WORDS; tally
    (256,) rows of each code; right and whole (K,); sums (3, n): sum_k R_k^2, sum_k N_k R_k and sum_k R_k of the rows up
    to each; score (n,).
    """

    mark: Array
    own: Array
    keys: Array
    order: Array
    word: Array
    rank: Array
    tally: Array
    right: Array
    whole: Array
    sums: Array
    score: Array


@within
def load_tallies(
    target: Tallies, rows: Array, begin: int, n: int, value: Array, room: Room
) -> tuple[float, float, float]:
    """The shares of the classes, and Gini's index, as load_classes."""
    own, whole, all_w, impurity = target.own, target.whole, 0.0, 0.0
    for k in range(len(whole)):
        whole[k] = 0
    for i in range(n):
        mark = target.mark[np.uint64(rows[begin + i])]
        own[i] = mark
        whole[mark & OWN] += np.int64(mark >> CLASS)
    for k in range(len(value)):
        value[k] = whole[k]
        all_w += value[k]
    for k in range(len(value)):
        value[k] /= all_w
        impurity += value[k] * (1.0 - value[k])
    return all_w, impurity, (1.0 - impurity) * all_w


@within
def split_tallied(
    table: ByteTable,
    target: Tallies,
    rows: Array,
    node: Any,
    uncut: float,
    o: Any,
    state: Array,
    pool: Array,
    categories: Array,
    room: Room,
) -> bool:
    """Note the best split in `node`, as split_searched; False when there is none."""
    begin, n, drawn = node.begin, node.end - node.begin, room.drawn
    tie = TIE * node.weight * node.impurity
    enough = uncut + node.weight * node.impurity - tie
    best, seen, useful = -np.inf, 0, False
    squares = np.int64(0)
    for k in range(len(target.whole)):
        squares += target.whole[k] * target.whole[k]
    near = are_near(table.by_row, n)
    find_filled(table, rows, begin, n, room.filled)
    done, n_kept = 0, 0
    while best < enough and (done < n_kept or (seen < len(pool) and (seen < o.max_features or not useful))):
        if done == n_kept:
            n_drawn = seen + 1 if seen > 0 else o.max_features
            if o.max_features < len(pool):
                for k in range(seen, n_drawn):
                    j = k + below(state, len(pool) - k)
                    pool[k], pool[j] = pool[j], pool[k]
            done, n_kept = 0, keep_filled(table, pool, seen, n_drawn, room)
            seen = n_drawn
            continue
        n_ahead, keys = 1, target.keys
        if near and n_kept - done >= 4:
            n_ahead = 4
            at = _four(table.by_row, drawn[0, done : done + 4], rows[begin : begin + n], keys)
        elif near:
            at = _one_of_rows(table.by_row, drawn[0, done], rows[begin : begin + n], keys[0]), NONE, NONE, NONE
        else:
            at = _one(table.codes[drawn[0, done]], rows[begin : begin + n], keys[0]), NONE, NONE, NONE
        for k in range(n_ahead):
            f, m = drawn[0, done + k], np.int64(at[0] if k == 0 else at[1] if k == 1 else at[2] if k == 2 else at[3])
            if m == 0 or best >= enough or (m == n and _alike(keys[k][:m])):
                continue
            useful = True
            bring_in_order(target, keys[k], m)
            top, stop = score_all(target, m, n, squares, node.weight, o.floor)
            if top <= best + tie:
                continue
            cut = last_above(target.score, stop, top - tie)  # the lowest code on the left, where scores are one
            score = target.score[cut]
            if score <= best + tie:
                continue
            best, n_left = score, n - cut - 1
            node.feature = f
            node.cut = target.order[cut + 1] >> CODE
            node.below, node.above = np.int64(node.cut), np.int64(target.order[cut] >> CODE)
            node.missing_left = n_left > n - n_left
        done += n_ahead
    node.gain = (best - uncut) / node.weight
    return node.feature >= 0


@within
def _four(by_row: Array, features: Array, rows: Array, keys: Array) -> tuple[int, int, int, int]:
    """Into keys (4, n) the places of the rows, and their codes, whose cell is not 0, for four features; how many."""
    a, b, c, d = keys[0], keys[1], keys[2], keys[3]
    e, f, g, h = features[0], features[1], features[2], features[3]
    p = q = r = s = np.uint64(0)
    for i in range(len(rows)):
        row = np.uint64(rows[i])
        j, k, m, n = by_row[row, e], by_row[row, f], by_row[row, g], by_row[row, h]
        a[p] = (np.uint32(j) << CODE) | np.uint32(i)
        b[q] = (np.uint32(k) << CODE) | np.uint32(i)
        c[r] = (np.uint32(m) << CODE) | np.uint32(i)
        d[s] = (np.uint32(n) << CODE) | np.uint32(i)
        p += np.uint64(j != 0)
        q += np.uint64(k != 0)
        r += np.uint64(m != 0)
        s += np.uint64(n != 0)
    return p, q, r, s


@within
def _one_of_rows(by_row: Array, feature: int, rows: Array, keys: Array) -> int:
    """The same for one feature."""
    p = np.uint64(0)
    for i in range(len(rows)):
        j = by_row[np.uint64(rows[i]), feature]
        keys[p] = (np.uint32(j) << CODE) | np.uint32(i)
        p += np.uint64(j != 0)
    return p


@within
def _one(column: Array, rows: Array, keys: Array) -> int:
    """The same where its cells lie in one piece."""
    p = np.uint64(0)
    for i in range(len(rows)):
        j = column[np.uint64(rows[i])]
        keys[p] = (np.uint32(j) << CODE) | np.uint32(i)
        p += np.uint64(j != 0)
    return p


@within
def _alike(keys: Array) -> bool:
    """Whether all have one code."""
    differ = np.uint32(0)
    for i in range(1, len(keys)):
        differ |= keys[i] ^ keys[0]
    return differ >> CODE == 0


@inner
def bring_in_order(target: Tallies, keys: Array, m: int) -> None:
    """target.order[:m] <- the first m keys, the highest code first; those of one code in any order.

    Behind them stands what says that rows of code 0 follow, or where there are none that no cut does.
    """
    order, word, rank, tally = target.order, target.word, target.rank, target.tally
    if m <= FEW:
        for p in range(m):
            word[p] = np.uint16((keys[p] >> np.uint32(16)) & np.uint32(0xFF00)) | np.uint16(p)
        count_above(word, m, rank)
        for p in range(m):
            order[np.uint64(rank[p])] = keys[p]
    else:
        for code in range(256):
            tally[code] = 0
        for p in range(m):
            tally[keys[p] >> CODE] += 1
        before = np.int64(0)
        for j in range(256):
            own = tally[255 - j]
            tally[255 - j] = before
            before += own
        for p in range(m):
            code = keys[p] >> CODE
            order[np.uint64(tally[code])] = keys[p]
            tally[code] += 1


@inner
def score_all(target: Tallies, m: int, n: int, squares: int, weight: float, floor: Array) -> tuple[float, int]:
    """target.score <- of each cut behind the first 1, 2, ... of m ordered rows what its sides add up to, -1 where it is
    none; the highest, and where they end.   n rows, squares = sum_k N_k^2, floor (rows, weight) that a side needs
    """
    order, own, right, whole = target.order, target.own, target.right, target.whole
    on_right, both, part, score = target.sums[0], target.sums[1], target.sums[2], target.score
    order[m] = 0 if m < n else order[m - 1]
    for k in range(len(right)):
        right[k] = 0
    a, b, c = np.int64(0), np.int64(0), np.int64(0)
    for i in range(m):
        mark = own[order[i] & PLACE]
        own_class, w = np.uint64(mark & OWN), np.int64(mark >> CLASS)
        r = right[own_class]
        a += w * (2 * r + w)
        b += w * whole[own_class]
        c += w
        right[own_class] = r + w
        on_right[i], both[i], part[i] = a, b, c
    first, least = np.int64(floor[0]) - 1, floor[1]
    stop = m if m < n - first - 1 else n - first - 1
    top: Any = np.int64(-1)
    for j in range(stop - first):
        at = np.uint64(first + j)  # not counted from the end: those of a vector stand side by side
        right_w = np.float64(part[at])
        left_w = weight - right_w
        left_s = np.float64(squares - 2 * both[at] + on_right[at])
        cut = ((order[at] ^ order[at + ONE]) >> CODE != 0) & (left_w >= least) & (right_w >= least)
        own_score = left_s / left_w + np.float64(on_right[at]) / right_w if cut else -1.0
        score[at] = own_score
        bits = np.float64(own_score).view(np.int64)  # in the order of numbers, where these are not negative
        top = bits if bits > top else top
    highest = np.int64(top).view(np.float64)
    return highest if top >= 0 else -np.inf, stop


@inner
def last_above(score: Array, stop: int, least: float) -> int:
    """The last place before `stop` with a score of at least that; there is one."""
    i = stop - 1
    while score[np.uint64(i)] < least:
        i -= 1
    return i


@within
def part_by_bytes(table: ByteTable, rows: Array, node: Any, sets: Array, room: Room) -> int:
    """Rows of a node that go left to its front, order kept; the place where the right ones begin."""
    begin, n, f, moved = node.begin, node.end - node.begin, node.feature, room.absent
    by_row, column, cut = table.by_row, table.codes[f], np.uint8(node.cut)
    a, b, own = np.uint64(0), np.uint64(0), rows[begin : begin + n]
    if are_near(by_row, n):
        for i in range(n):
            row = own[i]
            goes = np.uint64(by_row[np.uint64(row), f] <= cut)
            own[a] = moved[b] = row
            a += goes
            b += ONE - goes
    else:
        for i in range(n):
            row = own[i]
            goes = np.uint64(column[np.uint64(row)] <= cut)
            own[a] = moved[b] = row
            a += goes
            b += ONE - goes
    for j in range(np.int64(b)):
        own[np.int64(a) + j] = moved[j]
    return begin + np.int64(a)


answer(load, {Tallies: load_tallies})
