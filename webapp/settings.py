"""Every setting of the board in one table, and the only place that reads the environment.

A setting comes from the command line, else from `LOSSBOARD_<NAME>`, else from its default here. `--help` and the README's table are made
from the `help` of each field. No settings file: a board is one command, and a unit file or a Dockerfile holds its line.
"""

import math
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from platformdirs import user_config_path, user_data_path

from webapp.errors import UserError

PREFIX = "LOSSBOARD_"
WORDS = {"log_format": ("logfmt", "json"), "journal": ("wal", "delete")}  # settings of a few words
TRUE, FALSE = ("1", "true", "yes", "on"), ("0", "false", "no", "off")


def own_folder(find: Callable[[str], Path]) -> Path:
    """A folder of ours below the user's home, as platformdirs finds it. Raises UserError where nothing tells where that is."""
    with suppress(RuntimeError):
        folder = find("lossboard")
        if folder.parts[:1] != ("~",):  # an older platformdirs does not raise
            return folder
    raise UserError("The home folder of this user is not known.", "HOME is not set, and the system does not know it.", hint="Set HOME.")


def setting(default: Any = None, *, help: str, fallback: Callable[[], Any] | None = None, shown: str = "", low: float = 0) -> Any:
    """A field of `Settings`: `fallback` makes a default that depends on the user, documents write it as `shown`; a number is >= `low`."""
    metadata = {"help": help, "shown": shown, "low": low}
    return field(default_factory=fallback, metadata=metadata) if fallback else field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What one board runs with. Values are checked by `from_env`; tests may build one directly."""

    host: str = setting("127.0.0.1", help="Address the board listens on.")
    port: int = setting(8765, help="Port the board listens on; 0 takes a free one.")
    uds: str = setting("", shown="none", help="Unix socket to listen on instead of an address: nobody else on the machine reaches it.")
    database: str = setting(
        fallback=lambda: str(own_folder(user_data_path) / "lossboard.db"),
        shown="lossboard.db in the user's data folder",
        help="File of the SQLite database; made where missing.",
    )
    journal: str = setting(
        "wal",
        help="How SQLite writes: wal; or delete, for a database on a network disk (slower, and no other program can read it meanwhile).",
    )
    paths: tuple[Path, ...] = setting((), shown="none", help="Logs and folders of logs to watch (folder = experiment, file = run).")
    token_required: bool = setting(True, help="Ask for a login; may be switched off on a loopback address only.")
    open_browser: bool = setting(False, help="Open the board in the browser when it is up.")
    allowed_hosts: tuple[str, ...] = setting(
        (), shown="none", help="Names, besides the listening address, by which browsers may call the board."
    )
    formats_dir: Path = setting(
        fallback=lambda: own_folder(user_config_path) / "formats",
        shown="lossboard/formats in the user's config folder",
        help="Folder of the user's own log formats (*.toml).",
    )
    spool_dir: Path = setting(
        fallback=lambda: own_folder(user_data_path) / "spool",
        shown="lossboard/spool in the user's data folder",
        help="Folder where `lossboard run` and `lossboard pipe` keep what they record (folder = experiment, file = run).",
    )
    spool_bytes: int = setting(
        0, help="Bytes that `lossboard run` and `lossboard pipe` keep of what one run prints, the last ones; 0 keeps everything."
    )
    poll_s: float = setting(1.0, low=0.05, help="Seconds between two looks at a log that grows, where the system does not tell.")
    idle_poll_s: float = setting(15.0, low=0.05, help="Seconds between two looks at a log that rests.")
    rescan_s: float = setting(5.0, low=0.05, help="Seconds between two searches of the folders for new logs.")
    stall_factor: float = setting(10.0, low=1, help="A run is stalled after this many times its usual silence.")
    stall_min_s: float = setting(120.0, help="Seconds of silence below which no run is called stalled.")
    stall_unknown_s: float = setting(900.0, help="Seconds of silence before a run of unknown rhythm is called stalled.")
    recopy_wait_s: float = setting(30.0, help="Seconds a log that became shorter may take to grow back before it counts as a new one.")
    read_bytes: int = setting(1024 * 1024, low=4096, help="Bytes read from one log before the next log has its turn.")
    connections: int = setting(200, low=1, help="Connections served at a time; more are answered 503.")
    body_bytes: int = setting(2 * 1024 * 1024, low=1024, help="Bytes of a request's body.")
    query_bytes: int = setting(16384, low=256, help="Bytes of a query string; a comparison of 100 runs by 200 metrics fits.")
    log_format: str = setting("logfmt", help="Form of the lines on standard error: logfmt or json.")
    log_requests: bool = setting(False, help="Write a line for every request: method, route, status, milliseconds.")
    redact: str = setting(
        "", shown="none", help="Regular expression of texts in logs that are shown as ***, besides keys and tokens of known kinds."
    )

    @classmethod
    def from_env(cls, **overrides: Any) -> "Settings":
        """The settings of this process. An override of None or () counts as not given. Raises UserError for a value that cannot be used."""
        return read_settings(os.environ, overrides)


class SettingHelp(NamedTuple):
    """One row of the settings table, as documents show it."""

    name: str
    variable: str
    default: str
    help: str


def read_settings(environment: Mapping[str, str], overrides: Mapping[str, Any]) -> Settings:
    """Settings from overrides first, then `environment`; unknown `LOSSBOARD_` names stop the start, because a typo would be silent."""
    known = {f.name: f for f in fields(Settings)}
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known:
            raise UserError(f"{variable} is no setting of Lossboard.", hint=_closest(variable))
        values[name] = _read_value(variable, name, text, known[name].type)
    values |= {name: value for name, value in overrides.items() if value is not None and value != ()}
    for name, value in values.items():
        given_as = f"--{name.replace('_', '-')}" if overrides.get(name) == value else PREFIX + name.upper()
        _check_value(given_as, name, value, known[name].metadata["low"])
    return Settings(**values)


def settings_table() -> list[SettingHelp]:
    """Every setting with its variable, its default and its line of help, in the order of the class."""
    defaults = Settings()
    return [
        SettingHelp(f.name, PREFIX + f.name.upper(), f.metadata["shown"] or _show(getattr(defaults, f.name)), f.metadata["help"])
        for f in fields(Settings)
    ]


def help_of(name: str) -> str:
    """The line of help of one setting."""
    return str({f.name: f for f in fields(Settings)}[name].metadata["help"])


def environment_value(name: str) -> str:
    """The text of one setting in the environment, unchecked; "" where it is not set."""
    return os.environ.get(PREFIX + name.upper(), "")


def variables() -> dict[str, str]:
    """Every `LOSSBOARD_` variable that is set, for a diagnosis."""
    return {name: text for name, text in sorted(os.environ.items()) if name.startswith(PREFIX)}


def has_display() -> bool:
    """Whether a browser could show a window; without one, `webbrowser` would start a text browser in the board's own terminal."""
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def wants_colour() -> bool:
    """Whether the reader's terminal may be painted (no-color.org, and terminals that know no colours)."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def child_environment(**more: str) -> dict[str, str]:
    """The environment for a process we start: ours without the board's own settings, and `more`."""
    return {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)} | more


