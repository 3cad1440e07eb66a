"""Steps one after another, used as one estimator.

Here: `Pipeline`, and `make_pipeline`, which names its steps.
Elsewhere: the same columns to several transformers are a FeatureUnion (_union.py); different columns to different ones
are pellucid.compose.ColumnTransformer.
Imports: numpy, pellucid.base, pellucid.compose, pellucid.errors and pellucid.persistence; joblib
where `memory` is given.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self, final

from pellucid.base import Choice, Estimator, Flag, Kind, OneOf, Traits, available_if, clone
from pellucid.base._estimator import parameters
from pellucid.base._kin import kin
from pellucid.base._tables import Array
from pellucid.base._traits import Role
from pellucid.compose._members import (
    PASSTHROUGH,
    Named,
    check_instance,
    check_rows,
    check_storable,
    check_transformer,
    fit_transform,
    form_read,
    is_fitted,
    named,
    params_by_member,
    told,
    traits_of,
    transform,
)
from pellucid.errors import ColumnError, ModelFileError, NotFittedError, ParameterError
from pellucid.persistence import register

_LAST = "the last step has none"


def _last_has(method: str) -> Callable[[Any], bool]:
    return lambda pipeline: hasattr(pipeline._last, method)


def _every_step_has(method: str) -> Callable[[Any], bool]:
    return lambda pipeline: all(hasattr(step, method) for _, step in pipeline._working(pipeline.steps))


def _transforms(pipeline: Any) -> bool:
    return pipeline._last is None or hasattr(pipeline._last, "transform")


@final
@register("pipeline.Pipeline")
class Pipeline(Estimator):
    """Transformers one after another and, at the end, any estimator: fitted together, used as one.

        fit:      X_1 = step_1.fit_transform(X, y),  X_2 = step_2.fit_transform(X_1, y),  ...,  last.fit(X_m, y)
        predict:  last.predict(step_m.transform(... step_1.transform(X)))

    What a step learns it learns from the rows given to fit and from no others, so that a pipeline inside
    cross-validation does not see the rows it is tested on.

    - `steps`: pairs (name, step). "passthrough" or None in place of a step is left out.
    - `transform_input`: names of fit arguments, such as ["X_val"], that take the way of X up to their step.
    - `memory`: a directory, or a joblib.Memory, where fitted transformers are kept and found again when the same step
      meets the same data. The steps are then fitted as copies, which take their places.
    - `verbose`: a line about each step, with its seconds, on standard error.

    Parameters of a step are set as `name__parameter`, arguments of its fit are given as `name__argument`
    (`model__sample_weight`). `predict`, `predict_proba`, `decision_function`, `transform`, `score` and so on are there
    when the last step has them; `inverse_transform` when every step has it.
    `pipeline[0]`, `pipeline["name"]` and `pipeline.named_steps.name` are steps; `pipeline[:-1]` is the pipeline of
    those, sharing them. Steps are fitted in place, as scikit-learn does.
    Raises ParameterError for names and steps that will not do, NotFittedError before fit, or after a fit that failed.
    Source: the contract is that of scikit-learn 1.9, sklearn.pipeline.Pipeline.

    >>> from pellucid.linear_model import LogisticRegression
    >>> from pellucid.preprocessing import StandardScaler
    >>> model = Pipeline([("scale", StandardScaler()), ("model", LogisticRegression())]).set_params(model__C=10.0)
    >>> model.fit([[10.0], [20.0], [30.0]], ["low", "low", "high"]).predict([[12.0], [31.0]])
    array(['low', 'high'], dtype='<U4')
    >>> model["scale"].mean_, len(model), hasattr(model, "transform"), hasattr(model[:-1], "transform")
    (array([20.]), 2, False, True)
    """

    parts: ClassVar[str | None] = "steps"
    limits = {
        "steps": Kind(list, tuple, words="a list of tuples (name, estimator)"),
        "transform_input": OneOf(Kind(list, tuple, words="a list of names of fit arguments"), Choice(None)),
        "memory": Kind(object, words="a directory, a joblib.Memory or None"),
        "verbose": Flag(says="a line for each step"),
    }

    def __init__(self, steps: Any, *, transform_input: Any = None, memory: Any = None, verbose: bool = False) -> None:
        self.steps = steps
        self.transform_input = transform_input
        self.memory = memory
        self.verbose = verbose

    # -- steps

    def __len__(self) -> int:
        """How many steps there are, "passthrough" among them."""
        return len(self.steps)

    def __getitem__(self, which: Any) -> Any:
        """A step by number or name, or the pipeline of a slice, which shares its steps with this one."""
        if isinstance(which, slice):
            if which.step not in (1, None):
                raise ParameterError(
                    f"Pipeline: a slice of steps has the step 1, not {which.step}; order cannot change."
                )
            given = {name: getattr(self, name) for name in parameters(Pipeline)}
            part = type(self)(**{**given, "steps": self.steps[which]})
            vars(part).update({name: held for name, held in vars(self).items() if name == "_unfinished"})
            return part
        if isinstance(which, str):
            if which not in self.named_steps:
                raise ColumnError(f"Pipeline: there is no step {which!r}; it has {', '.join(self.named_steps)}.")
            return self.named_steps[which]
        return self.steps[which][1]

    @property
    def named_steps(self) -> Named:
        """The steps by name."""
        return Named(**dict(self.steps))

    @property
    def _last(self) -> Any:
        """The last step, None where that passes everything through."""
        last = self.steps[-1][1] if self.steps else None  # none yet: fit says so
        return None if _passes(last) else last

    def _working(self, steps: Sequence[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
        """The steps that do something."""
        return ((name, step) for name, step in steps if not _passes(step))

    def _check_steps(self) -> None:
        own = parameters(type(self))
        check_rows(self.steps, 2, where="Pipeline", parameter="steps", own=own)
        if not self.steps:
            raise ParameterError("Pipeline: steps is empty; give one step at least, [(name, estimator)].")
        for name, step in self._working(self.steps[:-1]):
            check_transformer(name, step, where="Pipeline")
        if self._last is not None:
            name, last = self.steps[-1]
            check_instance(name, last, where="Pipeline")
            if not hasattr(last, "fit"):
                raise ParameterError(f"Pipeline: {name!r} is {last!r}, which has no fit; give an estimator.")

    def set_output(self, *, transform: str | None = None) -> Self:
        """Have every step that can give frames with names: see `Transformer.set_output`."""
        for _, step in self._working(self.steps):
            if hasattr(step, "set_output"):
                step.set_output(transform=transform)
        return self

    # -- fit

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit every step to what those before it make of X; `params` are arguments of their fits, `name__argument`."""
        parted = self._begin(params, "fit")
        X = self._fit_transformers(X, y, parted)
        last = self._last
        if last is not None:
            given = self._given(len(self.steps) - 1, parted)
            told(lambda: last.fit(X, y, **given), self._message(len(self.steps) - 1))
        self._unfinished = False
        return self

    @available_if(_transforms, _LAST)
    def fit_transform(self, X: Any, y: Any = None, **params: Any) -> Any:
        """fit(X, y), then transform(X), in one go."""
        return self._fit_transform(X, y, params, None)

    def _fit_transform(self, X: Any, y: Any, params: Mapping[str, Any], form: type | None) -> Any:
        parted = self._begin(params, "fit_transform")
        X = self._fit_transformers(X, y, parted)
        last = self._last
        if last is not None:
            given = self._given(len(self.steps) - 1, parted)
            X = told(lambda: fit_transform(last, X, y, given, form), self._message(len(self.steps) - 1))
        self._unfinished = False
        return X

    @available_if(_last_has("fit_predict"), _LAST)
    def fit_predict(self, X: Any, y: Any = None, **params: Any) -> Any:
        """fit(X, y), then what the last step predicts for these rows."""
        parted = self._begin(params, "fit_predict")
        X = self._fit_transformers(X, y, parted)
        given = self._given(len(self.steps) - 1, parted)
        predicted = told(lambda: self._last.fit_predict(X, y, **given), self._message(len(self.steps) - 1))
        self._unfinished = False
        return predicted

    def _begin(self, params: Mapping[str, Any], method: str) -> dict[str, dict[str, Any]]:
        """Check steps and arguments; from here to the end of a fit the pipeline does not count as fitted."""
        self._begin_fit()
        self._check_steps()
        parted = params_by_member(params, [name for name, _ in self.steps], where=f"Pipeline.{method}")
        self.steps = list(self.steps)
        self._unfinished = True
        return parted

    def _fit_transformers(self, X: Any, y: Any, parted: Mapping[str, Mapping[str, Any]]) -> Any:
        """Fit all steps but the last; what they make of X."""
        fit_one = _fit_one if self.memory is None else _memory(self.memory).cache(_fit_one)
        for i, (name, step) in enumerate(self.steps[:-1]):
            if not _passes(step):
                own = step if self.memory is None else clone(step)
                form = form_read(self._following(i)) if self.memory is None else None
                work = partial(fit_one, own, X, y, self._given(i, parted), form)
                fitted, X = told(work, self._message(i))
                self.steps[i] = (name, fitted)
        return X

    def _given(self, i: int, parted: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        """Arguments of the fit of step i, those of `transform_input` transformed by the steps before it."""
        way = dict.fromkeys(self.transform_input or ())
        given = parted[self.steps[i][0]]
        return {name: self._through(value, self.steps[:i]) if name in way else value for name, value in given.items()}

    def _message(self, i: int) -> str | None:
        if not self.verbose:
            return None
        return f"[Pipeline] (step {i + 1} of {len(self.steps)}) Processing {self.steps[i][0]}"

    # -- use

    def _through(self, X: Any, steps: Sequence[tuple[str, Any]], taker: Any = None) -> Any:
        """X as the steps make it, for a `taker`."""
        working = [step for _, step in self._working(steps)]
        for step, following in zip(working, [*working, taker][1:], strict=True):
            X = transform(step, X, form_read(following))
        return X

    def _following(self, i: int) -> Any:
        """The step that takes what step i gives, None for the last."""
        return next((step for _, step in self._working(self.steps[i + 1 :])), None)

    def _before_last(self, X: Any) -> Any:
        """X as the last step takes it.   Raises NotFittedError before fit."""
        self._check_fitted()
        return self._through(X, self.steps[:-1], self._last)

    @property
    def _passes(self) -> type | None:
        """What `_pass_on` and `_fit_pass_on` give in place of tables: what the last step does."""
        form: type | None = getattr(self._last, "_passes", None)
        return form

    def _pass_on(self, X: Any) -> Any:
        return transform(self._last, self._before_last(X), self._passes)

    def _fit_pass_on(self, X: Any, y: Any = None, **params: Any) -> Any:
        return self._fit_transform(X, y, params, self._passes)

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise kin(NotFittedError, "Pipeline is not fitted yet, or its last fit failed; call fit first.")

    @available_if(_last_has("predict"), _LAST)
    def predict(self, X: Any, **params: Any) -> Any:
        """What the last step predicts; `params` go to it."""
        return self._last.predict(self._before_last(X), **params)

    @available_if(_last_has("predict_proba"), _LAST)
    def predict_proba(self, X: Any, **params: Any) -> Any:
        """Probability of each class.   X (N, D) -> (N, K)"""
        return self._last.predict_proba(self._before_last(X), **params)

    @available_if(_last_has("predict_log_proba"), _LAST)
    def predict_log_proba(self, X: Any, **params: Any) -> Any:
        """log(predict_proba(X)).   X (N, D) -> (N, K)"""
        return self._last.predict_log_proba(self._before_last(X), **params)

    @available_if(_last_has("decision_function"), _LAST)
    def decision_function(self, X: Any, **params: Any) -> Any:
        """The last step's decision function."""
        return self._last.decision_function(self._before_last(X), **params)

    @available_if(_last_has("score_samples"), _LAST)
    def score_samples(self, X: Any) -> Any:
        """The last step's score of each row."""
        return self._last.score_samples(self._before_last(X))

    @available_if(_last_has("score"), _LAST)
    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> Any:
        """The last step's score of predictions for X against y."""
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return self._last.score(self._before_last(X), y, **weights)

    @available_if(_transforms, _LAST)
    def transform(self, X: Any) -> Any:
        """X, transformed by every step.   X (N, D) -> (N, D')"""
        X = self._before_last(X)
        return X if self._last is None else self._last.transform(X)

    @available_if(_every_step_has("inverse_transform"), "not every step has one")
    def inverse_transform(self, X: Any) -> Any:
        """X, transformed back by every step, the last first.   X (N, D') -> (N, D)"""
        self._check_fitted()
        for _, step in reversed(list(self._working(self.steps))):
            X = step.inverse_transform(X)
        return X

    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the columns that the last step gives, followed through every step."""
        names = input_features
        for name, step in self._working(self.steps):
            if not hasattr(step, "get_feature_names_out"):
                raise AttributeError(
                    f"Pipeline: step {name!r} ({type(step).__name__}) does not provide get_feature_names_out; "
                    "ask the pipeline of the steps before it, such as pipeline[:-1]."
                )
            names = step.get_feature_names_out(names)
        return names

    # -- what is known of it

    @property
    def _first(self) -> Any:
        return next((step for _, step in self._working(self.steps)), None)

    @property
    def n_features_in_(self) -> int:  # type: ignore[override]  # asked of the step that knows it, never set
        """Columns of X that fit saw."""
        width: int = self._first.n_features_in_
        return width

    @property
    def feature_names_in_(self) -> Array:  # type: ignore[override]  # asked of the step that knows them, never set
        """Their names (D,), where X was a frame with names."""
        names: Array = self._first.feature_names_in_
        return names

    @property
    def classes_(self) -> Array:
        """The labels of the last step, a classifier."""
        classes: Array = self._last.classes_
        return classes

    def __sklearn_is_fitted__(self) -> bool:
        working = list(self._working(self.steps))
        unfinished = vars(self).get("_unfinished")  # None: no fit of this pipeline has begun
        return not unfinished and (not working or is_fitted(working[-1][1], was_fit=unfinished is False))

    @property
    def role(self) -> Role | None:  # type: ignore[override]  # that of the last step
        """What the last step is: a classifier, a regressor, a transformer, or none of them."""
        last = self._last
        if last is None:
            return "transformer" if self.steps else None
        role: Role | None = last.role if isinstance(last, Estimator) else last.__sklearn_tags__().estimator_type
        return role

    def _traits(self) -> Traits:
        """What goes in is what the first step takes, what is promised is what the last one does."""
        every = [traits_of(step) for _, step in self._working(self.steps)] or [traits_of(None)]
        return replace(
            every[-1],
            missing=all(traits.missing for traits in every),  # too careful where a step fills them
            text=every[0].text,
            sparse=all(traits.sparse for traits in every),
            positive=every[0].positive,
            pairwise=every[0].pairwise,
            images=every[0].images,
            anything=every[0].anything,
            deterministic=all(traits.deterministic for traits in every),
        )

    # -- files

    def _check_storable(self) -> None:
        check_storable(self.steps, where="Pipeline")
        if vars(self).get("_unfinished", False):
            raise ModelFileError("Pipeline: its last fit did not end; fit it again before it is saved.")
        if self.memory is not None and not isinstance(self.memory, str):
            raise ModelFileError(f"Pipeline: memory is {self.memory!r}, which a file cannot hold; set memory=None.")

    def _check_learned(self) -> None:
        self._check_steps()


def _passes(step: Any) -> bool:
    """Whether a step is left out."""
    return step is None or (isinstance(step, str) and step == PASSTHROUGH)


def _fit_one(step: Any, X: Any, y: Any, params: Mapping[str, Any], form: type | None) -> tuple[Any, Any]:
    """The fitted step, and X transformed by it, in a form that the next one reads."""
    transformed = fit_transform(step, X, y, params, form)
    return step, transformed


def _memory(memory: Any) -> Any:
    """A joblib.Memory, or something with its `cache`, of a directory or of itself."""
    if hasattr(memory, "cache"):
        return memory
    if not isinstance(memory, str):
        raise ParameterError(f"Pipeline: memory is {memory!r}; it must be a directory, a joblib.Memory or None.")
    from joblib import Memory

    return Memory(location=memory, verbose=0)


def make_pipeline(*steps: Any, transform_input: Any = None, memory: Any = None, verbose: bool = False) -> Pipeline:
    """A Pipeline of steps that are named after their classes.

    >>> from pellucid.preprocessing import MinMaxScaler, StandardScaler
    >>> make_pipeline(StandardScaler(), "passthrough", MinMaxScaler())
    Pipeline(steps=[('standardscaler', StandardScaler()), ('passthrough', 'passthrough'), \
('minmaxscaler', MinMaxScaler())])
    """
    return Pipeline(named(steps), transform_input=transform_input, memory=memory, verbose=verbose)
