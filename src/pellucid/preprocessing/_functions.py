"""A function as a transformer.

Here: `FunctionTransformer`; FUNCTIONS, the names a model file may hold.
Elsewhere: products of columns are in _polynomial.py.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and this package.
"""

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Literal, Self, final

import numpy as np

from pellucid.base import Choice, Flag, Kind, OneOf, Traits, available_if, count_rows, is_frame, read_frame
from pellucid.errors import DataError, DataWarning, ModelFileError
from pellucid.persistence import register
from pellucid.preprocessing._sparse import Array, SparseTransformer, is_sparse

FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{"log": np.log, "log1p": np.log1p, "log2": np.log2, "log10": np.log10},
    **{"exp": np.exp, "expm1": np.expm1, "exp2": np.exp2},
    **{"sqrt": np.sqrt, "square": np.square, "cbrt": np.cbrt, "reciprocal": np.reciprocal},
    **{"negative": np.negative, "abs": np.abs, "sign": np.sign},
    **{"floor": np.floor, "ceil": np.ceil, "rint": np.rint},
    **{"sin": np.sin, "cos": np.cos, "tan": np.tan, "degrees": np.degrees, "radians": np.radians},
    **{"sinh": np.sinh, "tanh": np.tanh, "arcsinh": np.arcsinh, "arctanh": np.arctanh},
}
"""NumPy's functions of one number that may be given by name."""

_SHOWN = 5  # names listed in an error
_CALLABLE = Kind(Callable, words="a function")  # type: ignore[arg-type]  # it is a class, to isinstance
_FUNCTION = OneOf(Choice(*FUNCTIONS, None), _CALLABLE, says="a model file can hold only the names")
_OPTIONS = OneOf(Kind(dict, words="a dictionary of arguments"), Choice(None))


