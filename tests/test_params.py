"""Parameters out of the files beside a log."""

import json
from pathlib import Path

import pytest

from webapp.params import MOST_PARAMS, flatten, read_beside


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "run1.log"
    path.write_text("step 1 loss 2\n")
    return path


def put(log: Path, name: str, text: str) -> None:
    path = log.parent / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_a_json_config_is_read_with_nested_values_under_dotted_names(log):
    put(log, "config.json", json.dumps({"lr": 1e-4, "model": {"name": "qwen", "layers": [1, 2]}, "resume": None, "fp16": True}))
    assert read_beside(log) == {"lr": "0.0001", "model.name": "qwen", "model.layers": "[1, 2]", "resume": "None", "fp16": "True"}


def test_yaml_and_hydra_files_are_read(log):
    put(log, ".hydra/config.yaml", "optim:\n  lr: 0.01\nseed: 3\n")
    put(log, ".hydra/overrides.yaml", "- +seed=4\n- data=small\n")
    put(log, "extra.yml", "batch_size: 8\n")
    assert read_beside(log) == {"optim.lr": "0.01", "seed": "3", "data": "small", "batch_size": "8"}


def test_of_the_trainers_state_only_parameters_are_taken(log):
    put(log, "trainer_state.json", json.dumps({"max_steps": 300, "log_history": [{"loss": 1}] * 50, "best_metric": 0.1}))
    assert read_beside(log) == {"max_steps": "300"}


def test_plain_text_arguments_are_read_and_pickled_ones_never(log):
    put(log, "training_args.txt", "learning_rate = 5e-05\nseed: 42\nsome prose without a value\n")
    put(log, "training_args.bin", "cos\nsystem\n(S'touch /tmp/owned'\ntR.")
    assert read_beside(log) == {"learning_rate": "5e-05", "seed": "42"}


def test_a_file_named_after_the_log_goes_first(log):
    put(log, "run1.json", '{"lr": 1}')
    put(log, "config.json", '{"lr": 2, "seed": 5}')
    assert read_beside(log) == {"lr": "1", "seed": "5"}


def test_in_a_folder_of_several_logs_only_files_named_after_each_count(log):
    put(log, "run2.log", "step 1 loss 2\n")
    put(log, "config.json", '{"lr": 2}')
    put(log, "run1.args.json", '{"seed": 1}')
    put(log, "run2.yaml", "seed: 2\n")
    assert read_beside(log) == {"seed": "1"}
    assert read_beside(log.parent / "run2.log") == {"seed": "2"}


@pytest.mark.parametrize("text", ["{", "[1, 2]", "null", "\x00", "[" * 100_000, '{"a": ' * 20_000])
def test_a_damaged_file_adds_nothing(log, text):
    put(log, "config.json", text)
    put(log, "config.yaml", text)
    assert read_beside(log) == {}


def test_links_and_long_files_are_not_read(log, tmp_path):
    secret = tmp_path.parent / "secret.json"
    secret.write_text('{"password": "x"}')
    (log.parent / "config.json").symlink_to(secret)
    put(log, "args.json", '{"a": "' + "x" * 600_000 + '"}')
    assert read_beside(log) == {}


def test_yaml_that_refers_to_itself_a_billion_times_stays_small(log):
    levels = "\n".join(f"{chr(98 + i)}: &{chr(98 + i)} {{x: *{chr(97 + i)}, y: *{chr(97 + i)}, z: *{chr(97 + i)}}}" for i in range(12))
    put(log, "config.yaml", f"a: &a {{p: 1, q: 2}}\n{levels}\n")
    assert 0 < len(read_beside(log)) <= MOST_PARAMS


def test_at_most_two_thousand_parameters_are_kept():
    assert len(flatten({str(i): i for i in range(5000)})) == MOST_PARAMS


def test_a_log_without_files_beside_it_has_none(log):
    assert read_beside(log) == {}
    assert read_beside(Path("/no/such/folder/x.log")) == {}
