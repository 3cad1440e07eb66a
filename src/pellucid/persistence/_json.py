"""JSON that means one thing only.

Here: `parse`, which refuses what two readers could understand differently: duplicate keys, NaN, overflowing numbers.
Elsewhere: the header of a file is read in _layout.py, its record in _record.py; both come through here.
Imports: json and pellucid.errors.
"""

import json
import math
from typing import Any

from pellucid.errors import ModelFileError


def parse(text: str, what: str) -> Any:
    """The value `text` stands for; ModelFileError, naming `what`, for anything but strict JSON.

    >>> parse('{"a": 1, "a": 2}', "the header")
    Traceback (most recent call last):
    ...
    pellucid.errors.ModelFileError: the header has the key 'a' twice in one object.
    """

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        fields: dict[str, Any] = {}
        for name, value in pairs:
            if name in fields:
                raise ModelFileError(f"{what} has the key {name[:80]!r} twice in one object.")
            fields[name] = value
        return fields

    def finite(literal: str) -> float:
        number = float(literal)
        if not math.isfinite(number):
            raise ModelFileError(f"{what} has the number {literal[:80]}, which no float64 can hold.")
        return number

    def refuse(literal: str) -> None:
        raise ModelFileError(f"{what} has {literal}, which is not JSON.")

    try:
        return json.loads(text, object_pairs_hook=once, parse_float=finite, parse_constant=refuse)
    except RecursionError:
        raise ModelFileError(f"{what} is nested deeper than any model.") from None
    except ModelFileError:
        raise
    except ValueError as error:  # JSONDecodeError, and integers beyond sys.get_int_max_str_digits()
        raise ModelFileError(f"{what} is not JSON: {error}.") from None
