"""`lossboard runs`: the runs of the board's database, listed, looked at and kept in order, with a board running or without."""

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from webapp.cli.changes import change, changing, find_run
from webapp.cli.console import printable, say
from webapp.cli.database import reading
from webapp.cli.options import setting_option
from webapp.errors import UserError
from webapp.format import ago, count, duration, moment, number, step
from webapp.metrics_json import number_json
from webapp.redact import redact_params, redact_value
from webapp.settings import Settings

if TYPE_CHECKING:
    from webapp.store.database import Database
    from webapp.store.rows import MetricRow, RunRow

EXAMPLES = """\b
Examples:
  lossboard runs list --search lr3e-4 --sort best
  lossboard runs show 12
  lossboard runs tag 12 13 --add baseline
  lossboard runs list --json | jq '.[] | select(.status == "failed") | .id'

\b
While a board runs, it makes the changes: it is asked at the address of --host and --port; where it asks for a login, name a file
with an admin token by --token-file.
Exit codes: 0 done, 2 not done (the message says why).
"""
STATUSES = ("running", "finished", "failed", "stalled", "waiting", "missing")
SORTS = ("name", "status", "created", "started", "updated", "points", "step", "loss", "best")
COLUMNS = ("id", "experiment", "name", "status", "loss", "best", "step", "updated")

database_option = setting_option("database", metavar="FILE")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
idents_argument = click.argument("idents", metavar="RUN...", nargs=-1, required=True, type=click.IntRange(1, 2**62))


@click.group(epilog=EXAMPLES)
def runs() -> None:
    """List, show, rename, tag, archive and delete runs.

    Logs are never touched: deleting a run forgets what was read of its log, and removes the copy of a log that was uploaded.
    """


