"""Growing a tree: options by name in, a Tree out.

Here: `Growth`, what limits a tree; `grow_tree`, and `growing`, where one looks on; `Ground`, for trees in a row.
Elsewhere: the compiled loop is in _grow_kernels.py; estimators give the options in _decision_tree.py.
Imports: numpy and this package; the kernels, and Numba with them, inside functions.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, final

import numpy as np

from pellucid.base._tables import Array
from pellucid.ops._memory import empty_on_line
from pellucid.tree._columns import ByteColumns, ByteTable, Coded, Columns, Table
from pellucid.tree._tree import Tree
from pellucid.tree._units import unit_of

Criterion = Literal["gini", "entropy", "log_loss", "squared_error", "absolute_error"]

NO_LIMIT = 2**31 - 1
SET_CELLS = 1 << 20  # categories of all nodes; memory that is not written to costs nothing
MOVED_BYTES = 1 << 19  # of rows that are moved from one place to another and back: both fill a second-level cache
FAR_BYTES = 1 << 24  # the same where so many columns are asked that rows are better moved in far memory
FEW_ASKED = 3  # cells of a row for a drawn column: with fewer FAR_BYTES are better, 1.5 times where all 20 are drawn
LINE_CELLS = 16  # int32, a line of the cache: a gap between the two sides of what is moved
SOME_WEIGHT = 1e-300  # a side of no weight has no mean


@final
@dataclass(frozen=True)
class Growth:
    """What limits a tree, in numbers: see the estimators for their meaning.

    n_classes 0: targets are numbers.  min_weight is absolute, not a share.  monotonic: a sign for each feature, +1
    where the value (of two classes: the share of the second) may only rise with it, -1: only fall; (): no such bound.
    """

    criterion: Criterion
    n_classes: int = 0
    max_depth: int = NO_LIMIT
    max_leaves: int = 0
    max_features: int = NO_LIMIT
    min_samples_split: int = 2
    min_samples_leaf: int = 1
    min_weight: float = 0.0
    min_impurity_decrease: float = 0.0
    monotonic: tuple[int, ...] = ()


@final
class Ground:
    """What trees that grow one after the other by drawn cuts, for classes and within the same limits, need not make
    anew: memory, and rows by class where targets and weights are the arrays of the tree before.

    Memory that a process has not used yet cost 2 us for 4 KiB, on a virtual machine.
    """

    def __init__(self) -> None:
        self._begun: tuple[Any, ...] = None, None
        self._room: tuple[Any, Any] = (), None

    def __reduce__(self) -> tuple[Any, ...]:
        return Ground, ()  # memory is of one process

    def begin(
        self, y: Array, weight: Array, growth: Growth, order: Array
    ) -> tuple[Any, tuple[float, bool], Array, bool]:
        """The target, the scale of `_target`, the rows of positive weight sorted by class, whether all weigh 1."""
        if self._begun[0] is not y or self._begun[1] is not weight:
            own = (y[order], weight[order]) if len(order) else (y, weight)
            target, scale = _target(*own, growth, 0, True)
            rows, alike = _rows_of(target)
            self._begun = y, weight, target, scale, rows, alike, rows.copy()
        *_, target, scale, rows, alike, out = self._begun
        np.copyto(out, rows)
        return target, scale, out, alike

    def room(self, table: Columns, n_rows: int, n_classes: int, max_features: int) -> Any:
        """Held RowRoom for a tree of up to so many rows."""
        from pellucid.tree._bundles import Held
        from pellucid.tree._row_kernels import NEVER, OPEN, RowRoom
        from pellucid.tree._vector_kernels import BITS

        width, n_features = table.by_row.shape[1], len(table.category)
        most = MOVED_BYTES if max_features * FEW_ASKED <= width else FAR_BYTES
        n_moved = min(n_rows, most // (width * table.by_row.itemsize))
        sizes = n_rows, n_moved, width, n_features, n_classes
        if self._room[0] != sizes:
            room = RowRoom(
                x=empty_on_line((2 * (n_moved * width + LINE_CELLS),), np.int32),
                width=width,
                n_moved=n_moved,
                low=np.empty(width, np.int32),
                high=np.empty(width, np.int32),
                cell=np.full(width, NEVER),
                left=np.empty(n_classes * width, np.int32),
                own=np.empty(n_classes, np.int64),
                cut=np.empty(n_features, np.int64),
                open=np.empty((OPEN, 7), np.int64),
                counts=np.empty((OPEN, n_classes), np.int64),
                spare=np.empty(n_rows + BITS, np.int32),
            )
            self._room = sizes, Held(room)
        return self._room[1]


def grow_tree(
    given: Coded | Columns, y: Array, weight: Array, growth: Growth, seed: int, ground: Ground | None = None
) -> Tree:
    """The tree that the rows of positive weight grow: by the best cuts of codes, or by drawn cuts of Columns.

    y (N,): class numbers, or targets; weight (N,) >= 0; seed in [0, 2^63) for the features and cuts that are drawn.
    """
    (tree,) = growing(given, y, weight, growth, seed, lambda leaves: NO_LIMIT, ground)
    return tree


def growing(
    given: Coded | Columns,
    y: Array,
    weight: Array,
    growth: Growth,
    seed: int,
    splits: Callable[[int], int],
    ground: Ground | None = None,
) -> Iterator[Tree]:
    """The tree that `grow_tree` gives, last; before, as far as it is after so many further splits each time.

    splits: of the number of leaves, 1 or more.  Trees that are grown by rows are grown in one go.
    Weights and targets of a size whose squares would not fit into floats are counted in units of their own.
    """
    units = unit_of(weight), 1.0 if growth.n_classes > 0 else unit_of(y)
    if units != (1.0, 1.0):
        scaled = given, y / units[1], weight / units[0], _in_units(growth, *units), seed, splits, ground
        yield from (_out_of_units(tree, growth.criterion, *units) for tree in growing(*scaled))
        return
    from pellucid.tree._bundles import Held
    from pellucid.tree._grow_kernels import Options
    from pellucid.tree._split_kernels import ByteSegments

    table = given.table if isinstance(given, Coded) else given
    drawn = isinstance(table, Columns)
    if isinstance(table, Columns) and growth.n_classes > 0:
        ground = ground or Ground()
        target, scale, rows, alike = ground.begin(y, weight, growth, table.order)
        target = target._replace(counted=alike and not table.category.any())
        if target.counted and table.by_row.dtype == np.uint8 and not target.entropy and not any(growth.monotonic):
            table, target = ByteColumns(*table), ByteSegments(*target)
    else:
        rows = np.flatnonzero(weight > 0).astype(np.int32)
        target, scale = _target(y, weight, growth, len(rows), drawn)
        if tallied := _tallied(table, y, weight, growth, len(rows)):
            table, target = tallied
    n_leaves = max(1, len(rows) // growth.min_samples_leaf)
    if growth.max_leaves > 0:
        n_leaves = min(n_leaves, growth.max_leaves)
    if growth.max_depth < 30:
        n_leaves = min(n_leaves, 2**growth.max_depth)
    tree = _grown(2 * n_leaves - 1, 1 if scale[1] else max(growth.n_classes, 1), drawn)
    options = Options(
        max_depth=growth.max_depth,
        max_leaves=growth.max_leaves,
        max_features=min(growth.max_features, len(table.category)),
        min_split=growth.min_samples_split,
        min_decrease=growth.min_impurity_decrease / scale[0],
        floor=np.array([growth.min_samples_leaf, max(growth.min_weight, SOME_WEIGHT)]),
        sign=np.array(growth.monotonic or [0] * len(table.category), np.int8),
    )
    held = Held(table), Held(target), Held(options), Held(tree)
    if ground and _by_rows(table, target, growth):
        n_nodes, sets = _grow_by_rows(held, rows, growth.n_classes, seed, ground), np.empty(0, np.bool_)
        if n_nodes < 0:
            given = given._replace(movable=False)  # type: ignore[union-attr]
            yield from growing(given, y, weight, growth, seed, splits, ground)
            return
    else:
        for n_nodes, sets, finished in _stages(held, rows, growth, seed, n_leaves, splits):
            if not finished:
                so_far = type(tree)(*(own[:n_nodes].copy() for own in tree))
                yield _as_tree(so_far, sets, scale, given)
    del held, target, rows, options  # before arrays of a tree are put together that are as large
    for own in tree:
        if len(own) > 0:
            own.resize((n_nodes, *own.shape[1:]), refcheck=False)  # in place
    yield _as_tree(tree, sets, scale, given)


def _in_units(growth: Growth, of_weight: float, of_y: float) -> Growth:
    """The same limits where weights and targets are counted in these units."""
    of_impurity = growth.min_impurity_decrease / of_y
    return replace(
        growth,
        min_weight=growth.min_weight / of_weight,
        min_impurity_decrease=of_impurity if growth.criterion == "absolute_error" else of_impurity / of_y,
    )


def _out_of_units(tree: Tree, criterion: Criterion, of_weight: float, of_y: float) -> Tree:
    """A tree that grew in these units, in those that were given."""
    impurity = tree.impurity * of_y
    return replace(
        tree,
        weighted_n_node_samples=tree.weighted_n_node_samples * of_weight,
        impurity=impurity if criterion == "absolute_error" else impurity * of_y,
        value=tree.value * of_y,
    )


def _rows_of(target: Any) -> tuple[Array, bool]:
    """The rows of positive weight, sorted by class; and whether all of them weigh 1."""
    from pellucid.tree._bundles import Held
    from pellucid.tree._lay_kernels import rows_by_class

    rows = np.empty(len(target.y), np.int32)
    n, ones = rows_by_class(Held(target), np.empty(len(target.left) + 1, np.int64), rows)
    return rows[:n], ones


def _by_rows(table: Any, target: Any, growth: Growth) -> bool:
    """Whether all columns of a row are asked at once: of narrow tables, for classes, where all rows weigh the same."""
    able = getattr(table, "movable", False) and getattr(target, "counted", False)
    return able and growth.max_leaves == 0 and not any(growth.monotonic)


def _stages(
    held: Any, rows: Array, growth: Growth, seed: int, n_leaves: int, splits: Callable[[int], int]
) -> Iterator[tuple[int, Array, bool]]:
    """Grow the bundles' tree; the number of nodes, the sets of categories that go left, and whether that is all.

    rows (n,) end up sorted by leaf.
    """
    from pellucid.tree._bundles import Held
    from pellucid.tree._grow_kernels import NODE, STAGE, grow
    from pellucid.tree._search_kernels import CATEGORY

    table = held[0].bundle
    sizes = len(table.category), table.filled.shape[1]
    room = Held(_room(len(rows), table.by_row.dtype, growth.criterion != "absolute_error", growth.n_classes, *sizes))
    pool, frontier = np.arange(len(table.category)), np.empty(n_leaves + 2, NODE)
    words = frontier.view(np.int64).reshape(len(frontier), -1)
    widest = int(np.max(table.size, where=table.category, initial=1))
    categories, sets = np.empty(widest, CATEGORY), np.empty(max(SET_CELLS, widest), np.bool_)
    state, given, stage = np.array([seed], np.uint64), rows.copy(), np.zeros(1, STAGE)
    now = stage[0]
    while not now["finished"]:
        leaves = max(1, int(now["n_leaves"]))
        now["most"] = more = splits(leaves)
        if grow(*held[:2], rows, state, *held[2:], frontier, words, room, pool, categories, sets, stage):
            yield int(now["n_nodes"]), sets[: now["n_set"]].copy(), bool(now["finished"])
            continue
        sets = np.empty(8 * len(sets), np.bool_)  # more sets than there is room for: it is grown anew, as it was
        pool[:], rows[:], state[0], stage[:] = range(len(pool)), given, seed, np.zeros(1, STAGE)
        splits = _again(leaves - 1 + more, splits)


def _again(most: int, splits: Callable[[int], int]) -> Callable[[int], int]:
    """`most` splits first, then as before."""
    first = iter([most])
    return lambda leaves: next(first, 0) or splits(leaves)


def _grow_by_rows(held: Any, rows: Array, n_classes: int, seed: int, ground: Ground) -> int:
    """The same for tables whose rows can be moved; the number of nodes, -1 where codes do not tell enough."""
    from pellucid.tree._row_kernels import grow_rows

    table, target, options = (one.bundle for one in held[:3])
    room = ground.room(table, len(target.y), n_classes, options.max_features)
    return int(grow_rows(*held[:2], rows, *held[2:], np.arange(len(table.category)), room, seed))


def _grown(n_nodes: int, n_values: int, drawn: bool) -> Any:
    """Memory for a tree of that many nodes; what is not written to costs nothing."""
    from pellucid.tree._grow_kernels import Grown

    return Grown(
        left=np.empty(n_nodes, np.int32),
        feature=np.empty(n_nodes, np.int32),
        threshold=np.empty(n_nodes if drawn else 0),
        ends=np.empty((0 if drawn else n_nodes, 2), np.int32),
        missing_left=np.empty(n_nodes, np.bool_),
        set_start=np.empty(n_nodes, np.int32),
        impurity=np.empty(n_nodes),
        rows=np.empty(n_nodes, np.int32),
        weight=np.empty(n_nodes),
        value=np.empty((n_nodes, n_values)),
    )


def _target(
    y: Array, weight: Array, growth: Growth, n: int, drawn: bool = False, counted: bool = False
) -> tuple[Any, tuple[float, bool]]:
    """The kernels' bundle; by what their impurity is multiplied, and whether their value is the share of class 1."""
    from pellucid.tree._split_kernels import Classes, Moments, Ranks, Segments

    entropy = growth.criterion in ("entropy", "log_loss")
    scale = 1.0 / math.log(2.0) if entropy else 1.0
    if drawn and growth.n_classes > 0:
        shares, k = np.empty((3, growth.n_classes)), np.empty((growth.n_classes + 1, 3), np.int64)
        return Segments(_numbers(y, growth.n_classes), weight, entropy, counted, k, *shares), (scale, False)
    if growth.criterion == "gini" and growth.n_classes == 2:
        return Moments(y.astype(np.float64), weight), (2.0, True)
    if growth.criterion == "squared_error":
        return Moments(y.astype(np.float64), weight), (1.0, False)
    if growth.criterion == "absolute_error":
        rank = np.unique(y, return_inverse=True)[1].astype(np.uint32)
        sums = np.empty((2, n + 1))
        room = np.empty(n), np.empty(n, np.int32), sums, np.empty_like(sums)
        return Ranks(y.astype(np.float64), weight, rank, *room), (1.0, False)
    room_c = np.empty(n, np.int32), *np.empty((3, growth.n_classes))
    return Classes(y.astype(np.int32), weight, entropy, *room_c), (scale, False)


