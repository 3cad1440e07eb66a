"""Column transformers: scikit-learn's as the oracle, every kind of frame, and changed columns at predict time."""

import contextlib
import io
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import sklearn.compose
import sklearn.preprocessing
from scipy.sparse import csr_array, issparse
from sklearn.model_selection import GridSearchCV

import pellucid
from pellucid.base import clone
from pellucid.compose import ColumnTransformer, make_column_selector, make_column_transformer
from pellucid.errors import ColumnError, DataError, ModelFileError, NotFittedError, ParameterError
from pellucid.impute import SimpleImputer
from pellucid.linear_model import LogisticRegression
from pellucid.pipeline import Pipeline
from pellucid.preprocessing import FunctionTransformer, MinMaxScaler, OneHotEncoder, StandardScaler

RNG = np.random.default_rng(0)
N = 40
FRAME = pd.DataFrame(
    {
        "age": RNG.normal(size=N),
        "pay": np.where(RNG.random(N) < 0.2, np.nan, RNG.normal(size=N)),
        "job": RNG.choice(["cook", "nurse", "smith"], N),
        "flag": RNG.random(N) < 0.5,
        "id": np.arange(N),
    }
)
NUMBERS = FRAME[["age", "pay", "id"]].to_numpy()


def columns(**given: Any) -> ColumnTransformer:
    """Three treatments, one of them a pipeline."""
    numbers = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
    rows = [("num", numbers, ["age", "pay"]), ("cat", OneHotEncoder(), ["job"]), ("same", "passthrough", ["flag"])]
    return ColumnTransformer(rows, **given)


def both(rows: Any, **given: Any) -> tuple[ColumnTransformer, Any]:
    """Ours and scikit-learn's of the same transformers."""
    return ColumnTransformer(clone(rows), **given), sklearn.compose.ColumnTransformer(clone(rows), **given)


# -- numbers


@pytest.mark.parametrize("remainder", ["drop", "passthrough", MinMaxScaler()], ids=str)
@pytest.mark.parametrize(
    "rows",
    [
        [("z", StandardScaler(), [0]), ("range", MinMaxScaler(), [0, 1])],
        [("z", StandardScaler(), slice(1, None)), ("none", "drop", [0])],
        [("z", StandardScaler(), [False, True, False]), ("nothing", MinMaxScaler(), [])],
        [("z", StandardScaler(), lambda X: [-1]), ("same", "passthrough", np.array([0, 1]))],
        [("none", "drop", [1])],
    ],
    ids=["numbers", "slice", "mask", "function", "drop"],
)
def test_it_gives_the_numbers_and_names_of_scikit_learn(rows: Any, remainder: Any) -> None:
    ours, theirs = both(rows, remainder=remainder)
    np.testing.assert_allclose(ours.fit_transform(NUMBERS), theirs.fit_transform(NUMBERS), rtol=1e-12)
    np.testing.assert_allclose(ours.transform(NUMBERS), theirs.transform(NUMBERS), rtol=1e-12)
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert ours.output_indices_ == getattr(theirs, "output_indices_", ours.output_indices_)  # none for no output
    assert [name for name, *_ in ours.transformers_] == [name for name, *_ in theirs.transformers_]


@pytest.mark.parametrize("threshold", [0.0, 0.3, 0.9])
def test_the_output_is_sparse_when_it_is_for_scikit_learn(threshold: float) -> None:
    rows = [("hot", sklearn.preprocessing.OneHotEncoder(), ["job"]), ("z", StandardScaler(), ["age"])]
    ours, theirs = both(rows, sparse_threshold=threshold)
    one, other = ours.fit_transform(FRAME), theirs.fit_transform(FRAME)
    assert issparse(one) == issparse(other) == ours.sparse_output_
    dense = [part.toarray() if issparse(part) else part for part in (one, other, ours.transform(FRAME))]
    np.testing.assert_array_equal(dense[0], dense[1])
    np.testing.assert_array_equal(dense[0], dense[2])


def test_a_sparse_table_goes_in_and_comes_out() -> None:
    X = csr_array(np.eye(3))
    made = ColumnTransformer([("same", "passthrough", [2, 0])], sparse_threshold=1.0).fit_transform(X)
    assert issparse(made)
    np.testing.assert_array_equal(made.toarray(), np.eye(3)[:, [2, 0]])


