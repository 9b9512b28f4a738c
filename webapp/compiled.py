"""Compiled templates, kept in the user's cache folder between two starts: compiling those of the first page is a tenth of a start.

What lies there is code that the board will run. So the folder has to be the user's own, and nobody else may write to it; where that cannot
be had, templates are compiled at every start. Jinja knows by a checksum of the template when a compiled one is out of date.
"""

import os
from contextlib import suppress
from pathlib import Path

from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket

from webapp.private import make_folder

WRITABLE_BY_OTHERS = 0o022


class TemplateCache(FileSystemBytecodeCache):
    """Compiled templates as files."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # a full disk: the next start compiles again
            super().dump_bytecode(bucket)


def open_cache(folder: Path) -> TemplateCache | None:
    """The compiled templates in `folder`, which is made where missing; None where it cannot be, or is not safe."""
    try:
        make_folder(folder)
        status = folder.stat()
    except OSError:
        return None
    safe = status.st_uid == os.geteuid() and not status.st_mode & WRITABLE_BY_OTHERS
    return TemplateCache(str(folder)) if safe else None
