"""Says where two documents differ, as paths: "lines[2].price.net"."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass


def differences(left: object, right: object, path: str = "") -> dict[str, tuple[object, object]]:
    """What each of the two says where they differ; what dataclasses do not compare is left out."""
    return dict(_differences(left, right, path))


def _differences(left: object, right: object, path: str) -> Iterator[tuple[str, tuple[object, object]]]:
    if is_dataclass(left) and type(left) is type(right):
        for field in fields(left):
            if field.compare:
                deeper = f"{path}.{field.name}".lstrip(".")
                yield from _differences(getattr(left, field.name), getattr(right, field.name), deeper)
    elif isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _differences(one, other, f"{path}[{index}]")
    elif left != right:
        yield path, (left, right)
