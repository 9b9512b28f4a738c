"""The visible part of `lossboard run`: starts the keeper, shows what the command prints, hands signals over, and exits as the command did.

The command's output does not pass through here: in file mode it goes into the log, which is read from there and written to standard output;
otherwise the keeper passes it on. So whatever becomes of this process, the command goes on.
"""

import os
import pty
import select
import signal
import termios
import time
from dataclasses import dataclass
from pathlib import Path

from webapp.settings import command_environment
from webapp.wrapper.aside import complain, hold_standard_fds, note_facts
from webapp.wrapper.keeper import BLOCKED, fork_keeper
from webapp.wrapper.order import FAULT, Order
from webapp.wrapper.program import become_program, leave_by_signal, refusal_code
from webapp.wrapper.pump import Outlet
from webapp.wrapper.relay import Relay
from webapp.wrapper.reserve import open_reserve
from webapp.wrapper.spool import Spool, drop_spool, open_spool
from webapp.wrapper.tail import GROWING_MS, Tail
from webapp.wrapper.terminal import copy_size, find_terminal

DEFAULT_SIZE = (24, 80)  # rows and columns of a terminal that nobody looks at
KEEPER_S = 0.1  # it usually leaves in a millisecond
KEYS_BYTES = 1024  # read from the keyboard at a time


@dataclass(frozen=True, slots=True)
class Recording:
    """How `lossboard run` is to record a command.

    limit       bytes its log may take up, 0 for any number
    terminal    give it a terminal: True, False, or None for where we have one
    keep_going  let it write on when the reader of our output has gone
    """

    spools: Path
    experiment: str
    name: str
    params: dict[str, str]
    limit: int = 0
    terminal: bool | None = None
    keep_going: bool = False


def run_command(command: tuple[str, ...], recording: Recording) -> int:
    """Runs and records the command. Returns its exit code, or dies by the signal it died of."""
    hold_standard_fds()
    try:
        spool = open_spool(recording.spools, recording.experiment, recording.name, recording.limit)
    except OSError as error:
        complain(f"this run is not recorded: {error.strerror} ({error.filename})")
        return run_unrecorded(command)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, BLOCKED)
    order = prepare(command, recording, spool, mask)
    reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        keeper = fork_keeper(order, writing)
    except OSError as error:  # a limit on processes
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        return give_up_recording(order, error.strerror)
    os.close(writing)
    for fd in {order.sink, spool.fd, order.source if order.mode == "pump" else -1} - {-1}:
        os.close(fd)
    front = Front(order, reading, recording.keep_going)
    try:
        front.watch()
    finally:
        if order.terminal:
            order.terminal.give()
    await_keeper(keeper)
    return front.leave()


def await_keeper(pid: int) -> None:
    """Waits a moment for the keeper to leave, so that `time` counts the command; one that stays for a grandchild is left alone."""
    stop = time.monotonic() + KEEPER_S
    while not os.waitpid(pid, os.WNOHANG)[0] and time.monotonic() < stop:
        time.sleep(0.001)


def give_up_recording(order: Order, why: str) -> int:
    """Takes the record away that was begun, and becomes the command."""
    drop_spool(order.spool)
    complain(f"this run is not recorded: {why}")
    return run_unrecorded(order.command)


def run_unrecorded(command: tuple[str, ...]) -> int:
    """Becomes the command, where nothing can be written down."""
    try:
        become_program(command, command_environment(unbuffered=False), signal.pthread_sigmask(signal.SIG_BLOCK, ()))
    except OSError as error:
        complain(f"{command[0]}: {error.strerror}")
        return refusal_code(error.errno or 0)


def prepare(command: tuple[str, ...], recording: Recording, spool: Spool, mask: set[signal.Signals]) -> Order:
    """Chooses the mode and opens what it needs: a terminal where we have one, else the log itself, else a pipe.

    A log of limited size is never the command's own: it would write on into a file that has got another name.
    """
    terminal = find_terminal() if recording.terminal is not False else None
    if terminal or recording.terminal:
        master, slave = pty.openpty()
        if terminal:
            copy_size(terminal.fd, master)
            termios.tcsetattr(slave, termios.TCSANOW, termios.tcgetattr(terminal.fd))
        else:
            termios.tcsetwinsize(slave, DEFAULT_SIZE)
        environment = command_environment(unbuffered=False)
        return Order(command, environment, recording.params, spool, "terminal", mask, source=master, sink=slave, terminal=terminal)
    environment = command_environment(unbuffered=True)
    reserve = None if spool.limit else open_reserve(spool.log, spool.fd)
    if reserve:
        return Order(command, environment, recording.params, spool, "file", mask, reserve=reserve)
    source, sink = os.pipe()
    return Order(command, environment, recording.params, spool, "pump", mask, source=source, sink=sink)


