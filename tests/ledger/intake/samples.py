"""The project's own samples, as material for tests."""

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[3] / "ledger" / "samples"
NAMES = sorted(path.name for path in FOLDER.glob("*.xml"))


def sample(name: str) -> bytes:
    """The sample whose name begins so."""
    (path,) = FOLDER.glob(f"{name.removesuffix('.xml')}*.xml")
    return path.read_bytes()


UBL = sample("01")
CII = sample("02")
CREDIT_NOTE = sample("07")


def changed(content: bytes, old: str, new: str) -> bytes:
    """The content with the first occurrence of `old` replaced, which must be there."""
    before, after = old.encode(), new.encode()
    assert before in content, f"{old} is not in the sample"
    return content.replace(before, after, 1)
