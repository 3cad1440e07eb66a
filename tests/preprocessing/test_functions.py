"""Functions as transformers: as given, by name, checked, stored only by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas
import polars
import pytest
import scipy.sparse
import sklearn.preprocessing

import pellucid
from pellucid.errors import DataError, DataWarning, ModelFileError, ParameterError
from pellucid.preprocessing import FunctionTransformer
from pellucid.preprocessing._functions import FUNCTIONS


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_name_is_the_function_of_numpy_so_called_and_can_be_stored(name: str, tmp_path: Path) -> None:
    x = np.array([[0.1, 0.2], [0.3, 0.9]])
    model = FunctionTransformer(name).fit(x)
    wanted = sklearn.preprocessing.FunctionTransformer(getattr(np, name)).fit_transform(x)
    np.testing.assert_array_equal(model.transform(x), wanted)
    pellucid.save(model, tmp_path / "f.pellucid")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "f.pellucid").transform(x), wanted)


@pytest.mark.parametrize(
    "func, words",
    [
        (lambda x: x, r"func is the Python function <lambda>, and a model file holds no code. Give one of NumPy's by"),
        (np.log1p, r"func is the Python function log1p, .* Give its name, func='log1p'"),
    ],
)
def test_a_function_is_not_stored_and_the_error_says_what_to_do(func: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=words):
        pellucid.save(FunctionTransformer(func).fit([[1.0]]), tmp_path / "f.pellucid")
    with pytest.raises(ModelFileError, match="feature_names_out is the Python function .*='one-to-one'"):
        pellucid.save(FunctionTransformer(feature_names_out=lambda t, names: names), tmp_path / "f.pellucid")
    assert list(tmp_path.iterdir()) == []


def test_what_is_given_is_handed_over_as_it_is() -> None:
    for X in ("text", {"a": 1}, [[1, "b"]], pandas.DataFrame({"a": ["x"]}), scipy.sparse.eye_array(2)):
        assert FunctionTransformer().fit(X).transform(X) is X
    seen = FunctionTransformer(lambda X, times: X * times, kw_args={"times": 3}).fit_transform(np.ones((1, 2)))
    assert seen.tolist() == [[3, 3]]


def test_validated_rows_are_numbers_with_the_columns_of_fit() -> None:
    model = FunctionTransformer("square", validate=True).fit(pandas.DataFrame({"a": [1, 2]}))
    assert model.transform([[3]]).tolist() == [[9.0]]
    for X, words in (
        ([[1.0, 2.0]], "expecting 1 features"),
        ([["a"]], "not a number"),
        ([[np.nan]], "missing values"),
        (scipy.sparse.eye_array(1, format="csr"), "set accept_sparse=True"),
    ):
        with pytest.raises(DataError, match=words):
            model.transform(X)
    halve = FunctionTransformer(lambda X: X / 2, validate=True, accept_sparse=True)
    assert halve.fit_transform(scipy.sparse.csr_array([[2.0, 0.0]])).toarray().tolist() == [[1, 0]]


def test_an_inverse_that_does_not_lead_back_is_told() -> None:
    x = np.arange(1.0, 1001.0).reshape(-1, 2)
    model = FunctionTransformer("log1p", "expm1").fit(x)
    np.testing.assert_allclose(model.inverse_transform(model.transform(x)), x, rtol=1e-12)
    with pytest.warns(DataWarning, match="not strictly inverse of each other"):
        FunctionTransformer("log1p", "exp").fit(x)
    FunctionTransformer("log1p", "exp", check_inverse=False).fit(x)
    with pytest.raises(DataError, match="'check_inverse' is only supported"):
        FunctionTransformer(lambda X: X, lambda X: X).fit(np.array([["a"]], dtype=object))


def test_names_of_outputs_are_known_only_where_somebody_told_them() -> None:
    frame = pandas.DataFrame({"a": [1.0], "b": [2.0]})
    silent = FunctionTransformer().fit(frame)
    assert not hasattr(silent, "get_feature_names_out")
    with pytest.raises(AttributeError, match="'get_feature_names_out': set feature_names_out='one-to-one'"):
        silent.get_feature_names_out()
    same = FunctionTransformer(feature_names_out="one-to-one").fit(frame)
    assert same.get_feature_names_out().tolist() == ["a", "b"]
    logs = FunctionTransformer("log", feature_names_out=lambda model, names: [f"log {name}" for name in names])
    assert logs.fit(frame).get_feature_names_out().tolist() == ["log a", "log b"]
    assert FunctionTransformer(feature_names_out="one-to-one").get_feature_names_out(["q"]).tolist() == ["q"]


def test_a_name_that_is_not_in_the_list_is_refused_with_the_list() -> None:
    with pytest.raises(ParameterError, match="func is 'system'; it must be 'log', 'log1p'"):
        FunctionTransformer("system").fit([[1.0]])
    record = FunctionTransformer("log").to_record()
    record["params"]["func"] = "os.system"
    with pytest.raises(ParameterError, match="func is 'os.system'"):
        FunctionTransformer.from_record(record)


@pytest.mark.parametrize("names", ["one-to-one", lambda _, names: [f"{name}_log" for name in names]])
@pytest.mark.parametrize("frame", [pandas.DataFrame, polars.DataFrame])
def test_a_frame_that_comes_out_has_the_names_that_are_promised(frame: Any, names: Any) -> None:
    X = frame({"a": [1, 2], "b": [10, 20]})
    logs = FunctionTransformer(feature_names_out=names).fit(X)
    out = logs.transform(X)
    assert isinstance(out, frame) and list(out.columns) == logs.get_feature_names_out().tolist()
    assert out.to_numpy().tolist() == X.to_numpy().tolist()
    numbered = pandas.DataFrame({0: [1], 1: [2]})
    logs.fit(numbered)
    assert list(logs.transform(numbered).columns) == logs.get_feature_names_out().tolist()
    other = FunctionTransformer(lambda X: frame({"c": [1, 2], "b": [10, 20]}), feature_names_out=names).fit(X)
    with pytest.raises(DataError, match="The output generated by `func` have different column names"):
        other.transform(X)
    fewer = FunctionTransformer(lambda X: frame({"a": [1, 2]}), feature_names_out=names).fit(X)
    with pytest.raises(DataError, match="have different column names"):
        fewer.transform(X)
