"""JSON is read strictly: one text, one meaning."""

import pytest

from pellucid.errors import ModelFileError
from pellucid.persistence._json import parse


def test_strict_json_means_what_json_means() -> None:
    assert parse('{"a": [1, -0.5, true, null, "\\u00e9"]}', "it") == {"a": [1, -0.5, True, None, "é"]}


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"a": 1, "a": 1}', "key 'a' twice"),
        ('[{"b": {"a": 1, "c": 2, "a": 3}}]', "key 'a' twice"),
        ("NaN", "NaN, which is not JSON"),
        ("[-Infinity]", "-Infinity, which is not JSON"),
        ("1e999", "no float64 can hold"),
        ("9" * 5000, "is not JSON: Exceeds the limit"),
        ("[" * 100_000, "nested deeper"),
        ('{"a":' * 100_000, "nested deeper"),
        ("", "is not JSON: Expecting value"),
        ("{} {}", "is not JSON: Extra data"),
        ("{'a': 1}", "is not JSON"),
        ('"\n"', "is not JSON: Invalid control character"),
        ('"\\x"', "is not JSON"),
    ],
)
def test_anything_else_is_refused_by_name(text: str, fault: str) -> None:
    with pytest.raises(ModelFileError, match=f"^the record .*{fault}"):
        parse(text, "the record")


def test_one_repeated_key_among_very_many_is_found_quickly() -> None:
    pairs = ",".join(f'"{i}":0' for i in range(100_000))
    with pytest.raises(ModelFileError, match="key '99999' twice"):
        parse("{" + pairs + ',"99999":0}', "it")
