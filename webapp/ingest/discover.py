"""Finds logs under the given paths: which files count, which experiment and which run they make.

A folder given is an experiment of its name, a folder below it one of its path from there; a file is a run of its name without the ending.
Two files never make one run. Nothing outside the given paths is read: links are not followed, and only regular files count.
"""

import os
import stat
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from webapp.binary import SNIFF, is_binary
from webapp.files import OddFileError, look_at, open_file, open_folder
from webapp.store.place import mounts

ENDINGS = frozenset((".log", ".out", ".err", ".txt", ".jsonl", ".ndjson", ".csv", ".tsv"))
NAMES = frozenset(("log", "stdout", "stderr", "output", "nohup", "train_log"))
TABLES = (".csv", ".tsv")
TABLE_WORDS = ("step", "epoch", "iter", "loss")  # a table of numbers without one of these in its header is data, not a log
SKIPPED_FOLDERS = frozenset(("node_modules", "__pycache__", "site-packages"))
SYSTEM_FOLDERS = ("/proc", "/sys", "/dev")
SYSTEM_TYPES = frozenset(  # of file systems that hold no files but what the system tells of itself
    (
        *("binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl", "mqueue"),
        *("nsfs", "proc", "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs"),
    )
)
OF_THE_SYSTEM = "It is a folder of the system, not of logs."
MOST_ENTRIES = 50_000
MOST_REASONS = 200


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be a log.

    modified    unix seconds of the last change of its text, as the file says
    changed_ns  nanoseconds of the last change of anything about it; no program can set this one back
    named       the user named this very file
    """

    path: str
    folder: str
    experiment: str
    run_name: str
    dev: int
    ino: int
    size: int
    modified: float
    changed_ns: int
    named: bool = False

    @property
    def signature(self) -> tuple[int, int, int, int]:
        """What differs when the file does; it only asks for a look, which decides."""
        return self.dev, self.ino, self.size, self.changed_ns


@dataclass(slots=True)
class Scan:
    """What one search found, by path, and why other things were left out. `cut` says after what it was given up, "" if it was not."""

    found: dict[str, Found] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    unreadable: list[str] = field(default_factory=list)
    entries: int = 0
    cut: str = ""
    cpu_s: float = 0.0

    @property
    def complete(self) -> bool:
        return not self.cut

    def skip(self, path: str, reason: str) -> None:
        if len(self.skipped) < MOST_REASONS:
            self.skipped[path] = reason

    def cannot_see(self, path: str, error: OSError) -> None:
        self.unreadable.append(path)
        if isinstance(error, OddFileError):
            self.skip(path, f"{error.strerror.capitalize()}.")


def resolve_roots(paths: Iterable[str | os.PathLike[str]]) -> tuple[str, ...]:
    """The given paths without links and repeats, in order; a link that the user names is the user's choice."""
    return tuple(dict.fromkeys(os.path.realpath(path) for path in paths))


def find_logs(roots: Iterable[str]) -> Scan:
    """Searches all roots. A root that cannot be seen now is reported as unreadable, which is not the same as empty."""
    scan = Scan()
    started = time.thread_time()
    system = {*SYSTEM_FOLDERS, *(where for where, kind in mounts() if kind in SYSTEM_TYPES)}
    for root in roots:
        if any(root == folder or root.startswith(folder + "/") for folder in system):
            scan.skip(root, OF_THE_SYSTEM)
            continue
        try:
            info = look_at(root)
        except OSError as error:
            scan.cannot_see(root, error)
            continue
        if stat.S_ISDIR(info.st_mode):
            for found in _walk(root, scan, system):
                scan.found.setdefault(found.path, found)
        else:
            _add_named(root, info, scan)
    scan.cpu_s = time.thread_time() - started
    return scan


def stat_named(path: str) -> Found | None:
    """The file at a path that is known already; None where there is none."""
    try:
        info = look_at(path)
    except OSError:
        return None
    folder = path.rpartition("/")[0] or "/"
    return _make(path, folder, last_name(folder), info, named=False)


def stat_all(paths: Iterable[str]) -> list[Found | None]:
    return [stat_named(path) for path in paths]


def looks_like_log(path: str) -> str:
    """Why the content of a file is not read as a log; "" if it may be one. Looks at the first 4 KiB. Raises OSError."""
    fd = open_file(path)
    try:
        start = os.read(fd, SNIFF)
    finally:
        os.close(fd)
    if is_binary(start):
        return "It holds binary data."
    if path.endswith(TABLES):
        header = start.partition(b"\n")[0].lower().decode(errors="replace")
        if not any(word in header for word in TABLE_WORDS):
            return "It is a table without a step, epoch or loss in its header."
    return ""


def is_log_name(name: str) -> bool:
    """Whether files of this name count as logs in a folder."""
    _, dot, ending = name.lower().rpartition(".")
    return not name.startswith(".") and (dot + ending in ENDINGS if dot else ending in NAMES)


def last_name(path: str) -> str:
    """The last part of an absolute path; "/" for the root. Plain text, because a board looks at ten thousand names every few seconds."""
    return path.rpartition("/")[2] or "/"


def _walk(root: str, scan: Scan, system: set[str]) -> Iterator[Found]:
    """Every file below `root` whose name says it may be a log; folders in order of their names, hidden ones left out."""
    folders = [root]
    while folders:
        folder = folders.pop()
        try:
            opened = open_folder(folder)
        except OSError as error:
            scan.cannot_see(folder, error)
            continue
        try:
            with os.scandir(opened) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
            below: list[str] = []
            yield from _list(root, folder, listed, scan, below)
        finally:
            os.close(opened)
        if scan.cut:
            return
        for path in reversed(below):
            if path in system:
                scan.skip(path, OF_THE_SYSTEM)
            else:
                folders.append(path)


def _list(root: str, folder: str, listed: list["os.DirEntry[str]"], scan: Scan, below: list[str]) -> Iterator[Found]:
    """What may be a log in one open folder; puts the folders in it into `below`."""
    experiment = last_name(root) if folder == root else os.path.relpath(folder, root)
    start = folder.rstrip("/") + "/"
    for entry in listed:
        path = start + entry.name
        scan.entries += 1
        if scan.entries > MOST_ENTRIES:
            scan.cut = f"{root} holds more than {MOST_ENTRIES:,} files and folders; those after {path} were not looked at."
            return
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if entry.name not in SKIPPED_FOLDERS:
                below.append(path)
        elif is_log_name(entry.name):
            if entry.is_file(follow_symlinks=False):
                yield from _found(entry, path, folder, experiment)
            else:
                scan.skip(path, "It is a link, a pipe or a device; only files are read.")


def _found(entry: "os.DirEntry[str]", path: str, folder: str, experiment: str) -> Iterator[Found]:
    try:
        info = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # gone between the listing and now
    yield _make(path, folder, experiment, info, named=False)


def _add_named(path: str, info: os.stat_result, scan: Scan) -> None:
    if not stat.S_ISREG(info.st_mode):
        scan.skip(path, "It is a pipe or a device; only files are read.")
        return
    folder = path.rpartition("/")[0] or "/"
    scan.found[path] = _make(path, folder, last_name(folder), info, named=True)


def _make(path: str, folder: str, experiment: str, info: os.stat_result, *, named: bool) -> Found:
    name = last_name(path)
    stem = name.rpartition(".")[0]
    changed = max(info.st_mtime_ns, info.st_ctime_ns)
    return Found(path, folder, experiment, stem or name, info.st_dev, info.st_ino, info.st_size, info.st_mtime, changed, named)
