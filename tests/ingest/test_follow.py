"""What happens to runs when their logs grow, are written anew, rotated, copied, renamed, deleted. Real files, real database."""

import asyncio
import gzip
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.ingest.stepping import Steps, append, lines, stepping, write
from webapp.ingest.discover import find_logs
from webapp.store.dropped import dropped_of_run
from webapp.store.runs import delete_run, get_run
from webapp.store.sources import count_cut, source_of, sources_of

BANNER = "Training configuration\n" + "".join(f"  option_{n}: value of option {n}\n" for n in range(30))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "runs"
    made.mkdir()
    return made


@pytest.fixture
def board(tmp_path: Path, folder: Path):
    with stepping(tmp_path, folder) as steps:
        yield steps


def counted(first: int, last: int) -> list[float]:
    return [n + 0.5 for n in range(first, last + 1)]


def test_a_folder_is_an_experiment_and_a_file_a_run(board: Steps, folder: Path) -> None:
    write(folder / "a.log", lines(1, 5))
    write(folder / "deep" / "er" / "b.log", lines(1, 7))
    board.poll()
    assert [(run.experiment, run.name, run.points) for run in board.runs()] == [("runs", "a", 5), ("deep/er", "b", 7)] or [
        (run.experiment, run.name, run.points) for run in board.runs()
    ] == [("deep/er", "b", 7), ("runs", "a", 5)]


def test_what_is_appended_is_read_on_and_nothing_twice(board: Steps, folder: Path) -> None:
    log = folder / "a.log"
    write(log, lines(1, 5))
    board.poll()
    append(log, lines(6, 9))
    board.poll()
    board.poll()
    assert board.values() == counted(1, 9)


def test_a_half_written_line_is_no_point_until_its_end_comes(board: Steps, folder: Path) -> None:
    log = folder / "a.log"
    write(log, lines(1, 3) + "step=4 loss=0.12")
    board.poll()
    assert board.values() == counted(1, 3)
    append(log, "34\n")
    board.poll()
    assert board.values() == [*counted(1, 3), 0.1234]


def test_a_server_that_starts_again_goes_on_where_the_other_stopped(board: Steps, folder: Path) -> None:
    log = folder / "a.log"
    write(log, lines(1, 50))
    board.poll()
    append(log, lines(51, 70))
    board.crash()
    board.poll()
    assert board.values() == counted(1, 70)
    assert len(board.runs()) == 1


def test_a_training_that_writes_to_the_same_path_is_a_new_run_and_the_old_one_keeps_its_points(board: Steps, folder: Path) -> None:
    """T05: the same first 900 bytes, and longer than the old log was."""
    log = folder / "train.log"
    assert len(BANNER) > 900
    write(log, BANNER + lines(1, 100))
    board.poll()
    board.crash()
    write(log, BANNER + "".join(f"step={n} loss={n}.25\n" for n in range(1, 501)))
    board.poll()
    old, new = board.runs()
    assert board.values(run_id=old.id) == counted(1, 100)
    assert board.values(run_id=new.id) == [n + 0.25 for n in range(1, 501)]
    assert (old.name, new.name) == ("train", "train (2)")
    assert old.status == "finished"
    assert source_of(board.database, new.id).generation == 2


@pytest.mark.parametrize("how", ["by another file", "in place"])
@pytest.mark.parametrize("steps", [20, 150])
def test_a_training_whose_log_begins_and_ends_like_the_one_before_is_a_new_run(board: Steps, folder: Path, how: str, steps: int) -> None:
    """T05: only the lines in the middle differ, byte for byte as many; in place the log is seen shorter once."""
    log = folder / "train.log"
    begin, ending = 2 * BANNER, "The weights are saved.\n" * 20
    write(log, begin + lines(1001, 1000 + steps) + ending)
    board.poll()
    text = begin + lines(2001, 2000 + steps) + ending + lines(3001, 3002)
    if how == "in place":
        write(log, text[:900])
        board.poll()
        append(log, text[900:])
    else:
        write(folder / ".train.log.Xy12", text)
        (folder / ".train.log.Xy12").rename(log)
    board.poll()
    assert board.values() == counted(1001, 1000 + steps) + counted(2001, 2000 + steps) + counted(3001, 3002)
    assert [run.points for run in board.runs()] == [steps, steps + 2]


