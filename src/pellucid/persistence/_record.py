"""Objects as a JSON document and named arrays, and back.

    None, true, 1, 0.5, "s", [...]         themselves
    {"dict": {"a": ...}}                   a dict;  {"pairs": [[key, value], ...]} where a key is not a string
    {"tuple": [...]}                       a tuple
    {"slice": [1, null, null]}             a slice: start, stop, step
    {"float": "nan" | "inf" | "-inf"}      what JSON has no number for
    {"array": "coef_"}                     the array of that name;  {"fortran": "coef_"}  laid out column-major
    {"text": {"shape", "values"}}          an array of strings;  {"objects": ...}  one of strings, numbers and None
    {"scalar": ["float32", 0.5]}           a NumPy scalar;  {"dtype": "float32"}, {"scalar type": "float32"}
    {"object": {"kind", "record"}}         an object of a registered class;  {"same": 0}  the first of them again

Every JSON object has one key, its tag, so a dict of the user's can never be taken for something else.

Here: `encode` and `decode`. Elsewhere: which kinds there are is in _kinds.py; where the arrays go, in _layout.py.
Imports: numpy and pellucid.errors.
"""

import math
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeGuard

import numpy as np

from pellucid.errors import ModelFileError
from pellucid.persistence._kinds import Storable, class_of, kind_of
from pellucid.persistence._layout import AXES_MAX, CODES, Array

Json = Any  # None | bool | int | float | str | list[Json] | dict[str, Json]; mypy narrows such a union badly

DEPTH_MAX = 100  # levels; each takes up to 3 of JSON and 4 Python frames, and the interpreter allows 1000
VALUES_MAX = 1_000_000  # longer lists belong in arrays; a list that doubles at each level ends here
INT_BITS_MAX = 4096  # Python reads integers up to 4300 digits from text, which is 14,000 bits
TEXT_MAX = 2**30  # bytes; NumPy pads each string to the longest, so a small document could ask for any amount
NAME_MAX = 200  # characters

_SCALARS: dict[type, str] = {np.dtype(name).type: name for name in CODES} | {np.str_: "str"}
_SCALAR_TYPES = {name: cls for cls, name in _SCALARS.items()}
_PLAIN = (type(None), bool, int, float, str)


def is_tensor(value: object) -> TypeGuard[Any]:
    """Whether `value` is an array that NumPy can read (ours, PyTorch's, JAX's); the column of a table is not."""
    return hasattr(type(value), "__array__") and hasattr(type(value), "__dlpack__")


def array_of(tensor: Any, where: str) -> Array:
    """The numbers of a tensor, in its own memory where it lets NumPy see it."""
    try:
        return np.asarray(tensor)
    except Exception as error:  # each library refuses in its own words: another device, a gradient, a dtype NumPy lacks
        raise ModelFileError(f"{where} cannot be read as a NumPy array: {error}") from error


def encode(value: object) -> tuple[Json, dict[str, Array]]:
    """`value` as a JSON document and the arrays it refers to by name; ModelFileError for what cannot be stored.

    An array met twice, also as two equal views of the same memory, is stored once; so is an object.
    """
    encoder = _Encoder()
    return encoder.encode(value, ()), encoder.arrays


def decode(document: Json, arrays: dict[str, Array]) -> Any:
    """The value `document` stands for; ModelFileError for what `encode` did not write, and for arrays left over."""
    decoder = _Decoder(arrays)
    value = decoder.decode(document, ())
    if unused := sorted(arrays.keys() - decoder.used):
        raise ModelFileError(f"it holds arrays that its record never mentions: {', '.join(map(repr, unused[:5]))}.")
    return value


Path = tuple[str, ...]  # where in the tree a value stands; its length is the depth


def _at(path: Path) -> str:
    return ".".join(path)[:NAME_MAX] or "the top level"


