"""The two ends of a terminal in terminal mode: the reader's own, put into raw mode, and the one the command gets.

Raw mode is ended on every way out; the keeper ends it where the wrapper was killed, since a shell after us would not echo what is typed.
"""

import fcntl
import os
import termios
import tty
from dataclasses import dataclass

SIZE_BYTES = 8  # struct winsize: rows, columns and pixels as four short numbers


@dataclass(slots=True)
class Terminal:
    """The terminal the wrapper was started at. `saved` are its modes before raw mode; `typed` tells that standard input is it too."""

    path: str
    fd: int
    typed: bool
    raw: bool = False
    saved: list[int | list[bytes | int]] | None = None

    def take(self) -> None:
        """Raw mode, if we are in the foreground: every key goes to the command's own terminal, Ctrl-C too."""
        if self.typed and not self.raw and self.in_foreground():
            self.saved = termios.tcgetattr(self.fd)
            tty.setraw(self.fd, termios.TCSADRAIN)
            self.raw = True

    def in_foreground(self) -> bool:
        try:
            return os.tcgetpgrp(self.fd) == os.getpgrp()
        except OSError:
            return True  # not our controlling terminal: no shell shares it with us

    def give(self) -> None:
        """The modes it had before."""
        if self.raw and self.saved:
            self.raw = False
            termios.tcsetattr(self.fd, termios.TCSADRAIN, self.saved)


def find_terminal() -> Terminal | None:
    """The terminal that standard output and error both are; None where one of them goes elsewhere."""
    try:
        if os.isatty(1) and os.isatty(2) and os.ttyname(1) == os.ttyname(2):
            return Terminal(os.ttyname(1), 1, typed=os.isatty(0) and os.ttyname(0) == os.ttyname(1))
    except OSError:  # a terminal of another container has no name here
        return None
    return None


def adds_returns(fd: int) -> bool:
    """Whether a terminal puts a return before every newline it is given, as one that is not in raw mode does."""
    try:
        output = termios.tcgetattr(fd)[1]
    except termios.error:
        return False  # no terminal, or one that has hung up
    return output & (termios.OPOST | termios.ONLCR) == termios.OPOST | termios.ONLCR


def copy_size(source: int, target: int) -> None:
    """Rows and columns of one terminal to another; the command gets SIGWINCH from the system."""
    try:
        fcntl.ioctl(target, termios.TIOCSWINSZ, fcntl.ioctl(source, termios.TIOCGWINSZ, bytes(SIZE_BYTES)))
    except OSError:
        return  # one of them has hung up: nobody sees a size any more