def _tallied(table: Any, y: Array, weight: Array, growth: Growth, n: int) -> tuple[Any, Any] | None:
    """Table and target for rows of whole weights, where they can be tallied: see _tally_kernels.py; n rows weigh."""
    from pellucid.tree._tally_kernels import CLASS, MOST, Tallies
    from pellucid.tree._word_kernels import WORDS

    able = type(table) is Table and table.codes.dtype == np.uint8 and growth.criterion == "gini"
    if not able or not 2 < growth.n_classes <= 256 or any(growth.monotonic) or weight.sum() >= MOST:
        return None
    whole = weight.astype(np.uint32)
    if not np.array_equal(whole, weight):
        return None
    words, sums = np.empty((2, -(-n // WORDS) * WORDS), np.uint16), np.empty((2, growth.n_classes), np.int64)
    target = Tallies(
        mark=whole << CLASS | y.astype(np.uint32),
        own=np.empty(n, np.uint32),
        keys=np.empty((4, n), np.uint32),
        order=np.empty(n + 1, np.uint32),
        word=words[0],
        rank=words[1],
        tally=np.empty(256, np.int64),
        right=sums[0],
        whole=sums[1],
        sums=np.empty((3, n), np.int64),
        score=np.empty(n),
    )
    return ByteTable(*table), target


def _numbers(y: Array, n_classes: int) -> Array:
    """Class numbers in as little memory as they need."""
    return y.astype(np.uint8 if n_classes <= 256 else np.int32)


def _room(
    n: int, cell: Any = np.uint8, may_skip: bool = True, n_classes: int = 0, n_features: int = 1, words: int = 1
) -> Any:
    """Memory for n rows, with the type of a cell of the table, and as many words as say which cells of a row are 0."""
    from pellucid.tree._order_kernels import SMALL_ROWS
    from pellucid.tree._split_kernels import Room
    from pellucid.tree._vector_kernels import BITS

    return Room(
        w=np.empty(n),
        t=np.empty(n),
        packed=np.empty(n, np.uint64),
        spare=np.empty(n + 1, np.uint64),
        absent=np.empty(n, np.int32),
        short=np.empty((2, SMALL_ROWS), np.uint32),
        buckets=np.empty(2048, np.int64),
        sums=np.empty((2, 3)),
        may_skip=may_skip,
        drawn=np.empty((2, n_features), np.int64),
        filled=np.empty(words, np.uint64),
        slot=np.arange(5),
        x=np.empty((5, n + BITS), cell),
        counts=np.empty((256, max(3, 1 + n_classes))),
        bounds=np.array([0.0, -np.inf, np.inf, 0.0, 0.0]),
    )


def _as_tree(tree: Any, sets: Array, scale: tuple[float, bool], given: Coded | Columns) -> Tree:
    """The kernels' arrays under their public names."""
    threshold = tree.threshold
    if isinstance(given, Coded):
        threshold = np.full(len(tree.left), -2.0)
        inner = np.flatnonzero(tree.left >= 0)
        threshold[inner] = given.thresholds(tree.feature[inner], tree.ends[inner])
    value = tree.value
    if scale[1]:
        value = np.empty((len(value), 2))
        np.subtract(1.0, tree.value[:, 0], out=value[:, 0])
        value[:, 1] = tree.value[:, 0]
    np.multiply(tree.impurity, scale[0], out=tree.impurity)
    return Tree(
        children_left=tree.left,
        children_right=tree.left + (tree.left >= 0),  # of a leaf both are -1
        feature=tree.feature,
        threshold=threshold,
        missing_go_to_left=tree.missing_left,
        set_start=tree.set_start if len(sets) else np.broadcast_to(np.int32(-1), tree.set_start.shape),
        sets=sets,
        impurity=np.maximum(tree.impurity, 0.0, out=tree.impurity),
        n_node_samples=tree.rows,
        weighted_n_node_samples=tree.weight,
        value=value[:, None, :],
    )
