"""JSON merge patches (RFC 7396): objects are merged, anything else is replaced, null removes."""

from collections.abc import Mapping
from typing import Any


def merge(target: Any, patch: Any) -> Any:
    """`target` with the patch applied; neither is changed."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(target) if isinstance(target, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merge(found.get(name), value)
    return found


def patch_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """The smallest patch that makes `after` of `before`; neither may hold null."""
    found: dict[str, Any] = dict.fromkeys(before.keys() - after.keys())
    for name, value in after.items():
        old = before.get(name)
        if isinstance(old, Mapping) and isinstance(value, Mapping):
            if inner := patch_between(old, value):
                found[name] = inner
        elif name not in before or old != value:
            found[name] = value
    return found


def leaves(patch: Mapping[str, Any], path: str = "") -> dict[str, Any]:
    """What a patch changes, by path: `{"oauthConfig.usePkce": true}`; null for what it removes."""
    found: dict[str, Any] = {}
    for name, value in patch.items():
        place = f"{path}.{name}" if path else name
        if isinstance(value, Mapping) and value:
            found |= leaves(value, place)
        else:
            found[place] = value
    return found
