"""A test of the tests: each rule of identity is taken out once, and the histories have to notice.

The short form plays for each rule one history by hand, the shortest in which it matters; the long form lets the random ones find it.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.ingest.test_identity_model import BANNER, NOTE, LogHistory, lines_of, run_history
from webapp.ingest import look, slices
from webapp.ingest.identity import HEAD, TAIL, Seen, decide
from webapp.store.rows import FileMark

MonkeyPatch = pytest.MonkeyPatch
Mutant = Callable[[MonkeyPatch], None]
History = Callable[[LogHistory], None]


def patch_decide(patch: MonkeyPatch, change: Callable[..., str]) -> None:
    patch.setattr(slices, "decide", change)


def patch_see(patch: MonkeyPatch, change: Callable[[Seen], Seen]) -> None:
    see = slices.see
    patch.setattr(slices, "see", lambda *args, **more: change(see(*args, **more)))


def no_tail(patch: MonkeyPatch) -> None:
    """A file that is long enough counts as the same."""
    patch_decide(patch, lambda mark, seen, **more: decide(mark, replace(seen, tail_same=True), **more))


def no_prefix(patch: MonkeyPatch) -> None:
    """What was read last is enough to know a log by, and a shorter one counts as the same."""
    patch.setattr(look, "_same_prefix", lambda *_, **more: True)


def no_head(patch: MonkeyPatch) -> None:
    """The first bytes are of no account where all else is the same."""
    same_prefix = look._same_prefix
    patch.setattr(look, "_same_prefix", lambda fd, mark, *size, **more: same_prefix(fd, replace(mark, head=b""), *size, **more))


def no_pieces(patch: MonkeyPatch) -> None:
    """The first bytes and those that were read last are enough."""
    patch.setattr(look, "pieces", lambda offset: 0)


def no_sibling(patch: MonkeyPatch) -> None:
    """A renamed log is not looked for."""
    patch_see(patch, lambda seen: replace(seen, sibling=None))
    patch.setattr(slices, "find_inode", lambda *_: None)


def always_contained(patch: MonkeyPatch) -> None:
    """A file that begins with what was read of a renamed one counts as its copy."""
    patch_see(patch, lambda seen: replace(seen, sibling=seen.sibling and replace(seen.sibling, contained=True)))


def never_contained(patch: MonkeyPatch) -> None:
    """The log is wherever its old file is, also if a whole copy has taken its place."""
    patch_see(patch, lambda seen: replace(seen, sibling=seen.sibling and replace(seen.sibling, contained=False)))


def no_wait(patch: MonkeyPatch) -> None:
    """A file that became shorter is a new one at once."""
    patch_decide(patch, lambda mark, seen, **more: "new" if (found := decide(mark, seen, **more)) == "wait" else found)


def no_drain(patch: MonkeyPatch) -> None:
    """What was written to a rotated log after the last look is not read."""

    def jump(job: Any, parser: Any) -> Any:
        if job.path.endswith((b".1", b".2", b".3")):
            job = replace(job, budget=0)
            result, _ = slices.read_slice(job, parser)
            return replace(result, at_end=True), None
        return slices.read_slice(job, parser)

    patch.setattr("webapp.ingest.worker.read_slice", jump)


def no_line_end(patch: MonkeyPatch) -> None:
    """A line counts before its end is there."""
    patch.setattr("webapp.ingest.worker.read_slice", lambda job, parser: slices.read_slice(replace(job, tail=bool(job.path)), parser))


def inode_alone(patch: MonkeyPatch) -> None:
    """The same inode is the same log."""

    def trusting(mark: FileMark, seen: Seen, **more: float) -> str:
        if seen.exists and (seen.dev, seen.ino) == (mark.dev, mark.ino) and seen.size >= mark.offset:
            return "read"
        return decide(mark, seen, **more)

    patch_decide(patch, trusting)


def head_alone(patch: MonkeyPatch) -> None:
    """The same first bytes are the same log."""

    def trusting(mark: FileMark, seen: Seen, **more: float) -> str:
        return "read" if seen.exists and seen.prefix_same and seen.size >= mark.offset else decide(mark, seen, **more)

    patch_decide(patch, trusting)
    patch.setattr(look, "pieces", lambda offset: 0)


def parts_by_inode(patch: MonkeyPatch) -> None:
    """A rotated file in the inode of one that was read counts as read."""
    patch.setattr(look, "_read_before", lambda entry, others: sys.maxsize if entry.inode() in {mark.ino for mark in others} else 0)


def checked_look(log: LogHistory) -> None:
    log.look()
    log.nothing_is_read_twice_or_cut()
    log.what_was_there_at_the_last_look_is_known()


def another_training_in_the_same_file(log: LogHistory) -> None:
    log.append(count=3)
    checked_look(log)
    log.write_anew(count=9)
    checked_look(log)


def another_training_that_ends_alike(log: LogHistory) -> None:
    log.append(count=60)
    log.append_text_without_values()
    checked_look(log)
    log.write_anew_alike(count=3, sign="inode", cut=0)
    checked_look(log)


def another_training_that_ends_alike_in_the_same_file(log: LogHistory) -> None:
    log.append(count=60)
    log.append_text_without_values()
    checked_look(log)
    log.write_anew_alike(count=3, sign="first bytes", cut=0)
    checked_look(log)


def rotated_with_a_line_that_nobody_has_read(log: LogHistory) -> None:
    log.append(count=3)
    checked_look(log)
    log.rotate(count=3, late=True, by_copy=False, kept=9, begin="")
    checked_look(log)


def rotated_when_only_the_banner_was_read(log: LogHistory) -> None:
    checked_look(log)
    log.rotate(count=3, late=True, by_copy=False, kept=9, begin=BANNER)
    checked_look(log)


def replaced_by_a_copy_while_the_old_file_lives(log: LogHistory) -> None:
    log.append(count=3)
    checked_look(log)
    log.rsync_with_backup(count=3)
    checked_look(log)


def copied_over_itself(log: LogHistory) -> None:
    log.append(count=3)
    checked_look(log)
    log.scp(count=3, part=0.5, look=True, crash=False)
    checked_look(log)


def half_a_line(log: LogHistory) -> None:
    log.append(count=3)
    log.append_half_a_line(cut=18)
    checked_look(log)
    log.append(count=3)
    checked_look(log)


def a_part_in_the_inode_of_one_that_was_read(log: LogHistory) -> None:
    """A file system may give the inode of the dropped part to the copy of the next; here that is certain."""
    log.append(count=9)
    checked_look(log)
    log.rotate(count=9, late=False, by_copy=False, kept=9, begin="")
    checked_look(log)
    log.append(count=9)
    rotated = log.folder / "train.log.1"
    rotated.write_bytes(log.log.read_bytes())
    log.owed = set(lines_of(rotated.read_text()))
    log.log.write_text(log.new_lines(3))
    checked_look(log)


RULES: dict[Mutant, History] = {
    no_tail: another_training_in_the_same_file,
    no_prefix: another_training_that_ends_alike,
    no_head: another_training_that_ends_alike_in_the_same_file,
    no_pieces: another_training_that_ends_alike,
    no_sibling: rotated_with_a_line_that_nobody_has_read,
    always_contained: rotated_when_only_the_banner_was_read,
    never_contained: replaced_by_a_copy_while_the_old_file_lives,
    no_wait: copied_over_itself,
    no_drain: rotated_with_a_line_that_nobody_has_read,
    no_line_end: half_a_line,
    inode_alone: another_training_in_the_same_file,
    head_alone: another_training_in_the_same_file,
    parts_by_inode: a_part_in_the_inode_of_one_that_was_read,
}


def played(history: History) -> None:
    log = LogHistory()
    try:
        history(log)
    finally:
        log.teardown()


@pytest.mark.parametrize("history", dict.fromkeys(RULES.values()))
def test_the_short_histories_are_read_right(history: History) -> None:
    """T04"""
    played(history)


@pytest.mark.parametrize("mutant", RULES)
def test_a_short_history_notices_a_rule_that_is_missing(monkeypatch: MonkeyPatch, mutant: Mutant) -> None:
    """T04"""
    mutant(monkeypatch)
    with pytest.raises(AssertionError):
        played(RULES[mutant])


@pytest.mark.faults
@pytest.mark.parametrize("mutant", [mutant for mutant in RULES if mutant is not parts_by_inode])
def test_the_histories_notice_a_rule_that_is_missing(monkeypatch: MonkeyPatch, mutant: Mutant) -> None:
    """T04: chance gives a file the inode of a certain older one too seldom; that rule has its short history alone."""
    mutant(monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_history(500, 40, shrink=False)  # ends with the first that notices


def test_what_two_trainings_have_in_common_is_longer_than_what_is_compared_at_every_look() -> None:
    """Else a rule taken out changes next to nothing."""
    assert len(BANNER) > HEAD
    assert len(NOTE) > TAIL
