"""What tests of faults need of the system, and whether it is there."""

import shutil
import subprocess
from pathlib import Path


def strace_works(place: Path) -> bool:
    """Whether system calls can be made to fail or to kill: strace is there, and this user may trace."""
    if not shutil.which("strace"):
        return False
    return subprocess.run(["strace", "-o", str(place / "strace.txt"), "true"], capture_output=True, check=False).returncode == 0
