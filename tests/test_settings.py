import re
from pathlib import Path

import pytest

from webapp.errors import UserError
from webapp.settings import Settings, read_settings, settings_table


def complaint(environment: dict[str, str], **overrides: object) -> str:
    with pytest.raises(UserError) as caught:
        read_settings(environment, overrides)
    return str(caught.value)


def test_the_command_line_wins_over_the_environment_and_that_over_the_default() -> None:
    environment = {"LOSSBOARD_PORT": "9000", "LOSSBOARD_HOST": "::1", "HOME": "/nowhere"}
    settings = read_settings(environment, {"port": 9001, "database": None, "paths": ()})
    assert (settings.port, settings.host, settings.token_required) == (9001, "::1", True)
    assert settings.database == Settings().database


def test_lists_paths_and_switches_are_read_from_text() -> None:
    environment = {
        "LOSSBOARD_PATHS": "runs:/var/log/a b.log:",
        "LOSSBOARD_ALLOWED_HOSTS": "gpu1, gpu1.lab:8765,",
        "LOSSBOARD_OPEN_BROWSER": "Yes",
    }
    settings = read_settings(environment, {})
    assert settings.paths == (Path("runs"), Path("/var/log/a b.log"))
    assert settings.allowed_hosts == ("gpu1", "gpu1.lab:8765")
    assert settings.open_browser


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"LOSSBOARD_PORT": "80a"}, 'LOSSBOARD_PORT is "80a"; expected a whole number, e.g. 8765.'),
        ({"LOSSBOARD_PORT": "70000"}, 'LOSSBOARD_PORT is "70000"; expected a port up to 65535, e.g. 8765.'),
        ({"LOSSBOARD_POLL_S": "soon"}, 'LOSSBOARD_POLL_S is "soon"; expected a number, e.g. 1.'),
        ({"LOSSBOARD_POLL_S": "nan"}, 'LOSSBOARD_POLL_S is "nan"; expected 0.05 or more, e.g. 1.'),
        ({"LOSSBOARD_RESCAN_S": "inf"}, 'LOSSBOARD_RESCAN_S is "inf"; expected 0.05 or more, e.g. 5.'),
        ({"LOSSBOARD_HOST": " "}, 'LOSSBOARD_HOST is " "; expected a text that is not empty, e.g. 127.0.0.1.'),
        ({"LOSSBOARD_OPEN_BROWSER": "maybe"}, 'LOSSBOARD_OPEN_BROWSER is "maybe"; expected yes or no, e.g. yes.'),
    ],
)
def test_a_value_that_cannot_be_used_stops_the_start_with_one_sentence(environment: dict[str, str], message: str) -> None:
    assert complaint(environment) == message


def test_a_bad_value_of_the_command_line_is_named_by_its_option() -> None:
    assert complaint({"LOSSBOARD_POLL_S": "2"}, poll_s=-1.0) == '--poll-s is "-1.0"; expected 0.05 or more, e.g. 1.'


def test_a_misspelt_variable_is_not_passed_over() -> None:
    assert complaint({"LOSSBOARD_PROT": "1"}) == "LOSSBOARD_PROT is no setting of Lossboard.\nDid you mean LOSSBOARD_PORT?"


def test_from_env_reads_the_environment_of_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOSSBOARD_STALL_FACTOR", "12.5")
    assert Settings.from_env().stall_factor == 12.5


def test_every_setting_has_its_line_of_help_and_a_default_that_names_no_home() -> None:
    for row in settings_table():
        assert row.help.endswith(".")
        assert row.help[0].isupper()
        assert str(Path.home()) not in row.default


def test_every_setting_is_used_outside_the_table() -> None:
    code = "".join(path.read_text() for path in (Path(__file__).parent.parent / "webapp").rglob("*.py") if path.name != "settings.py")
    assert [row.name for row in settings_table() if not re.search(rf"settings\.{row.name}\b", code)] == []
