"""T58: any bytes at all: every fuzz target for a few seconds, and under `make faults` with Atheris for minutes."""

import os
import re
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, read_log

SECONDS = int(os.environ.get("FUZZ_S", "600"))  # of Atheris for each target
PIECES = st.sampled_from(
    [
        *(
            b"\x1b[",
            b"\x1b]8;;",
            b"\x07",
            b"38;5;",
            b"38;2;1;2;",
            b"m",
            b"<b>",
            b"&lt;",
            b"\xff",
            b"\r",
            b"\n",
            b"\0",
            b"step 1 ",
            b"loss=0.5 ",
        ),
        *(b"{'loss': 1}", b"nan", b"1e400", b" 50%|##", b"| 5/10 [", b"epoch ", b"%2e%2e/", b"%00", b"?", b"Origin: null", b"Cookie: a=b;"),
        *(b"api_key=", b"hf_aaaaaaaaaaaaaaaaaaaa", b"\xe2\x80\xae", b"\x08", b"\xc2\x9b", b"'", b'"', b",", b":", b"(", b"[", b"{"),
    ]
)
BYTES = st.one_of(st.binary(max_size=200), st.lists(PIECES | st.binary(max_size=4), max_size=40).map(b"".join))


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_no_bytes_break_it(target) -> None:
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(BYTES)
    def run(data: bytes) -> None:
        target(data)

    run()


def test_a_log_that_holds_the_parsers_own_marks_is_read() -> None:
    read_log(b"[-\x03\n")


def test_a_prefix_before_a_redraw_is_counted_the_same_for_every_split() -> None:
    read_log(bytes.fromhex("2323000d6200eb28733d32e20f2873eb28b00a7d0a230000c3c3c3c3e3239800"))


@pytest.mark.faults
@pytest.mark.parametrize("target", TARGETS)
def test_atheris_finds_nothing(target: str, tmp_path, record_property) -> None:
    pytest.importorskip("atheris", reason="comes with the extra fuzz")
    command = [
        sys.executable,
        "-m",
        "tests.fuzz.atheris_run",
        target,
        f"-max_total_time={SECONDS}",
        "-max_len=4096",
        f"-artifact_prefix={tmp_path}/",
        "-rss_limit_mb=1024",
    ]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False, timeout=SECONDS + 120)
    assert done.returncode == 0, done.stderr[-3000:]
    record_property("reached", f"{target}: {' '.join(re.findall(r'Done ([0-9]+ runs)', done.stderr))} in {SECONDS} s, no error")
