"""Every route of the board: by which methods, and who may call it. A route that is not here fails the tests.

nobody   needs no login
read     a session, or a token with the scope read or admin
admin    a session, or a token with the scope admin: whatever changes something
A push token may call none of these. OPTIONS, which says which methods there are, belongs to every route and takes the scope read.
"""

from typing import NamedTuple


class Route(NamedTuple):
    """`path` as the application names it, `example` an address of the test board that it answers."""

    path: str
    method: str
    who: str
    example: str


ROUTES = (
    Route("/", "GET", "read", "/"),
    Route("/experiments/{experiment_id:int}", "GET", "read", "/experiments/1"),
    Route("/experiments/{experiment_id:int}/runs", "GET", "read", "/experiments/1/runs"),
    Route("/experiments/{experiment_id:int}/findings", "GET", "read", "/experiments/1/findings"),
    Route("/experiments/{experiment_id:int}/manage", "GET", "read", "/experiments/1/manage"),
    Route("/experiments/{experiment_id:int}/manage/{action:str}", "POST", "admin", "/experiments/1/manage/restore"),
    Route("/runs", "GET", "read", "/runs"),
    Route("/runs/table", "GET", "read", "/runs/table"),
    Route("/runs/{run_id:int}", "GET", "read", "/runs/1"),
    Route("/runs/{run_id:int}/charts", "GET", "read", "/runs/1/charts"),
    Route("/runs/{run_id:int}/status", "GET", "read", "/runs/1/status"),
    Route("/runs/{run_id:int}/details", "GET", "read", "/runs/1/details"),
    Route("/runs/{run_id:int}/terminal", "GET", "read", "/runs/1/terminal"),
    Route("/runs/{run_id:int}/log", "GET", "read", "/runs/1/log"),
    Route("/runs/{run_id:int}/report", "GET", "read", "/runs/1/report"),
    Route("/runs/{run_id:int}/{name:path}", "GET", "read", "/runs/1/loss.svg"),
    Route("/manage", "GET", "read", "/manage?run=1"),
    Route("/manage/{action:str}", "POST", "admin", "/manage/restore"),
    Route("/uploads", "GET", "read", "/uploads"),
    Route("/uploads/{source_id:int}", "GET", "read", "/uploads/1"),
    Route("/uploads/new", "POST", "admin", "/uploads/new"),
    Route("/compare", "GET", "read", "/compare?run=1"),
    Route("/compare.svg", "GET", "read", "/compare.svg?run=1&metric=loss"),
    Route("/compare/charts", "GET", "read", "/compare/charts?run=1"),
    Route("/compare/logs", "GET", "read", "/compare/logs?run=1"),
    Route("/compare/report", "GET", "read", "/compare/report?run=1"),
    Route("/explain", "GET", "read", "/explain"),
    Route("/explain", "POST", "admin", "/explain"),
    Route("/api/v1/experiments", "GET", "read", "/api/v1/experiments"),
    Route("/api/v1/runs", "GET", "read", "/api/v1/runs"),
    Route("/api/v1/runs/{run_id:int}", "GET", "read", "/api/v1/runs/1"),
    Route("/api/v1/runs/{run_id:int}/metrics", "GET", "read", "/api/v1/runs/1/metrics"),
    Route("/schema", "GET", "read", "/schema"),
    Route("/schema/openapi.json", "GET", "read", "/schema/openapi.json"),
    Route("/schema/{path:str}", "GET", "read", "/schema/none"),
    Route("/login", "GET", "nobody", "/login"),
    Route("/login", "POST", "nobody", "/login"),
    Route("/logout", "POST", "admin", "/logout"),
    Route("/static/{name:str}", "GET", "nobody", "/static/app.css"),
    Route("/status", "GET", "read", "/status"),
    Route("/metrics", "GET", "read", "/metrics"),
    Route("/healthz", "GET", "nobody", "/healthz"),
)
