"""Where a database may live. SQLite's WAL needs memory that all who have the file open share, which a network file system does not give.

There the database works with `--journal delete`: one process that locks the file for itself (sqlite.org/wal.html, "Use of WAL Without
Shared-Memory").
"""

import os
from pathlib import Path
from shlex import quote as quote_word
from urllib.parse import quote

from webapp.errors import UserError

MOUNTS = Path("/proc/mounts")
NETWORK = frozenset(
    (
        *("afs", "beegfs", "ceph", "cifs", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4", "orangefs", "smb3", "smbfs"),
        *("fuse.ceph", "fuse.ceph-fuse", "fuse.glusterfs", "fuse.gpfs", "fuse.juicefs", "fuse.moosefs", "fuse.rclone", "fuse.s3fs"),
        *("fuse.seaweedfs", "fuse.sshfs"),
    )
)


def file_system(folder: Path) -> str:
    """The type of the file system `folder` is on, as /proc/mounts names it; "unknown" without it."""
    above = [(where, kind) for where, kind in mounts() if folder.resolve().is_relative_to(where)]
    return max(above, key=lambda entry: len(entry[0]), default=("/", "unknown"))[1]


def mounts() -> list[tuple[str, str]]:
    """Every mounted file system: where, and its type; [] on a system without /proc/mounts."""
    try:
        entries = [line.split(b" ")[1:3] for line in MOUNTS.read_bytes().splitlines()]
    except OSError:
        return []
    return [(os.fsdecode(where.decode("unicode_escape").encode("latin-1")), kind.decode()) for where, kind in entries]


def uri_of(path: Path, mode: str) -> str:
    """The address of a file for SQLite that makes none where it is missing; `mode` is "ro" or "rw" (sqlite.org/uri.html)."""
    return f"file:{quote(os.fsencode(path))}?mode={mode}"


def check_one_name(path: Path) -> None:
    """Refuses a file that has more names by hard links: each would have a lock and a WAL of its own. Raises UserError."""
    names = path.stat().st_nlink if path.exists() else 1
    if names > 1:
        raise UserError(
            f"The database has {names} names (hard links).",
            "SQLite keeps what is not yet in the file beside one name, where a start by the other does not see it.",
            str(path),
            f"Stop every board of it, then make it a file of its own: cp {quote_word(str(path))} {quote_word(f'{path}.new')} && "
            f"mv {quote_word(f'{path}.new')} {quote_word(str(path))}",
        )


def check_place(path: Path) -> None:
    """Refuses a database with a WAL on a network file system. Raises UserError."""
    kind = file_system(path.parent)
    if kind in NETWORK:
        raise UserError(
            "A database on a network file system needs --journal delete.",
            f"{kind} can lose or damage what SQLite writes there in its usual way; the logs may stay on it.",
            str(path),
            "Choose a file on a disk of this machine, e.g. --database /var/tmp/lossboard/board.db, or give --journal delete "
            "(LOSSBOARD_JOURNAL=delete for other commands than serve): that is slower, and while the board runs no other program reads it.",
        )
