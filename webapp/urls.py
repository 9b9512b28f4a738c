"""The one place that knows how URLs look; handlers, templates and tests ask here."""

from urllib.parse import quote, urlencode


def home(search: str = "", archived: bool = False, page: int = 1, seen: str = "") -> str:
    """The experiments; with `seen` only their list, as the page polls it."""
    values = {"q": search or None, "archived": "1" if archived else None, "page": page if page > 1 else None, "seen": seen or None}
    return "/" + join_query("", values)


def experiment(ident: int, query: str = "") -> str:
    return f"/experiments/{ident}{query}"


def experiment_runs(ident: int, query: str = "") -> str:
    return f"/experiments/{ident}/runs{query}"


def findings(ident: int) -> str:
    return f"/experiments/{ident}/findings"


def run(ident: int, query: str = "") -> str:
    return f"/runs/{ident}{query}"


def run_part(ident: int, part: str, query: str = "", **extra: object) -> str:
    """A fragment of the run page: `charts`, `terminal`, `status` or `details`, with `extra` added to the view's query string."""
    return f"/runs/{ident}/{part}{join_query(query, extra)}"


def explain(run_ident: int | None = None) -> str:
    """The page that explains a log: of a run, or one to be pasted."""
    return "/explain" if run_ident is None else f"/explain?run={run_ident}"


def run_report(ident: int, query: str = "") -> str:
    """What the run page shows, as a document."""
    return f"/runs/{ident}/report{query}"


def compare_report(query: str = "") -> str:
    return f"/compare/report{query}"


def run_log(ident: int) -> str:
    return f"/runs/{ident}/log"


def chart_file(ident: int, metric: str, kind: str, query: str = "") -> str:
    """A chart as a file; `kind` is svg, csv or json."""
    return f"/runs/{ident}/{quote(metric)}.{kind}{query}"


def api_metrics(ident: int, metric: str = "") -> str:
    return f"/api/v1/runs/{ident}/metrics" + (f"?metric={quote(metric, safe='')}" if metric else "")


def join_query(query: str, extra: dict[str, object]) -> str:
    """`query` ("" or "?a=b") with `extra` appended; values that are None are left out."""
    more = urlencode({k: v for k, v in extra.items() if v is not None})
    if not more:
        return query
    return f"{query}&{more}" if query else f"?{more}"


def compare(query: str = "") -> str:
    return f"/compare{query}"


def compare_part(part: str, query: str = "", **extra: object) -> str:
    """A part of the comparison: the fragment `charts`, or the page `logs`."""
    return f"/compare/{part}{join_query(query, extra)}"


def compare_file(query: str = "") -> str:
    """The first chart of a comparison as a picture."""
    return f"/compare.svg{query}"


def all_runs(query: str = "") -> str:
    return f"/runs{query}"


def all_runs_table(query: str = "") -> str:
    return f"/runs/table{query}"


def manage(query: str = "") -> str:
    """The page that renames, tags, pins, archives and deletes the runs named in the query string."""
    return f"/manage{query}"


def manage_action(action: str) -> str:
    """Where the forms of that page post to."""
    return f"/manage/{action}"


def manage_experiment(ident: int, action: str = "") -> str:
    """The same for an experiment; with `action`, where its form posts to."""
    return f"/experiments/{ident}/manage" + (f"/{action}" if action else "")


def status() -> str:
    return "/status"


def uploads() -> str:
    return "/uploads"


def take_uploads() -> str:
    """Where the form posts to."""
    return "/uploads/new"


def upload(ident: int) -> str:
    """Where an upload waits until it has become a run."""
    return f"/uploads/{ident}"
