"""What only compiled code calls gives what it gives in Python, and is no code of its own."""

from typing import Any

import numpy as np

from pellucid.tree._compiled import compiled, inner, opened, regrouped, within


def total(x: np.ndarray) -> float:
    out = 0.0
    for i in range(len(x)):
        out += x[i]
    return out


def test_inner_kernels_give_the_same_called_by_each_other_and_by_python() -> None:
    x = np.arange(7.0)
    for kind in (inner, within, regrouped):
        part: Any = kind(total)
        twice: Any = inner(lambda x, part=part: 2.0 * part(x))
        whole: Any = compiled(lambda x, twice=twice: twice(x) / 0.0 + twice(x))
        assert opened(part)(x) == 21.0 and opened(twice)(x) == 42.0 and whole(x) == np.inf


def test_an_inner_kernel_is_turned_into_machine_code_only_where_it_is_called() -> None:
    part: Any = inner(total)
    whole: Any = compiled(lambda x: part(x))
    whole(np.arange(7.0))
    (of_part,), (of_whole,) = part.overloads.values(), whole.overloads.values()
    engine = of_whole.library.codegen._engine
    assert engine.is_symbol_defined(of_whole.fndesc.llvm_func_name)
    assert not of_part.library.get_pointer_to_function(of_part.fndesc.llvm_func_name)
