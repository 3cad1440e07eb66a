from typing import Any

import numpy as np
import pytest

from pellucid import Tensor
from pellucid.errors import DtypeError, GraphError, ParameterError
from pellucid.optim._groups import checked, groups_of


def _tensors(n: int) -> list[Tensor]:
    return [Tensor([float(i)], requires_grad=True) for i in range(n)]


def test_tensors_form_one_group_whatever_holds_them() -> None:
    a, b = _tensors(2)
    for given in ([a, b], (a, b), iter([a, b]), {"a": a, "b": b}.values()):
        (group,) = groups_of("SGD", given)
        assert checked("SGD", group, ()) == {"params": [a, b]}


def test_named_parameters_keep_their_names() -> None:
    a, b = _tensors(2)
    (group,) = groups_of("SGD", {"weight": a, "bias": b}.items())
    found = checked("SGD", group, ())
    assert found["param_names"] == ["weight", "bias"]
    assert [p is q for p, q in zip(found["params"], (a, b), strict=True)] == [True, True]


def test_a_group_may_hold_one_tensor_without_a_list() -> None:
    (a,) = _tensors(1)
    assert [p is a for p in checked("SGD", {"params": a}, ())["params"]] == [True]


def test_a_group_may_be_empty_but_not_all_parameters() -> None:
    assert checked("SGD", {"params": []}, ()) == {"params": []}
    with pytest.raises(ParameterError, match=r"SGD: there are no parameters to change\. .*call it again"):
        groups_of("SGD", iter(()))


@pytest.mark.parametrize("given", [Tensor([1.0]), {"params": [Tensor([1.0])]}])
def test_what_should_stand_in_a_list_is_refused_with_the_remedy(given: Any) -> None:
    with pytest.raises(ParameterError, match=rf"this one {type(given).__name__} in brackets"):
        groups_of("SGD", given)


@pytest.mark.parametrize(
    ("group", "error", "message"),
    [
        ({"lr": 0.1}, ParameterError, r'a group needs "params", the parameters it is for; this one has lr\.'),
        ({"params": {Tensor([1.0])}}, ParameterError, r"a set has no order.*give a list"),
        ({"params": [np.ones(2)]}, DtypeError, r"parameter 0 is a ndarray; give Tensors"),
        ({"params": ["weight"]}, DtypeError, r"parameter 0 is a str; give Tensors"),
        ({"params": [("w", Tensor([1.0])), Tensor([1.0])]}, ParameterError, "1 of 2 parameters come with a name"),
        (
            {"params": [Tensor([1.0], requires_grad=True) * 2]},
            GraphError,
            r"parameter 0, multiply \(1,\), was computed",
        ),
    ],
)
def test_what_is_no_group_is_refused_with_the_remedy(
    group: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        checked("SGD", group, ())


def test_a_parameter_is_not_taken_twice() -> None:
    a, b = _tensors(2)
    with pytest.raises(ParameterError, match=r"parameter 2, leaf \(1,\), is there twice"):
        checked("SGD", {"params": [a, b, a]}, ())
    with pytest.raises(ParameterError, match=r"parameter 0, leaf \(1,\), is there twice.*two groups must differ"):
        checked("SGD", {"params": [b]}, [a, b])


def test_equal_entries_do_not_make_parameters_the_same() -> None:
    twins = [Tensor([1.0], requires_grad=True), Tensor([1.0], requires_grad=True)]
    assert len(checked("SGD", {"params": twins}, [Tensor([1.0])])["params"]) == 2
