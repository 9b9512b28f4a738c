import io
import re

from webapp.demo.bar import Bar, clock


def test_a_drawn_bar_has_the_bytes_tqdm_writes() -> None:
    out = io.StringIO()
    bar = Bar(out, 120)
    bar.draw()
    assert out.getvalue() == "\r  0%|          | 0/120 [00:00<?, ?it/s]"
    bar.count, bar.rate = 10, 6.42
    assert re.fullmatch(r"  8%\|▊         \| 10/120 \[00:0\d<00:17,  6\.42it/s\]", bar.text())
    bar.count = 120
    assert bar.text().startswith("100%|██████████| 120/120 [")


def test_a_line_is_written_where_the_bar_stood_and_the_bar_comes_back() -> None:
    out = io.StringIO()
    bar = Bar(out, 120)
    bar.draw()
    width = bar.drawn_width
    bar.write("{'loss': 1.0}")
    assert out.getvalue().split("\r")[2:] == [" " * width, "{'loss': 1.0}\n", "  0%|          | 0/120 [00:00<?, ?it/s]"]


def test_a_nested_bar_stands_one_line_below_and_leaves_the_cursor_above() -> None:
    out = io.StringIO()
    bar = Bar(out, 6, below=1)
    bar.draw()
    bar.clear()
    drawn, cleared = out.getvalue().split("\x1b[A")[:2]
    assert drawn.startswith("\n\r  0%|")
    assert re.fullmatch(r"\n\r +\r", cleared)


def test_redraws_come_no_closer_than_a_tenth_of_a_second() -> None:
    out = io.StringIO()
    bar = Bar(out, 10_000)
    for _ in range(10_000):
        bar.advance()
    assert out.getvalue().count("\r") <= 2 + (bar.drawn_at - bar.started) / 0.1


def test_minutes_and_seconds_as_tqdm_prints_them() -> None:
    assert [clock(0.9), clock(61), clock(6000)] == ["00:00", "01:01", "100:00"]
