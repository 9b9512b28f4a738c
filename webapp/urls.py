"""The one place that knows how URLs look; handlers, templates and tests ask here."""

from urllib.parse import quote, urlencode


def home() -> str:
    return "/"


def experiment(ident: int, query: str = "") -> str:
    return f"/experiments/{ident}{query}"


def experiment_runs(ident: int, query: str = "") -> str:
    return f"/experiments/{ident}/runs{query}"


def findings(ident: int) -> str:
    return f"/experiments/{ident}/findings"


def run(ident: int, query: str = "") -> str:
    return f"/runs/{ident}{query}"


def run_part(ident: int, part: str, query: str = "", **extra: object) -> str:
    """A fragment of the run page: `charts`, `terminal` or `status`, with `extra` added to the view's query string."""
    return f"/runs/{ident}/{part}{join_query(query, extra)}"


def run_log(ident: int) -> str:
    return f"/runs/{ident}/log"


def chart_file(ident: int, metric: str, query: str = "") -> str:
    return f"/runs/{ident}/{quote(metric)}.svg{query}"


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
