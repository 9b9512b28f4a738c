"""Signals sent to the wrapper reach the command exactly once.

One sent to the whole process group (Ctrl-C, a shell's `kill %1`) or to every process of a job (SLURM) reaches the command directly. The
keeper is with the command wherever such a signal goes, and says what it got; so one that only we got is handed over, after waiting a moment
for the keeper's word. Where the command has a terminal of its own, and with it a session of its own, the same rule holds.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable

from webapp.wrapper.keeper import RELAYED
from webapp.wrapper.order import Mode

WORD_S = 0.25  # how long the keeper's word is waited for
INTERRUPT_WORD_S = 1.0  # the same for Ctrl-C: two would end a training that saves its last state
TERMINAL_WORD_S = 0.05  # the same in terminal mode, where the group's signals do not reach the command
RECENT_S = 1.0  # the keeper may have got a signal so long before us
TO_GROUP = (signal.SIGHUP, signal.SIGCONT, signal.SIGTSTP, signal.SIGINT, signal.SIGQUIT)  # what terminals and shells send to whole groups


class Relay:
    """Hears our signals while a command lives, and hands over those it did not get."""

    def __init__(self, mode: Mode, resize: Callable[[], None]) -> None:
        self.mode = mode
        self.resize = resize
        self.pid = 0
        self._due: list[tuple[int, float]] = []
        self._told: list[tuple[int, float]] = []
        self._before = {number: signal.getsignal(number) for number in (*RELAYED, signal.SIGWINCH)}
        self.wake, self._waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def listen(self, mask: set[signal.Signals]) -> None:
        """From here on signals are bytes in the pipe `wake`; those that we were started to ignore (nohup) stay ignored."""
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        for number, before in self._before.items():
            if before is not signal.SIG_IGN:
                signal.signal(number, note)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def restore(self) -> None:
        """Signals act on us again as before: the command has ended."""
        for number, before in self._before.items():
            signal.signal(number, before)
        self._due.clear()

    def take(self) -> None:
        """Reads which signals came."""
        for number in os.read(self.wake, 512):
            if number == signal.SIGWINCH:
                self.resize()
            elif number in RELAYED and not self._strike(self._told, number):
                wait = TERMINAL_WORD_S if self.mode == "terminal" else INTERRUPT_WORD_S if number in TO_GROUP[-2:] else WORD_S
                self._due.append((number, time.monotonic() + wait))

    def hear(self, number: int) -> None:
        """The keeper got this signal, so the command did too."""
        if not self._strike(self._due, number):
            self._told.append((number, time.monotonic() + RECENT_S))

    def hand_over(self) -> None:
        """Sends the command what is due."""
        now = time.monotonic()
        self._told = [(number, until) for number, until in self._told if until > now]
        for number, due in self._due[:]:
            if due <= now and self.pid:
                self._due.remove((number, due))
                self.send(number)

    @property
    def patience_ms(self) -> float | None:
        """Milliseconds until the next signal is due; None where none is."""
        return max(0.0, min(due for _, due in self._due) - time.monotonic()) * 1000 if self._due else None

    def send(self, number: int) -> None:
        """A signal to the command, or to its group where the sender would have meant the group."""
        try:
            if self.mode == "terminal" and number in TO_GROUP:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
        except ProcessLookupError:
            return  # it has ended; the keeper is about to say so

    def suspend(self) -> None:
        """Stops us as the command was stopped, so that the shell shows its prompt; returns when the shell continues us.

        What was said of stopping and continuing before is over: the command has had its stop. With a terminal of its own, the
        command alone was stopped by a key, and the group we are in has to follow; where no shell could continue it, the system refuses.
        """
        with contextlib.suppress(BlockingIOError):
            self.take()
        over = (signal.SIGTSTP, signal.SIGCONT)
        self._due = [entry for entry in self._due if entry[0] not in over]
        self._told = [entry for entry in self._told if entry[0] not in over]
        if self.mode != "terminal":
            os.kill(os.getpid(), signal.SIGSTOP)
            return
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, note)

    @staticmethod
    def _strike(signals: list[tuple[int, float]], number: int) -> bool:
        """Takes the first entry of this signal off a list; False if there is none."""
        for entry in signals:
            if entry[0] == number:
                signals.remove(entry)
                return True
        return False


def note(number: int, frame: object) -> None:
    """What a signal does here: nothing but the byte that Python writes for it."""
