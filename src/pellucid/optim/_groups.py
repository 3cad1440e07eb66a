"""Parameter groups: what an optimizer is to change, and with which hyperparameters.

Here: `groups_of`, which reads the forms in which parameters are given; `checked`, which makes one of them a group.
Elsewhere: the optimizer that holds the groups is in _optimizer.py.
Imports: pellucid.errors, pellucid.tensor.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pellucid.errors import DtypeError, GraphError, ParameterError
from pellucid.tensor._tensor import Tensor

Group = dict[str, Any]
Parameters = Iterable[Tensor] | Iterable[tuple[str, Tensor]] | Iterable[Mapping[str, Any]]


def groups_of(owner: str, parameters: Parameters) -> list[Mapping[str, Any]]:
    """The groups meant by parameters given as Tensors, as (name, Tensor) pairs, or as dicts with "params".

    >>> w = Tensor([1.0], requires_grad=True)
    >>> groups_of("SGD", [w]), groups_of("SGD", [{"params": [w], "lr": 0.1}])
    ([{'params': [Tensor([1.], requires_grad=True)]}], [{'params': [Tensor([1.], requires_grad=True)], 'lr': 0.1}])
    """
    if isinstance(parameters, (Tensor, Mapping)):
        raise ParameterError(
            f"{owner}: parameters come as a list of Tensors or of groups; put this one {type(parameters).__name__} in "
            f"brackets."
        )
    given = list(parameters)
    if not given:
        raise ParameterError(
            f"{owner}: there are no parameters to change. net.parameters() can be walked once only when it was stored; "
            f"call it again, or look whether the module registers its layers as attributes."
        )
    return [g for g in given if isinstance(g, Mapping)] if isinstance(given[0], Mapping) else [{"params": given}]


def checked(owner: str, group: Mapping[str, Any], taken: Iterable[Tensor]) -> Group:
    """The group with its parameters as a list, named ones as "params" and "param_names".

    taken: the parameters of the groups before.  Raises ParameterError when a parameter comes twice, DtypeError for what
    is no Tensor, GraphError for a value that was computed.
    """
    given = group["params"] if "params" in group else _missing(owner, group)
    if isinstance(given, (set, frozenset)):
        raise ParameterError(f"{owner}: a set has no order, so no state could be stored for it; give a list.")
    members = [given] if isinstance(given, Tensor) else list(given)
    named = [member for member in members if isinstance(member, tuple)]
    if named and len(named) != len(members):
        raise ParameterError(f"{owner}: {len(named)} of {len(members)} parameters come with a name; name all or none.")
    tensors = [tensor for _, tensor in named] if named else members
    _check_each(owner, tensors, taken)
    names = {"param_names": [name for name, _ in named]} if named else {}
    return {**group, "params": tensors, **names}


def _missing(owner: str, group: Mapping[str, Any]) -> Any:
    raise ParameterError(f'{owner}: a group needs "params", the parameters it is for; this one has {", ".join(group)}.')


def _check_each(owner: str, tensors: Sequence[Any], taken: Iterable[Tensor]) -> None:
    seen = {id(tensor) for tensor in taken}
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, Tensor):
            raise DtypeError(
                f"{owner}: parameter {i} is a {type(tensor).__name__}; give Tensors, such as net.parameters()."
            )
        if not tensor.is_leaf:
            raise GraphError(
                f"{owner}: parameter {i}, {tensor.title}, was computed from others; a step on it would not change "
                f"them. Give the leaves, or tensor.detach()."
            )
        if id(tensor) in seen:
            raise ParameterError(
                f"{owner}: parameter {i}, {tensor.title}, is there twice; each step would change it twice. A shared "
                f"layer is listed once; parameters of two groups must differ."
            )
        seen.add(id(tensor))
