"""Logs that come in over HTTP: streamed to the data folder under a name of ours, unpacked where gzipped, within limits.

The visitor's file name is a label and never part of a path. A log is written under a hidden name and gets its own when it is whole, so that
a broken upload is never taken for a log. No zip, no tar: an archive holds names.
"""

import os
import secrets
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

from webapp.binary import SNIFF, is_binary
from webapp.errors import UserError
from webapp.format import size, visible
from webapp.private import make_folder
from webapp.store.database import Database
from webapp.store.sources import deleted_files

MIB = 1024 * 1024
MOST_BYTES = 1024 * MIB  # of one request
MOST_UNPACKED = 4096 * MIB
MOST_RATIO = 200  # unpacked to packed, after the first MiB
STEP = 64 * 1024  # bytes unpacked at a time
KEEP_FREE = 1024 * MIB, 0.05  # of the disk: the smaller of so many bytes and this share stays free
LOOK_EVERY = 16 * MIB  # bytes between two looks at the free space
GZIP = b"\x1f\x8b"
PART = ".part-"


class UploadError(UserError):
    """An upload that is refused. `status` is the HTTP status that says so."""

    def __init__(self, status: int, what: str, why: str = "", hint: str = "") -> None:
        super().__init__(what, why, hint=hint)
        self.status = status


def open_uploads(database: Database) -> Path:
    """The folder of uploads beside the database, closed to other users, without what broken uploads and deleted runs left.

    Called once, at the start.
    """
    folder = uploads_folder(database.path)
    make_folder(folder)
    for part in folder.glob(f"{PART}*"):
        part.unlink(missing_ok=True)
    drop_uploads(database)
    return folder


def drop_uploads(database: Database) -> None:
    """Deletes the uploaded logs of deleted runs. They are copies of ours; a log that somebody else wrote is never deleted."""
    folder = uploads_folder(database.path)
    for file in deleted_files(database):
        path = Path(os.fsdecode(file))
        if path.parent == folder:
            path.unlink(missing_ok=True)


def uploads_folder(database: Path) -> Path:
    """Without links, as watched folders are: what is reached through one is not read."""
    return Path(os.path.realpath(database.parent / "uploads"))


class Incoming:
    """One log on its way in: `write` the bytes as they come, then `close` it; `discard` it where anything went wrong.

    Raises UploadError where there is no room for one.
    """

    def __init__(self, folder: Path) -> None:
        name = secrets.token_hex(16)
        self.path = folder / f"{name}.log"
        self.part = folder / f"{PART}{name}"
        self.written = 0
        self._start: bytes | None = b""  # the first bytes, until they are enough to tell what it is
        self._received = 0
        self._unpack: zlib._Decompress | None = None
        self._looked = 0
        try:
            check_space(folder)
            self._file = os.open(self.part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError as error:
            raise not_stored(error) from error

    def write(self, chunk: bytes) -> None:
        """Takes the next bytes. Raises UploadError where they are too many, no log, or do not fit on the disk."""
        if self._start is not None:
            self._start += chunk
            if len(self._start) < SNIFF:
                return
            chunk, self._start = self._start, None
            self._begin(chunk)
        self._take(chunk)

    def close(self) -> None:
        """The log is whole. Raises UploadError where it is no log, or a gzip file ends in the middle."""
        if self._start is not None:
            self._begin(self._start)
            self._take(self._start)
            self._start = None
        if self._unpack is not None and not self._unpack.eof:
            raise UploadError(400, "The gzip file is cut off.", "Its end is missing.", "Upload it again.")
        os.close(self._file)
        self._file = -1

    def discard(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        self.part.unlink(missing_ok=True)

    def _begin(self, chunk: bytes) -> None:
        if chunk.startswith(GZIP):
            self._unpack = zlib.decompressobj(31)

    def _take(self, chunk: bytes) -> None:
        self._received += len(chunk)
        for plain in self._plain(chunk):
            self._store(plain)

    def _plain(self, chunk: bytes) -> Iterator[bytes]:
        """The bytes of the log in `chunk`, unpacked a step at a time; a gzip file may have several members."""
        if self._unpack is None:
            yield chunk
            return
        try:
            while chunk:
                if self._unpack.eof:
                    self._unpack = zlib.decompressobj(31)
                yield self._unpack.decompress(chunk, STEP)
                chunk = self._unpack.unused_data if self._unpack.eof else self._unpack.unconsumed_tail
                if self._unpack.eof and not chunk.strip(b"\0"):
                    return
        except zlib.error as error:
            raise UploadError(400, "The gzip file is damaged.", f"{error}.", "Upload it again, or unpacked.") from error

    def _store(self, plain: bytes) -> None:
        if not self.written and is_binary(plain[:SNIFF]):
            raise UploadError(415, "This file is no log.", "It holds binary data.", "Upload text, or text packed with gzip.")
        self.written += len(plain)
        if self._unpack is not None:
            packed = max(self._received, 1)
            if self.written > MOST_UNPACKED or (self.written > MIB and self.written > MOST_RATIO * packed):
                raise UploadError(413, "The gzip file unpacks to too much.", f"{size(packed)} became more than {size(self.written)}.")
        if self.written - self._looked >= LOOK_EVERY:
            self._looked = self.written
            check_space(self.part.parent)
        view = memoryview(plain)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as error:
            raise not_stored(error) from error


def not_stored(error: OSError) -> UploadError:
    return UploadError(507, "The log could not be stored.", f"{error.strerror}.", "Free some space and upload it again.")


def check_space(folder: Path) -> None:
    """Refuses an upload that would fill the disk. Raises UploadError."""
    disk = shutil.disk_usage(folder)
    if disk.free < min(KEEP_FREE[0], disk.total * KEEP_FREE[1]):
        raise UploadError(507, "The disk is nearly full.", f"{size(disk.free)} are left.", "Free some space and upload it again.")


def label_of(filename: str) -> str:
    """What a run is called after the file it came from: the last part of the name, without its endings."""
    name = filename.replace("\\", "/").rpartition("/")[2].strip()
    for ending in (".gz", ".log", ".txt", ".out", ".err", ".jsonl", ".csv"):
        if name.lower().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return visible(name)[:200] or "upload"
