"""Whichever write of the disk fails, nothing acknowledged is lost, and all goes on afterwards."""

import json
import os
import subprocess
import sys
from pathlib import Path

import fault_campaign
import pytest
from faulty_disk import PRELOAD, compiled
from small_libraries import ROOT, plain_environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="the library is preloaded as on Linux"),
]

FAULTS = int(os.environ.get("TEST_FAULTS", "1"))
"""Of each operation; each write fails once at least. `TEST_FAULTS=1700` makes 10,000 in all."""


@pytest.fixture(scope="module")
def faulty_disk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compiled(tmp_path_factory.mktemp("library"))


@pytest.mark.parametrize("operation", fault_campaign.OPERATIONS)
def test_whichever_write_fails_nothing_acknowledged_is_lost(
    operation: str, faulty_disk: Path, tmp_path: Path
) -> None:
    paths = os.pathsep.join(map(str, (ROOT, ROOT / "tests", ROOT / "tests" / "support")))
    ended = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, fault_campaign.__file__, operation, str(FAULTS), str(tmp_path)],
        env=plain_environment() | {PRELOAD: str(faulty_disk), "PYTHONPATH": paths},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    writes, faults, harm = json.loads(ended.stdout)
    assert harm == []
    assert min(writes, faults) > 40
