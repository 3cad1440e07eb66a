"""The estimators inside another: what they may be, what they are called, whether they are fitted, what they promise.

Here: the rules that Pipeline, FeatureUnion and ColumnTransformer share about those they hold.
Elsewhere: what the members give is put together in _blocks.py; parameters by name in pellucid.base.
Imports: numpy, pellucid.base, pellucid.errors, pellucid.persistence and pellucid.preprocessing.
"""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar, final

from pellucid.base import Choice, Estimator, Limit, OneOf, Traits, Whole, clone
from pellucid.errors import ModelFileError, ParameterError
from pellucid.persistence._kinds import kind_of
from pellucid.preprocessing._cells import Cells

R = TypeVar("R")

PASSTHROUGH, DROP = "passthrough", "drop"

N_JOBS: Limit = OneOf(Whole(low=1), Whole(high=-1), Choice(None), says="transformers at a time; -1: one a core")


@final
class Named(dict[str, Any]):
    """Members by name: `held["scale"]`, and `held.scale` where the name is none of a dict's own.

    >>> Named(scale=1).scale
    1
    """

    def __getattr__(self, name: str) -> Any:
        """The member of that name."""
        if name not in self:
            raise AttributeError(f"there is no {name!r} among {', '.join(self)}")
        return self[name]

    def __dir__(self) -> list[str]:
        """A dict's attributes and the names."""
        return [*super().__dir__(), *self]


def is_word(member: Any) -> bool:
    """Whether a member is "passthrough" or "drop" and no estimator.

    >>> is_word("drop"), is_word(None)
    (True, False)
    """
    return isinstance(member, str) and member in (PASSTHROUGH, DROP)


def named(members: Sequence[Any]) -> list[tuple[str, Any]]:
    """Members with the names of their classes in small letters, numbered where there are several of a class.

    >>> named(["drop", 1, 2])
    [('drop', 'drop'), ('int-1', 1), ('int-2', 2)]
    """
    names = [member if isinstance(member, str) else type(member).__name__.lower() for member in members]
    times, seen = Counter(names), Counter[str]()
    rows = []
    for name, member in zip(names, members, strict=True):
        seen[name] += 1
        rows.append((name if times[name] == 1 else f"{name}-{seen[name]}", member))
    return rows


def check_rows(rows: Any, width: int, *, where: str, parameter: str, own: Iterable[str]) -> None:
    """Raise ParameterError unless `rows` are tuples of `width` that begin with names: text, each once, apart from
    the owner's parameters `own`, and without "__", which parts a name from a parameter.

    >>> check_rows([("a__b", None)], 2, where="Pipeline", parameter="steps", own=[])
    Traceback (most recent call last):
    pellucid.errors.ParameterError: Pipeline: steps has the name 'a__b'; names must not contain __, which stands between
    a name and its parameter. Rename it.
    """
    shape = "(name, estimator)" if width == 2 else "(name, transformer, columns)"
    for row in rows:
        if not isinstance(row, list | tuple) or len(row) != width or not isinstance(row[0], str):
            raise ParameterError(f"{where}: {parameter} has the entry {row!r}; each must be a tuple {shape}.")
        if "__" in row[0]:
            raise ParameterError(
                f"{where}: {parameter} has the name {row[0]!r}; names must not contain __, which stands between a name "
                "and its parameter. Rename it."
            )
    for name, times in Counter(row[0] for row in rows).items():
        if times > 1:
            raise ParameterError(f"{where}: {parameter} has the name {name!r} {times} times; names must be unique.")
        if name in own:
            raise ParameterError(
                f"{where}: {parameter} has the name {name!r}, which is a parameter of its own; rename."
            )


def check_transformer(name: str, member: Any, *, where: str) -> None:
    """Raise ParameterError for what cannot transform: a class, or an object that lacks fit or transform."""
    check_instance(name, member, where=where)
    if not (hasattr(member, "fit") or hasattr(member, "fit_transform")) or not hasattr(member, "transform"):
        raise ParameterError(
            f"{where}: {name!r} is {member!r}, which cannot transform; give an object with fit and transform, or "
            "'passthrough'."
        )


def check_instance(name: str, member: Any, *, where: str) -> None:
    """Raise ParameterError for a class where an object belongs."""
    if isinstance(member, type):
        raise ParameterError(
            f"{where}: {name!r} is the class {member.__name__}; give an instance of it, {member.__name__}()."
        )


def check_storable(rows: Iterable[tuple[str, Any]], *, where: str) -> None:
    """Raise ModelFileError naming the first member that no model file can hold.

    >>> check_storable([("model", object())], where="Pipeline")
    Traceback (most recent call last):
    pellucid.errors.ModelFileError: Pipeline: 'model' is a builtins.object, which no model file can name, because a file
    holds no code. Put one of pellucid's own estimators in its place.
    """
    for name, member in rows:
        kind = type(member)
        if member is not None and not isinstance(member, str) and kind_of(kind) is None:
            raise ModelFileError(
                f"{where}: {name!r} is a {kind.__module__}.{kind.__qualname__}, which no model file can name, because "
                "a file holds no code. Put one of pellucid's own estimators in its place."
            )


def is_fitted(member: Any, *, was_fit: bool = False) -> bool:
    """Whether a member, ours or scikit-learn's, has learned what it needs.

    Of others' members that learn nothing nobody can tell; they count where `was_fit`: their fit has been called.

    >>> from pellucid.preprocessing import StandardScaler
    >>> is_fitted(StandardScaler()), is_fitted(StandardScaler().fit([[1.0]]))
    (False, True)
    """
    if not traits_of(member).needs_fit:
        return True
    if hasattr(member, "__sklearn_is_fitted__"):
        return bool(member.__sklearn_is_fitted__())
    return was_fit or any(name.endswith("_") and not name.startswith("__") for name in vars(member))


