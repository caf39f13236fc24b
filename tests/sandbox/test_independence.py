"""The sandbox knows the vendors from their documentation alone: of the hub it may use the kernel."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SANDBOX = Path(__file__).resolve().parents[2] / "integrations_site" / "sandbox"
HUB = ("integrations_site", "catalog", "connections", "ledger", "notifications")
ALLOWED = ("integrations_site.kernel", "integrations_site.sandbox")


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


@pytest.mark.parametrize("path", sorted(SANDBOX.rglob("*.py")), ids=lambda path: str(path.relative_to(SANDBOX)))
def test_a_module_uses_the_kernel_and_nothing_else_of_the_hub(path: Path) -> None:
    others = [name for name in _imported(path) if name.startswith(HUB) and not name.startswith(ALLOWED)]
    assert others == []


def test_a_vendor_knows_no_other() -> None:
    for vendor in sorted((SANDBOX / "vendors").iterdir()):
        if vendor.is_dir() and vendor.name != "__pycache__":
            own = (f"integrations_site.sandbox.vendors.{vendor.name}", "integrations_site.sandbox.vendors.vendor")
            names = [name for path in vendor.glob("*.py") for name in _imported(path)]
            assert [
                n for n in names if n.startswith("integrations_site.sandbox.vendors.") and not n.startswith(own)
            ] == []
