"""The file that describes the demo's world holds passwords and tokens."""

import json
import stat
from pathlib import Path

from integrations_site.demo import file


def test_only_its_owner_can_read_it_whatever_a_killed_run_left(tmp_path: Path) -> None:
    path = tmp_path / "demo.json"
    draft = tmp_path / "demo.tmp"
    draft.write_text("half of it")
    draft.chmod(0o644)
    file.write({"tenants": []}, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"tenants": []}
    assert not draft.exists()
