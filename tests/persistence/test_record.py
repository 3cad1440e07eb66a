"""A tree of values comes back as it was, and a document that no one wrote is refused by name."""

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pellucid.errors import ModelFileError
from pellucid.persistence._layout import CODES
from pellucid.persistence._record import DEPTH_MAX, decode, encode

Alike = Callable[[Any, Any], bool]
Toys = tuple[type[Any], type[Any]]

_numbers = st.integers(-(2**130), 2**130) | st.floats()
_plain = st.none() | st.booleans() | _numbers | st.text(max_size=5)
_names = st.sampled_from(sorted(CODES))
_shapes = hnp.array_shapes(min_dims=0, min_side=0, max_dims=3, max_side=3)
_texts = hnp.arrays(np.dtype("U4"), _shapes)
_objects = hnp.arrays(object, _shapes, elements=st.none() | st.booleans() | st.floats() | st.text(max_size=3))
_numeric = hnp.arrays(_names.map(np.dtype), _shapes)
_leaves = (
    _plain
    | _numeric
    | _numeric.map(np.asfortranarray)
    | _texts
    | _objects
    | _numeric.filter(lambda a: a.size > 0).map(lambda a: a.ravel()[0])
    | st.text(max_size=3).map(np.str_)
    | st.slices(9)
    | _names.map(np.dtype)
    | _names.map(lambda name: np.dtype(name).type)
)
_trees = st.recursive(
    _leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
        | st.dictionaries(st.integers() | st.booleans() | st.none() | st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=12,
)


def _there_and_back(value: Any) -> Any:
    document, arrays = encode(value)
    return decode(json.loads(json.dumps(document, allow_nan=False)), {name: a.copy() for name, a in arrays.items()})


@settings(max_examples=300, deadline=None)
@example(tree=np.str_(""))
@given(tree=_trees)
def test_every_tree_of_values_comes_back_as_it_was(tree: Any, alike: Alike) -> None:
    assert alike(_there_and_back(tree), tree)


def test_the_document_is_what_the_head_of_the_module_says() -> None:
    value = {"a": [None, True, 1, 0.5, "s"], "b": (float("nan"), -np.inf), "c": {0: np.float32(0.5)}, "d": np.arange(2)}
    document, arrays = encode(value)
    assert document == {
        "dict": {
            "a": [None, True, 1, 0.5, "s"],
            "b": {"tuple": [{"float": "nan"}, {"float": "-inf"}]},
            "c": {"pairs": [[0, {"scalar": ["float32", 0.5]}]]},
            "d": {"array": "d"},
        }
    }
    assert list(arrays) == ["d"]


def test_arrays_are_named_by_their_place_and_names_are_unique() -> None:
    a, b, c = np.zeros(1), np.ones(1), np.ones(2)
    assert list(encode({"net": [{"weight": a}], "net.0": {"weight": b}, "__metadata__": c})[1]) == [
        "net.0.weight",
        "net.0.weight~2",
        "__metadata__~2",
    ]
    assert list(encode(a)[1]) == ["array"]


def test_an_array_met_twice_is_stored_once_and_comes_back_shared() -> None:
    weight = np.arange(6.0).reshape(2, 3)
    tree = {"encoder": weight, "decoder": weight[:], "copy": weight.copy(), "turned": weight.T, "part": weight[:1]}
    _, arrays = encode(tree)
    assert sorted(arrays) == ["copy", "encoder", "part", "turned"]
    back = _there_and_back(tree)
    assert back["encoder"] is back["decoder"]
    back["encoder"][:] = 0
    assert back["copy"].sum() == back["turned"].sum() == 15
    turned = _there_and_back([weight.T, weight.T])
    assert turned[0] is turned[1]


def test_empty_arrays_at_one_address_stay_apart() -> None:
    whole = np.zeros((2, 3))
    assert len(encode([whole[:0], whole[:0], np.zeros(0, int)])[1]) == 3


def test_memory_order_comes_back_because_rounding_depends_on_it() -> None:
    x = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    assert _there_and_back(x).flags.f_contiguous
    assert _there_and_back(np.ascontiguousarray(x)).flags.c_contiguous


def test_a_tensor_of_any_library_is_stored_as_its_array() -> None:
    torch = pytest.importorskip("torch")
    back = _there_and_back(OrderedDict(w=torch.ones(2), step=3))
    assert type(back) is dict
    np.testing.assert_array_equal(back["w"], np.ones(2, np.float32))


def test_registered_objects_nest_and_are_shared(toys: Toys) -> None:
    knot, fussy = toys
    inner = fussy(size=np.int64(3), weight=np.ones(2))
    back = _there_and_back(knot(first=inner, rest=[inner, knot(inner=inner)], pair=(inner.held["weight"],)))
    assert type(back) is knot
    assert type(back.held["first"]) is fussy
    assert back.held["rest"][0] is back.held["first"] is back.held["rest"][1].held["inner"]
    assert back.held["pair"][0] is back.held["first"].held["weight"]
    assert back.held["first"].held["size"] == 3


def test_objects_made_on_the_fly_are_not_taken_for_one_another(toys: Toys) -> None:
    class Factory(toys[0]):  # type: ignore[misc]
        def to_record(self) -> dict[str, Any]:
            return {"made": [toys[0](n=n) for n in range(50)]}

    from pellucid.persistence import _kinds

    _kinds._kind_of[Factory] = "toy.Knot"
    try:
        back = _there_and_back([Factory(), Factory()])
    finally:
        del _kinds._kind_of[Factory]
    assert [[knot.held["n"] for knot in outer.held["made"]] for outer in back] == [list(range(50))] * 2


class Lonely:
    """Registered nowhere."""


class Network:
    """Of the user's own; registered nowhere."""

    def state_dict(self) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, Lonely()]}, r"^a\.1 is a .*Lonely, which model files do not hold: they hold None, .*Convert it"),
        (Network(), r"^the top level is a .*Network, which no model file can name.*pellucid.save\(module.state_dict"),
        ({"f": len}, r"^f is a builtins.builtin_function_or_method, which is code"),
        ({"f": Lonely}, r"^f is a builtins.type, which is code"),
        ([np.random.default_rng(0)], r"^0 is a numpy.random._generator.Generator, .*Give an int as the seed"),
        ({1, 2}, r"a builtins.set, which"),
        (b"bytes", r"a builtins.bytes, which"),
        (1j, r"a builtins.complex, which"),
        ({(1, 2): 3}, r"^the top level has a tuple as a key; keys are strings or numbers"),
        (np.zeros(2, complex), r"an array of complex128; stored are str, object, bool"),
        (np.zeros(2, "M8[s]"), r"an array of datetime64\[s\]"),
        (np.zeros(2, "i4,f4"), r"an array of .*'<i4'"),
        (np.ma.zeros(2), r"a numpy.ma.*MaskedArray, which"),
        (np.array([Lonely(), None]), r"an object array that holds a Lonely"),
        (np.array([[1], None], dtype=object), r"an object array that holds a list"),
        (1 << 5000, r"an integer of 5001 bits; at most 4096"),
        (np.empty(2**20, "U1000"), r"needs 4,194,304,000 bytes.*Use an object array"),
    ],
)
def test_what_cannot_be_stored_is_named_with_its_place_and_a_remedy(value: Any, message: str) -> None:
    with pytest.raises(ModelFileError, match=message):
        encode(value)


