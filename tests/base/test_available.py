"""A method that is there only under a condition."""

import pytest

from pellucid.base import Estimator, Flag, available_if


class Door(Estimator):
    """Open ones can be walked through."""

    limits = {"is_open": Flag()}

    def __init__(self, is_open: bool = False) -> None:
        self.is_open = is_open

    def fit(self) -> "Door":
        return self

    @available_if(lambda door: door.is_open, "the door is shut")
    def walk(self, steps: int = 1) -> int:
        """Steps taken."""
        return steps


def test_hasattr_tells_whether_the_method_is_there_and_follows_changes() -> None:
    door = Door()
    assert not hasattr(door, "walk")
    assert door.set_params(is_open=True).walk(steps=3) == 3


def test_asking_for_it_says_why_it_is_not_there() -> None:
    with pytest.raises(AttributeError, match="'Door' object has no attribute 'walk': the door is shut"):
        Door().walk()


def test_the_class_shows_the_function_and_its_docstring() -> None:
    assert Door.walk.__doc__ == "Steps taken."
