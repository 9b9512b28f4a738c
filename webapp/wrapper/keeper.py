"""The keeper: a small process between the wrapper and the command, which is the command's parent and outlives the wrapper.

It is forked from the wrapper before anything else happens, holds what the command depends on (the other end of its terminal or pipe, the
space reserved for the log), writes both records, and tells the wrapper over a pipe what happens. It needs the wrapper for nothing, so a
wrapper that is stopped or killed takes nothing from the command. It leaves when nobody writes to the log any more, which may be a
grandchild's hour after the command.

Words on the pipe, one a line: `pid N`, `unstarted TEXT`, `refused ERRNO TEXT`, `got SIGNAL`, `stopped SIGNAL`, `unread`, `note TEXT`,
`exit CODE`, `signal SIGNAL`, `fault TEXT`. The pipe's end says that all the command wrote has been passed on.
"""

import contextlib
import errno
import os
import select
import signal
import termios
import time
from dataclasses import replace
from pathlib import Path

from webapp.wrapper.order import FAULT, Order, start_command
from webapp.wrapper.pump import READ_BYTES, LogWriter, Newlines, Outlet
from webapp.wrapper.reserve import Reserve, give_back
from webapp.wrapper.spool import RunEnd, begin_record, end_path, record_path, write_record
from webapp.wrapper.terminal import adds_returns

RELAYED = (signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGCONT, signal.SIGTSTP, signal.SIGINT, signal.SIGQUIT)
BLOCKED = (*RELAYED, signal.SIGCHLD, signal.SIGWINCH, signal.SIGTTIN, signal.SIGTTOU)
DEAF_TO = (signal.SIGPIPE, signal.SIGTTIN, signal.SIGTTOU, signal.SIGIO)
JOB_STOPS = (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)  # a shell shows these; SIGSTOP is between the command and who sent it
TICK_MS = 1000  # how often the reserve is renewed, and whether a log still has writers
QUIET_MS = 50  # a terminal hands its last bytes over late: so much silence means there are no more
DRAIN_S = 2.0  # how long a terminal may take for the last output once the command has ended


def fork_keeper(order: Order, report: int) -> int:
    """Forks the keeper and returns its pid. `report` is its end of the pipe of words; the caller has blocked all of BLOCKED."""
    pid = os.fork()
    if pid:
        return pid
    keeper = Keeper(order, report)
    try:
        keeper.keep()
    except BaseException as error:
        keeper.tell(f"fault {error!r}")
        os._exit(FAULT)
    os._exit(0)


