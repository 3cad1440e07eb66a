"""Each step draws by its number, and keeps what it came to."""

import numpy as np

from pellucid.ensemble._boosting_steps import StepChance, StepScores
from pellucid.random import generator


def test_a_step_draws_the_same_whatever_was_drawn_before_it() -> None:
    chance = StepChance(3)
    drawn = []
    for step in (0, 1, 2):
        rng = chance.of(step)
        drawn.append((rng.permutation(50), int(rng.integers(2**31))))
        rng.integers(9, size=step, dtype=np.uint32)  # half of a word may be left over
    for step in (2, 0, 1):
        rng = chance.of(step)
        np.testing.assert_array_equal(rng.permutation(50), drawn[step][0])
        assert rng.integers(2**31) == drawn[step][1]


def test_steps_draw_other_numbers_than_each_other_and_than_what_goes_before_them() -> None:
    chance = StepChance(3)
    firsts = [generator(3).random(100), *(chance.of(step).random(100) for step in range(50))]
    assert len(np.unique(firsts)) == 51 * 100


def test_scores_end_with_the_last_whole_step() -> None:
    scores = StepScores.of({})
    for loss in (3.0, 2.0, 1.0):
        scores.add({"loss": loss, "validation_loss": loss + 1})
    assert {name: noted.tolist() for name, noted in scores.until(2).items()} == {
        "train_score_": [3.0, 2.0],
        "validation_score_": [4.0, 3.0],
    }


def test_validation_losses_of_some_steps_only_are_none() -> None:
    scores = StepScores.of({"train_score_": np.ones(2), "validation_score_": np.ones(2)})
    assert "validation_score_" in scores.until(2)
    scores.add({"loss": 0.5})
    assert list(scores.until(3)) == ["train_score_"]
    late = StepScores.of({"train_score_": np.ones(2)})
    late.add({"loss": 0.5, "validation_loss": 0.5})
    assert list(late.until(3)) == ["train_score_"]


def test_what_earlier_steps_gained_is_not_a_number_where_they_left_no_rows_out() -> None:
    scores = StepScores.of({"train_score_": np.ones(2)})
    scores.add({"loss": 0.5, "oob_improvement": 0.25})
    np.testing.assert_array_equal(scores.until(3)["oob_improvement_"], [np.nan, np.nan, 0.25])
