"""Varied pictures: what each kind does by hand-worked cases, and that chance depends on seed, epoch and row alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pellucid.data import (
    ArrayDataset,
    Augmentation,
    Augmented,
    Compose,
    ConcatDataset,
    DataLoader,
    Dataset,
    Normalize,
    RandomCrop,
    RandomHorizontalFlip,
    RandomRotation,
    RandomShift,
    RandomVerticalFlip,
    Subset,
)
from pellucid.data._augmentations import rotated
from pellucid.errors import DataError, ParameterError, ShapeError

KINDS = {
    "flip": RandomHorizontalFlip(),
    "turn over": RandomVerticalFlip(),
    "shift": RandomShift((2, 1)),
    "rotation": RandomRotation(20.0),
    "crop": RandomCrop(3, padding=1),
    "all": Compose([RandomShift(1), RandomRotation(5.0), RandomCrop((4, 3)), RandomHorizontalFlip()]),
}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


pictures = hnp.arrays(
    st.sampled_from([np.uint8, np.float32, np.float64]),
    st.tuples(st.integers(1, 3), st.integers(4, 7), st.integers(4, 7)),
    elements=st.integers(0, 255),
)


@pytest.mark.parametrize("name", KINDS)
@given(picture=pictures, seed=st.integers(0, 5))
def test_a_stream_gives_one_picture_of_the_same_dtype_and_leaves_the_original(name, picture, seed):
    before = picture.copy()
    one, two = (KINDS[name](picture, rng(seed)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.dtype == picture.dtype
    assert one.ndim == 3
    np.testing.assert_array_equal(picture, before)
    if "crop" not in name and name != "all":
        assert one.shape == picture.shape


@given(pictures)
def test_flips_are_their_own_inverse_and_happen_with_their_chance(picture):
    for kind in (RandomHorizontalFlip, RandomVerticalFlip):
        twice = kind(1.0)(kind(1.0)(picture, rng()), rng())
        np.testing.assert_array_equal(twice, picture)
        np.testing.assert_array_equal(kind(0.0)(picture, rng()), picture)
    flipped = sum(RandomHorizontalFlip(0.3)(np.array([[[0, 1]]]), rng(seed))[0, 0, 0] for seed in range(500))
    assert abs(flipped - 150) < 4 * np.sqrt(500 * 0.3 * 0.7)


def test_a_shift_moves_by_every_amount_up_to_its_limit_and_fills_the_edge():
    picture = np.array([[[1, 2, 3]]], np.uint8)
    found = {tuple(RandomShift((0, 2), fill=9)(picture, rng(seed))[0, 0].tolist()) for seed in range(100)}
    assert found == {(3, 9, 9), (2, 3, 9), (1, 2, 3), (9, 1, 2), (9, 9, 1)}


def test_a_crop_takes_every_window_of_the_padded_picture():
    picture = np.arange(6, dtype=np.uint8).reshape(1, 2, 3)
    found = {tuple(RandomCrop((1, 2))(picture, rng(seed)).ravel().tolist()) for seed in range(100)}
    assert found == {(0, 1), (1, 2), (3, 4), (4, 5)}
    assert RandomCrop(4, padding=(1, 1), fill=7)(picture, rng()).shape == (1, 4, 4)
    with pytest.raises(ShapeError, match=r"picture \(1, 2, 3\), padded by \(0, 0\), has no window of \(3, 3\)"):
        RandomCrop(3)(picture, rng())


@given(pictures)
def test_quarter_turns_of_a_square_are_exact(picture):
    side = min(picture.shape[1:])
    square = picture[:, :side, :side]
    for quarters in (-2, -1, 0, 1, 2):
        np.testing.assert_allclose(rotated(square, 90.0 * quarters), np.rot90(square, quarters, axes=(1, 2)), atol=1e-4)


def test_a_turn_interpolates_and_fills_from_outside():
    picture = np.array([[[0.0, 0.0, 0.0], [0.0, 8.0, 0.0], [0.0, 0.0, 0.0]]])
    turned = rotated(picture, 45.0)
    share = 1 - np.sqrt(0.5)  # a neighbour reads from (0.29, 0.29) beside a corner, so 0.29^2 of the middle
    np.testing.assert_allclose(turned[0, 1, 1], 8.0)
    np.testing.assert_allclose(turned[0, 0, 1], 8.0 * share * share)
    assert rotated(np.ones((1, 1, 9)), 90.0, fill=5.0)[0, 0].tolist() == [5.0] * 4 + [1.0] + [5.0] * 4


def test_pillow_turns_the_same_way():
    image = pytest.importorskip("PIL.Image")
    y, x = np.mgrid[:40, :50]
    picture = (100 + 50 * np.sin(x / 9) + 50 * np.cos(y / 7)).astype(np.uint8)
    theirs = np.asarray(image.fromarray(picture).rotate(17.0, resample=image.Resampling.BILINEAR)).astype(int)
    ours = rotated(picture[None], 17.0)[0].astype(int)
    assert np.abs(ours - theirs)[12:-12, 12:-12].max() <= 1  # inside; Pillow fills the border without blending


def test_normalising_is_the_formula_a_channel():
    picture = np.arange(12, dtype=np.uint8).reshape(3, 2, 2)
    found = Normalize((0.0, 4.0, 8.0), 2.0)(picture, rng())
    assert found.dtype == np.float32
    assert found.tolist() == [[[0.0, 0.5], [1.0, 1.5]]] * 3
    with pytest.raises(ShapeError, match="mean has 2 and std 1 numbers, a picture .* has 3 channels"):
        Normalize((0.0, 1.0), 1.0)(picture, rng())


class Noise(Augmentation):
    """A picture of one random number."""

    def __call__(self, picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.full((1, 1, 1), rng.random())


@pytest.fixture
def rows() -> Dataset:
    return Augmented(ArrayDataset(np.zeros((10, 1, 2, 2)), np.arange(10)), Noise(), seed=4)


def values(loader: DataLoader) -> dict[int, float]:
    return {int(row): float(x[0, 0, 0]) for batch in loader for x, row in zip(*batch, strict=True)}


def test_a_picture_depends_on_seed_epoch_and_row_alone(rows):
    plain = DataLoader(rows, batch_size=3)
    shuffled = DataLoader(rows, batch_size=4, shuffle=True, seed=0, num_workers=3)
    first, second = values(plain), values(plain)
    assert values(shuffled) == first
    assert values(shuffled) == second
    assert len(set(first.values()) | set(second.values())) == 20
    other = Augmented(rows.dataset, Noise(), seed=5)
    assert not set(values(DataLoader(other)).values()) & set(first.values())


def test_subsets_and_concatenations_pass_the_epoch_on(rows):
    loader = DataLoader(ConcatDataset([Subset(rows, [7, 2]), Subset(rows, [5])]), batch_size=2)
    for epoch in range(2):
        assert values(loader) == {row: float(rows.at(epoch)[row][0][0, 0, 0]) for row in (7, 2, 5)}


def test_a_resumed_walk_sees_the_pictures_of_its_epoch(rows):
    first = DataLoader(rows, 4, True, seed=1)
    list(first)
    walk = iter(first)
    next(walk)
    second = DataLoader(rows, 4, True)
    second.restore(first.state())
    assert values(second) == values(walk)


def test_only_pictures_can_be_varied():
    with pytest.raises(DataError, match=r"the picture of row 0 is \(2,\); give pictures \(C, H, W\)"):
        Augmented(ArrayDataset(np.zeros((3, 2))), Noise())[0]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: RandomHorizontalFlip(1.5), "RandomHorizontalFlip: p is 1.5"),
        (lambda: RandomShift(-1), "RandomShift: pixels is -1"),
        (lambda: RandomShift((1, 2, 3))(np.zeros((1, 2, 2)), rng()), r"pixels is \(1, 2, 3\); give one whole number"),
        (lambda: RandomRotation(181.0), "RandomRotation: degrees is 181.0"),
        (lambda: RandomCrop(0), "RandomCrop: size is 0"),
        (lambda: Normalize(0.0, 0.0), "Normalize: mean is 0.0, std 0.0; .* std > 0"),
        (lambda: Compose([abs]), "Compose: builtin_function_or_method is no pellucid.data.Augmentation"),
    ],
)
def test_options_outside_their_limits_are_refused(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
