"""Answers come in order and from the right question, however many threads ask ahead."""

import threading

import pytest

from pellucid.data._ahead import read_ahead


def threads() -> int:
    return sum(thread.name.startswith("pellucid-ahead") for thread in threading.enumerate())


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_answers_come_in_the_order_of_the_questions(workers):
    gates = [threading.Event() for _ in range(8)]

    def ask(number: int) -> int:
        if workers > 1 and number % 2 == 0:
            gates[number + 1].wait(5)  # an even question is answered after the odd one behind it
        gates[number].set()
        return number * number

    assert list(read_ahead(ask, range(8), workers, 2 * workers)) == [number * number for number in range(8)]
    assert threads() == 0


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_an_error_comes_where_its_answer_would_have_come(workers):
    answers = read_ahead(lambda number: 1 / (number - 3), range(9), workers, 6)
    assert [next(answers) for _ in range(3)] == [1 / -3, 1 / -2, 1 / -1]
    with pytest.raises(ZeroDivisionError):
        next(answers)
    assert threads() == 0


def test_no_more_than_asked_for_is_worked_ahead():
    asked = []
    answers = read_ahead(lambda number: asked.append(number) or number, range(100), 2, 5)
    next(answers)
    answers.close()
    assert len(asked) <= 6
    assert threads() == 0
