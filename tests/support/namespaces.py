"""Small disks and disks that cannot be written, mounted where only one process sees them."""

import functools
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from small_libraries import plain_environment


@functools.cache
def _can_mount() -> bool:
    try:
        tried = subprocess.run(
            ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"],  # noqa: S607
            capture_output=True,
            timeout=60,
            check=False,
        )
    except OSError:
        return False
    return tried.returncode == 0


def run_mounted(mount: str, program: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Runs a Python program in `folder`, after a mount that ends with it.

    The test is skipped, with its reason, where the system gives no process its own mounts.

    Args:
        mount: a shell command, which runs in `folder`.
    """
    if not _can_mount():
        pytest.skip("not tested here: no process may mount a disk of its own (unshare -rm)")
    command = f"{mount} && exec {shlex.join([sys.executable, '-c', program])}"
    return subprocess.run(  # noqa: S603 - our own code
        ["unshare", "-rm", "sh", "-c", command],  # noqa: S607
        cwd=folder,
        env=plain_environment(),
        capture_output=True,
        timeout=300,
        check=False,
    )
