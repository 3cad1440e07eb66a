"""The record of a run."""

import json
import math

import numpy as np
import pytest

from pellucid.auto import fit
from pellucid.auto._results import as_json


def test_it_holds_what_a_reader_needs_to_judge_the_run() -> None:
    results = fit("wine", seed=3).results
    assert (results["format"], results["seed"], results["decided_by"]) == ("pellucid results", 3, "validation log_loss")
    assert results["task"]["classes"] == ["class_0", "class_1", "class_2"]
    assert [row["name"] for row in results["candidates"]] == ["baseline", "logistic", "mlp"]
    assert results["test"]["rows"] == results["split"]["rows"]["test"]
    assert results["split"]["test_openings"] == 1
    assert len(results["split"]["test_sha256"]) == 64
    assert set(results["test"]["models"]) == {results["chosen"], "baseline"}
    assert results["data"]["rows"] == 178


@pytest.mark.parametrize("name", ["wine", "diabetes"])
@pytest.mark.usefixtures("without_network")
def test_its_text_is_strict_json_and_comes_back_as_it_was(name: str) -> None:
    results = fit(name, seed=0).results

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} is no JSON")

    assert json.loads(as_json(results), parse_constant=refuse) == results


def test_numbers_of_numpy_and_those_json_has_not_are_written() -> None:
    odd = {
        "a": np.float32(0.5),
        "b": (np.int64(1), np.bool_(True)),
        "c": [math.inf, -math.nan],
        "d": np.arange(2),
        1: "é\udcff",
    }
    assert json.loads(as_json(odd)) == {"a": 0.5, "b": [1, True], "c": [None, None], "d": [0, 1], "1": "é?"}