@pytest.mark.parametrize("n_jobs", [1, 2, -1])
def test_the_number_of_jobs_changes_nothing(n_jobs: int) -> None:
    alone, together = columns().fit(FRAME), columns(n_jobs=n_jobs).fit(FRAME)
    np.testing.assert_array_equal(together.transform(FRAME), alone.transform(FRAME))
    np.testing.assert_array_equal(together.fit_transform(FRAME), alone.fit_transform(FRAME))


@pytest.mark.parametrize(
    "kind", [pd.DataFrame, pl.from_pandas, pa.Table.from_pandas], ids=["pandas", "polars", "arrow"]
)
def test_every_kind_of_frame_gives_the_same(kind: Any) -> None:
    wanted = columns().fit(FRAME)
    made = columns().fit(kind(FRAME))
    np.testing.assert_array_equal(made.transform(kind(FRAME)), wanted.transform(FRAME))
    assert made.get_feature_names_out().tolist() == wanted.get_feature_names_out().tolist()
    assert wanted.get_feature_names_out().tolist()[:3] == ["num__age", "num__pay", "cat__job_cook"]


def test_a_bare_name_gives_one_column_and_not_a_table() -> None:
    class Lengths:
        def fit(self, X: Any, y: Any = None) -> "Lengths":
            return self

        def transform(self, X: Any) -> Any:
            return np.array([[len(cell)] for cell in X])

    made = ColumnTransformer([("lengths", Lengths(), "job")]).fit_transform(FRAME)
    assert made.ravel().tolist() == [len(job) for job in FRAME["job"]]


def test_weights_are_factors() -> None:
    weighed = columns(transformer_weights={"num": 10.0}).fit_transform(FRAME)
    plain = columns().fit_transform(FRAME)
    np.testing.assert_array_equal(weighed[:, :2], plain[:, :2] * 10)
    np.testing.assert_array_equal(weighed[:, 2:], plain[:, 2:])


def test_arguments_of_fit_go_to_the_transformer_they_name() -> None:
    weights = np.arange(N) % 2
    made = ColumnTransformer([("z", StandardScaler(), ["id"])]).fit(FRAME, z__sample_weight=weights)
    np.testing.assert_allclose(made.named_transformers_["z"].mean_, FRAME["id"][1::2].mean())
    with pytest.raises(ParameterError, match="does not accept the sample_weight parameter; .* Members: z"):
        made.fit(FRAME, sample_weight=weights)


# -- changed columns


def test_after_a_frame_only_the_columns_used_are_looked_at_by_name() -> None:
    fitted = columns().fit(FRAME)
    other = pl.from_pandas(FRAME[["flag", "job", "pay", "age"]]).with_columns(more=pl.lit("text"))
    np.testing.assert_array_equal(fitted.transform(other), fitted.transform(FRAME))


def test_a_column_that_is_gone_or_renamed_is_named_with_its_user_and_the_remedy() -> None:
    fitted = columns().fit(FRAME)
    with pytest.raises(ColumnError) as caught:
        fitted.transform(FRAME.rename(columns={"pay": "Pay"}).drop(columns="flag"))
    assert str(caught.value) == (
        "ColumnTransformer: columns are missing: 'pay', 'flag'. 'num' was fitted on 'pay'. Did you mean 'Pay'? "
        "Add the column, or rename the one that holds it."
    )
    with pytest.raises(DataError, match="X has 4 features, but ColumnTransformer is expecting 5"):
        fitted.transform(FRAME.to_numpy()[:, 1:])


@pytest.mark.parametrize("chosen", ["age", ["age"], slice("age", "pay"), lambda X: ["age"]])
def test_columns_chosen_by_name_are_not_taken_by_place_from_what_has_no_names(chosen: Any) -> None:
    one = ColumnTransformer([("kept", "passthrough", chosen)]).fit(FRAME)
    for nameless in (FRAME.to_numpy(), FRAME.to_numpy().tolist()):
        with pytest.raises(ColumnError, match="the columns of 'kept' were chosen by name, and this X has no names"):
            one.transform(nameless)
    left = ColumnTransformer([("none", "drop", chosen), ("first", StandardScaler(), [0])]).fit(FRAME)
    np.testing.assert_array_equal(left.transform(FRAME.to_numpy()), left.transform(FRAME))  # those used have numbers


