"""The peers' own Python environment: they are no part of the hub, so its lock does not name them."""

import hashlib
import subprocess
import venv
from pathlib import Path

from tests.benchmarks.errors import BenchmarkError

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = ROOT / ".venv-bench"
REQUIREMENTS = ROOT / "requirements" / "bench.txt"
PYTHON = ENVIRONMENT / "bin" / "python"
_STAMP = ENVIRONMENT / ".installed"


def ensure_peers() -> Path:
    """The environment's Python, made on first use and whenever the requirements change; every download is hash-checked.

    Raises BenchmarkError where it cannot be made.
    """
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if _STAMP.exists() and _STAMP.read_text() == wanted:
        return PYTHON
    if ENVIRONMENT.is_symlink():
        raise BenchmarkError(f"{ENVIRONMENT.name} is a link; what it leads to is left as it is, so remove the link")
    venv.create(ENVIRONMENT, clear=True, with_pip=True)
    (ENVIRONMENT / ".gitignore").write_text("*\n")
    install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
    done = subprocess.run([PYTHON, *install, "-r", REQUIREMENTS], capture_output=True, text=True)
    if done.returncode:
        raise BenchmarkError(f"The peers could not be installed into {ENVIRONMENT.name}: {done.stderr.strip()}")
    _STAMP.write_text(wanted)
    return PYTHON
