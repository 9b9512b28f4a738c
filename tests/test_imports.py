"""The direction of the code: who may import whom, and which module alone knows a library.

Read with `ast`, so that an import inside a function or under TYPE_CHECKING counts too. A module without a row fails the test: whoever adds
one says here where it belongs.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("parser", "webapp")

READ = ("parser", "webapp.errors", "webapp.settings")
DRAWN = ("parser", "webapp.charts", "webapp.compare", "webapp.findings", "webapp.store.rows", "webapp.view")
PAGE = (
    *(*READ, *DRAWN, "webapp", "webapp.assets", "webapp.auth", "webapp.board", "webapp.compiled", "webapp.explainer", "webapp.format"),
    *("webapp.health", "webapp.logs", "webapp.metrics_json", "webapp.report", "webapp.traffic"),
    *("webapp.pages", "webapp.paths", "webapp.redact", "webapp.store", "webapp.table", "webapp.terminal", "webapp.uploads", "webapp.urls"),
)
# module or package → what it may import of ours, besides its own package; the longest name that fits a module counts
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "parser": (),
    "webapp": (),
    "webapp.binary": (),
    "webapp.errors": (),
    "webapp.paths": (),
    "webapp.files": (),
    "webapp.private": (),
    "webapp.compiled": ("webapp.private",),
    "webapp.connections": (),
    "webapp.memory": (),
    "webapp.urls": (),
    "webapp.settings": ("webapp.errors",),
    "webapp.redact": ("webapp.settings",),
    "webapp.format": ("webapp.redact",),
    "webapp.metrics_json": ("parser",),
    "webapp.store": (*READ, "webapp.private"),
    "webapp.charts": ("parser.points", "webapp.format", "webapp.store.rows"),
    "webapp.findings": ("parser.points", "webapp.charts", "webapp.format", "webapp.store.rows"),
    "webapp.view": ("webapp.charts.options",),
    "webapp.params": ("webapp.files",),
    "webapp.uploads": ("webapp.binary", "webapp.errors", "webapp.format", "webapp.private", "webapp.store"),
    "webapp.table": ("webapp.store.lists", "webapp.store.runs", "webapp.view"),
    "webapp.compare": ("parser.points", "webapp.charts", "webapp.format", "webapp.redact", "webapp.store.rows", "webapp.view"),
    "webapp.terminal": ("parser", "webapp.files", "webapp.format", "webapp.redact"),
    "webapp.explainer": (),
    "webapp.explain": ("parser", "webapp.explainer", "webapp.private", "webapp.redact", "webapp.terminal"),
    "webapp.ingest": (
        *READ,
        "webapp.binary",
        "webapp.files",
        "webapp.memory",
        "webapp.params",
        "webapp.wrapper.spool",
        "webapp.charts",
        "webapp.findings",
        "webapp.format",
        "webapp.metrics_json",
        "webapp.store",
    ),
    "webapp.wrapper": ("webapp.errors", "webapp.files", "webapp.format", "webapp.private", "webapp.settings"),
    "webapp.report": (
        *(*READ, *DRAWN, "webapp", "webapp.format", "webapp.ingest.beside", "webapp.ingest.status", "webapp.pages.groups", "webapp.paths"),
        *("webapp.store", "webapp.terminal", "webapp.wrapper"),
    ),
    "webapp.assets": ("webapp.paths",),
    "webapp.auth": (*READ, "webapp.store"),
    "webapp.logs": ("webapp.format",),
    "webapp.traffic": ("webapp.logs",),
    "webapp.health": ("webapp.board", "webapp.store"),
    "webapp.guard": ("webapp.auth", "webapp.store.faults", "webapp.traffic"),
    "webapp.board": (*READ, "webapp.auth", "webapp.explainer", "webapp.ingest", "webapp.store", "webapp.traffic"),
    "webapp.pages": PAGE,
    "webapp.api": PAGE,
    "webapp.app": (*PAGE, "webapp.api", "webapp.guard", "webapp.ingest", "webapp.private"),
    "webapp.server": (*READ, "webapp.app", "webapp.board", "webapp.connections", "webapp.logs", "webapp.memory"),
    "webapp.demo": ("webapp.settings",),
    "webapp.cli": (
        *(*READ, *DRAWN, "webapp", "webapp.auth", "webapp.board", "webapp.demo", "webapp.format", "webapp.ingest", "webapp.metrics_json"),
        *(
            "webapp.explain",
            "webapp.explainer",
            "webapp.private",
            "webapp.redact",
            "webapp.report",
            "webapp.server",
            "webapp.store",
            "webapp.uploads",
        ),
        "webapp.wrapper",
    ),
}

# library → the modules that may know it; every other library is free
ONLY_IN: dict[str, tuple[str, ...]] = {
    "prometheus_client": ("webapp.traffic",),
    "pygal": ("webapp.charts.svg",),
    "tsdownsample": ("webapp.charts.downsample",),
    "sqlalchemy": ("webapp.store",),
    "sqlmodel": ("webapp.store",),
    "sqlite3": ("webapp.store",),
    "alembic": ("webapp.store",),
    "litestar": ("webapp.app", "webapp.board", "webapp.pages", "webapp.api"),
    "jinja2": ("webapp.compiled", "webapp.pages.render", "webapp.report.render"),
    "uvicorn": ("webapp.connections", "webapp.server"),
    "watchfiles": ("webapp.ingest",),
    "ansi2html": ("webapp.terminal",),
    "click": ("webapp.cli",),
    "rich": ("webapp.cli",),
}
PARSER_LIBRARIES = {"numpy", "msgspec"}


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found[name] = ast.parse(path.read_bytes(), filename=str(path))
    return found


@cache
def imports() -> dict[str, set[str]]:
    return {name: set(imports_of(tree)) for name, tree in modules().items()}


def imports_of(tree: ast.Module) -> Iterator[str]:
    """Every dotted name a module imports; `from a import b` is both `a` and, where it is a module of ours, `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole way"
            assert node.module
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules() else node.module for name in inner)


def library_of(name: str) -> str:
    return name.partition(".")[0]


def within(name: str, places: tuple[str, ...]) -> bool:
    return any(name == place or name.startswith(place + ".") for place in places)


def row_of(name: str) -> str | None:
    fitting = [row for row in MAY_IMPORT if row != "webapp" and within(name, (row,))] or [row for row in MAY_IMPORT if row == name]
    return max(fitting, key=len, default=None)


def test_every_module_has_its_row() -> None:
    assert [name for name in modules() if row_of(name) is None] == []


def test_modules_import_only_what_their_rows_allow() -> None:
    wrong = {}
    for name, imported in imports().items():
        row = row_of(name) or ""
        ours = {found for found in imported if library_of(found) in PACKAGES}
        exact = {"webapp"} if "webapp" in MAY_IMPORT[row] else set()  # the bare package is its version only
        allowed = (row, *(place for place in MAY_IMPORT[row] if place != "webapp"))
        wrong[name] = {found for found in ours - exact if not within(found, allowed)}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_libraries_are_known_by_their_own_modules_only() -> None:
    wrong = {}
    for name, imported in imports().items():
        libraries = {library_of(found) for found in imported} & ONLY_IN.keys()
        wrong[name] = {library for library in libraries if not within(name, ONLY_IN[library])}
    assert {name: found for name, found in wrong.items() if found} == {}


def test_the_parser_needs_only_the_standard_library_numpy_and_msgspec() -> None:
    imported = {library_of(found) for name, names in imports().items() if within(name, ("parser",)) for found in names}
    assert imported - set(sys.stdlib_module_names) - {"parser"} <= PARSER_LIBRARIES


def test_only_the_settings_read_the_environment() -> None:
    readers = {
        name
        for name, tree in modules().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and {a.name for a in node.names} & {"environ", "getenv"})
    }
    assert readers <= {"webapp.settings"}


def test_sql_stands_in_the_store_only() -> None:
    statement = re.compile(r"\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|PRAGMA)\s", re.S)
    for name, tree in modules().items():
        if not within(name, ("webapp.store",)):
            texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
            assert [text for text in texts if statement.match(text)] == [], name


def test_every_library_is_a_declared_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {re.split(r"[<>=~!;\[ ]", line, maxsplit=1)[0].lower() for line in project["dependencies"]}
    optional = {
        re.split(r"[<>=~!;\[ ]", line, maxsplit=1)[0].lower() for extra in project["optional-dependencies"].values() for line in extra
    }
    distributions = packages_distributions()
    libraries = {library_of(found) for imported in imports().values() for found in imported} - set(sys.stdlib_module_names) - set(PACKAGES)
    for library in libraries:
        names = {name.lower() for name in distributions[library]}
        assert names & (declared | optional), f"{library} comes from {names}, which pyproject.toml does not name"


STARTED = """
import sys
from pathlib import Path
from webapp.app import create_app
from webapp.settings import Settings
create_app(Settings(database=Path(sys.argv[1]) / "board.db", spool_dir=Path(sys.argv[1])))
print(*sys.modules)
"""


def test_the_board_starts_without_the_parser_and_the_migrations(tmp_path: Path) -> None:
    """They load in the reading process and for an upgrade; a start that waits for them takes longer, and keeps them."""
    loaded = subprocess.run([sys.executable, "-c", STARTED, tmp_path], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert "webapp.app" in loaded
    assert not {"parser.log", "alembic", "pydantic.v1"} & set(loaded)
