"""Repeated folds: each repeat is a whole set of folds, and the repeats differ."""

import numpy as np

from pellucid.model_selection import RepeatedKFold, RepeatedStratifiedKFold


def test_each_repeat_tests_every_row_once_and_keeps_the_classes_even() -> None:
    y = np.repeat([0, 1], [30, 10])
    for kind in (RepeatedKFold, RepeatedStratifiedKFold):
        pairs = list(kind(n_splits=5, n_repeats=3, random_state=0).split(y, y))
        assert len(pairs) == 15
        for repeat in range(3):
            tested = [test for _, test in pairs[5 * repeat : 5 * repeat + 5]]
            assert sorted(np.concatenate(tested).tolist()) == list(range(40))
            if kind is RepeatedStratifiedKFold:
                assert [np.bincount(y[test]).tolist() for test in tested] == [[6, 2]] * 5


def test_repeats_differ_from_each_other_and_the_first_do_not_depend_on_how_many_there_are() -> None:
    few, many = (
        [test.tolist() for _, test in RepeatedKFold(n_splits=2, n_repeats=r, random_state=5).split(range(20))]
        for r in (2, 4)
    )
    assert many[:4] == few
    assert few[0] != few[2]
