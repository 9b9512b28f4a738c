"""Where templates and static files lie: beside the packages in a checkout, inside `webapp` in an installed wheel.

htmx comes from its own distribution and is not copied; its module is never imported, only its place is asked for.
"""

from importlib.util import find_spec
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def _data_folder(name: str) -> Path:
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


def _htmx_file() -> Path:
    spec = find_spec("js_lib_htmx")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("The package django-js-lib-htmx, which carries htmx.min.js, is not installed.", name="js_lib_htmx")
    return Path(spec.submodule_search_locations[0]) / "static" / "htmx" / "htmx.min.js"


TEMPLATES = _data_folder("templates")
STATIC = _data_folder("static")
HTMX = _htmx_file()
