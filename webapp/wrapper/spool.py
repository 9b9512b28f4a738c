"""Where the text of a recorded run lies, and what is written beside it.

A run `N` of the experiment `E` is three files below the spool folder: `E/N.log` holds the bytes of the command, `E/N.run.json` who started
what and where, `E/N.end.json` how it ended; a fourth, `E/N.log.1`, is the older part of a log of limited size. The board watches the folder
like any other (folder = experiment, file = run) and finds in the two records what the text does not say. Each record has one writer and
appears whole, by a rename; there is no socket and no lock.
"""

import json
import os
import re
import shlex
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TypeVar

from webapp.files import read_file
from webapp.private import make_folder

DEFAULT_EXPERIMENT = "runs"
NAME_BYTES = 180  # of a file name; the system's limit is 255, endings and a number have to fit
ATTEMPTS = 10_000
PART = ".1"
SECRET = re.compile(
    r"^(--?[\w-]*?(?:token|secret|password|passwd|credentials|api[-_]?key|access[-_]?key|auth))(=.*)?$", re.IGNORECASE | re.DOTALL
)
HIDDEN = "***"
RECORD_BYTES = 1024 * 1024  # a longer record is not one of ours


@dataclass(frozen=True, slots=True)
class Spool:
    """The files of one run. `fd` appends to the log; whoever holds it may write.

    limit  bytes the log may take up, with the part of it that has got another name; 0 for any number
    """

    log: Path
    fd: int
    experiment: str
    name: str
    limit: int = 0


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Who started what, where and when.

    command      as given, with the values of options that name a secret left out; empty for a pipe
    started_at   unix seconds
    pid          of the command (of `lossboard pipe` itself for a pipe), with the boot and the clock tick of its start, so that a number
                 given to another process later is not taken for it
    pid_space    in which that number counts: a container has its own; 0 where the system does not tell
    git_changes  files that differ from the commit; None where the folder is in no repository
    """

    experiment: str
    name: str
    command: tuple[str, ...] = ()
    folder: str = ""
    params: dict[str, str] = field(default_factory=dict)
    started_at: float = 0.0
    host: str = ""
    pid: int = 0
    boot: str = ""
    ticks: int = 0
    pid_space: int = 0
    python: str = ""
    git_commit: str = ""
    git_branch: str = ""
    git_changes: int | None = None
    gpus: tuple[str, ...] = ()

    @property
    def command_line(self) -> str:
        return shlex.join(self.command)

    @property
    def code(self) -> str:
        """The state of the code in words: "3f2a9c1 on main, 2 files changed"; "" where it is unknown."""
        if not self.git_commit:
            return ""
        branch = f" on {self.git_branch}" if self.git_branch else ""
        changes = "" if not self.git_changes else f", {self.git_changes} file{'s' if self.git_changes > 1 else ''} changed"
        return f"{self.git_commit[:10]}{branch}{changes}"


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended: by exit code or by signal; both None for a pipe, whose writer just closed it.

    whole  its log is: nobody, no grandchild either, writes to it any more. False for a pipe, whose writer may have been killed
    """

    ended_at: float
    code: int | None = None
    signal: int | None = None
    whole: bool = False

    @property
    def failed(self) -> bool:
        return bool(self.code) or self.signal is not None


Record = TypeVar("Record", RunRecord, RunEnd)


