"""Options that are settings: their help is the setting's own line, their default stays with the setting."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from webapp.settings import help_of


def setting_option(name: str, *declarations: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """`--name` for the setting `name`; None when it is not given, so that environment and default have their turn."""
    flags = declarations or (f"--{name.replace('_', '-')}",)
    return click.option(*flags, name, default=None, help=help_of(name), **attributes)


watched_paths = click.argument("paths", nargs=-1, metavar="[PATH]...", type=click.Path(path_type=Path))
