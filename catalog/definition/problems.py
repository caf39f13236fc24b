"""All that is wrong with the form of a definition at once, by the path of the field, in words.

msgspec stops at the first mistake and speaks of types; whoever fills in a form wants to know all of them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from msgspec import inspect

Problem = tuple[str, str]
_LONGEST_TOLD = 60
# No database keeps them; the API refuses them for itself, a form does not.
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")


def problems(value: Any, kind: inspect.Type, path: str = "") -> Iterator[Problem]:
    """Each thing that keeps `value` from being of this kind: where it is and what is expected there."""
    form = ""
    if isinstance(kind, inspect.Metadata):
        form = (kind.extra or {}).get("form", "")
        kind = kind.type
    if isinstance(kind, inspect.StrType):
        yield from _of_text(value, kind, form, path)
    else:
        yield from _CHECKS[type(kind)](value, kind, path)


def below(path: str, name: object) -> str:
    """The path of a field in the object at `path`."""
    return f"{path}.{name}" if path else str(name)


def _of_text(value: Any, kind: inspect.StrType, form: str, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield path, "A text is expected."
    elif _NO_TEXT.search(value):
        yield path, "NUL and halves of surrogate pairs are no text."
    elif kind.min_length and len(value) < kind.min_length:
        yield path, "This must not be empty."
    elif kind.max_length is not None and len(value) > kind.max_length:
        yield path, f"At most {kind.max_length} characters are kept."
    elif kind.pattern and not re.fullmatch(kind.pattern, value):
        yield path, f"{form} is expected."


def _of_number(value: Any, kind: inspect.IntType, path: str) -> Iterator[Problem]:
    least, most = kind.ge, kind.le
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or (least is not None and value < least) or (most is not None and value > most):
        bounds = f" from {least} to {most}" if least is not None else ""
        yield path, f"A whole number{bounds} is expected."


def _of_flag(value: Any, kind: inspect.BoolType, path: str) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield path, "true or false is expected."


def _of_nothing(value: Any, kind: inspect.NoneType, path: str) -> Iterator[Problem]:
    if value is not None:
        yield path, "null is expected."


def _of_word(value: Any, kind: inspect.LiteralType, path: str) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, str | int) or value not in kind.values:
        listed = ", ".join(str(word) for word in kind.values)
        yield path, f'"{str(value)[:_LONGEST_TOLD]}" is none of {listed}.'


def _of_list(value: Any, kind: inspect.ListType, path: str) -> Iterator[Problem]:
    if not isinstance(value, list | tuple):
        yield path, "A list is expected, in square brackets."
    elif kind.max_length is not None and len(value) > kind.max_length:
        yield path, f"At most {kind.max_length} are kept."
    else:
        for index, item in enumerate(value):
            yield from problems(item, kind.item_type, f"{path}[{index}]")


def _of_mapping(value: Any, kind: inspect.DictType, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield path, "An object is expected, in braces."
    elif kind.max_length is not None and len(value) > kind.max_length:
        yield path, f"At most {kind.max_length} are kept."
    else:
        for name, item in value.items():
            place = below(path, str(name)[:_LONGEST_TOLD])
            yield from problems(name, kind.key_type, place)
            yield from problems(item, kind.value_type, place)


def _of_struct(value: Any, kind: inspect.StructType, path: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield path, "An object is expected, in braces."
        return
    known = {field.encode_name: field for field in kind.fields}
    for name in value:
        if name not in known and name != kind.tag_field:
            told = below(path, str(name)[:_LONGEST_TOLD])
            yield told, f"There is no such field; there are {', '.join(sorted(known))}."
    for name, field in known.items():
        if name in value:
            yield from problems(value[name], field.type, below(path, name))
        elif field.required:
            yield below(path, name), "This field is required."


def _of_union(value: Any, kind: inspect.UnionType, path: str) -> Iterator[Problem]:
    if value is None and kind.includes_none:
        return
    structs = [each for each in kind.types if isinstance(each, inspect.StructType)]
    others = [each for each in kind.types if not isinstance(each, inspect.StructType | inspect.NoneType)]
    if structs and isinstance(value, Mapping):
        yield from _of_one_of(value, structs, path)
    elif others and not any(not list(problems(value, each, path)) for each in others):
        yield from problems(value, others[0], path)
    elif not others:
        yield path, "An object is expected, in braces."


def _of_one_of(value: Mapping[str, Any], structs: list[inspect.StructType], path: str) -> Iterator[Problem]:
    """Structs are told apart by their tag; one without a tag is alone."""
    if structs[0].tag_field is None:
        yield from _of_struct(value, structs[0], path)
        return
    tagged = {struct.tag: struct for struct in structs}
    tag = value.get(structs[0].tag_field)
    if isinstance(tag, str) and tag in tagged:
        yield from _of_struct(value, tagged[tag], path)
    else:
        listed = ", ".join(str(each) for each in tagged)
        yield below(path, structs[0].tag_field), f"One of {listed} is expected."


_CHECKS: dict[type, Callable[[Any, Any, str], Iterator[Problem]]] = {
    inspect.IntType: _of_number,
    inspect.BoolType: _of_flag,
    inspect.NoneType: _of_nothing,
    inspect.LiteralType: _of_word,
    inspect.ListType: _of_list,
    inspect.DictType: _of_mapping,
    inspect.StructType: _of_struct,
    inspect.UnionType: _of_union,
}