@final
@register("preprocessing.FunctionTransformer")
class FunctionTransformer(SparseTransformer):
    """Rows through a function that is known beforehand: nothing is learned.

        z = func(X, **kw_args),    back by inverse_func(z, **inv_kw_args);  None is the identity

    X is handed over as it is, of any kind, unless `validate` makes it a table of numbers (N, D) first.  A function that
    looks at all rows at once, such as their mean, sees the rows of the test too: that wants a transformer that fits.

    - `func`, `inverse_func`: a function, or the name of one of NumPy's: "log1p", "sqrt", "square", ... (FUNCTIONS).
      Only names can be stored: a model file holds no code, and none is imported on its word.
    - `validate`, `accept_sparse`: check that X is finite numbers with fit's columns; sparse ones, too.
    - `check_inverse`: fit tries out on about 100 rows whether inverse_func leads back, with a DataWarning if not.
    - `feature_names_out`: "one-to-one", or a function of this transformer and the names of the inputs. A frame that
      `func` gives has these names, too, unless it made others: that is refused.

    Raises DataError as `validate` asks, and ModelFileError from pellucid.save where a function is no name.
    Names are scikit-learn's.

    >>> prices = FunctionTransformer("log1p", "expm1", feature_names_out="one-to-one").fit([[0.0, 99.0]])
    >>> prices.transform([[0.0, 99.0]]).round(3), prices.get_feature_names_out().tolist()
    (array([[0.   , 4.605]]), ['x0', 'x1'])
    """

    limits = {
        "func": _FUNCTION,
        "inverse_func": _FUNCTION,
        "validate": Flag(),
        "accept_sparse": Flag(says="counts with validate=True"),
        "check_inverse": Flag(),
        "feature_names_out": OneOf(Choice("one-to-one", None), _CALLABLE),
        "kw_args": _OPTIONS,
        "inv_kw_args": _OPTIONS,
    }

    def __init__(
        self,
        func: Callable[..., Any] | str | None = None,
        inverse_func: Callable[..., Any] | str | None = None,
        *,
        validate: bool = False,
        accept_sparse: bool = False,
        check_inverse: bool = True,
        feature_names_out: Callable[..., Any] | Literal["one-to-one"] | None = None,
        kw_args: dict[str, Any] | None = None,
        inv_kw_args: dict[str, Any] | None = None,
    ) -> None:
        self.func = func
        self.inverse_func = inverse_func
        self.validate = validate
        self.accept_sparse = accept_sparse
        self.check_inverse = check_inverse
        self.feature_names_out = feature_names_out
        self.kw_args = kw_args
        self.inv_kw_args = inv_kw_args

    def fit(self, X: Any, y: Any = None) -> Self:
        """Note the columns of X and try out the inverse; there is nothing to learn."""
        self._begin_fit()
        rows = self._fit_checked(X) if self.validate else self._note(X)
        if self.check_inverse and self.func is not None and self.inverse_func is not None:
            self._try_inverse(rows)
        return self

    def transform(self, X: Any) -> Any:
        """func(X)"""
        self._check_params()
        out = _applied(self.func, self._checked(X), self.kw_args)
        named = self.feature_names_out is not None and "n_features_in_" in vars(self) and is_frame(out)
        return self._renamed(out, X) if named else out

    def inverse_transform(self, X: Any) -> Any:
        """inverse_func(X)"""
        self._check_params()
        return _applied(self.inverse_func, X, self.inv_kw_args)

    @available_if(lambda self: self.feature_names_out is not None, "set feature_names_out='one-to-one' or a function")
    def get_feature_names_out(self, input_features: Any = None) -> Array:
        """Names of the outputs, as `feature_names_out` says; not there where it says nothing."""
        known = "n_features_in_" in vars(self) or input_features is None
        names = self._names_in(input_features) if known else np.asarray(input_features, dtype=object)
        if callable(self.feature_names_out):
            return np.asarray(self.feature_names_out(self, names), dtype=object)
        return names

    def _renamed(self, out: Any, X: Any) -> Any:
        """The frame that the function gave, under the names that are promised; refused where it made others."""
        frame, wanted = read_frame(out, where="FunctionTransformer"), self.get_feature_names_out().tolist()
        given = frame.columns
        if given == wanted:
            return out
        kept = is_frame(X) and read_frame(X, where="FunctionTransformer").columns == given
        if len(given) != len(wanted) or not (kept or not all(isinstance(name, str) for name in given)):
            raise DataError(
                f"FunctionTransformer: The output generated by `func` have different column names than the ones "
                f"provided by `get_feature_names_out`: {given[:_SHOWN]} and {wanted[:_SHOWN]}. Say func's own names by "
                "feature_names_out, or leave the columns' names as they are in func."
            )
        return frame.rename(dict(zip(given, wanted, strict=True))).to_native()

    def _fit_checked(self, X: Any) -> Any:
        return self._fit_rows(X) if self.accept_sparse else self._fit_table(X)

    def _checked(self, X: Any) -> Any:
        if not self.validate:
            return X
        if is_sparse(X) and not self.accept_sparse:
            raise DataError("FunctionTransformer: X is sparse; set accept_sparse=True, or give X.toarray().")
        return self._rows(X)

    def _note(self, X: Any) -> Any:
        """X as it is; its width and names where it has them."""
        count_rows(X, where="FunctionTransformer")
        if is_frame(X):
            names = read_frame(X, where="FunctionTransformer").columns
            self.n_features_in_ = len(names)
            if all(isinstance(name, str) for name in names):
                self.feature_names_in_ = np.array(names, dtype=object)
            return X
        shape = getattr(X, "shape", None) or np.shape(np.asarray(X, dtype=object))
        if len(shape) > 1:
            self.n_features_in_ = int(shape[1])
        return X

    def _try_inverse(self, rows: Any) -> None:
        """Warn when some rows do not come back."""
        some = rows[:: max(1, count_rows(rows, where="FunctionTransformer") // 100)]
        back = self.inverse_transform(_applied(self.func, some, self.kw_args))
        before, after = (np.asarray(held.toarray() if is_sparse(held) else held) for held in (some, back))
        if before.dtype.kind not in "biuf":
            raise DataError(
                "FunctionTransformer: 'check_inverse' is only supported when all the elements in `X` is numerical; "
                "set check_inverse=False."
            )
        if before.shape != after.shape or not np.allclose(before, after, equal_nan=True):
            warnings.warn(
                "FunctionTransformer: The provided functions are not strictly inverse of each other. If you are sure "
                "you want to proceed regardless, set 'check_inverse=False'.",
                DataWarning,
                stacklevel=3,
            )

    def _check_storable(self) -> None:
        for name in ("func", "inverse_func", "feature_names_out"):
            value = getattr(self, name)
            if not callable(value):
                continue
            same = next((known for known, function in FUNCTIONS.items() if function is value), None)
            called = getattr(value, "__name__", type(value).__name__)
            if same is not None:
                remedy = f"Give its name, {name}={same!r}."
            elif name == "feature_names_out":
                remedy = "Set feature_names_out='one-to-one' or None, and give the names by your own code."
            else:
                remedy = (
                    f"Give one of NumPy's by name ({', '.join(FUNCTIONS)}), or save the other steps and build this one "
                    "by your own code after loading."
                )
            raise ModelFileError(
                f"FunctionTransformer: {name} is the Python function {called}, and a model file holds no code. {remedy}"
            )

    def _traits(self) -> Traits:
        return Traits(
            sparse=not self.validate or self.accept_sparse,
            anything=not self.validate,
            needs_fit=False,
            missing=not self.validate,
        )


def _applied(func: Callable[..., Any] | str | None, X: Any, options: Mapping[str, Any] | None) -> Any:
    if func is None:
        return X
    function = FUNCTIONS[func] if isinstance(func, str) else func
    return function(X, **(options or {}))
