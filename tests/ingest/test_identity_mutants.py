"""A test of the tests: each rule of identity is taken out once, and the random histories have to notice."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.ingest.test_identity_model import BANNER, run_history
from webapp.ingest import identity, look, parts, slices
from webapp.ingest.identity import HEAD, Seen, decide
from webapp.store.rows import FileMark

MonkeyPatch = pytest.MonkeyPatch


def patch_decide(patch: MonkeyPatch, change: Callable[..., str]) -> None:
    patch.setattr(slices, "decide", change)


def no_tail(patch: MonkeyPatch) -> None:
    """A file that is long enough counts as the same."""
    patch_decide(patch, lambda mark, seen, **more: decide(mark, replace(seen, tail_same=True, prefix_same=True), **more))


def no_sibling(patch: MonkeyPatch) -> None:
    """A renamed log is not looked for."""
    patch.setattr(slices, "see", _without_sibling(slices.see))
    patch.setattr(slices, "find_inode", lambda *_: None)


def _without_sibling(see: Callable[..., Seen]) -> Callable[..., Seen]:
    return lambda *args, **more: replace(see(*args, **more), sibling=None)


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
    patch.setattr(identity, "pieces", lambda offset: 0)
    patch.setattr("webapp.ingest.look.pieces", lambda offset: 0)


def parts_by_inode(patch: MonkeyPatch) -> None:
    """A rotated file in the inode of one that was read counts as read."""
    patch.setattr(look, "_was_read", lambda entry, others: entry.inode() in {mark.ino for mark in others})


@pytest.mark.faults
@pytest.mark.parametrize("mutant", [no_tail, no_sibling, no_wait, no_drain, inode_alone, head_alone, parts_by_inode])
def test_the_histories_notice_a_rule_that_is_missing(monkeypatch: MonkeyPatch, mutant: Callable[[MonkeyPatch], None]) -> None:
    """T04"""
    mutant(monkeypatch)
    with pytest.raises((AssertionError, ExceptionGroup)):
        run_history(300, 40, shrink=False)


def test_the_rules_taken_out_here_exist() -> None:
    """So that a renamed function does not make a mutant that changes nothing, nor a short banner one that changes next to nothing."""
    assert len(BANNER) > HEAD
    assert callable(slices.see)
    assert callable(slices.find_inode)
    assert callable(look._was_read)
    assert callable(parts.find_next_part)
