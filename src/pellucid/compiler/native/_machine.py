"""Machine code on this processor: a small builder over LLVM, and what makes its modules runnable.

Here: `Code`, an instruction builder with loops, pointers and types by dtype; `Processor`, what code is made for;
`object_code` of a module; `Assembled`, functions of such code.
Elsewhere: what is built is in _loops.py, _contraction.py; what single primitives are is in _scalar.py.
Imports: numpy; llvmlite, so this module is loaded when a program is first built.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, final

import llvmlite.binding as llvm
import llvmlite.ir as ir
import numpy as np

I64, I32, I8, I1 = ir.IntType(64), ir.IntType(32), ir.IntType(8), ir.IntType(1)
F32, F64 = ir.FloatType(), ir.DoubleType()
POINTER, VOID = ir.PointerType(), ir.VoidType()
FLAGS = ("contract",)  # products joined with sums; (x + y) - y stays what it is, as it must for infinity and large y
SUM_FLAGS = ("reassoc", "contract", "nsz")  # of sums of many entries: in any order, so in several parts

_TYPES = {"float32": F32, "float64": F64, "bool": I8}


def type_for(dtype: np.dtype[Any]) -> Any:
    """The LLVM type of an entry; truth values are bytes."""
    return _TYPES.get(dtype.name) or ir.IntType(8 * dtype.itemsize)


@final
class Code(ir.IRBuilder):  # type: ignore[misc]  # llvmlite tells no types
    """An instruction builder that knows loops."""

    def loop(self, n: Any, body: Callable[[Any], None], first: Any = 0) -> None:
        """body(i) for i from first to n - 1; n is known to be larger than first."""
        before, head, end = self.basic_block, self.append_basic_block("loop"), None
        self.branch(head)
        self.position_at_end(head)
        i = self.phi(I64)
        i.add_incoming(whole(first), before)
        body(i)
        following = self.add(i, I64(1))
        i.add_incoming(following, self.basic_block)
        last = self.icmp_signed("<", following, whole(n))
        end = self.append_basic_block("after")
        self.cbranch(last, head, end)
        self.position_at_end(end)

    def at_least(self, x: Any, y: Any) -> Any:
        """The larger of two whole numbers."""
        return self.select(self.icmp_signed(">", x, y), x, y)

    def at_most(self, x: Any, y: Any) -> Any:
        """The smaller of two whole numbers."""
        return self.select(self.icmp_signed("<", x, y), x, y)

    def place(self, base: Any, at: Any, entry: Any) -> Any:
        """The address of entry number `at`."""
        return self.gep(base, [whole(at)], source_etype=entry)

    def sum_of(self, terms: Sequence[tuple[Any, int]], constant: int = 0) -> Any:
        """constant + sum of index * stride, with what is 0 left out."""
        total: Any = None
        for index, stride in terms:
            if stride == 0:
                continue
            if isinstance(index, int):
                constant += index * stride
                continue
            term = index if stride == 1 else self.mul(index, I64(stride))
            total = term if total is None else self.add(total, term)
        if total is None:
            return I64(constant)
        return total if constant == 0 else self.add(total, I64(constant))

    def intrinsic(self, name: str, kind: Any, *arguments: Any) -> Any:
        """A call of an LLVM intrinsic or a function of the C library, which is declared when it is first used."""
        known = self.module.globals.get(name)
        if known is None:
            known = ir.Function(self.module, ir.FunctionType(kind, [x.type for x in arguments]), name)
        return self.call(known, arguments)


def whole(i: Any) -> Any:
    """A Python number as a constant of 64 bits; a value as it is."""
    return I64(i) if isinstance(i, int) else i


def function(module: Any, name: str, kinds: Sequence[Any], result: Any = VOID) -> tuple[Any, Code]:
    """A new function whose pointers do not overlap, and a builder at its beginning."""
    made = ir.Function(module, ir.FunctionType(result, kinds), name)
    for argument in made.args:
        if argument.type == POINTER:
            argument.add_attribute("noalias")
    return made, Code(made.append_basic_block("entry"))


@final
@dataclass(frozen=True, slots=True)
class Processor:
    """What code is made for: kind of machine, model, features as LLVM writes them.

    >>> Processor("x86_64-unknown-linux-gnu", "x86-64", "+avx2,-avx512f").vector_bytes
    32
    """

    triple: str
    model: str
    features: str

    @property
    def vector_bytes(self) -> int:
        """How wide its vectors are: 64 for AVX-512, 32 for AVX2, else 16."""
        has = self.features.split(",")
        return 64 if "+avx512f" in has else 32 if "+avx2" in has else 16


@cache
def processor() -> Processor:
    """This one, all its features allowed; but entries that lie apart are read and written one by one."""
    triple, features = llvm.get_process_triple(), llvm.get_host_cpu_features().flatten()
    if triple.startswith("x86_64"):
        features += ",+prefer-no-gather,+prefer-no-scatter"  # where these are microcode, an entry takes up to 8 cycles
    return Processor(triple, llvm.get_host_cpu_name(), features)


def machine() -> Any:
    """LLVM's object for the processor; a new one each time, for an engine takes it over."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    here = processor()
    return llvm.Target.from_triple(here.triple).create_target_machine(here.model, here.features, opt=3)


def vector_bytes() -> int:
    """How wide the processor's vectors are."""
    return processor().vector_bytes


def new_module() -> Any:
    """An empty module for this processor."""
    module = ir.Module(name="pellucid")
    module.triple = processor().triple
    return module


@final
class Assembled:
    """Object code in memory; it lives as long as this object."""

    def __init__(self, code: bytes) -> None:
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Where a function begins."""
        return int(self._engine.get_function_address(name))


def object_code(module: Any) -> bytes:
    """The module as object code for this processor."""
    code = llvm.parse_assembly(str(module))
    code.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = True
    options.loop_unrolling = False  # before vectors are made it would write out short loops entry by entry
    target = machine()
    passes = llvm.create_pass_builder(target, options)
    passes.getModulePassManager().run(code, passes)
    return bytes(target.emit_object(code))