def test_depth_is_limited_by_a_message_and_not_by_the_stack() -> None:
    deep: list[Any] = []
    for _ in range(DEPTH_MAX):
        deep = [deep]
    assert json.dumps(_there_and_back(deep)) == json.dumps(deep)
    with pytest.raises(ModelFileError, match="nested deeper than 100 levels"):
        encode([deep])
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(ModelFileError, match="look whether a list or object holds itself"):
        encode(endless)
    document: Any = 0
    for _ in range(DEPTH_MAX + 1):
        document = [document]
    with pytest.raises(ModelFileError, match="nested deeper than 100 levels"):
        decode(document, {})


def test_a_document_of_too_many_values_is_refused() -> None:
    with pytest.raises(ModelFileError, match="of more than 1,000,000 values, at 999999"):
        decode([0] * 1_000_001, {})


def test_an_object_that_holds_itself_is_refused(toys: Toys) -> None:
    knot = toys[0]()
    knot.held["me"] = knot
    with pytest.raises(ModelFileError, match="holds itself"):
        encode(knot)


def test_a_list_that_doubles_at_each_level_ends_early() -> None:
    doubling: list[Any] = []
    for _ in range(60):
        doubling = [doubling, doubling]
    with pytest.raises(ModelFileError, match="more than 1,000,000 values"):
        encode(doubling)


def test_a_to_record_that_gives_no_dict_is_refused(toys: Toys) -> None:
    knot = toys[0]()
    knot.held = {1: 2}
    with pytest.raises(ModelFileError, match=r"to_record of 'toy.Knot' gave no dict with string keys"):
        encode(knot)