def test_a_log_that_is_emptied_and_written_anew_while_watched_is_a_new_run(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, BANNER + lines(1, 50))
    board.poll()
    write(log, "")
    board.poll()
    assert [run.points for run in board.runs()] == [50], "an empty file may be a copy in progress"
    append(log, BANNER + lines(1001, 1003))
    board.poll()
    assert [run.points for run in board.runs()] == [50, 3]
    read = f"{len(BANNER + lines(1, 50)):,}"
    assert (
        board.runs()[0].reason
        == f"Its log was written anew when {read} bytes were read; lines added after them are lost, if there were any."
    )
    assert count_cut(board.database) == 1


def test_a_log_deleted_and_made_again_is_a_new_run_even_with_the_same_inode(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 50))
    board.poll()
    log.unlink()
    write(log, lines(101, 180))
    board.poll()
    assert [run.points for run in board.runs()] == [50, 80]
    assert board.values() == counted(1, 50) + counted(101, 180)


def test_a_log_copied_over_itself_stays_one_run(board: Steps, folder: Path, tmp_path: Path) -> None:
    """T06, short: scp empties the file and fills it again, with a look in the middle."""
    log, origin = folder / "train.log", tmp_path / "elsewhere"
    text = BANNER
    step = 1
    for _ in range(6):
        text += lines(step, step + 199)
        step += 200
        write(origin, text)
        with log.open("wb") as target:
            target.write(origin.read_bytes()[: len(text) // 3])
            target.flush()
            board.poll()
            target.write(origin.read_bytes()[len(text) // 3 :])
        board.poll()
    assert board.values() == counted(1, step - 1)
    assert [source.generation for run in board.runs() for source in sources_of(board.database, run.id)] == [1]


def test_a_log_replaced_by_a_longer_copy_of_itself_stays_one_run(board: Steps, folder: Path) -> None:
    """T07, short: rsync writes a new file and renames it."""
    log = folder / "train.log"
    text = BANNER
    step = 1
    for _ in range(6):
        text += lines(step, step + 199)
        step += 200
        write(folder / ".train.log.Xy12", text)
        (folder / ".train.log.Xy12").rename(log)
        board.poll()
    assert board.values() == counted(1, step - 1)
    assert len(board.runs()) == 1


def test_a_rotated_log_goes_on_in_the_same_run(board: Steps, folder: Path) -> None:
    """T09, short: the tail of the old file is read before the new one."""
    log = folder / "train.log"
    step = 1
    for _ in range(8):
        append(log, lines(step, step + 30))
        board.poll()
        append(log, lines(step + 31, step + 40))
        for n in (2, 1):
            if (folder / f"train.log.{n}").exists():
                (folder / f"train.log.{n}").rename(folder / f"train.log.{n + 1}")
        log.rename(folder / "train.log.1")
        step += 41
    append(log, lines(step, step + 5))
    board.poll()
    assert board.values() == counted(1, step + 5)
    assert len(board.runs()) == 1
    parts = sources_of(board.database, board.runs()[0].id)
    assert [part.base for part in parts] == sorted({part.base for part in parts}), "each part begins where the one before ended"


def test_two_rotations_between_two_looks_lose_nothing(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    append(log, lines(11, 20))
    log.rename(folder / "train.log.2")
    write(folder / "train.log.1", lines(21, 30))
    write(log, lines(31, 40))
    board.poll()
    assert board.values() == counted(1, 40)
    assert len(board.runs()) == 1


@pytest.mark.parametrize("looks", [True, False])
def test_a_log_that_is_rotated_while_it_is_empty_goes_on_in_the_same_run(board: Steps, folder: Path, looks: bool) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    log.rename(folder / "train.log.1")
    write(log, "")
    if looks:
        board.poll()
    (folder / "train.log.1").rename(folder / "train.log.2")
    log.rename(folder / "train.log.1")
    write(log, lines(11, 20))
    board.poll()
    append(log, lines(21, 30))
    board.poll()
    assert board.values() == counted(1, 30)
    assert len(board.runs()) == 1


def test_a_rotation_in_front_of_a_crash_is_followed_afterwards(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    append(log, lines(11, 20))
    log.rename(folder / "train.log.1")
    board.poll()
    board.crash()
    write(log, lines(21, 30))
    board.poll()
    assert board.values() == counted(1, 30)
    assert len(board.runs()) == 1


def test_a_rotated_log_that_is_compressed_away_at_once_ends_no_run(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    log.rename(folder / "train.log.1")
    board.poll()
    (folder / "train.log.1").unlink()
    board.poll()
    write(log, lines(11, 20))
    board.poll()
    assert board.values() == counted(1, 20)
    assert len(board.runs()) == 1


def test_a_rotated_log_that_is_compressed_is_not_read_again(board: Steps, folder: Path) -> None:
    """T17"""
    log, rotated, packed = folder / "train.log", folder / "train.log.1", folder / "train.log.1.gz"
    for turn in range(3):
        append(log, lines(20 * turn + 1, 20 * turn + 10))
        board.poll()
        packed.unlink(missing_ok=True)
        log.rename(rotated)
        append(rotated, lines(20 * turn + 11, 20 * turn + 20))
        write(log, "")
        board.poll()
        packed.write_bytes(gzip.compress(rotated.read_bytes()))
        rotated.unlink()
        board.crash()
        board.poll()
    append(log, lines(61, 65))
    board.poll()
    assert board.values() == counted(1, 65)
    assert len(board.runs()) == 1
    assert (dropped_of_run(board.database, 1), count_cut(board.database)) == ((), 0)


def test_a_rotated_log_that_the_next_rotation_drops_ends_no_run(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    log.rename(folder / "train.log.1")
    board.poll()
    write(log, lines(11, 20))
    log.rename(folder / "train.log.1")
    write(log, lines(21, 30))
    board.poll()
    assert board.values() == counted(1, 30)
    assert len(board.runs()) == 1
    assert (dropped_of_run(board.database, 1), count_cut(board.database)) == ((), 0)


def test_bytes_of_a_rotated_log_that_were_seen_and_went_unread_are_counted(board: Steps, folder: Path) -> None:
    """T10: a line without its end."""
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    log.rename(folder / "train.log.1")
    append(folder / "train.log.1", "step=11 loss=")
    board.poll()
    (folder / "train.log.1").unlink()
    board.poll()
    write(log, lines(12, 20))
    board.poll()
    assert board.values() == counted(1, 10) + counted(12, 20)
    assert dropped_of_run(board.database, 1) == (("bytes at the end of a file that went before they were read", 13),)
    assert count_cut(board.database) == 1


def test_a_log_of_which_the_banner_alone_was_read_is_read_on_over_two_rotations(board: Steps, folder: Path) -> None:
    """The newest file begins with all that was read, as a copy made anew would; but that was rotated twice, and lines lie between."""
    log = folder / "train.log"
    write(log, lines(1, 3) + BANNER)
    board.poll()
    log.rename(folder / "train.log.1")
    write(log, BANNER)
    board.poll()
    (folder / "train.log.1").rename(folder / "train.log.3")
    log.rename(folder / "train.log.2")
    write(folder / "train.log.1", lines(4, 50))
    write(log, BANNER + lines(51, 60))
    board.poll()
    board.poll()
    assert board.values() == counted(1, 60)
    assert len(board.runs()) == 1


@pytest.mark.parametrize("first", ["", "st"])
def test_a_part_that_was_seen_before_its_first_line_was_whole_is_read_where_it_was_rotated_to(
    board: Steps, folder: Path, first: str
) -> None:
    log = folder / "train.log"
    write(log, lines(1, 3))
    board.poll()
    log.rename(folder / "train.log.1")
    write(log, first)
    board.poll()
    (folder / "train.log.1").rename(folder / "train.log.2")
    append(log, lines(4, 50).removeprefix(first))
    log.rename(folder / "train.log.1")
    write(log, lines(51, 60))
    board.poll()
    board.poll()
    assert board.values() == counted(1, 60)
    assert len(board.runs()) == 1


def test_a_log_in_the_inode_of_an_empty_part_is_not_taken_for_it(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 3))
    board.poll()
    log.rename(folder / "train.log.1")
    write(log, "s")
    board.poll()
    log.rename(folder / "other.log")  # as if it were another log in the inode of the deleted one
    write(folder / "other.log", lines(101, 120))
    write(log, lines(4, 60))
    board.poll()
    board.poll()
    assert board.values() == sorted([*counted(1, 60), *counted(101, 120)])
    assert [len(board.values(run_id=run.id)) for run in board.runs()] == [60, 20]


def test_a_log_that_was_put_aside_under_a_name_of_its_own_for_its_copy_is_a_log_of_its_own(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 30))
    board.poll()
    log.rename(folder / "before.log")
    write(log, lines(1, 60))
    board.poll()
    assert [len(board.values(run_id=run.id)) for run in board.runs()] == [60, 30]
    append(log, lines(61, 70))
    board.poll()
    assert [len(board.values(run_id=run.id)) for run in board.runs()] == [70, 30]


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_link_elsewhere(path: Path) -> None:
    path.symlink_to("/etc/hostname")


def an_empty_log(path: Path) -> None:
    path.touch()


def another_log(path: Path) -> None:
    write(path, lines(101, 103))


def nothing(path: Path) -> None:
    assert not path.exists()


@pytest.mark.parametrize("left", [nothing, a_folder, a_pipe, a_link_elsewhere, an_empty_log])
@pytest.mark.parametrize("name", ["done.log", "done/train.log", "done/deep/lr3.txt"])
def test_a_log_that_is_moved_stays_its_run_whatever_is_in_its_place(
    board: Steps, folder: Path, name: str, left: Callable[[Path], None]
) -> None:
    log = folder / "train.log"
    write(log, lines(1, 30))
    board.poll()
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    log.rename(folder / name)
    left(log)
    board.poll()
    append(folder / name, lines(31, 40))
    board.poll()
    assert board.values() == counted(1, 40)
    assert [(run.path, run.status) for run in board.runs()] == [(str(folder / name), "running")]


def test_a_log_that_leaves_a_link_to_its_new_name_is_read_there(board: Steps, folder: Path) -> None:
    log = folder / "latest.log"
    write(log, lines(1, 30))
    board.poll()
    log.rename(folder / "run7.log")
    log.symlink_to("run7.log")
    board.poll()
    append(folder / "run7.log", lines(31, 40))
    board.poll()
    assert board.values() == counted(1, 40)
    assert [run.path for run in board.runs()] == [str(folder / "run7.log")]


def test_a_log_that_is_moved_over_one_of_another_folder_ends_that_run_and_stays_its_own(board: Steps, folder: Path) -> None:
    here, there = folder / "a" / "train.log", folder / "b" / "train.log"
    write(here, lines(1, 30))
    board.poll()
    write(there, lines(101, 120))
    board.poll()
    here.rename(there)
    board.poll()
    append(there, lines(31, 40))
    board.poll()
    assert [len(board.values(run_id=run.id)) for run in board.runs()] == [40, 20]
    assert [run.status for run in board.runs()] == ["running", "finished"]


def test_a_rotated_part_that_is_moved_to_another_folder_is_followed_by_the_log(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 30))
    board.poll()
    log.rename(folder / "train.log.1")
    board.poll()
    (folder / "old").mkdir()
    (folder / "train.log.1").rename(folder / "old" / "train.log")
    write(log, lines(31, 40))
    board.poll()
    board.poll()
    assert set(board.values()) == set(counted(1, 40))


def test_a_log_in_the_inode_of_one_that_is_gone_is_another(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 30))
    board.poll()
    moved = folder / "other" / "next.log"
    moved.parent.mkdir()
    log.rename(moved)  # as if the inode of the deleted log had been given to it
    moved.write_text(lines(101, 140))
    board.poll()
    assert [len(board.values(run_id=run.id)) for run in board.runs()] == [30, 40]


def test_a_part_that_was_read_is_not_taken_for_a_copy_of_what_follows_it(board: Steps, folder: Path) -> None:
    """Only the banner of the file that follows was read, and the rotated log begins with the same one."""
    log = folder / "train.log"
    write(log, BANNER + lines(1, 40))
    board.poll()
    log.rename(folder / "train.log.1")
    write(log, BANNER)
    board.poll()
    write(folder / ".copy", BANNER + lines(41, 60))
    (folder / ".copy").rename(log)
    board.poll()
    assert sorted(board.values()) == counted(1, 60)


def test_a_part_that_was_read_is_not_read_again_when_the_file_after_it_changes(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, BANNER + lines(1, 40))
    board.poll()
    log.rename(folder / "train.log.1")
    write(log, BANNER)
    board.poll()
    board.crash()
    write(folder / ".copy", "Another training\n" + lines(41, 60) + BANNER)
    (folder / ".copy").rename(log)
    board.poll()
    assert sorted(board.values()) == counted(1, 60)


def test_a_part_that_was_read_is_not_read_again_because_an_older_one_begins_like_the_file_after_it(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(folder / "train.log.1", BANNER + lines(901, 910))  # from before the board's time
    write(log, lines(1, 40))
    board.poll()
    (folder / "train.log.1").rename(folder / "train.log.2")
    log.rename(folder / "train.log.1")
    write(log, BANNER)
    board.poll()
    write(log, "Another training\n" + BANNER + lines(41, 60))
    board.poll()
    assert sorted(board.values()) == counted(1, 60)


def test_a_rotated_part_in_the_inode_of_one_that_was_read_is_read_too(board: Steps, folder: Path) -> None:
    """T04: a file system gives the inode of a deleted log to the next file: here to a copy of which nobody has read the last lines."""
    log = folder / "train.log"
    write(log, lines(1, 40))
    board.poll()
    log.rename(folder / "train.log.1")
    write(log, lines(41, 60))
    board.poll()
    append(log, lines(61, 80))
    write(folder / "train.log.1", log.read_text())
    write(log, lines(81, 90))
    board.crash()
    board.poll()
    assert sorted(board.values()) == counted(1, 90)
    assert len(board.runs()) == 1


def test_a_rotated_part_that_ends_like_the_one_that_had_its_inode_is_read_too(board: Steps, folder: Path, tmp_path: Path) -> None:
    """T04: two trainings whose logs differ in their values alone, and end with the same long text."""
    log, note = folder / "train.log", "The weights are saved.\n" * 200
    write(log, BANNER + lines(101, 160) + note)
    board.poll()
    os.link(log, tmp_path / "first")
    write(tmp_path / "second", BANNER + lines(201, 260) + note + lines(261, 261))
    os.link(tmp_path / "second", folder / ".next")
    (folder / ".next").rename(log)
    board.poll()
    write(tmp_path / "first", (tmp_path / "second").read_text() + lines(262, 270))
    (tmp_path / "first").rename(folder / "train.log.1")
    log.unlink()
    write(log, BANNER)
    board.poll()
    append(log, lines(271, 280))
    board.poll()
    assert [board.values(run_id=run.id) for run in board.runs()] == [counted(101, 160), counted(201, 280)]


def test_an_unfinished_last_line_of_a_rotated_log_is_not_glued_to_the_next(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10) + "step=11 loss=11.5")
    board.poll()
    log.rename(folder / "train.log.1")
    write(log, lines(12, 14))
    board.poll()
    assert board.values() == counted(1, 14)


def test_copytruncate_goes_on_in_the_same_run_and_skips_the_hole(board: Steps, folder: Path) -> None:
    """T08: the program keeps its position, so the emptied file begins with a hole of NULs."""
    log = folder / "train.log"
    with log.open("w") as program:
        program.write(lines(1, 50))
        program.flush()
        board.poll()
        shutil.copy(log, folder / "train.log.1")
        os.truncate(log, 0)
        program.write(lines(51, 60))
        program.flush()
        board.poll()
    assert board.values() == counted(1, 60)
    assert len(board.runs()) == 1


def test_a_renamed_log_stays_its_run(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    log.rename(folder / "best-so-far.log")
    append(folder / "best-so-far.log", lines(11, 20))
    board.poll()
    write(log, "".join(f"step={n} loss={n}.25\n" for n in range(1, 4)))
    board.poll()
    first, second = board.runs()
    assert board.values(run_id=first.id) == counted(1, 20)
    assert first.path.endswith("best-so-far.log")
    assert second.points == 3


@pytest.mark.parametrize("unread", ["", lines(11, 13)])
@pytest.mark.parametrize("looks", ["none", "before the next training", "after a start"])
@pytest.mark.parametrize("kept", [5, 50], ids=["a short one", "a long one"])
def test_a_log_moved_over_another_stays_its_run_and_the_next_training_is_a_new_one(
    tmp_path: Path, folder: Path, unread: str, looks: str, kept: int
) -> None:
    """`mv train.log last.log` in front of every training."""
    log, last = folder / "train.log", folder / "last.log"
    write(last, "".join(f"step={n} loss={n}.25\n" for n in range(kept)))
    write(log, lines(1, 10))
    with stepping(tmp_path, folder, recopy_wait_s=0.0) as board:
        board.poll()
        append(log, unread)
        log.rename(last)
        if looks == "before the next training":
            board.poll()
        elif looks == "after a start":
            board.crash()
        write(log, "".join(f"step={n} loss={n}.75\n" for n in range(1, 4)))
        board.poll()
        append(log, "step=4 loss=4.75\n")
        board.poll()
        whole = counted(1, 13 if unread else 10)
        told = {Path(run.path).name: board.values(run_id=run.id) for run in board.runs() if run.status != "finished"}
        assert told == {"last.log": whole, "train.log": [1.75, 2.75, 3.75, 4.75]}
        assert sorted(run.points for run in board.runs()) == sorted([kept, len(whole), 4])


def test_a_log_that_is_moved_over_another_while_its_first_lines_are_stored_is_read_once(board: Steps, folder: Path) -> None:
    write(folder / "last.log", "step=1 loss=1.25\n")
    os.utime(folder / "last.log", (1, 1))
    write(folder / "train.log", lines(1, 10))

    async def scenario() -> None:
        ingest = board.ingest
        await ingest.search.take(find_logs(ingest.roots))
        train, last = await ingest.turns.take(), await ingest.turns.take()
        assert train.path.endswith("train.log")
        with board.database._mutex:  # a commit that takes its time
            storing = asyncio.create_task(ingest.follower.read(train))
            while train not in ingest.files.values():
                await asyncio.sleep(0)
            (folder / "train.log").rename(folder / "last.log")
            looking = asyncio.create_task(ingest.follower.read(last))
            while not looking.done() and last not in ingest.files.values():
                await asyncio.sleep(0)
        await asyncio.gather(storing, looking)
        ingest.turns.done(train)
        ingest.turns.done(last)

    board.runner.run(scenario())
    board.poll()
    assert board.values() == counted(1, 10)


def test_a_log_in_the_inode_of_one_that_is_gone_may_take_its_name(board: Steps, folder: Path) -> None:
    write(folder / "b.log", lines(1, 10))
    board.poll()
    inode = (folder / "b.log").stat().st_ino
    (folder / "b.log").unlink()
    board.poll()
    write(folder / "c.log", lines(20, 25))
    if (folder / "c.log").stat().st_ino != inode:
        pytest.skip("this file system gives the inode of a deleted file to no other")
    board.poll()
    board.crash()
    (folder / "c.log").rename(folder / "b.log")
    append(folder / "b.log", lines(26, 27))
    board.poll()
    assert sorted(board.values()) == [*counted(1, 10), *counted(20, 27)]


def test_two_logs_that_change_their_names_stay_their_runs(board: Steps, folder: Path) -> None:
    write(folder / "a.log", lines(1, 10))
    write(folder / "b.log", "".join(f"step={n} loss={n}.25\n" for n in range(1, 4)))
    board.poll()
    (folder / "a.log").rename(folder / "c")
    (folder / "b.log").rename(folder / "a.log")
    (folder / "c").rename(folder / "b.log")
    append(folder / "b.log", lines(11, 12))
    board.poll()
    board.poll()
    assert sorted(board.values()) == sorted([*counted(1, 12), 1.25, 2.25, 3.25])


def test_a_deleted_log_leaves_its_points_and_says_so(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    log.unlink()
    board.poll()
    run = board.runs()[0]
    assert (run.status, run.points) == ("missing", 10)
    assert "gone" in run.reason
    write(log, lines(1, 12))
    board.poll()
    assert board.runs()[0].status == "running", "the same text again is the same run"
    assert board.values() == counted(1, 12)


def test_a_folder_that_cannot_be_seen_is_not_taken_for_empty(board: Steps, folder: Path) -> None:
    write(folder / "train.log", lines(1, 10))
    board.poll()
    folder.rename(folder.with_name("unmounted"))
    board.poll()
    assert board.runs()[0].status == "running"
    assert str(folder) in board.ingest.fault
    folder.with_name("unmounted").rename(folder)
    append(folder / "train.log", lines(11, 12))
    board.poll()
    assert board.values() == counted(1, 12)
    assert board.ingest.fault == ""


def test_a_shorter_log_that_was_out_of_sight_while_it_waited_waits_on_when_it_is_back(board: Steps, folder: Path) -> None:
    """T04: its turn came while the folder was not mounted; nothing about the file has changed since."""
    path = folder / "a.log"
    write(path, BANNER + lines(1, 40))
    board.poll()
    write(path, BANNER)
    board.poll()
    assert source_of(board.database, 1).state == "waiting"
    folder.rename(folder.with_name("away"))
    board.ingest.turns.add(board.ingest.logs[str(path)], live=True)
    board.poll()
    assert source_of(board.database, 1).state == "missing"
    folder.with_name("away").rename(folder)
    board.poll()
    assert source_of(board.database, 1).state == "waiting"


def test_a_copied_log_is_a_run_of_its_own(board: Steps, folder: Path) -> None:
    """T16"""
    write(folder / "run1.log", lines(1, 10))
    board.poll()
    shutil.copy(folder / "run1.log", folder / "run2.log")
    board.poll()
    assert [(run.name, run.points) for run in board.runs()] == [("run1", 10), ("run2", 10)]


def test_another_name_of_the_same_file_is_not_read_again(board: Steps, folder: Path) -> None:
    write(folder / "run1.log", lines(1, 10))
    board.poll()
    os.link(folder / "run1.log", folder / "run2.log")
    board.poll()
    assert [run.name for run in board.runs()] == ["run1"]
    assert "another name" in board.ingest.skipped[str(folder / "run2.log")]


def test_files_of_the_same_stem_are_two_runs(board: Steps, folder: Path) -> None:
    write(folder / "train.log", lines(1, 10))
    write(folder / "train.out", lines(1, 20))
    board.poll()
    assert sorted(run.points for run in board.runs()) == [10, 20]
    assert len({run.name for run in board.runs()}) == 2


def test_a_time_that_lies_hides_nothing(board: Steps, folder: Path) -> None:
    """T15"""
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    for when, first in ((0, 11), (4102444800, 21)):
        append(log, lines(first, first + 9))
        os.utime(log, (when, when))
        board.poll()
    assert board.values() == counted(1, 30)


def test_a_deleted_run_comes_back_only_with_another_training(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 10))
    board.poll()
    assert delete_run(board.database, board.runs()[0].id)
    append(log, lines(11, 20))
    board.poll()
    board.crash()
    append(log, lines(21, 30))
    board.poll()
    assert board.runs() == []
    write(log, "".join(f"step={n} loss={n}.25\n" for n in range(1, 4)))
    board.poll()
    assert [run.points for run in board.runs()] == [3]


def test_a_file_without_metrics_makes_no_run_but_a_log_named_by_the_user_does(tmp_path: Path, folder: Path) -> None:
    write(folder / "notes.txt", "Things to do.\nBuy milk.\n")
    named = tmp_path / "named" / "prose.txt"
    write(named, "Loading the data.\nThis takes a while.\n")
    with stepping(tmp_path, folder, named) as board:
        board.poll()
        assert [(run.name, run.status, run.points) for run in board.runs()] == [("prose", "waiting", 0)]


def test_points_of_a_log_that_was_there_have_no_time_and_live_ones_that_of_their_arrival(board: Steps, folder: Path) -> None:
    log = folder / "train.log"
    write(log, lines(1, 3))
    board.poll()
    append(log, lines(4, 5))
    board.poll()
    from webapp.store.series import read_series

    time = read_series(board.database, board.runs()[0].id, "loss").time
    assert [bool(t == t) for t in time] == [False, False, False, True, True]
    assert get_run(board.database, board.runs()[0].id).started_at is not None


def test_a_file_that_is_no_log_is_named_after_every_search_until_it_is_gone(board: Steps, folder: Path) -> None:
    model = folder / "model.log"
    model.write_bytes(b"\x7fELF" + bytes(100))
    for _ in range(3):
        board.poll()
        assert board.ingest.skipped == {str(model): "It holds binary data."}
    model.unlink()
    board.poll()
    assert board.ingest.skipped == {}


def test_the_inode_of_a_deleted_runs_log_is_free_for_the_next_log(board: Steps, folder: Path) -> None:
    """The run was deleted while it went on, so the board knows that it is deleted, and its log is gone now."""
    log, other = folder / "a.log", folder / "b.log"
    write(log, lines(1, 50))
    board.poll()
    delete_run(board.database, 1)
    append(log, lines(51, 60))
    board.poll()
    used = log.stat().st_ino
    log.unlink()
    write(other, lines(100, 180))
    if other.stat().st_ino != used:
        pytest.skip("this file system gives the inode of a deleted file to no other")
    board.poll()
    assert [(run.name, run.points) for run in board.runs()] == [("b", 81)]
