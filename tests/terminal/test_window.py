"""The terminal window reads real files: tails, places, redraws, searches."""

from pathlib import Path

import pytest

from webapp.terminal.window import LogGoneError, find_text, read_after, read_around, read_tail


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def texts(window) -> list[str]:
    return [line.text for line in window.lines]


def test_the_tail_has_the_last_lines_in_order_and_knows_that_older_ones_exist(tmp_path):
    log = write(tmp_path / "a.log", b"".join(b"line %d\n" % i for i in range(500)))
    window = read_tail(log, lines=3)
    assert texts(window) == ["line 497", "line 498", "line 499"]
    assert window.older
    assert not window.newer
    assert read_tail(log, lines=1000).start == 0


def test_every_line_knows_the_byte_where_it_starts(tmp_path):
    log = write(tmp_path / "a.log", b"one\r\ntwo\nthree")
    window = read_tail(log)
    assert [(line.start, line.end, line.text, line.whole) for line in window.lines] == [
        (0, 5, "one", True),
        (5, 9, "two", True),
        (9, 14, "three", False),
    ]


def test_redraws_of_a_bar_count_as_one_line_and_the_last_drawing_is_seen(tmp_path):
    log = write(tmp_path / "a.log", b"start\n\r 10%\r 20%\r 30%\r\nend\n")
    bar = read_tail(log).lines[1]
    assert (bar.text, bar.redraws) == (" 30%", 3)
    assert log.read_bytes()[bar.offset :].startswith(b" 30%")


def test_the_redraw_that_was_asked_for_is_shown_instead_of_the_last(tmp_path):
    data = b"start\n\r 10%\r 20%\r 30%\nend\n"
    log = write(tmp_path / "a.log", data)
    window = read_around(log, data.index(b" 20%") + 1)
    assert texts(window) == ["start", " 20%", "end"]


def test_older_lines_end_where_the_shown_ones_begin(tmp_path):
    log = write(tmp_path / "a.log", b"".join(b"line %d\n" % i for i in range(100)))
    newest = read_tail(log, lines=10)
    older = read_tail(log, lines=10, end=newest.start)
    assert texts(older)[-1] == "line 89"
    assert older.end == newest.start


def test_what_was_written_since_comes_whole_and_the_open_line_last(tmp_path):
    log = write(tmp_path / "a.log", b"one\n")
    tail = read_tail(log)
    with log.open("ab") as more:
        more.write(b"two\nthr")
    window = read_after(log, tail.end)
    assert [(line.text, line.whole) for line in window.lines] == [("two", True), ("thr", False)]


def test_of_what_was_written_since_so_many_lines_are_read_as_were_asked_for(tmp_path):
    log = write(tmp_path / "a.log", b"".join(b"line %d\n" % i for i in range(100)))
    window = read_after(log, len(b"line 0\n"), lines=3)
    assert texts(window) == ["line 1", "line 2", "line 3"]
    assert window.newer
    assert texts(read_after(log, window.end, lines=2)) == ["line 4", "line 5"]


def test_a_line_without_end_is_cut_and_says_how_much_is_missing(tmp_path):
    log = write(tmp_path / "a.log", b"x" * 3_000_000)
    (line,) = read_tail(log).lines
    assert len(line.text) < 5000
    assert "bytes more" in line.text


def test_utf16_from_a_windows_shell_reads_as_text(tmp_path):
    log = write(tmp_path / "a.log", "\ufeffstep 1 loss 2.5\r\nstep 2 loss ä\r\n".encode("utf-16-le"))
    assert texts(read_tail(log)) == ["step 1 loss 2.5", "step 2 loss ä"]


def test_a_search_finds_places_newest_first_without_regard_to_case(tmp_path):
    data = b"Loss: 1\nnothing\nloss: 2\n" * 100_000
    log = write(tmp_path / "a.log", data)
    found, whole = find_text(log, "LOSS", limit=10**6)
    assert len(found) == 200_000
    assert found == sorted(found, reverse=True)
    assert all(data[place : place + 4].lower() == b"loss" for place in found[::997])
    assert whole


def test_a_log_that_is_gone_or_no_file_says_so_and_blocks_nobody(tmp_path):
    with pytest.raises(LogGoneError, match="No such file"):
        read_tail(tmp_path / "none.log")
    (tmp_path / "link.log").symlink_to("/etc/hostname")
    with pytest.raises(LogGoneError):
        read_tail(tmp_path / "link.log")
    with pytest.raises(LogGoneError, match="not a file"):
        read_tail(tmp_path)


def test_an_empty_log_is_an_empty_window(tmp_path):
    window = read_tail(write(tmp_path / "a.log", b""))
    assert (window.lines, window.start, window.end) == ((), 0, 0)


def parts(folder: Path) -> dict[int, Path]:
    """`a`, `bb`, … in two files: the text goes on at byte 10 in the second."""
    return {0: write(folder / "log.1", b"one\ntwo\n.\n"), 10: write(folder / "log", b"three\nfour\n")}


def test_the_files_of_a_rotated_log_are_one_text(tmp_path):
    log = parts(tmp_path)
    window = read_tail(log)
    assert texts(window) == ["one", "two", ".", "three", "four"]
    assert [line.offset for line in window.lines] == [0, 4, 8, 10, 16]
    assert (window.begin, window.size, window.older) == (0, 21, False)
    assert texts(read_after(log, 8)) == [".", "three", "four"]
    assert [line.text for line in read_around(log, 9).lines if line.start <= 9 < line.end] == ["."]
    assert find_text(log, "t") == ([10, 4], True)
    assert find_text(log, ".\nthree") == ([8], True), "over the end of a file"


def test_a_part_that_is_gone_or_another_file_is_where_the_text_begins(tmp_path):
    log = parts(tmp_path)
    for change in (lambda: write(tmp_path / "log.1", b"another text\n"), (tmp_path / "log.1").unlink):
        change()
        window = read_tail(log)
        assert texts(window) == ["three", "four"]
        assert (window.begin, window.start, window.older) == (10, 10, False)
        assert [line.offset for line in read_around(log, 4).lines] == [10, 16]
        assert texts(read_tail(log, end=4)) == []
        assert find_text(log, "o") == ([17], True)