def command_environment(*, unbuffered: bool) -> dict[str, str]:
    """The environment of a command that is only recorded: ours. `unbuffered` lets its Python print at once, unless it says how."""
    more = {"PYTHONUNBUFFERED": "1"} if unbuffered and "PYTHONUNBUFFERED" not in os.environ else {}
    return {**os.environ, **more}


def _read_value(given_as: str, name: str, text: str, kind: Any) -> Any:
    if kind is bool:
        if text.lower() in TRUE + FALSE:
            return text.lower() in TRUE
        raise _unusable(given_as, text, "yes or no", "yes")
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise _unusable(given_as, text, "a whole number", _example(name)) from None
    if kind is float:
        try:
            return float(text)
        except ValueError:
            raise _unusable(given_as, text, "a number", _example(name)) from None
    if kind is Path:
        return Path(text).expanduser()
    if kind == tuple[Path, ...]:
        return tuple(Path(part).expanduser() for part in text.split(os.pathsep) if part)
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _check_value(given_as: str, name: str, value: Any, low: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        if isinstance(value, str) and (not value.strip() or "\0" in value):
            raise _unusable(given_as, value, "a text that is not empty", _example(name))
        if name in WORDS and value not in WORDS[name]:
            raise _unusable(given_as, value, " or ".join(WORDS[name]), WORDS[name][0])
        if name == "redact":
            try:
                re.compile(value)
            except re.error as error:
                raise _unusable(given_as, value, f"a regular expression ({error})", "corp-[a-z0-9]+") from None
        return
    if not math.isfinite(value) or value < low:
        raise _unusable(given_as, value, f"{low:g} or more", _example(name))
    if name == "port" and value > 65535:
        raise _unusable(given_as, value, "a port up to 65535", _example(name))


def _unusable(given_as: str, value: object, expected: str, example: str) -> UserError:
    return UserError(f'{given_as} is "{value}"; expected {expected}, e.g. {example}.')


def _example(name: str) -> str:
    return next(row.default for row in settings_table() if row.name == name)


def _closest(variable: str) -> str:
    from difflib import get_close_matches  # only on the way to an error

    near: Iterable[str] = get_close_matches(variable, [row.variable for row in settings_table()], n=1)
    return "".join(f"Did you mean {name}?" for name in near) or "The README lists every setting."


def _show(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