class Keeper:
    """One command, from its start until nobody writes to its log."""

    def __init__(self, order: Order, report: int) -> None:
        self.order = order
        self.report = report
        self.modes = termios.tcgetattr(order.terminal.fd) if order.terminal and order.terminal.typed else None
        self.reserve = order.reserve
        self.newlines = Newlines() if order.mode == "terminal" else None
        self.log = LogWriter(order.spool, self.complain) if order.mode != "file" else None
        self.outlet: Outlet | None = None
        self.flowing = order.mode != "file"
        self.report_watched = self.source_watched = self.log_released = False
        self.poll = select.poll()

    def keep(self) -> None:
        pid = self.start()
        if not pid:
            return
        wake, waker = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self.listen(waker)
        self.detach({wake, waker})
        self.poll.register(wake, select.POLLIN)
        self.poll.register(self.report, 0)  # shows only that its reader, the wrapper, has gone
        self.report_watched = True
        end = None
        while end is None:
            self.turn(TICK_MS)
            end = self.hear(wake, pid)
        self.write_down(end)
        self.poll.unregister(wake)
        self.let_go(f"exit {end.code}" if end.signal is None else f"signal {end.signal}")
        self.drain()
        whole = not self.flowing and self.release_log()
        if whole:
            self.write_down(replace(end, whole=True))
        os.close(self.report)
        if not whole and self.linger():
            self.write_down(replace(end, whole=True))

    def write_down(self, end: RunEnd) -> None:
        with contextlib.suppress(OSError):  # a full disk: that the command ended shows by its pid
            write_record(end_path(self.order.spool.log), end)

    def start(self) -> int:
        """Starts the command and writes down that it runs. Returns its pid, 0 if it cannot be run, or not by us."""
        try:
            pid, refusal = start_command(self.order, self.modes is not None)
        except OSError as error:  # a limit on processes
            self.tell(f"unstarted {error.strerror}")
            return 0
        if refusal:
            self.tell(f"refused {refusal}")
            return 0
        with contextlib.suppress(OSError):  # a full disk: the run goes on without its record
            record = begin_record(self.order.spool, self.order.command, self.order.params, pid)
            write_record(record_path(self.order.spool.log), record)
        self.tell(f"pid {pid}")
        return pid

    def listen(self, waker: int) -> None:
        """From here on a signal is a byte in the pipe `waker`, and none that has a name here ends us."""
        signal.set_wakeup_fd(waker, warn_on_full_buffer=False)
        for number in DEAF_TO:
            signal.signal(number, signal.SIG_IGN)
        for number in (*RELAYED, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)
        signal.pthread_sigmask(signal.SIG_SETMASK, self.order.mask)

    def detach(self, needed: set[int]) -> None:
        """Lets go of all that the wrapper had open but what we need, so that nobody who waits for the end of its output waits for us."""
        order = self.order
        if order.mode != "file" and not order.terminal:
            self.outlet = Outlet(os.dup(1), lossy=False)
        elif order.terminal:
            with contextlib.suppress(OSError):
                self.outlet = Outlet(os.open(order.terminal.path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY), lossy=True)
        null = os.open(os.devnull, os.O_RDWR)
        for fd in (0, 1, 2):
            os.dup2(null, fd)
        needed |= {self.report, order.spool.fd, order.source, self.outlet.fd if self.outlet else -1}
        for fd in set(open_fds()) - needed - {0, 1, 2}:
            with contextlib.suppress(OSError):  # the one that listed them is closed already
                os.close(fd)

    def turn(self, patience_ms: int) -> int:
        """Waits for output, a signal or the end of the patience, and passes output on. Returns how many bytes."""
        behind = self.outlet is not None and bool(self.outlet.backlog)
        self.watch_source(self.flowing and not (self.outlet and self.outlet.full))
        ready = dict(self.poll.poll(min(patience_ms, QUIET_MS) if behind else patience_ms))
        if self.report in ready:
            self.poll.unregister(self.report)
            self.report_watched = False
            self.miss_wrapper()
        if self.outlet and behind:
            self.outlet.write()
        if self.outlet and self.outlet.broken:
            self.drop_outlet()
        if self.reserve:
            self.renew(self.reserve)
        return self.pass_on() if self.order.source in ready else 0

    def watch_source(self, wanted: bool) -> None:
        if wanted and not self.source_watched:
            self.poll.register(self.order.source, select.POLLIN)
        elif self.source_watched and not wanted:
            self.poll.unregister(self.order.source)
        self.source_watched = wanted

    def pass_on(self) -> int:
        """One read of the command's output: to the log, and on to the reader. Returns how many bytes."""
        try:
            data = os.read(self.order.source, READ_BYTES)
        except OSError as error:
            if error.errno != errno.EIO:  # a terminal's way to say that nobody has it open any more
                raise
            data = b""
        self.flowing = bool(data)
        # the reader's terminal is not in raw mode while we are in the background, or while nothing is typed for us
        raw = not (self.outlet and self.newlines and adds_returns(self.outlet.fd))
        text, screen = self.newlines.restore(data, raw=raw) if self.newlines else (data, data)
        if self.log:
            self.log.write(text)
        if self.outlet:
            self.outlet.add(screen)
        return len(data)

    def renew(self, reserve: Reserve) -> None:
        try:
            reserve.renew()
        except OSError as error:
            self.reserve = None
            self.complain(error)

    def hear(self, wake: int, pid: int) -> RunEnd | None:
        """What the signals since the last turn mean: tells the wrapper, and returns how the command ended, None while it lives."""
        try:
            numbers = os.read(wake, 512)
        except BlockingIOError:
            return None
        for number in numbers:
            if number != signal.SIGCHLD:
                self.tell(f"got {number}")
        while True:
            found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
            if not found:
                return None
            if os.WIFSTOPPED(status):
                if os.WSTOPSIG(status) in JOB_STOPS:
                    self.tell(f"stopped {os.WSTOPSIG(status)}")
                continue
            if os.WIFSIGNALED(status):
                return RunEnd(time.time(), signal=os.WTERMSIG(status))
            return RunEnd(time.time(), code=os.WEXITSTATUS(status))

    def let_go(self, words: str) -> None:
        """Tells the wrapper how the command ended. The terminal is its business from here on, and whether it lives none of ours."""
        if self.report_watched:
            self.poll.unregister(self.report)
            self.report_watched = False
        self.modes = None
        self.tell(words)

    def drain(self) -> None:
        """What the command wrote before it ended: no more than its pipe or terminal holds, so that a grandchild cannot keep us here."""
        left = READ_BYTES
        while self.flowing and left > 0:
            passed = self.turn(QUIET_MS)
            if not passed and not (self.outlet and self.outlet.full):
                break
            left -= passed
        stop = time.monotonic() + DRAIN_S
        while self.outlet and self.outlet.backlog and not (self.outlet.lossy and time.monotonic() > stop):
            self.turn(QUIET_MS)

    def linger(self) -> bool:
        """Until nobody writes any more: what is left of the output. Nothing waits for us meanwhile. False if the log has gone."""
        self.drop_outlet()
        while self.flowing:
            self.turn(TICK_MS)
        while not self.release_log():
            if not self.order.spool.log.exists():
                return False
            time.sleep(TICK_MS / 1000)
        return True

    def release_log(self) -> bool:
        """Lets go of the log. True if nobody else writes to it, either; its reserve is given back then."""
        self.reserve = None
        if not self.log_released:
            self.log_released = True
            os.close(self.order.spool.fd)
        try:
            return not self.order.reserve or give_back(self.order.spool.log)
        except OSError:  # the log was moved or deleted: its space goes with it
            return False

    def miss_wrapper(self) -> None:
        """The wrapper has gone. In terminal mode a shell may have the terminal now: its modes come back, our output stays away."""
        if self.order.terminal:
            if self.modes:
                with contextlib.suppress(OSError, termios.error):
                    fd = os.open(self.order.terminal.path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
                    termios.tcsetattr(fd, termios.TCSANOW, self.modes)
                    os.close(fd)
            self.drop_outlet()

    def drop_outlet(self) -> None:
        """Closes the way to the reader; of a pipe whose reader left first, the wrapper is told."""
        if self.outlet:
            if self.outlet.broken and not self.outlet.lossy:
                self.tell("unread")
            os.close(self.outlet.fd)
            self.outlet = None

    def complain(self, error: OSError) -> None:
        self.tell(f"note {error.strerror}")

    def tell(self, words: str) -> None:
        with contextlib.suppress(OSError):  # the wrapper has gone
            os.write(self.report, f"{words}\n".encode())


def open_fds() -> list[int]:
    """Numbers of this process's open descriptors, and the one that listed them."""
    try:
        return [int(entry.name) for entry in Path("/dev/fd").iterdir()]
    except OSError:
        return list(range(1024))