def open_spool(root: Path, experiment: str, name: str, limit: int = 0) -> Spool:
    """A new, empty log for a run; the name gets a number where it is taken. Folders and files are closed to other users. Raises OSError."""
    folder = root / file_name(experiment)
    make_folder(folder)
    for number in range(1, ATTEMPTS):
        free = name if number == 1 else f"{name}-{number}"
        log = folder / f"{file_name(free)}.log"
        try:
            fd = os.open(log, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
        return Spool(log, fd, experiment, free, limit)
    raise FileExistsError(f"{ATTEMPTS} runs of the name {name} are there already")


def drop_spool(spool: Spool) -> None:
    """Takes a spool away whose command never started."""
    for path in (spool.log, record_path(spool.log), end_path(spool.log)):
        path.unlink(missing_ok=True)


def file_name(name: str) -> str:
    """A name of somebody's choosing as one part of a path: no separator, no control character, not hidden, not too long."""
    clean = "".join("-" if char in '/\\:*?"<>|' or not char.isprintable() else char for char in name).strip()
    clean = clean.lstrip(".").encode("utf-8", "replace")[:NAME_BYTES].decode("utf-8", "ignore").strip()
    return clean or "run"


def name_run(command: tuple[str, ...], now: float) -> str:
    """What a run is called that nobody named: the script, or the program, and the local time it started."""
    script = next((part for part in command if part.endswith((".py", ".sh"))), "")
    if not script and "-m" in command[1:-1]:
        script = command[command.index("-m") + 1].rpartition(".")[2]
    stem = Path(script or (command[0] if command else "pipe")).name
    return f"{stem.removesuffix('.py').removesuffix('.sh')}-{time.strftime('%Y%m%d-%H%M%S', time.localtime(now))}"


def begin_record(spool: Spool, command: tuple[str, ...], params: dict[str, str], pid: int) -> RunRecord:
    """What is known of a run the moment it has started; `webapp.wrapper.facts` adds what takes longer to find out."""
    boot, ticks = process_start(pid)
    return RunRecord(
        experiment=spool.experiment,
        name=spool.name,
        command=tuple(map(_text, without_secrets(command))),
        folder=_text(current_folder()),
        params={_text(key): _text(value) for key, value in params.items()},
        started_at=time.time(),
        host=os.uname().nodename,
        pid=pid,
        boot=boot,
        ticks=ticks,
        pid_space=own_pid_space(),
    )


def current_folder() -> str:
    """Where we are; "" in a folder that was deleted."""
    try:
        return str(Path.cwd())
    except FileNotFoundError:
        return ""


def without_secrets(command: tuple[str, ...]) -> tuple[str, ...]:
    """The command with the values of `--token X`, `--api-key=X` and the like replaced."""
    shown: list[str] = []
    hide = False
    for part in command:
        match = SECRET.match(part)
        shown.append(HIDDEN if hide and not part.startswith("-") else f"{match[1]}={HIDDEN}" if match and match[2] else part)
        hide = bool(match and not match[2])
    return tuple(shown)


def record_path(log: Path) -> Path:
    return log.with_name(_stem(log) + ".run.json")


def end_path(log: Path) -> Path:
    return log.with_name(_stem(log) + ".end.json")


def part_path(log: Path) -> Path:
    """Where the older part of a log of limited size lies."""
    return log.with_name(log.name + PART)


def find_part(log: Path) -> Path | None:
    """The older part of a recorded log; None where there is none. Beside any other log such a file may hold another training."""
    part = part_path(log)
    return part if os.path.lexists(part) and os.path.lexists(record_path(log)) else None


def write_record(path: Path, record: RunRecord | RunEnd) -> None:
    """The record at `path`, whole or not at all. Raises OSError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.write(fd, json.dumps(asdict(record), ensure_ascii=True).encode())
    finally:
        os.close(fd)
    unfinished.replace(path)


def read_record(log: Path) -> RunRecord | None:
    """Who started the run of this log; None where it was not recorded by us, or the record cannot be read."""
    return _read(record_path(log), RunRecord)


def read_end(log: Path) -> RunEnd | None:
    """How the run of this log ended; None while it runs, and where it was killed together with its keeper."""
    return _read(end_path(log), RunEnd)


def is_alive(record: RunRecord) -> bool | None:
    """Whether the command still runs; None if it was started on another machine or cannot be seen from here."""
    if record.host != os.uname().nodename or not record.ticks or record.pid_space not in (0, own_pid_space()):
        return None
    if process_start(record.pid) == (record.boot, record.ticks):
        return True
    return None if is_hidden(record.pid) else False


def process_start(pid: int) -> tuple[str, int]:
    """Boot and clock tick in which a living process started; ("", 0) where there is no such process or no /proc."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return "", 0
    return ("", 0) if state in "ZX" else (boot, int(rest[18]))


def is_hidden(pid: int) -> bool:
    """Whether there is a process of this number of which the system does not tell us more (hidepid of /proc)."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return not os.access(f"/proc/{pid}/stat", os.R_OK)
    return False


def own_pid_space() -> int:
    """What tells this container's process numbers from those of another; 0 on a system without."""
    try:
        return Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        return 0


def _stem(log: Path) -> str:
    """The name of the run's files without their endings, from the name of its log or of the older part of that."""
    return log.name.removesuffix(PART).removesuffix(".log")


def _text(argument: str) -> str:
    """An argument as text that JSON can hold; bytes that are no UTF-8 are written out."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _read(path: Path, kind: type[Record]) -> Record | None:
    import msgspec  # here, because a wrapper only writes records and must start fast

    try:
        return msgspec.json.decode(read_file(path, RECORD_BYTES), type=kind)
    except (OSError, ValueError, msgspec.DecodeError, RecursionError):  # ValueError: bytes that are no UTF-8
        return None
