"""The sizes that keep the code readable; there is no list of exceptions."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("integrations_site", "catalog", "connections", "ledger", "notifications", "tests")
LONGEST_MODULE, LONGEST_CLASS, LONGEST_FUNCTION, LONGEST_VIEW_METHOD = 300, 200, 40, 15
HTTP_METHODS = {
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "list",
    "create",
    "retrieve",
    "update",
    "partial_update",
    "destroy",
}

MODULES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
)


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _limit(node: ast.stmt, parent: ast.AST, module: Path) -> int | None:
    if isinstance(node, ast.ClassDef):
        return LONGEST_CLASS
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    is_view = "api" in module.parts and isinstance(parent, ast.ClassDef) and node.name in HTTP_METHODS
    return LONGEST_VIEW_METHOD if is_view else LONGEST_FUNCTION


def _too_long(tree: ast.Module, module: Path) -> Iterator[str]:
    for parent in ast.walk(tree):
        for node in ast.iter_child_nodes(parent):
            if not isinstance(node, ast.stmt):
                continue
            limit = _limit(node, parent, module)
            if limit is not None and _length(node) > limit:
                yield f"{module.relative_to(ROOT)}:{node.lineno} has {_length(node)} lines, {limit} are allowed"


def _imports_inside(tree: ast.Module, module: Path) -> Iterator[str]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            for node in ast.walk(function):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    yield f"{module.relative_to(ROOT)}:{node.lineno} imports inside {function.name}()"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_keeps_to_the_sizes(module: Path) -> None:
    text = module.read_text()
    tree = ast.parse(text)
    found = [*_too_long(tree, module), *_imports_inside(tree, module)]
    if text.count("\n") > LONGEST_MODULE:
        found.append(f"{module.relative_to(ROOT)} has {text.count(chr(10))} lines, {LONGEST_MODULE} are allowed")
    assert not found, "\n".join(found)
