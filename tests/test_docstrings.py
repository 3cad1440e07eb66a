"""Each public model tells what it minimises and how, its shapes, cost, assumptions and source."""

import importlib
import inspect
import pkgutil
import re

import pytest

import pellucid
from pellucid.base import Estimator

PARTS: dict[str, str] = {
    "equation": r"(?m)^ {4,}\S.*( = |<-|~|\bargm|\bminimise|\bmaximise|:  )",  # an indented line with a formula
    "update": (
        r"<-|\b[Ff]ound by\b|\b[Cc]losed form\b|\b[Oo]ne pass\b|\beigen|\bSVD\b|\b[Nn]othing (is|to) train"
        r"|\bsplit\b.* =|\bcut of\b|\bfitted (on|to)\b|\b[Cc]ounting\b|\bgrown on\b"
    ),
    "shapes": r"\bX:? .{0,20}\(\w+, \w+.*\)",
    "cost": r"\b[Cc]osts?\b|\b[Ss]tep costs\b|\bN D\b|\bO\(",
    "assumption": r"\b[Aa]ssum",
    "source": r"\bSources?:",
}
"""What a docstring has to hold, and a form in which it can be recognised."""

REFERENCE = re.compile(r"(?:as for|as in|[Oo]therwise as|those of|[Aa]s|[Ss]ee|:|`) ?`?([A-Z]\w+)`?")
"""Where a docstring leaves a part to that of another estimator: "cost and assumptions are as for `Other`"."""

EXCUSED: dict[str, str] = {
    **dict.fromkeys(
        ("GridSearchCV", "RandomizedSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "OptunaSearchCV"),
        "it fits another estimator, and minimises nothing itself",
    ),
    "Pipeline": "it fits other estimators, and minimises nothing itself",
    "TransformedTargetRegressor": "it fits another estimator, and minimises nothing itself",
    "DummyClassifier": "it answers without looking at X: shapes, assumptions and sources would be those of a mean",
    "DummyRegressor": "as DummyClassifier",
}
"""Predictors that are asked for no parts, and why."""

UNLIKE_PREDICTORS = ("NearestNeighbors", "DBSCAN", "PCA", "IncrementalPCA", "TruncatedSVD")
"""Models of which the same is asked although they have no `predict`."""


def public_estimators() -> dict[str, type]:
    """All public estimator classes by name."""
    names = [module.name for module in pkgutil.iter_modules(pellucid.__path__) if module.ispkg]
    packages = [importlib.import_module(f"pellucid.{name}") for name in names]
    found = {name: getattr(package, name) for package in packages for name in getattr(package, "__all__", ())}
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, type) and issubclass(value, Estimator) and not inspect.isabstract(value)
    }


ESTIMATORS = public_estimators()
MODELS = sorted(
    name
    for name, value in ESTIMATORS.items()
    if (hasattr(value, "predict") or name in UNLIKE_PREDICTORS) and hasattr(value, "fit")
)


def prose(text: str) -> str:
    """A docstring without its examples."""
    return "\n".join(line for line in inspect.cleandoc(text).splitlines() if not line.startswith(">>>"))


def missing(own: str, others: dict[str, str]) -> list[str]:
    """The parts that neither a docstring holds nor those of the estimators that it refers to."""
    texts = [own] + [others[name] for name in REFERENCE.findall(own) if name in others]
    return [part for part, form in PARTS.items() if not any(re.search(form, text) for text in texts)]


@pytest.mark.parametrize("name", [name for name in MODELS if name not in EXCUSED])
def test_each_model_tells_the_six_things_asked_of_it(name: str) -> None:
    docs = {other: prose(value.__doc__ or "") for other, value in ESTIMATORS.items()}
    assert missing(docs[name], docs) == []


def test_the_models_are_found_and_no_excuse_is_for_none() -> None:
    assert len(MODELS) > 50
    assert set(EXCUSED) - set(MODELS) == set()
    assert set(UNLIKE_PREDICTORS) - set(MODELS) == set()


FULL = """A line.

    (w, b) = argmin sum_i (y_i - b - x_i . w)^2

X (N, D), y (N,) -> coef_ (D,).  Found by least squares, which costs N D^2.
It assumes that the target is a sum.  Source: Gauss, 1809.
"""


@pytest.mark.parametrize(
    ("part", "without"),
    [
        ("equation", FULL.replace("    (w, b) = argmin sum_i (y_i - b - x_i . w)^2", "")),
        ("update", FULL.replace("Found by least squares, which costs", "Costs")),
        ("shapes", FULL.replace("X (N, D), y (N,) -> coef_ (D,).", "")),
        ("cost", FULL.replace(", which costs N D^2", "")),
        ("assumption", FULL.replace("It assumes that the target is a sum.", "")),
        ("source", FULL.replace("Source: ", "")),
    ],
)
def test_a_part_that_is_left_out_is_missed_unless_another_docstring_is_named_that_has_it(
    part: str, without: str
) -> None:
    assert missing(FULL, {}) == []
    assert missing(without, {}) == missing(without, {"Other": FULL}) == [part]
    assert missing(without + "All else is as for Other.", {"Other": FULL}) == []
    assert missing(without + "All else is as for Other.", {"Other": without}) == [part]