class _Encoder:
    """One walk over a tree of values; holds on to every array and object met, so that no address is used twice."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}
        self._name_of: dict[tuple[Any, ...], str] = {}
        self._number_of: dict[int, int] = {}
        self._kept: list[object] = []
        self._count = 0

    def encode(self, value: object, path: Path) -> Json:
        self._count += 1
        if len(path) > DEPTH_MAX or self._count > VALUES_MAX:
            raise ModelFileError(
                f"{_at(path)} is nested deeper than {DEPTH_MAX} levels, or one of more than {VALUES_MAX:,} values; "
                "store numbers as arrays, and look whether a list or object holds itself."
            )
        cls = type(value)
        if write := self._WRITERS.get(cls):
            return write(self, value, path)
        if cls in _SCALARS:
            return {"scalar": [_SCALARS[cls], self.encode(value.item(), path)]}  # type: ignore[attr-defined]
        if kind := kind_of(cls):
            return self._object(value, kind, path)
        if isinstance(value, np.dtype) and value.name in CODES:
            return {"dtype": value.name}
        if isinstance(value, type) and value in _SCALARS:
            return {"scalar type": _SCALARS[value]}
        if is_tensor(value) and not isinstance(value, np.ndarray):
            return self._array(array_of(value, _at(path)), path)
        raise ModelFileError(f"{_at(path)} is a {cls.__module__}.{cls.__qualname__}, which {_remedy(value)}")

    def _plain(self, value: Any, path: Path) -> Json:
        return value

    def _int(self, value: int, path: Path) -> Json:
        if value.bit_length() > INT_BITS_MAX:
            raise ModelFileError(
                f"{_at(path)} is an integer of {value.bit_length()} bits; at most {INT_BITS_MAX} are kept."
            )
        return value

    def _float(self, value: float, path: Path) -> Json:
        return value if math.isfinite(value) else {"float": str(value)}

    def _list(self, value: list[Any], path: Path) -> Json:
        return [self.encode(item, (*path, str(i))) for i, item in enumerate(value)]

    def _tuple(self, value: tuple[Any, ...], path: Path) -> Json:
        return {"tuple": self._list(list(value), path)}

    def _slice(self, value: slice, path: Path) -> Json:
        return {"slice": self._list([value.start, value.stop, value.step], path)}

    def _dict(self, value: dict[Any, Any], path: Path) -> Json:
        if all(type(key) is str for key in value):
            return {"dict": {key: self.encode(item, (*path, key)) for key, item in value.items()}}
        for key in value:
            if type(key) not in _PLAIN and type(key) not in _SCALARS:
                raise ModelFileError(f"{_at(path)} has a {type(key).__name__} as a key; keys are strings or numbers.")
        inner = ((key, (*path, str(key))) for key in value)
        return {"pairs": [[self.encode(key, here), self.encode(value[key], here)] for key, here in inner]}

    def _array(self, value: Array, path: Path) -> Json:
        if value.dtype.kind == "U":
            _check_text(value.size, value.itemsize // 4, _at(path))
            return {"text": {"shape": list(value.shape), "values": value.ravel().tolist()}}
        if value.dtype.kind == "O":
            return {"objects": {"shape": list(value.shape), "values": self._elements(value, path)}}
        if value.dtype.name not in CODES:
            raise ModelFileError(
                f"{_at(path)} is an array of {value.dtype}; stored are str, object, {', '.join(CODES)}."
            )
        column_major = value.flags.f_contiguous and not value.flags.c_contiguous
        return {"fortran" if column_major else "array": self._name(value, path)}

    def _elements(self, value: Array, path: Path) -> list[Json]:
        for item in value.flat:
            if type(item) not in _PLAIN and type(item) not in _SCALARS:
                raise ModelFileError(
                    f"{_at(path)} is an object array that holds a {type(item).__name__}; "
                    "stored are strings, numbers, booleans and None. Convert the others first."
                )
        return [self.encode(item, path) for item in value.flat]

    def _name(self, value: Array, path: Path) -> str:
        """The name under which `value` is stored: its path, made unique."""
        address = value.__array_interface__["data"][0] if value.size else id(value)
        memory = (address, value.shape, value.strides, value.dtype.str)
        if memory in self._name_of:
            return self._name_of[memory]
        stem = ".".join(path)[:NAME_MAX].encode("utf-8", "replace").decode() or "array"
        name, n = stem, 2
        while name in self.arrays or name == "__metadata__":
            name, n = f"{stem}~{n}", n + 1
        self.arrays[name] = value
        self._name_of[memory] = name
        return name

    def _object(self, value: Any, kind: str, path: Path) -> Json:
        if id(value) in self._number_of:
            return {"same": self._number_of[id(value)]}
        self._kept.append(value)
        record = value.to_record()
        if type(record) is not dict or not all(type(key) is str for key in record):
            raise ModelFileError(f"{_at(path)}: to_record of {kind!r} gave no dict with string keys.")
        fields = {name: self.encode(item, (*path, name)) for name, item in record.items()}
        self._number_of[id(value)] = len(self._number_of)  # numbered when complete, as `decode` completes them
        return {"object": {"kind": kind, "record": fields}}

    _WRITERS: dict[type, Callable[["_Encoder", Any, Path], Json]] = {
        type(None): _plain,
        bool: _plain,
        str: _plain,
        int: _int,
        float: _float,
        list: _list,
        tuple: _tuple,
        slice: _slice,
        dict: _dict,
        OrderedDict: _dict,  # PyTorch's state_dict
        np.ndarray: _array,
        np.memmap: _array,
    }


def _remedy(value: object) -> str:
    """Why `value` cannot be stored, and what to do; ends a sentence that starts with its class."""
    if hasattr(value, "state_dict"):
        return (
            "no model file can name, because a file holds no code. Save its arrays, pellucid.save(module.state_dict(), "
            "path), and load them into a module your own code built: module.load_state_dict(pellucid.load(path))."
        )
    if isinstance(value, np.random.Generator | np.random.RandomState):
        return "carries a state that is not stored. Give an int as the seed."
    if callable(value):
        return "is code, and a model file holds none. Give a name or a registered class in its place."
    return (
        "model files do not hold: they hold None, bool, int, float, str, list, tuple, dict, NumPy arrays and scalars, "
        "and pellucid's own objects. Convert it to those."
    )


class _Decoder:
    """One walk over a document; every number and name in it is checked before use."""

    def __init__(self, arrays: dict[str, Array]) -> None:
        self.used: set[str] = set()
        self._arrays = arrays
        self._column_major: dict[str, Array] = {}
        self._objects: list[Storable] = []
        self._count = 0

    def decode(self, node: Json, path: Path) -> Any:
        self._count += 1
        if len(path) > DEPTH_MAX or self._count > VALUES_MAX:
            raise ModelFileError(
                f"its record is nested deeper than {DEPTH_MAX} levels, or of more than {VALUES_MAX:,} values, "
                f"at {_at(path)}."
            )
        if type(node) in _PLAIN:
            return node
        if type(node) is list:
            return self._list(node, path)
        if len(node) != 1:
            raise ModelFileError(f"its record has {len(node)} tags at {_at(path)}, where one is needed.")
        ((tag, body),) = node.items()
        read = self._READERS.get(tag)
        if read is None:
            raise ModelFileError(f"its record has the unknown tag {tag[:40]!r} at {_at(path)}.")
        return read(self, body, path)

    def _list(self, body: Json, path: Path) -> list[Any]:
        _check(type(body) is list, "a list", path)
        return [self.decode(item, (*path, str(i))) for i, item in enumerate(body)]

    def _tuple(self, body: Json, path: Path) -> tuple[Any, ...]:
        return tuple(self._list(body, path))

    def _slice(self, body: Json, path: Path) -> slice:
        _check(type(body) is list and len(body) == 3, "start, stop and step", path)
        ends = self._list(body, path)
        _check(
            all(type(end) in _PLAIN or type(end) in _SCALARS for end in ends),
            "ends that are whole numbers or names",
            path,
        )
        return slice(*ends)

    def _dict(self, body: Json, path: Path) -> dict[str, Any]:
        _check(type(body) is dict, "a dict", path)
        return {key: self.decode(item, (*path, key)) for key, item in body.items()}

    def _pairs(self, body: Json, path: Path) -> dict[Any, Any]:
        _check(type(body) is list and all(type(pair) is list and len(pair) == 2 for pair in body), "pairs", path)
        found = {}
        for key_node, item in body:
            key = self.decode(key_node, path)
            _check(type(key) in _PLAIN or type(key) in _SCALARS, "a key that is a string or number", path)
            _check(key not in found, "distinct keys", path)
            found[key] = self.decode(item, (*path, str(key)))
        return found

    def _float(self, body: Json, path: Path) -> float:
        _check(body in ("nan", "inf", "-inf"), "nan, inf or -inf", path)
        return float(body)

    def _array(self, body: Json, path: Path) -> Array:
        _check(type(body) is str and body in self._arrays, "the name of an array in this file", path)
        self.used.add(body)
        return self._arrays[body]

    def _fortran(self, body: Json, path: Path) -> Array:
        array = self._array(body, path)
        if body not in self._column_major:
            self._column_major[body] = np.asfortranarray(array)
        return self._column_major[body]

    def _text(self, body: Json, path: Path) -> Array:
        shape, values = _shape_and_values(body, path)
        _check(all(type(value) is str for value in values), "strings", path)
        _check_text(len(values), max(map(len, values), default=0), _at(path))
        return np.array(values, dtype=np.str_).reshape(shape)

    def _elements(self, body: Json, path: Path) -> Array:
        shape, values = _shape_and_values(body, path)
        array = np.empty(len(values), dtype=object)
        for i, node in enumerate(values):
            array[i] = value = self.decode(node, path)
            _check(type(value) in _PLAIN or type(value) in _SCALARS, "strings, numbers, booleans and None", path)
        return array.reshape(shape)

    def _scalar(self, body: Json, path: Path) -> Any:
        _check(type(body) is list and len(body) == 2 and body[0] in list(_SCALAR_TYPES), "a dtype and a value", path)
        cls, value = _SCALAR_TYPES[body[0]], self.decode(body[1], path)
        _check(type(value) is type(cls().item()), f"a value of {body[0]}", path)
        try:
            with np.errstate(over="raise"):
                return cls(value)
        except (OverflowError, FloatingPointError) as error:
            raise ModelFileError(f"its record has a scalar out of range at {_at(path)}: {error}.") from None

    def _dtype(self, body: Json, path: Path) -> np.dtype[Any]:
        _check(body in list(CODES), "the name of a dtype", path)
        return np.dtype(body)

    def _scalar_type(self, body: Json, path: Path) -> type:
        _check(body in list(_SCALAR_TYPES), "the name of a scalar type", path)
        return _SCALAR_TYPES[body]

    def _same(self, body: Json, path: Path) -> Storable:
        _check(type(body) is int and 0 <= body < len(self._objects), "the number of an earlier object", path)
        return self._objects[body]

    def _object(self, body: Json, path: Path) -> Storable:
        _check(type(body) is dict and body.keys() == {"kind", "record"}, "a kind and a record", path)
        kind = body["kind"]
        _check(type(kind) is str, "a kind that is a string", path)
        cls = class_of(kind)
        record = self._dict(body["record"], path)
        try:
            value = cls.from_record(record)
        except ModelFileError:
            raise
        except Exception as error:  # any class may check in its own words; to the caller all of it is a bad file
            raise ModelFileError(
                f"its record of {kind!r} at {_at(path)} does not describe one: {type(error).__name__}: {error}"
            ) from error
        self._objects.append(value)
        return value

    _READERS: dict[str, Callable[["_Decoder", Json, Path], Any]] = {
        "dict": _dict,
        "pairs": _pairs,
        "tuple": _tuple,
        "slice": _slice,
        "float": _float,
        "array": _array,
        "fortran": _fortran,
        "text": _text,
        "objects": _elements,
        "scalar": _scalar,
        "dtype": _dtype,
        "scalar type": _scalar_type,
        "same": _same,
        "object": _object,
    }


def _check(holds: bool, wanted: str, path: Path) -> None:
    if not holds:
        raise ModelFileError(f"its record lacks {wanted} at {_at(path)}.")


def _check_text(count: int, longest: int, where: str) -> None:
    if (needed := 4 * count * longest) > TEXT_MAX:
        raise ModelFileError(
            f"{where} needs {needed:,} bytes as an array of {count:,} strings of up to {longest:,} characters; "
            f"at most {TEXT_MAX:,} are taken. Use an object array, which does not pad."
        )


def _shape_and_values(body: Json, path: Path) -> tuple[tuple[int, ...], list[Json]]:
    """Both parts of an array that is written out as JSON; the shape is one of exactly as many values."""
    _check(type(body) is dict and body.keys() == {"shape", "values"}, "a shape and values", path)
    shape, values = body["shape"], body["values"]
    _check(type(values) is list and type(shape) is list and len(shape) <= AXES_MAX, "two lists", path)
    _check(all(type(count) is int and 0 <= count <= 2**31 for count in shape), "a shape of whole numbers", path)
    _check(math.prod(shape) == len(values), "as many values as its shape says", path)
    return tuple(shape), values
