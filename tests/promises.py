"""What is promised of reliability and security, as tables: the cases, the threats they meet and the promises they show.

A test says in its docstring, or in that of its module, which cases it is a test of (`T05`). `tests.test_promises` holds these tables and
the docstrings to each other, and `make faults` prints them with what was reached.
"""

from typing import NamedTuple


class Case(NamedTuple):
    what: str
    asked: str


class Claim(NamedTuple):
    """A promise or a threat: its words, and the cases that show it."""

    what: str
    cases: str
    asked: str = ""


CASES = {
    "T01": Case("the server is killed again and again while it reads", "200 kills: 0 lost, 0 double, integrity ok"),
    "T02": Case("a kill inside a write of the database", "every write, sync, unlink and truncate up to the 40th"),
    "T03": Case("a write of the database fails", "ENOSPC, EIO and EINTR: it goes on by itself, or ends and is started again"),
    "T04": Case("random histories of a log", "1,500 × 50 steps, and each of 13 rules taken out is noticed"),
    "T05": Case("another training writes to the same path", "5,000 lines of the second, the first keeps its points"),
    "T06": Case("a log is copied anew in place", "rows = lines, one run"),
    "T07": Case("a log is replaced by a longer copy", "rows = lines, one run"),
    "T08": Case("a log is emptied under its writer", "the hole is skipped, the next line is right"),
    "T09": Case("a log is rotated every 0.3 s", "30 s at 2,000 lines a second: every line once, one run"),
    "T10": Case("a line cut anywhere", "10,000 cuts: 0 wrong values"),
    "T11": Case("nasty bytes", "no exception, the next good line is read"),
    "T12": Case("odd files in a watched folder", "left alone with a reason, nothing outside is read"),
    "T13": Case("few descriptors", "200 logs with 40: each line once"),
    "T14": Case("the clock jumps", "a year ahead and back: no line lost, logins get an answer"),
    "T15": Case("file times that lie", "read within one look"),
    "T16": Case("the same content twice", "two runs"),
    "T17": Case("a rotated log is compressed", "the copy is not read, nothing is double"),
    "T18": Case("two servers on one database", "the second is refused and told the first"),
    "T21": Case("a full disk", "told; goes on by itself within 35 s of room"),
    "T22": Case("a limit on file size", "told; goes on by itself"),
    "T23": Case("a locked database", "told; pages read on; goes on by itself"),
    "T24": Case("the right to write is lost", "no loss; a start is refused in a sentence"),
    "T25": Case("a reader that never ends", "told above 64 MiB of WAL, which shrinks afterwards"),
    "T26": Case("backup and restore under load", "a checked prefix; the rest is read again to equality"),
    "T27": Case("an upgrade, killed at any step", "old tables or new ones, and a copy of the old"),
    "T28": Case("a database on a network file system", "refused in a sentence, or locked for one process"),
    "T29": Case("a damaged database", "refused, and left as it is"),
    "T30": Case("odd values and texts through the database", "what goes in comes out"),
    "T31": Case("exit codes and signals of a command", "the same"),
    "T32": Case("110 MB of random bytes through `lossboard run`", "byte-equal"),
    "T33": Case("signals to a recorded command", "each once"),
    "T34": Case("the terminal of a recorded command", "as without us"),
    "T35": Case("the recorder is frozen", "no step above 100 ms"),
    "T36": Case("the recorder is killed", "the command ends as it would, the log is whole"),
    "T37": Case("a board that is absent, slow or wrong", "not even asked"),
    "T38": Case("the disk of the record is full or gone", "the command does not notice"),
    "T39": Case("a grandchild holds the output", "back within 2 s of the command, its lines recorded"),
    "T40": Case("the reader of the output leaves", "as without us"),
    "T41": Case("200 live logs and 32 readers", "written → page p95 ≤ 2 s, p99 ≤ 5 s"),
    "T42": Case("a log of 1 GB beside a live one", "≥ 5 MB/s, the live one ≤ 2 s, ≤ 250 MB"),
    "T43": Case("10,000 runs, 100,000 names, 10,000,000 points", "list ≤ 300 ms and 200 KB, 500 series, chart ≤ 100 KB"),
    "T44": Case("hostile text in Chromium", "0 dialogs, 0 violations, 0 requests"),
    "T45": Case("the content policy on every page", "0 violations; no inline script or style"),
    "T46": Case("odd values and names in charts", "well-formed, from the list of allowed elements"),
    "T47": Case("names that steer a terminal", "no control and no bidi character"),
    "T48": Case("host names that are not ours", "400 or 421 everywhere"),
    "T49": Case("a soak with restarts", "memory ≤ 1 MB/h after warming up, descriptors ± 5, WAL ≤ 64 MB"),
    "T50": Case("requests from other sites", "403 on every route that changes something"),
    "T51": Case("who may call what", "as the table of routes says"),
    "T52": Case("sessions", "made and ended by the server only"),
    "T53": Case("sizes at their limits", "refused one byte above"),
    "T54": Case("paths that lead elsewhere", "400 or 404, no file outside"),
    "T55": Case("requests broken byte by byte", "never 500"),
    "T56": Case("gzip bombs", "refused, ≤ 80 MB"),
    "T57": Case("slow and fat clients", "others are served: p99 ≤ 1 s, ≤ 50 MB"),
    "T58": Case("made-up requests and bytes", "0 faults"),
}