_SOME = {"w": np.ones(2)}


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({}, "0 tags"),
        ({"dict": {}, "tuple": []}, "2 tags"),
        ({"eval": "1"}, "unknown tag 'eval'"),
        ({"dict": []}, "lacks a dict"),
        ({"dict": {"a": {"tuple": 1}}}, "lacks a list at a"),
        ({"slice": [1, 2]}, "lacks start, stop and step"),
        ({"slice": [1, [], 2]}, "lacks ends that are whole numbers or names"),
        ({"pairs": [[1]]}, "lacks pairs"),
        ({"pairs": [[[1], 2]]}, "lacks a key"),
        ({"pairs": [[1, 2], [True, 3]]}, "lacks distinct keys"),
        ({"float": "1e5"}, "lacks nan, inf or -inf"),
        ({"float": []}, "lacks nan, inf or -inf"),
        ({"array": "v"}, "lacks the name of an array"),
        ({"array": ["w"]}, "lacks the name of an array"),
        ({"fortran": "v"}, "lacks the name of an array"),
        ({"text": {"shape": [1], "values": [1]}}, "lacks strings"),
        ({"text": {"shape": [2], "values": ["a"]}}, "lacks as many values"),
        ({"text": {"shape": [-1], "values": ["a"]}}, "lacks a shape"),
        ({"text": {"shape": [True], "values": ["a"]}}, "lacks a shape"),
        ({"text": {"shape": [1], "values": ["a"], "dtype": "U9"}}, "lacks a shape and values"),
        ({"text": {"shape": [2**20], "values": ["a"] * (2**20 - 1) + ["a" * 1000]}}, "needs 4,194,304,000 bytes"),
        ({"objects": {"shape": [1], "values": [[]]}}, "lacks strings, numbers"),
        ({"objects": {"shape": [1] * 65, "values": [0]}}, "lacks two lists"),
        ({"scalar": ["float32"]}, "lacks a dtype and a value"),
        ({"scalar": [["float32"], 1.0]}, "lacks a dtype and a value"),
        ({"scalar": ["float32", "1"]}, "lacks a value of float32"),
        ({"scalar": ["int8", True]}, "lacks a value of int8"),
        ({"scalar": ["int8", 300]}, "scalar out of range"),
        ({"scalar": ["uint64", -1]}, "scalar out of range"),
        ({"scalar": ["float16", 1e5]}, "scalar out of range"),
        ({"dtype": "object"}, "lacks the name of a dtype"),
        ({"dtype": ["float32"]}, "lacks the name of a dtype"),
        ({"scalar type": "void"}, "lacks the name of a scalar type"),
        ({"same": 0}, "lacks the number of an earlier object"),
        ({"same": False}, "lacks the number of an earlier object"),
        ({"object": {"kind": "os.system", "record": {}}}, "unknown kind 'os.system'"),
        ({"object": {"kind": 1, "record": {}}}, "lacks a kind that is a string"),
        ({"object": {"kind": "toy.Knot"}}, "lacks a kind and a record"),
        ({"object": {"kind": "toy.Knot", "record": []}}, "lacks a dict"),
        ({"object": {"kind": "toy.Fussy", "record": {}}}, r"'toy.Fussy' at .* does not describe one: KeyError: 'size'"),
        ({"object": {"kind": "toy.Fussy", "record": {"size": -1}}}, "does not describe one: ValueError: size is neg"),
        ({"object": {"kind": "toy.Fussy", "record": {"size": "a"}}}, "does not describe one: TypeError"),
        (None, "holds arrays that its record never mentions: 'w'"),
    ],
)
def test_a_document_that_encode_did_not_write_is_refused_by_name(document: Any, fault: str, toys: Toys) -> None:
    with pytest.raises(ModelFileError, match=fault):
        decode(document, dict(_SOME))


_tags = st.sampled_from(
    ["dict", "pairs", "tuple", "slice", "float", "array", "fortran", "text", "objects", "scalar", "dtype"]
    + ["scalar type", "same", "object", "kind", "record", "shape", "values", "w", "toy.Knot", "float32", "nan"]
)
_documents = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 3) | st.floats(allow_nan=False, allow_infinity=False) | _tags,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_tags, inner, max_size=2),
    max_leaves=10,
)


@settings(max_examples=500, deadline=None)
@given(document=_documents)
def test_no_document_raises_anything_but_model_file_error(document: Any) -> None:
    try:
        decode(document, dict(_SOME))
    except ModelFileError:
        pass