@runs.command(name="list")
@click.option("--experiment", "-e", metavar="NAME", help="Only runs of this experiment.")
@click.option("--search", metavar="TEXT", default="", help="Only runs with this in name, experiment, path, notes or tags.")
@click.option("--status", type=click.Choice(STATUSES), default=None, help="Only runs of this status.")
@click.option("--tag", metavar="TAG", default="", help="Only runs with this tag.")
@click.option("--archived", is_flag=True, help="The archived runs.")
@click.option(
    "--sort",
    type=click.Choice([f"{sign}{name}" for name in SORTS for sign in ("", "-")]),
    default="-updated",
    show_default=True,
    metavar="COLUMN",
    help=f"{', '.join(SORTS)}; a - before it turns the order round.",
)
@click.option("--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="How many runs at the most.")
@json_option
@database_option
def list_all(
    experiment: str | None,
    search: str,
    status: str | None,
    tag: str,
    archived: bool,
    sort: str,
    limit: int,
    as_json: bool,
    database: str | None,
) -> None:
    """Print the runs, the newest first."""
    from webapp.store.runs import list_runs

    with reading(Settings.from_env(database=database)) as opened:
        ident = find_experiment(opened, experiment) if experiment else None
        found, total = list_runs(
            opened, experiment_id=ident, search=search, status=status or "", tag=tag, archived=archived, sort=sort, limit=limit
        )
    if as_json:
        say(json.dumps([run_json(run) for run in found], indent=2 if sys.stdout.isatty() else None))
        return
    rows = [
        (str(r.id), r.experiment, r.name, r.status, number(r.last_loss), number(r.best_loss), step(r.last_step), ago(r.updated_at))
        for r in found
    ]
    print_table(COLUMNS, rows, right=(0, 4, 5, 6))
    if total > len(found) and sys.stdout.isatty():
        say(f"{len(found)} of {total:,} runs; --limit shows more.")


@runs.command()
@click.argument("ident", metavar="RUN", type=click.IntRange(1, 2**62))
@json_option
@database_option
def show(ident: int, as_json: bool, database: str | None) -> None:
    """Print everything known of one run: status, parameters, metrics in numbers, findings."""
    from webapp.store.runs import list_findings
    from webapp.store.series import list_metrics

    with reading(Settings.from_env(database=database)) as opened:
        run = find_run(opened, ident)
        metrics, findings = list_metrics(opened, ident), list_findings(opened, ident)
    if as_json:
        known = run_json(run) | {
            "params": redact_params(run.params),
            "metrics": [metric_json(row) for row in metrics],
            "findings": [{"rule": f.rule, "metric": f.metric, "evidence": f.evidence, "step": f.step} for f in findings],
        }
        say(json.dumps(known, indent=2 if sys.stdout.isatty() else None))
        return
    lines = [
        ("run", f"{run.id}  {run.name}"),
        ("experiment", run.experiment),
        ("status", f"{run.status}: {run.reason}"),
        ("started", moment(run.started_at)),
        ("took", duration(run.duration_s)),
        ("log", run.path),
        ("points", count(run.points)),
        ("tags", ", ".join(run.tags)),
        ("notes", run.notes),
    ]
    for name, value in lines:
        if value:
            say(f"{name:<12}{printable(value)}")
    for name, value in run.params.items():
        say(f"  {printable(name)} = {printable(redact_value(name, value))}")
    if metrics:
        heads = ("metric", "points", "first", "last", "min", "at", "max", "at", "not finite")
        rows = [
            (
                m.name,
                count(m.count),
                number(m.first),
                number(m.last),
                number(m.min),
                step(m.min_step),
                number(m.max),
                step(m.max_step),
                count(m.nan + m.posinf + m.neginf),
            )
            for m in metrics
        ]
        print_table(heads, rows, right=tuple(range(1, 9)))
    for found in findings:
        say(f"{found.rule}: {printable(found.evidence)}")


@runs.command()
@click.argument("ident", metavar="RUN", type=click.IntRange(1, 2**62))
@click.argument("name")
@changing
def rename(ident: int, name: str, **given: Any) -> None:
    """Give a run another name."""
    change((ident,), "edit", lambda run: {"name": name, "notes": run.notes, "tags": ", ".join(run.tags)}, given)


@runs.command()
@idents_argument
@click.option("--add", multiple=True, metavar="TAG", help="Tag to add; may be repeated.")
@click.option("--remove", multiple=True, metavar="TAG", help="Tag to take away; may be repeated.")
@changing
def tag(idents: tuple[int, ...], add: tuple[str, ...], remove: tuple[str, ...], **given: Any) -> None:
    """Add and remove tags."""
    if not add and not remove:
        raise UserError("No tag is named.", hint="Name one with --add or --remove.")
    if add:
        change(idents, "tag", lambda _: {"tags": ", ".join(add)}, given)
    if remove:
        change(idents, "untag", lambda _: {"tags": ", ".join(remove)}, given)


@runs.command()
@idents_argument
@changing
def archive(idents: tuple[int, ...], **given: Any) -> None:
    """Put runs out of sight; `restore` brings them back."""
    change(idents, "archive", lambda _: {}, given)


@runs.command()
@idents_argument
@changing
def restore(idents: tuple[int, ...], **given: Any) -> None:
    """Bring archived runs back."""
    change(idents, "restore", lambda _: {}, given)


@runs.command()
@idents_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@changing
def rm(idents: tuple[int, ...], yes: bool, **given: Any) -> None:
    """Delete runs with all their points. Their logs stay, and are not read again."""
    if not yes:
        if not sys.stdin.isatty():
            raise UserError("Nothing was deleted.", "There is nobody to ask.", hint="Add --yes.")
        click.confirm(f"Delete {len(idents)} run{'s' if len(idents) > 1 else ''} with all their points?", abort=True)
    change(idents, "delete", lambda _: {"sure": "yes"}, given)


def find_experiment(database: "Database", name: str) -> int:
    from webapp.store.experiments import list_experiments

    found, _ = list_experiments(database, limit=100_000)
    for row in found:
        if row.name == name:
            return row.id
    raise UserError(f"There is no experiment {name!r}.", f"There are {', '.join(row.name for row in found[:20]) or 'none yet'}.")


def run_json(run: "RunRow") -> dict[str, Any]:
    names = (
        "id",
        "experiment",
        "name",
        "status",
        "reason",
        "path",
        "notes",
        "archived",
        "points",
        "last_step",
        "total_steps",
        "last_epoch",
    )
    times = {
        name: getattr(run, name).isoformat() if getattr(run, name) else None
        for name in ("created_at", "started_at", "updated_at", "finished_at")
    }
    losses = {
        name: None if (value := getattr(run, name)) is None else number_json(value) for name in ("last_loss", "best_loss", "best_step")
    }
    return {name: getattr(run, name) for name in names} | {"tags": list(run.tags)} | times | losses


def metric_json(row: "MetricRow") -> dict[str, Any]:
    numbers = {name: number_json(getattr(row, name)) for name in ("first", "last", "min", "min_step", "max", "max_step", "mean")}
    return {
        "name": row.name,
        "points": row.count,
        "not_finite": row.nan + row.posinf + row.neginf,
        "step_source": row.step_source,
    } | numbers


def print_table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> None:
    """A table on a terminal; elsewhere a line a row with tabs between, and a line of heads, for cut and awk."""
    shown = [[printable(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(heads), *shown]:
            say("\t".join(row))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place in right else "left", overflow="fold")
    for row in shown:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)