PROMISES = {
    "P1": Claim("Every complete line is counted exactly once", "T01 T02 T03", "200 kills and all crash points: 0 lost, 0 double"),
    "P2": Claim("A rotated, copied or replaced log is told apart", "T04 T05 T06 T07 T08 T09 T16 T17", "1,500 × 50 steps, each rule missed"),
    "P3": Claim("What cannot be promised is said and counted", "T08 T10 T11 T12", "a counter and a note for each"),
    "P4": Claim("A half-written line never becomes a point", "T10", "0 wrong values in 10,000 cuts"),
    "P5": Claim(
        "A training never waits for us, nor dies of us", "T31 T32 T33 T34 T35 T36 T37 T38 T39 T40", "exit code and last line unchanged"
    ),
    "P6": Claim("Exit codes, signals and bytes pass unchanged", "T31 T32 T33 T34 T40", "byte-equal, the same code"),
    "P7": Claim("New lines are on the page within two seconds", "T15 T41", "p95 ≤ 2 s, p99 ≤ 5 s"),
    "P8": Claim("10,000 runs and logs of 1 GB stay usable", "T13 T42 T43", "search ≤ 0.5 s of CPU, ≥ 5 MB/s in ≤ 250 MB"),
    "P9": Claim("Storage faults are told, and it goes on by itself", "T21 T22 T23 T24 T25", "≤ 35 s after the fault, no loss"),
    "P10": Claim("The database outlives kills and bad places", "T02 T03 T18 T26 T28 T29 T30", "integrity ok, 1 GB restored in ≤ 60 s"),
    "P11": Claim("Log text never runs in a browser or terminal", "T44 T45 T46 T47", "0 dialogs, 0 violations"),
    "P12": Claim("Nobody but its users reads or changes a board", "T48 T50 T51 T52", "every route as its table says"),
    "P13": Claim("No request is a fault or stops the board", "T53 T54 T55 T56 T57 T58", "0 answers of 500, others p99 ≤ 1 s"),
    "P14": Claim("Upgrades keep data, a backup is one command", "T26 T27", "a checked copy"),
    "P15": Claim("It runs for weeks", "T14 T49", "≤ 1 MB/h, descriptors ± 5, WAL ≤ 64 MB"),
}

THREATS = {
    "S1": Claim("a foreign name resolves to this machine", "T48"),
    "S2": Claim("host names that look like ours", "T48"),
    "S3": Claim("another site changes data", "T50"),
    "S4": Claim("another site reads data", "T50"),
    "S5": Claim("an open board without a login", "T51"),
    "S6": Claim("other users of the machine", "T51"),
    "S7": Claim("tokens that leak", "T51"),
    "S8": Claim("a login that leads elsewhere", "T52"),
    "S9": Claim("sessions of the visitor's own making", "T52"),
    "S10": Claim("cookies of another port", "T52"),
    "S11": Claim("guessed tokens", "T51"),
    "S12": Claim("scripts in log text and names", "T44"),
    "S13": Claim("htmx attributes in log text", "T44"),
    "S14": Claim("htmx against the content policy", "T45"),
    "S15": Claim("scripts and broken XML in charts", "T46"),
    "S16": Claim("charts and logs opened as pages", "T44 T46"),
    "S17": Claim("escapes in our own output", "T47"),
    "S18": Claim("names that turn the direction of text", "T47"),
    "S19": Claim("paths in addresses and file names", "T54"),
    "S20": Claim("links and odd names below /static", "T54 T55"),
    "S21": Claim("a watched folder full of traps", "T12"),
    "S22": Claim("gzip bombs", "T56"),
    "S23": Claim("bodies, parts and fields without end", "T53"),
    "S24": Claim("heads and clients without end", "T57"),
    "S25": Claim("requests that cannot be read", "T55"),
    "S26": Claim("SQL in names and orders", "T53 T55"),
    "S27": Claim("lines that make patterns run for ever", "T11"),
    "S28": Claim("a new metric on every line", "T43"),
    "S31": Claim("one visitor's answer for another", "T50"),
    "S32": Claim("headers made of names", "T54"),
    "S33": Claim("secrets inside logs", "T44"),
    "S34": Claim("a database where none may be", "T28"),
}