def test_the_remainder_is_named_as_the_other_columns_are() -> None:
    for given, left in (
        (["age"], ["pay", "job", "flag", "id"]),
        ([0], [1, 2, 3, 4]),
        (lambda X: ["age"], [1, 2, 3, 4]),
    ):
        made = ColumnTransformer([("z", StandardScaler(), given)], remainder="drop").fit(FRAME)
        assert made.transformers_[-1] == ("remainder", "drop", left)


def test_a_column_that_does_not_exist_is_refused_at_fit() -> None:
    with pytest.raises(ColumnError, match="ColumnTransformer, 'z': there is no column 'agee'. Did you mean 'age'?"):
        ColumnTransformer([("z", StandardScaler(), ["agee"])]).fit(FRAME)


# -- parameters


def test_parameters_are_found_by_name_at_any_depth_and_the_list_stays_unfitted() -> None:
    made = columns(remainder=StandardScaler())
    made.set_params(num__fill__strategy="median", cat="drop", remainder__with_mean=False)
    assert made.get_params()["num__fill__strategy"] == "median" and made.remainder.with_mean is False
    assert made.transformers[1] == ("cat", "drop", ["job"])
    made.fit(FRAME)
    assert not hasattr(made.transformers[0][1]["scale"], "mean_")
    assert hasattr(made.named_transformers_.num["scale"], "mean_")


def test_a_fitted_transformer_is_found_by_its_name() -> None:
    made = columns().fit(FRAME)
    assert made["num"] is made.named_transformers_.num
    with pytest.raises(ColumnError, match="there is no transformer 'nom'; it has num, cat, same, remainder"):
        made["nom"]


def test_names_follow_the_classes() -> None:
    made = make_column_transformer((StandardScaler(), ["age"]), (StandardScaler(), ["id"]), ("drop", ["job"]), n_jobs=2)
    assert [name for name, *_ in made.transformers] == ["standardscaler-1", "standardscaler-2", "drop"]
    assert made.n_jobs == 2


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"transformers": [("z", StandardScaler())]}, r"each must be a tuple \(name, transformer, columns\)"),
        ({"transformers": [("n_jobs", StandardScaler(), [0])]}, "a parameter of its own"),
        ({"transformers": [("z", LogisticRegression(), [0])]}, "cannot transform"),
        ({"remainder": LogisticRegression()}, "'remainder' is LogisticRegression.* cannot transform"),
        ({"remainder": "keep"}, "'remainder' is 'keep', which cannot transform"),
    ],
)
def test_what_cannot_transform_is_refused(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ParameterError, match=complaint):
        ColumnTransformer(**{"transformers": [], **given}).fit(NUMBERS)


def test_verbose_tells_each_transformer() -> None:
    with contextlib.redirect_stderr(io.StringIO()) as told:
        columns(verbose=True).fit(FRAME)
    assert [line.split(",")[0] for line in told.getvalue().splitlines()] == [
        f"[ColumnTransformer] ({i} of 3) Processing {name}" for i, name in enumerate(("num", "cat", "same"), start=1)
    ]


def test_without_a_fit_there_is_nothing_to_transform_with() -> None:
    with pytest.raises(NotFittedError, match="call fit first"):
        columns().transform(FRAME)


# -- tools, files


def test_grid_search_of_scikit_learn_sets_what_lies_inside() -> None:
    model = Pipeline([("columns", columns()), ("model", LogisticRegression())])
    y = (FRAME["age"] > 0).astype(int)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        search = GridSearchCV(model, {"columns__num__fill__strategy": ["mean", "median"], "model__C": [0.1, 1.0]}, cv=3)
        assert search.fit(FRAME, y).best_score_ > 0.8
    names = search.best_estimator_[:-1].get_feature_names_out().tolist()
    assert names == ["num__age", "num__pay", "cat__job_cook", "cat__job_nurse", "cat__job_smith", "same__flag"]


