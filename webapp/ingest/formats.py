"""What of the user's own formats is not used: files that were refused, and patterns that were given up because they go on and on.

Told by the reading process with every slice. A process that is started anew has given up nothing yet; so a pattern stays named until its
file is saved or goes.
"""

from collections.abc import Callable
from pathlib import Path

from webapp.ingest.messages import Told


class OwnFormats:
    """`refused` and `slow` are names of files with the reason."""

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self.folder = folder
        self.tell = tell  # shows a fault, or with "" that it is over
        self.refused: Told = ()
        self._slow: dict[str, tuple[int, str]] = {}  # by file, when it was saved and the reason

    @property
    def slow(self) -> Told:
        return tuple((name, reason) for name, (_, reason) in sorted(self._slow.items()))

    def take(self, slow: Told, refused: Told) -> None:
        """What the reading process says with a slice."""
        self.refused = refused
        for name, reason in slow:
            if self._slow.get(name, (0, ""))[1] != reason:
                self._slow[name] = self._saved_at(name), reason
                self._show()

    def look(self) -> None:
        """Forgets what was saved anew or is gone; to be called now and then."""
        for name, (saved_at, _) in list(self._slow.items()):
            if self._saved_at(name) != saved_at:
                del self._slow[name]
                self._show()

    def _saved_at(self, name: str) -> int:
        try:
            return (self.folder / name).stat().st_mtime_ns
        except OSError:
            return 0

    def _show(self) -> None:
        told = "; ".join(f"{name}: {reason}" for name, reason in self.slow)
        self.tell(f"A format of your own is left out ({told}). Everything else is read; change it in {self.folder}." if told else "")
