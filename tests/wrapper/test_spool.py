"""Names, records and what they must not say."""

import json
import os
import platform
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.wrapper.recorder import ROOT, Recorder, python, wait_until
from webapp.wrapper.facts import complete_record, python_version
from webapp.wrapper.spool import (
    NAME_BYTES,
    RunEnd,
    begin_record,
    end_path,
    file_name,
    is_alive,
    name_run,
    open_spool,
    process_start,
    read_end,
    read_record,
    record_path,
    without_secrets,
    write_record,
)


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("lr=3e-4, seed 1", "lr=3e-4, seed 1"),
        ("../../etc/passwd", "-..-etc-passwd"),
        (".hidden", "hidden"),
        ("a\x1b]0;b\n", "a-]0;b-"),
        ("..", "run"),
        ("Übung 日本", "Übung 日本"),
        ("caf\udce9", "caf-"),
        ("x" * 500, "x" * NAME_BYTES),
        ("日" * 100, "日" * (NAME_BYTES // 3)),
    ],
)
def test_a_name_becomes_one_part_of_a_path(name: str, file: str) -> None:
    assert file_name(name) == file


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("python", "train.py", "--lr", "1"), "train"),
        (("python", "-m", "pkg.sft_train", "--x"), "sft_train"),
        (("torchrun", "--nproc-per-node", "8", "scripts/run_dpo.py"), "run_dpo"),
        (("bash", "/jobs/go.sh"), "go"),
        (("/usr/bin/make", "train"), "make"),
        ((), "pipe"),
    ],
)
def test_a_run_without_a_name_is_called_after_its_script_and_its_start(command: tuple[str, ...], name: str) -> None:
    assert name_run(command, 0.0).rpartition("-")[0].rpartition("-")[0] == name


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    spools = [open_spool(tmp_path / "spool", "sft", "lr=0.1") for _ in range(3)]
    assert [spool.name for spool in spools] == ["lr=0.1", "lr=0.1-2", "lr=0.1-3"]
    assert [spool.log.name for spool in spools] == ["lr=0.1.log", "lr=0.1-2.log", "lr=0.1-3.log"]
    assert record_path(spools[0].log).name == "lr=0.1.run.json"
    for spool in spools:
        os.close(spool.fd)


def test_nobody_else_can_read_what_is_recorded(recorder: Recorder) -> None:
    recorder.run(["true"])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in recorder.spools.rglob("*") if path.name[0] != "."}
    assert modes == {"runs": 0o700, "N.log": 0o600, "N.run.json": 0o600, "N.end.json": 0o600}


def test_values_that_are_secrets_are_left_out_of_the_command(recorder: Recorder) -> None:
    command = (
        "train.py",
        "--hub-token",
        "hf_1",
        "--api_key=k2",
        "--max-tokens",
        "5",
        "-p",
        "--password",
        "--lr",
        "1",
        "--WANDB_API_KEY",
        "k3",
    )
    shown = (
        "train.py",
        "--hub-token",
        "***",
        "--api_key=***",
        "--max-tokens",
        "5",
        "-p",
        "--password",
        "--lr",
        "1",
        "--WANDB_API_KEY",
        "***",
    )
    assert without_secrets(command) == shown


def test_nothing_of_the_environment_is_recorded(recorder: Recorder) -> None:
    line = ["env", "HF_TOKEN=hf_abcdefgh", "AWS_SECRET_ACCESS_KEY=s3cr3t", *recorder.line(["true"])]
    assert subprocess.run(line, env=recorder.environment).returncode == 0
    written = b"".join(path.read_bytes() for path in recorder.spools.rglob("*") if path.is_file())
    assert b"hf_abcdefgh" not in written
    assert b"s3cr3t" not in written


def test_a_record_says_who_started_what_and_where(recorder: Recorder, tmp_path: Path) -> None:
    repository = tmp_path / "code"
    repository.mkdir()
    (repository / "train.py").write_text("import sys; sys.stdin.read()")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], cwd=repository, check=True)
    (repository / "train.py").write_text("import sys; sys.stdin.read() # changed")
    command = [*python("")[:1], "train.py", "--lr", "3e-4"]
    process = recorder.start(command, "--param", "lr=3e-4", "-p", "note=a = b", cwd=repository, stdin=subprocess.PIPE)
    wait_until(lambda: record_path(recorder.log).exists() and recorder.record.git_commit)
    record = recorder.record
    assert process.stdin
    process.stdin.close()
    assert process.wait(60) == 0
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=repository, capture_output=True, text=True).stdout.strip()
    assert (record.experiment, record.name, record.command, record.folder) == ("runs", "N", tuple(command), str(repository))
    assert record.params == {"lr": "3e-4", "note": "a = b"}
    assert (record.git_commit, record.git_branch, record.git_changes) == (commit, "main", 1)
    assert record.code == f"{commit[:10]} on main, 1 file changed"
    assert (record.host, record.python) == (os.uname().nodename, platform.python_version())
    assert record.command_line.endswith("train.py --lr 3e-4")


