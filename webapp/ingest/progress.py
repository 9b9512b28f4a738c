"""How far the reading of logs that were there already is, for the terminal's bar and the pages."""

from dataclasses import dataclass

from webapp.ingest.tracked import Tracked

WORTH_TELLING = 256 * 1024  # bytes left; less is read before anybody has read the sentence


@dataclass(slots=True)
class Progress:
    """Logs that had text to read when they were found, and their bytes.

    files, done        logs in all, and read to their end
    total, read        bytes in all, and read
    lagging            live logs that wait for their turn
    searched           the first search of the folders is over, so `files` is all of them
    """

    files: int = 0
    done: int = 0
    total: int = 0
    read: int = 0
    lagging: int = 0
    searched: bool = False

    def begin(self, log: Tracked, size: int) -> None:
        log.to_read = size
        log.counted = size > 0
        if log.counted:
            self.files += 1
            self.total += size

    def advance(self, log: Tracked, count: int) -> None:
        count = min(count, log.to_read)
        log.to_read -= count
        self.read += count

    def end(self, log: Tracked) -> None:
        """The log has been read to its end; what was expected and did not come counts as read."""
        if log.counted:
            log.counted = False
            self.done += 1
            self.read += log.to_read
            log.to_read = 0

    @property
    def over(self) -> bool:
        return self.searched and self.done >= self.files


def progress_text(progress: Progress) -> str:
    """One sentence; "" where so little is left that it would only flicker."""
    left = progress.total - progress.read
    if progress.done >= progress.files or left < WORTH_TELLING:
        return ""
    read, total = progress.read / 1e6, progress.total / 1e6
    return f"Reading the logs that are there: {progress.done} of {progress.files}, {read:,.0f} of {total:,.0f} MB."