class Front:
    """The wrapper while its command lives. `ended` is the keeper's last word: ("exit", "0"), ("signal", "9"), ("refused", "2 …"), …"""

    def __init__(self, order: Order, report: int, keep_going: bool) -> None:
        self.order = order
        self.report = report
        self.keep_going = keep_going
        self.ended = ("fault", "the keeper of this run was killed; the command may still run")
        self.over = False  # the keeper has passed everything on
        self.unread = False  # the reader of our output has left
        self.relay = Relay(order.mode, self.resize)
        self.keys = Outlet(order.source, lossy=False) if order.terminal else None
        self.tail = Tail(order.spool.log) if order.mode == "file" else None
        self.poll = select.poll()
        self._words = b""

    def watch(self) -> None:
        """Until the command has ended and everything it wrote has been shown."""
        self.relay.listen(self.order.mask)
        self.poll.register(self.relay.wake, select.POLLIN)
        self.poll.register(self.report, select.POLLIN)
        while not self.over or (self.tail and not self.tail.done):
            ready = self.wait()
            if self.relay.wake in ready:
                self.relay.take()
            if self.report in ready:
                self.take_words()
            if 0 in ready:
                self.take_keys()
            if self.keys and self.keys.backlog:
                self.keys.write()
            if self.tail and not self.tail.outlet.broken:
                self.tail.show()
                if self.tail.outlet.broken:
                    self.lose_reader()
            self.relay.hand_over()

    def wait(self) -> set[int]:
        """What is ready, after the shortest of: the next look at the log, the next signal to hand over."""
        typed = self.order.terminal is not None and self.order.terminal.raw and not (self.keys and self.keys.full)
        blocked = self.tail is not None and bool(self.tail.outlet.backlog)
        watched = {0: select.POLLIN} if typed else {}
        watched |= {1: select.POLLOUT} if blocked else {}
        for fd, events in watched.items():
            self.poll.register(fd, events)
        patience = [self.relay.patience_ms, GROWING_MS if self.keys and self.keys.backlog else None]
        patience += [self.tail.patience_ms] if self.tail and not blocked and not self.tail.outlet.broken else []
        ready = {fd for fd, _ in self.poll.poll(min((ms for ms in patience if ms is not None), default=None))}
        for fd in watched:
            self.poll.unregister(fd)
        return ready

    def take_words(self) -> None:
        """What the keeper says."""
        data = os.read(self.report, 4096)
        *lines, self._words = (self._words + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode("utf-8", "replace").partition(" ")
            if word == "pid":
                self.relay.pid = int(rest)
                if self.unread:  # its first line was read, and the reader gone, before we were told of it
                    self.lose_reader()
                if self.order.terminal:
                    self.order.terminal.take()
                note_facts(self.order.spool.log, self.order.command)
            elif word == "got":
                self.relay.hear(int(rest))
            elif word == "stopped":
                self.stop_too()
            elif word == "unread":
                self.lose_reader()
            elif word == "note":
                complain(f"the record of this run has gaps: {rest}")
            else:
                self.end(word, rest)
        if not data:
            self.poll.unregister(self.report)
            self.over = True
            self.end(*self.ended)

    def end(self, word: str, rest: str) -> None:
        """The command has ended: signals are ours again, and what is in the log is all that is shown."""
        self.ended = (word, rest)
        self.relay.restore()
        if self.order.terminal:
            self.order.terminal.give()
        if self.tail:
            self.tail.stop_at_end()

    def take_keys(self) -> None:
        """What was typed, to the command's terminal. One that has hung up types no more."""
        try:
            typed = os.read(0, KEYS_BYTES)
        except OSError:
            typed = b""
        if self.keys and typed:
            self.keys.add(typed)
        elif self.order.terminal:
            self.order.terminal.typed = self.order.terminal.raw = False

    def stop_too(self) -> None:
        """The command was stopped, as by Ctrl-Z: the terminal goes back to the shell until the shell continues us."""
        if self.order.terminal:
            self.order.terminal.give()
        self.relay.suspend()
        if self.order.mode == "terminal":
            self.relay.send(signal.SIGCONT)
        if self.order.terminal:
            self.order.terminal.take()
            self.resize()

    def resize(self) -> None:
        if self.order.terminal:
            copy_size(self.order.terminal.fd, self.order.source)

    def lose_reader(self) -> None:
        """Nobody reads our output any more. The command gets the signal it would have got by its next line, unless it is to keep going."""
        self.unread = True
        if not self.keep_going and self.relay.pid:
            self.relay.send(signal.SIGPIPE)

    def leave(self) -> int:
        """The exit code of the command; dies by the signal that the command died of."""
        word, rest = self.ended
        if word == "exit":
            return int(rest)
        if word == "signal":
            leave_by_signal(int(rest))
        if word == "unstarted":
            return give_up_recording(self.order, rest)
        if word == "refused":
            number, _, reason = rest.partition(" ")
            drop_spool(self.order.spool)
            complain(f"{self.order.command[0]}: {reason}")
            return refusal_code(int(number))
        complain(rest)
        return FAULT