def traits_of(member: Any) -> Traits:
    """What a member accepts and promises, asked in its own way."""
    if member is None or is_word(member):
        return Traits(missing=True, text=True, sparse=True, needs_fit=False)
    if isinstance(member, Estimator):
        return member._traits()
    if not hasattr(member, "__sklearn_tags__"):
        return Traits()
    tags = member.__sklearn_tags__()
    given, transformer = tags.input_tags, tags.transformer_tags
    return Traits(
        missing=given.allow_nan,
        text=given.string or given.categorical,
        sparse=given.sparse,
        positive=given.positive_only,
        pairwise=given.pairwise,
        many_targets=tags.target_tags.multi_output,
        many_classes=tags.classifier_tags is None or tags.classifier_tags.multi_class,
        weak=any(role is not None and role.poor_score for role in (tags.classifier_tags, tags.regressor_tags)),
        deterministic=not tags.non_deterministic,
        needs_fit=tags.requires_fit,
        keeps_dtypes=tuple(transformer.preserves_dtype) if transformer is not None else (),
    )


def shared_traits(members: Iterable[Any]) -> Traits:
    """What members side by side accept and promise together: no more than each of them."""
    all_traits = [traits_of(member) for member in members] or [Traits()]
    first = all_traits[0]
    kept = [dtype for dtype in first.keeps_dtypes if all(dtype in other.keeps_dtypes for other in all_traits)]
    return replace(
        first,
        missing=all(traits.missing for traits in all_traits),
        text=all(traits.text for traits in all_traits),
        sparse=all(traits.sparse for traits in all_traits),
        positive=any(traits.positive for traits in all_traits),
        deterministic=all(traits.deterministic for traits in all_traits),
        needs_fit=True,
        keeps_dtypes=tuple(kept),
    )


def params_by_member(params: Mapping[str, Any], names: Sequence[str], *, where: str) -> dict[str, dict[str, Any]]:
    """Arguments written `name__argument`, for each member by its name.   Raises ParameterError for other names.

    >>> params_by_member({"model__sample_weight": 1}, ["scale", "model"], where="Pipeline.fit")
    {'scale': {}, 'model': {'sample_weight': 1}}
    """
    parted: dict[str, dict[str, Any]] = {name: {} for name in names}
    for path, value in params.items():
        name, mark, argument = path.partition("__")
        if not mark or name not in parted:
            example = f"{names[-1] if names else 'name'}__{argument or path}"
            raise ParameterError(
                f"{where} does not accept the {path} parameter; write which member it is for, such as {example}. "
                f"Members: {', '.join(names)}."
            )
        parted[name][argument] = value
    return parted


def transform(member: Any, X: Any, form: type | None = None) -> Any:
    """X transformed; `form` is what the taker reads besides tables, and gets where the member has it at hand.

    Forms are `Cells`, for another transformer, and `Ones`, for who writes them into a larger table: to make tables of
    them would cost the most, and they would be taken apart again.

    >>> from pellucid.preprocessing import OneHotEncoder
    >>> from pellucid.preprocessing._ones import Ones
    >>> type(transform(OneHotEncoder().fit([["a"], ["b"]]), [["b"]], Ones)).__name__
    'Ones'
    """
    return member._pass_on(X) if _passes(member, form) else member.transform(X)


def fit_transform(member: Any, X: Any, y: Any, params: Mapping[str, Any], form: type | None = None) -> Any:
    """Fit a transformer on X and give X transformed, in a `form` as `transform` does."""
    if _passes(member, form):
        return member._fit_pass_on(X, y, **params)
    if hasattr(member, "fit_transform"):
        return member.fit_transform(X, y, **params)
    return member.fit(X, y, **params).transform(X)


def _passes(member: Any, form: type | None) -> bool:
    """Whether the member gives the form; one that is to give frames does not, for a form has no names."""
    plain = vars(member).get("_output", "default") == "default" if hasattr(member, "__dict__") else True
    return form is not None and plain and getattr(member, "_passes", None) is form


def form_read(taker: Any) -> type | None:
    """What a transformer reads besides tables: `Cells`, or None.

    >>> from pellucid.preprocessing import OneHotEncoder, StandardScaler
    >>> form_read(OneHotEncoder()) is Cells, form_read(StandardScaler())
    (True, None)
    """
    return Cells if getattr(taker, "_reads", None) is Cells else None


def in_turn(work: Sequence[Callable[[], R]], n_jobs: int | None) -> list[R]:
    """What each piece of work gives, in their order, `n_jobs` of them at a time, by joblib's threads or its cluster.

    >>> in_turn([lambda: 1, lambda: 2], n_jobs=None)
    [1, 2]
    """
    if n_jobs is None or n_jobs == 1 or len(work) < 2:
        return [piece() for piece in work]
    from joblib import Parallel, delayed

    results: list[R] = Parallel(n_jobs=n_jobs, prefer="threads")(delayed(piece)() for piece in work)
    return results


def told(work: Callable[[], R], message: str | None) -> R:
    """What `work` gives; with a message, a line about it and its seconds on standard error."""
    start = time.perf_counter()
    result = work()
    if message is not None:
        sys.stderr.write(f"{message}, total={time.perf_counter() - start:6.1f}s\n")
    return result


def fresh(member: Any) -> Any:
    """An unfitted copy; a word is itself."""
    return member if is_word(member) else clone(member)
