import pytest

from webapp.cli.console import leave_with, printable
from webapp.errors import UserError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b]0;owned\x07b", "a␛]0;owned␇b"),
        ("two\r\nlines", "two␍␊lines"),
        ("right\u202eleft", "right⟨U+202E⟩left"),
        ("zero\u200bwidth", "zero⟨U+200B⟩width"),
        ("csi\x9b31m", "csi⟨U+009B⟩31m"),
        (b"caf\xe9.log".decode("utf-8", "surrogateescape"), "caf\\xe9.log"),
        ("Übung → 3", "Übung → 3"),
    ],
)
def test_no_control_or_bidi_character_of_a_name_reaches_the_terminal(text: str, shown: str) -> None:
    """T47"""
    assert printable(text) == shown


def test_an_error_is_its_four_parts_on_standard_error_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        leave_with(UserError("No metric found in this log.", "None of 412 lines matched.", "runs/\x1b.log", "Try `lossboard explain`."))
    assert left.value.code == 2
    captured = capsys.readouterr()
    assert captured.err == "No metric found in this log.\nNone of 412 lines matched.\nruns/␛.log\nTry `lossboard explain`.\n"
    assert captured.out == ""