@pytest.mark.parametrize("chosen", [["age"], 0, slice("age", "pay"), slice(0, 2), np.array([0]), [True, *[False] * 4]])
def test_a_saved_one_gives_the_same_bits_however_columns_were_chosen(chosen: Any, tmp_path: Path) -> None:
    rows = [("num", SimpleImputer(), [0] if chosen == 0 and isinstance(chosen, int) else chosen)]
    fitted = ColumnTransformer(rows, remainder="drop").fit(FRAME)
    pellucid.save(fitted, tmp_path / "columns.pellucid")
    again = pellucid.load(tmp_path / "columns.pellucid")
    np.testing.assert_array_equal(again.transform(FRAME), fitted.transform(FRAME))
    assert again.output_indices_ == fitted.output_indices_
    assert again.get_feature_names_out().tolist() == fitted.get_feature_names_out().tolist()


def test_what_no_file_can_hold_is_named() -> None:
    foreign = ColumnTransformer([("theirs", sklearn.preprocessing.StandardScaler(), [0])]).fit(NUMBERS)
    with pytest.raises(ModelFileError, match="ColumnTransformer: 'theirs' is a sklearn.* Put one of pellucid's own"):
        pellucid.save(foreign, "never.pellucid")
    chosen = ColumnTransformer([("mine", StandardScaler(), lambda X: [0])]).fit(NUMBERS)
    with pytest.raises(ModelFileError, match="columns of 'mine' are chosen by the function .* or with make_column_sel"):
        pellucid.save(chosen, "never.pellucid")
    named = ColumnTransformer([], verbose_feature_names_out=lambda name, column: column)
    with pytest.raises(ModelFileError, match="verbose_feature_names_out is a function; give a text"):
        pellucid.save(named, "never.pellucid")


def test_a_damaged_record_is_refused() -> None:
    record = ColumnTransformer([("z", StandardScaler(), [0])]).fit(FRAME[["age", "id"]]).to_record()
    record["state"]["feature_names_in_"] = np.array(["age"], dtype=object)
    with pytest.raises(ModelFileError, match="not one name for each column"):
        ColumnTransformer.from_record(record)


def test_columns_of_adult_by_type_reach_the_end(shared_data: Path) -> None:
    frame = pl.read_csv(shared_data / "adult_train.csv", n_rows=2000)
    made = ColumnTransformer(
        [
            ("num", StandardScaler(), make_column_selector(dtype_include="number")),
            ("cat", OneHotEncoder(), make_column_selector(dtype_include="string")),
        ]
    ).fit(frame)
    names = made.get_feature_names_out()
    assert made.transform(frame).shape == (2000, len(names)) and len(set(names)) == len(names)


@pytest.mark.parametrize("weights", [None, {"words": 3.0}])
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_one_hot_columns_written_into_the_table_are_those_of_scikit_learn(weights: Any, n_jobs: int | None) -> None:
    frame = pd.DataFrame({"a": ["x", "y", "x", None], "b": ["u", "u", "v", "w"], "n": [1.0, 2.0, 4.0, 8.0]})
    theirs = sklearn.preprocessing.OneHotEncoder(sparse_output=False, handle_unknown="ignore")
    made = []
    for kind, encoder in (
        (ColumnTransformer, OneHotEncoder(handle_unknown="ignore")),
        (sklearn.compose.ColumnTransformer, theirs),
    ):
        rows = [("words", encoder, ["a", "b"]), ("number", "passthrough", ["n"])]
        made.append(kind(rows, transformer_weights=weights, n_jobs=n_jobs))
    later = frame.assign(b=["u", "new", "v", "w"])
    np.testing.assert_array_equal(made[0].fit_transform(frame), made[1].fit_transform(frame))
    np.testing.assert_array_equal(made[0].transform(later), made[1].transform(later))
    assert made[0].output_indices_ == {"words": slice(0, 6), "number": slice(6, 7), "remainder": slice(0, 0)}


