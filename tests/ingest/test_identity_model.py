"""Random histories of a log against the ingest: whatever happens to it, no line is read twice, none is cut, none that was there is lost.

The model keeps the text of every generation that should be known, as a person would who saw every step. Every line has a number of its own,
and all are of one length, so that two trainings can write the same number of bytes.
"""

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.ingest.stepping import Steps
from webapp.ingest.identity import TAIL

BANNER = "Training configuration\n" + "".join(f"  option_{n}: value of option {n}\n" for n in range(36))  # more than the head that is kept
NOTE = "The weights are saved.\n" * 180  # more than the tail that is hashed, and no value in it
FIRST = 10_000  # five digits to the end
SIGNS = st.sampled_from(["inode", "first bytes", "shorter"])
MANY = st.integers(1, 220)  # lines; 220 are 5 KB, more than the first piece that is hashed


class LogHistory(RuleBasedStateMachine):
    """One log, the program that writes it, and everything that befalls both. `long` ones hold more trainings that end alike."""

    long = False

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp())
        self.folder = self.place / "runs"
        self.folder.mkdir()
        self.log = self.folder / "train.log"
        self.steps = Steps(self.place, self.folder, recopy_wait_s=3600.0)
        self.next = FIRST
        self.half = ""
        self.hidden = False
        self.checked = False
        self.looked = False  # since the last rotation
        self.followed = False  # a look has seen the log since a training began to write it; rotations do not change that
        self.seen = False  # a look has seen the very file that is the log now, if only its banner
        self.valued = False  # a look has seen values in that file
        self.owed: set[float] = set()  # lines of rotated logs that the next look has to find
        self.signs = 1  # how a log begins, in capital and small letters: Training
        self.held: list[Path] = []  # other names of replaced files, outside of what is watched, until the next look
        self.kept = 0  # other names that stay
        self.log.write_text(BANNER)

    def teardown(self) -> None:
        self.steps.close()
        shutil.rmtree(self.place)

    def new_lines(self, count: int) -> str:
        first, self.next = self.next, self.next + count
        return "".join(f"step={n} loss={n}.5\n" for n in range(first, first + count))

    def visible(self) -> bool:
        return not self.hidden and self.log.exists()

    @rule(count=MANY)
    @precondition(lambda self: self.visible())
    def append(self, count: int) -> None:
        with self.log.open("a") as file:
            file.write(self.half + self.new_lines(count))
        self.half = ""

    @rule()
    @precondition(lambda self: self.visible())
    def append_text_without_values(self) -> None:
        with self.log.open("a") as file:
            file.write(self.half + NOTE)
        self.half = ""

    @rule(cut=st.integers(1, 23))
    @precondition(lambda self: self.visible() and not self.half)
    def append_half_a_line(self, cut: int) -> None:
        line = self.new_lines(1)
        with self.log.open("a") as file:
            file.write(line[:cut])
        self.half = line[cut:]

    @rule()
    def look(self) -> None:
        self.steps.poll()
        while self.held:
            self.held.pop().unlink()
        # shorter than before, and so far the same: it may be a copy in progress, and nothing is owed before the wait is over
        self.checked = not self.waiting()
        seen = (
            self.checked and not self.hidden and self.log.stat().st_size > 0
        )  # until it has text, the part before it is the last one read
        self.looked = self.looked or seen
        # a log of which only the banner was read cannot be told from the next one with that banner
        self.followed = self.followed or (self.checked and not self.hidden and bool(lines_of(self.log.read_text())))
        self.seen = self.seen or seen
        self.valued = self.valued or (seen and bool(lines_of(self.log.read_text())))

    @rule()
    def look_when_the_wait_is_over(self) -> None:
        self.steps.ingest.settings = replace(self.steps.settings, recopy_wait_s=0.0)
        for log in self.steps.ingest.logs.values():
            if log.shrunk:
                self.steps.ingest.turns.add(log, live=True)
        self.look()
        self.steps.ingest.settings = self.steps.settings
        assert self.hidden or not self.waiting()

    def waiting(self) -> bool:
        return any(log.source.state == "waiting" for log in self.steps.ingest.logs.values())

    @rule()
    def crash(self) -> None:
        self.steps.crash()

    @rule(count=MANY)
    @precondition(lambda self: self.visible())
    def write_anew(self, count: int) -> None:
        self.half = ""
        self.followed = self.seen = self.valued = False
        self.log.write_text(BANNER + self.new_lines(count))

    @rule(count=MANY, sign=SIGNS, cut=st.integers(0, TAIL))
    @precondition(lambda self: self.visible())
    def write_anew_alike(self, count: int, sign: str, cut: int) -> None:
        """Another training whose text differs in its values alone, byte for byte up to where the log was read, and in one sign.

        It is another file, or begins with other bytes, or a look sees it while it is shorter, or so short that it is compared whole.
        Without any sign nobody could tell: to compare all that was read at every look would take too long.
        """
        whole = self.log.read_text().rpartition("\n")[0].splitlines()
        text = "".join(self.new_lines(1) if has_value(line) else f"{line}\n" for line in whole) + self.new_lines(count)
        self.half = ""
        self.followed = self.seen = self.valued = False
        if sign == "inode":
            self.replace_file(text)
        elif sign == "first bytes":
            self.signs += 1  # so that two of them are not the first again
            begin = (c.upper() if self.signs >> bit & 1 else c.lower() for bit, c in enumerate(text[:4]))
            self.log.write_text("".join(begin) + text[4:])
        else:
            with self.log.open("w") as file:
                file.write(text[:cut])
                file.flush()
                self.steps.poll()
                file.write(text[cut:])

    @rule(count=MANY, sign=SIGNS, cut=st.integers(0, TAIL))
    @precondition(lambda self: self.visible() and self.long)
    def write_anew_what_ends_alike(self, count: int, sign: str, cut: int) -> None:
        """Both trainings end with a text that is longer than what is compared at every look."""
        self.append(60)
        self.append_text_without_values()
        self.look()
        self.nothing_is_read_twice_or_cut()
        self.what_was_there_at_the_last_look_is_known()
        self.write_anew_alike(count, sign, cut)

    def give_up(self, path: Path) -> None:
        """Before a file is removed: the next one gets its inode, except where that may end as this does, and nobody could tell."""
        if not lines_of(path.read_text()[-TAIL:]):
            self.kept += 1
            (self.place / f"kept{self.kept}").hardlink_to(path)

    def replace_file(self, text: str) -> None:
        """The inode of the old file is not given to another one before the next look: that one might end alike, and nobody could tell."""
        held = self.place / f"held{len(self.held)}"
        held.hardlink_to(self.log)
        self.held.append(held)
        self.give_up(self.log)
        other = self.folder / ".train.log.tmp"
        other.write_text(text)
        other.rename(self.log)

    @rule(count=MANY)
    @precondition(lambda self: self.visible())
    def delete_and_make_again(self, count: int) -> None:
        self.half = ""
        self.followed = self.seen = self.valued = False
        self.give_up(self.log)
        self.log.unlink()
        self.log.write_text(BANNER + self.new_lines(count))

    @rule(count=st.just(0) | MANY, late=st.booleans(), by_copy=st.booleans(), kept=st.integers(1, 9), begin=st.sampled_from(["", BANNER]))
    @precondition(lambda self: self.visible() and not self.half)
    def rotate(self, count: int, late: bool, by_copy: bool, kept: int, begin: str) -> None:
        """The old file may still get lines that nobody has read; a part beyond those kept is dropped, and its inode used again.

        Two rotations between two looks drop nothing: where the part that was read last is gone, nobody can tell what continues it. The next
        file may begin like the old one; where only that was read of the old one, it is known by its inode and by what else is in it.
        """
        kept = kept if self.looked else 9
        self.looked = False
        if late:
            self.append(count)
        for n in range(9, 0, -1):
            if (old := self.folder / f"train.log.{n}").exists() and n >= kept:
                self.owed -= lines_of(old.read_text())  # nobody can read those any more
                self.give_up(old)
                old.unlink()
            elif old.exists():
                old.rename(self.folder / f"train.log.{n + 1}")
        written = lines_of(self.log.read_text())
        if by_copy and not self.valued:  # what is there next is in its inode, and what was read of it may be how that begins
            self.followed = False
        elif self.followed or (self.seen and written):
            self.owed |= written
            self.followed = True
        self.seen = self.valued = False
        if by_copy:
            shutil.copyfile(self.log, self.folder / "train.log.1")
            os.truncate(self.log, 0)
        else:
            self.log.rename(self.folder / "train.log.1")
        self.log.write_text(begin + self.new_lines(count))

    @rule(count=MANY)
    @precondition(lambda self: self.visible() and not self.half)
    def start_twice_with_a_new_log(self, count: int) -> None:
        """All logs begin alike, and of one of them nothing else was read before it was put aside."""
        self.rotate(count=0, late=False, by_copy=False, kept=9, begin=BANNER)
        self.look()
        self.checked = False
        self.rotate(count=count, late=True, by_copy=False, kept=9, begin=BANNER)

    @rule(count=MANY)
    @precondition(lambda self: self.visible())
    def rsync(self, count: int) -> None:
        text = self.log.read_text() + self.half + self.new_lines(count)
        self.half = ""
        self.seen = self.valued = False
        self.replace_file(text)

    @rule(count=MANY)
    @precondition(lambda self: self.visible())
    def rsync_with_backup(self, count: int) -> None:
        """The old file has another name when the next look comes."""
        backup = self.folder / "train.log~"
        backup.hardlink_to(self.log)
        self.rsync(count)
        self.look()
        backup.unlink()

    @rule(count=MANY, part=st.floats(0, 1), look=st.booleans(), crash=st.booleans())
    @precondition(lambda self: self.visible())
    def scp(self, count: int, part: float, look: bool, crash: bool) -> None:
        text = (self.log.read_text() + self.half + self.new_lines(count)).encode()
        self.half = ""
        self.seen = self.valued = False
        cut = int(len(text) * part)
        with self.log.open("wb") as file:
            file.write(text[:cut])
            file.flush()
            if crash:
                self.steps.crash()
            if look:
                self.steps.poll()
                if not self.looked:  # the first look at the file after a rotation sees a part of it, which may be the banner alone
                    self.followed = not self.waiting() and bool(lines_of(self.log.read_text()))
            file.write(text[cut:])

    @rule()
    @precondition(lambda self: not self.hidden)
    def hide(self) -> None:
        self.folder.rename(self.place / "unmounted")
        self.hidden = True

    @rule()
    @precondition(lambda self: self.hidden)
    def show(self) -> None:
        (self.place / "unmounted").rename(self.folder)
        self.hidden = False

    @invariant()
    def nothing_is_read_twice_or_cut(self) -> None:
        values = self.steps.values()
        assert len(values) == len(set(values)), "a line was read twice"
        assert all(value % 1 == 0.5 and value < self.next for value in values), "a piece of a line was read"

    @invariant()
    def what_was_there_at_the_last_look_is_known(self) -> None:
        if not self.checked:
            return
        self.checked = False
        if self.hidden:
            return
        missing = (lines_of(self.log.read_text()) | self.owed) - set(self.steps.values())
        assert not missing, f"not read: {sorted(missing)}"
        self.owed.clear()


def lines_of(text: str) -> set[float]:
    """The values of the complete lines of a log."""
    whole = text[: text.rfind("\n") + 1].splitlines()
    return {float(line.rpartition("=")[2]) for line in whole if has_value(line)}


def has_value(line: str) -> bool:
    return line.lower().startswith("step=")


def run_history(examples: int, steps: int, *, shrink: bool = True) -> None:
    LogHistory.long = steps >= 40
    run_state_machine_as_test(
        LogHistory,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=tuple(Phase) if shrink else (Phase.generate,),
        ),
    )


def test_no_history_of_a_log_loses_or_repeats_a_line() -> None:
    """T04"""
    run_history(25, 20)


@pytest.mark.faults
def test_no_history_of_a_log_loses_or_repeats_a_line_long() -> None:
    """T04"""
    run_history(int(os.environ.get("HISTORIES", "1500")), 50)
