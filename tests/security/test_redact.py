"""Secrets in a log are shown as *** wherever text is shown, and only there: the log is kept as it was written."""

import pytest

from webapp.redact import redact, redact_params

# Put together here, so that no scanner takes this file for a leak.
HF, OPENAI, AWS = "hf_" + "aBcDeFgH" * 4, "sk-" + "proj-Ab12" * 5, "AKIA" + "ABCDEFGH12345678"
GITHUB, JWT, HEX = "ghp_" + "a1B2" * 9, "eyJ" + "hbGciOiJI.eyJzdWIiOiIx.SflKxwRJSMeK", "0123456789abcdef" * 2 + "01234567"

SECRET = {
    f"Logging in with {HF}": "Logging in with ***",
    f"OPENAI_API_KEY={OPENAI} python train.py": "OPENAI_API_KEY=*** python train.py",
    f"key id {AWS}, region us-east-1": "key id ***, region us-east-1",
    f"remote: https://x:{GITHUB}@github.com/a/b.git": "remote: https://x:***@github.com/a/b.git",
    f"cookie {JWT};": "cookie ***;",
    f"wandb: WANDB_API_KEY={HEX}": "wandb: WANDB_API_KEY=***",
    f"$ wandb login {HEX}": "$ wandb login ***",
    "api_key=abc123 lr=0.1": "api_key=*** lr=0.1",
    "password: hunter2": "password: ***",
    "{'password': 'two words', 'lr': 0.1}": "{'password': '***', 'lr': 0.1}",
    '{"aws_secret_access_key": "a/b+c", "loss": 1}': '{"aws_secret_access_key": "***", "loss": 1}',
    "Namespace(hub_token='abcdef', lr=0.1)": "Namespace(hub_token='***', lr=0.1)",
    "--api-key s3cr3t --lr 0.1": "--api-key *** --lr 0.1",
    "Authorization: Bearer abcdefghijklmnop1234": "Authorization: Bearer ***",
    "postgresql://user:pass@db/x": "postgresql://user:***@db/x",
    "os.environ['HF_TOKEN']='abcdef'": "os.environ['HF_TOKEN']='***'",
}
PLAIN = [
    "{'loss': 0.5, 'learning_rate': 5e-05, 'epoch': 1.0, 'num_tokens': 1024.0}",
    "tokens=1024 tokens/s=5000 pad_token=<pad> eos_token='</s>' token_accuracy=0.9",
    "hub_token=None api_key=null password: ''",
    "commit 0123456789abcdef0123456789abcdef01234567",
    "key: 12 value: 3 keys=5 monkey=1",
    "Training the secretary model: password_accuracy=0.91",
    "task-sk-learn sk-learn hf_hub hf_transfer ghp",
    "https://huggingface.co/gpt2 http://127.0.0.1:8080/",
    "attention key_proj=0.1 query_key: 5",
    "",
]


@pytest.mark.parametrize("text", SECRET)
def test_a_secret_is_shown_as_stars(text: str) -> None:
    assert redact(text) == SECRET[text]


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_no_secret_is_left_as_it_is(text: str) -> None:
    assert redact(text) == text


def test_colours_do_not_hide_a_secret_and_stay() -> None:
    assert redact("\x1b[32mapi_key\x1b[0m=\x1b[33mabc\x1b[1mdef\x1b[0m lr=1") == "\x1b[32mapi_key\x1b[0m=\x1b[33m***\x1b[1m\x1b[0m lr=1"
    assert redact("\x1b[32mloss\x1b[0m=0.5") == "\x1b[32mloss\x1b[0m=0.5"


def test_a_parameter_is_secret_by_its_name_or_its_value() -> None:
    given = {
        "api_key": "x",
        "wandb.api_key": "y",
        "hub_token": "None",
        "lr": "0.1",
        "init": f"login({HF})",
        "num_tokens": "5",
        "password": "",
    }
    hidden = {
        "api_key": "***",
        "wandb.api_key": "***",
        "hub_token": "None",
        "lr": "0.1",
        "init": "login(***)",
        "num_tokens": "5",
        "password": "",
    }
    assert redact_params(given) == hidden


def test_a_long_line_takes_no_time_to_speak_of() -> None:
    for text in ("key=" * 20_000, "a_" * 30_000 + "key=", "://" + "a" * 60_000, "api_key='" + "a" * 60_000, "eyJ" + "a.b" * 20_000):
        redact(text)