KINDS = FRAME.assign(
    size=np.arange(N, dtype=np.float32),
    kind=pd.Categorical(["u", "v"] * (N // 2)),
    day=pd.Timestamp("2020-01-01"),
    count=pd.array([1, None] * (N // 2), dtype="Int64"),
).set_index(np.arange(N) + 5)


@pytest.mark.parametrize("remainder", ["drop", "passthrough"])
def test_a_frame_keeps_the_dtype_that_each_transformer_gave_a_column_as_scikit_learns_does(remainder: str) -> None:
    def both(frame: Any, kind: str) -> list[Any]:
        made = []
        for compose, preprocessing in (
            (pellucid.compose, pellucid.preprocessing),
            (sklearn.compose, sklearn.preprocessing),
        ):
            rows = [
                ("num", preprocessing.StandardScaler(), ["age"]),
                ("cat", preprocessing.OneHotEncoder(sparse_output=False, dtype=np.int8), ["job"]),
                ("log", preprocessing.FunctionTransformer(np.log1p, feature_names_out="one-to-one"), ["size"]),
                ("same", "passthrough", ["flag", "id"]),
            ]
            model = compose.ColumnTransformer(rows, remainder=remainder).set_output(transform=kind)
            made += [model.fit_transform(frame), model.transform(frame)]
        return made

    own, again, theirs, _ = both(KINDS, "pandas")
    pd.testing.assert_frame_equal(own, theirs)
    pd.testing.assert_frame_equal(own, again)
    own, again, theirs, _ = both(pl.from_pandas(KINDS), "polars")
    assert own.schema == again.schema == theirs.schema
    assert own.equals(again)


def test_a_frame_of_another_kind_keeps_numbers_truths_and_text_apart() -> None:
    given = FRAME[["age", "flag", "job", "id"]].set_index(np.arange(N) + 5)
    model = ColumnTransformer([("num", StandardScaler(), ["age"])], remainder="passthrough")
    out = model.set_output(transform="polars").fit_transform(given)
    assert list(out.schema.values()) == [pl.Float64, pl.Boolean, pl.String, pl.Int64]
    back = model.set_output(transform="pandas").fit(pl.from_pandas(given)).transform(pl.from_pandas(given))
    assert [dtype.kind for dtype in back.dtypes] == ["f", "b", "O", "i"]
    assert back.index.tolist() == list(range(N))
    assert model.transform(given).index.tolist() == given.index.tolist()


def test_dates_beside_numbers_are_objects_in_an_array() -> None:
    model = ColumnTransformer([("num", StandardScaler(), ["age"])], remainder="passthrough")
    out = model.fit_transform(KINDS[["age", "id", "day"]])
    assert out.dtype == object and out[3, 1] == 3 and out[3, 2] == pd.Timestamp("2020-01-01")


def test_factors_of_a_frame_are_those_of_an_array() -> None:
    rows = [("same", "passthrough", ["id", "flag"]), ("num", StandardScaler(), ["age"])]
    model = ColumnTransformer(rows, transformer_weights={"same": 2, "num": 0.5})
    plain = model.fit_transform(FRAME)
    for kind, frame in (("pandas", FRAME), ("polars", pl.from_pandas(FRAME))):
        out = clone(model).set_output(transform=kind).fit_transform(frame)
        np.testing.assert_array_equal(out.to_numpy(), plain)


def test_a_name_that_occurs_twice_is_refused_by_polars_and_rows_that_are_lost_by_all() -> None:
    rows = [("a", "passthrough", [0]), ("b", "passthrough", [1])]
    same = ColumnTransformer(rows, verbose_feature_names_out="x").set_output(transform="polars")
    with pytest.raises(DataError, match="a Polars frame has each name once, and these occur twice: x"):
        same.fit_transform(NUMBERS)
    fewer = ColumnTransformer([("head", FunctionTransformer(_head), ["age"])]).set_output(transform="pandas")
    with pytest.raises(DataError, match=f"made 3 rows of {N}; it must keep every row"):
        fewer.fit_transform(FRAME)


def test_a_transformer_that_knows_no_names_keeps_those_that_came_in_or_those_of_its_frame() -> None:
    rows = [("log", FunctionTransformer(np.log1p), ["id"]), ("sum", FunctionTransformer(_sum), ["age", "pay"])]
    model = ColumnTransformer(rows).set_output(transform="pandas")
    assert model.fit_transform(FRAME).columns.tolist() == ["log__id", "sum__all"]
    with pytest.raises(AttributeError, match="does not provide get_feature_names_out"):
        model.get_feature_names_out()


def _sum(frame: Any) -> Any:
    return pd.DataFrame({"all": frame.sum(axis=1)})


def _head(frame: Any) -> Any:
    return frame[:3]
