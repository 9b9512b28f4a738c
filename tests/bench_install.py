"""What installing costs: seconds, megabytes and packages of a new environment with the built wheel, pip's cache warm."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.figures import Figure

ROOT = Path(__file__).resolve().parent.parent
PIPS_OWN = {"pip", "setuptools"}


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="lossboard-bench-") as temporary:
        folder = Path(temporary)
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
        subprocess.run(build, check=True, capture_output=True)
        wheel = next(folder.glob("*.whl"))
        install(wheel, folder / "first")  # fills pip's cache
        seconds = install(wheel, folder / "second")
        packages = next((folder / "second").glob("lib/python*/site-packages"))
        names = {path.name.partition("-")[0] for path in packages.glob("*.dist-info")} - PIPS_OWN
        size = disk_bytes(packages) - sum(disk_bytes(path) for name in PIPS_OWN for path in packages.glob(f"{name}*"))
        yield Figure("install", seconds, "s", 25, note="new environment, pip's cache warm")
        yield Figure("installed", size / 1e6, "MB", 230)
        yield Figure("packages", len(names), "", 46)


def install(wheel: Path, venv: Path) -> float:
    """Seconds to make the environment and install the wheel and all it needs."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-qq", wheel]
    subprocess.run(pip, check=True)
    return time.monotonic() - began


def disk_bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.lstat().st_size for file in files if not file.is_dir() or file.is_symlink())