def test_a_folder_without_a_repository_has_no_code_state(recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = open_spool(recorder.spools, "runs", "N")
    os.close(spool.fd)
    write_record(record_path(spool.log), begin_record(spool, (), {}, os.getpid()))
    monkeypatch.chdir(tmp_path)
    complete_record(spool.log, ())
    record = read_record(spool.log)
    assert record
    assert (record.git_commit, record.git_changes, record.code) == ("", None, "")


def test_the_python_of_a_command_is_asked_of_the_program_its_script_names(tmp_path: Path) -> None:
    script = tmp_path / "torchrun"
    script.write_text(f"#!{python('')[0]}\nprint('hello')\n")
    script.chmod(0o755)
    version = python_version((python("")[0],))
    assert version.startswith("3.")
    assert python_version((str(script),)) == version
    assert python_version(("sh",)) == python_version(("no-such-command",)) == ""


def test_graphics_cards_are_named_where_the_driver_tells(recorder: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "bin" / "nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'NVIDIA H100 80GB HBM3'\necho 'NVIDIA H100 80GB HBM3'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    spool = open_spool(recorder.spools, "runs", "N")
    os.close(spool.fd)
    write_record(record_path(spool.log), begin_record(spool, (), {}, os.getpid()))
    complete_record(spool.log, ())
    assert recorder.record.gpus == ("NVIDIA H100 80GB HBM3",) * 2


def test_bytes_that_are_no_text_are_written_out_in_the_record(recorder: Recorder) -> None:
    assert recorder.run(["sh", "-c", "true", os.fsdecode(b"caf\xe9")], "-p", os.fsdecode(b"x=\xff")).returncode == 0
    assert recorder.record.command[-1] == "caf\\xe9"
    assert recorder.record.params == {"x": "\\xff"}


def test_a_damaged_record_is_none(tmp_path: Path) -> None:
    log = tmp_path / "N.log"
    assert read_record(log) is None
    for text in ("", "{", "[]", '{"experiment": 3}', '{"experiment": "a", "name": "b", "params": null}'):
        record_path(log).write_text(text)
        assert read_record(log) is None
    record_path(log).write_text(json.dumps({"experiment": "a", "name": "b", "later": "field"}))
    assert read_record(log) is not None


def test_an_end_is_read_back_as_written(tmp_path: Path) -> None:
    log = tmp_path / "N.log"
    assert read_end(log) is None
    for end in (RunEnd(5.0, code=0), RunEnd(6.0, signal=9), RunEnd(7.0)):
        write_record(end_path(log), end)
        assert read_end(log) == end


def test_a_number_given_to_another_process_is_not_taken_for_the_command(tmp_path: Path) -> None:
    spool = open_spool(tmp_path, "runs", "N")
    os.close(spool.fd)
    record = begin_record(spool, (), {}, os.getpid())
    assert is_alive(record) is True
    assert is_alive(replace(record, ticks=record.ticks - 1)) is False
    assert is_alive(replace(record, boot="another")) is False
    assert is_alive(replace(record, host="another")) is None
    assert process_start(2**22 + 1) == ("", 0)


def test_a_run_started_in_a_folder_that_is_gone_has_its_record(recorder: Recorder, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    line = " ".join(recorder.line(["true"], "--param", "lr=1"))
    subprocess.run(["sh", "-c", f"rmdir {gone}; {line}"], cwd=gone, env=recorder.environment, check=True)
    assert (recorder.record.folder, recorder.record.command, recorder.record.params) == ("", ("true",), {"lr": "1"})


HIDDEN_PROC = "mount -t proc -o hidepid=invisible proc /proc && exec setpriv --reuid=54321 --regid=54321 --clear-groups"


@pytest.mark.parametrize(
    "elsewhere",
    [
        ["unshare", "--pid", "--fork", "--mount-proc"],
        ["unshare", "--mount", "sh", "-c", f'{HIDDEN_PROC} --inh-caps=+dac_override --ambient-caps=+dac_override -- "$@"', "sh"],
    ],
    ids=["a container with the name of this machine", "a machine that hides the processes of others"],
)
def test_a_command_that_cannot_be_seen_from_here_is_not_taken_for_ended(tmp_path: Path, elsewhere: list[str]) -> None:
    if os.geteuid() != 0 or subprocess.run([*elsewhere, "true"], capture_output=True).returncode:
        pytest.skip("this user may not make such a place")
    spool = open_spool(tmp_path, "E", "N")
    write_record(record_path(spool.log), begin_record(spool, ("train",), {}, os.getpid()))
    code = "import sys; from pathlib import Path; from webapp.ingest.beside import read_ending; print(read_ending(Path(sys.argv[1])))"
    asked = [*elsewhere, *python(code, spool.log)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    assert subprocess.run(asked, capture_output=True, text=True, check=True, env=environment).stdout == "None\n"


@pytest.mark.parametrize("options", [("--param", "lr"), ("--param", "=3"), ("--name", " "), ("--experiment", "")])
def test_a_wrong_option_stops_before_anything_is_started(recorder: Recorder, tmp_path: Path, options: tuple[str, ...]) -> None:
    answer = recorder.run(["touch", str(tmp_path / "started")], *options)
    assert answer.returncode == 2
    assert answer.stdout == b""
    assert not (tmp_path / "started").exists()
