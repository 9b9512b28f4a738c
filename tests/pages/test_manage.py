"""Renaming, describing, tagging, pinning, archiving and deleting runs over HTTP."""

import json
import re
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator

import pytest

from tests.conftest import LOGS, Boards, RunningBoard


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    folder = tmp_path_factory.mktemp("manage")
    logs = folder / "logs"
    logs.mkdir()
    for name in ("a", "b", "c", "d"):
        shutil.copyfile(LOGS / "trl" / "trl-dpo-redir.log", logs / f"{name}.log")
    boards = Boards(folder)
    started = boards(logs)
    started.wait_for("/api/v1/runs", r'("status":"finished".*){4}')
    yield started
    boards.stop()


def runs(board: RunningBoard) -> dict[str, dict]:
    return {run["name"]: run for run in json.loads(board.get("/api/v1/runs")[1])}


class StayPut(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def post(board: RunningBoard, path: str, **fields: object) -> tuple[int, str, str]:
    """Status, Location and body of a form sent from our own page."""
    pairs = [(name, one) for name, value in fields.items() for one in (value if isinstance(value, list) else [value])]
    request = urllib.request.Request(board.url + path, urllib.parse.urlencode(pairs).encode(), {"Sec-Fetch-Site": "same-origin"})
    try:
        with urllib.request.build_opener(StayPut).open(request, timeout=10) as answer:
            return answer.status, answer.headers.get("location", ""), answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("location", ""), error.read().decode()


def test_a_run_is_renamed_described_and_tagged(board):
    run = runs(board)["a"]
    back = f"/experiments/{run['experiment_id']}?sort=loss"
    status, location, _ = post(
        board, "/manage/edit", run=run["id"], name="best <b>", notes="two\nlines", tags="good, keep  me,good", back=back
    )
    assert (status, location) == (303, back)
    changed = runs(board)["best <b>"]
    assert (changed["notes"].split(), changed["tags"]) == (["two", "lines"], ["good", "keep me"])
    page = board.get(back)[1].decode()
    assert "best &lt;b&gt;" in page
    assert "keep me</a>" in page
    post(board, "/manage/edit", run=run["id"], name="a", tags="")
    assert runs(board)["a"]["tags"] == []


def test_several_runs_are_tagged_and_untagged_at_once(board):
    known = runs(board)
    post(board, "/manage/tag", run=[known["b"]["id"], known["c"]["id"]], tags="sweep 1")
    assert runs(board)["b"]["tags"] == runs(board)["c"]["tags"] == ["sweep 1"]
    listed = board.get("/runs?tag=sweep+1")[1].decode()
    assert (
        re.findall(r'id="tick-(\d+)"', listed) == [str(known[name]["id"]) for name in ("c", "b")]
        or len(re.findall('id="tick-', listed)) == 2
    )
    post(board, "/manage/untag", run=[known["b"]["id"], known["c"]["id"]], tags="sweep 1")
    assert runs(board)["b"]["tags"] == []


def test_a_pinned_run_stands_first(board):
    run = runs(board)["a"]
    post(board, "/manage/pin", run=run["id"])
    assert re.findall(r'id="tick-(\d+)"', board.get("/runs")[1].decode())[0] == str(run["id"])
    post(board, "/manage/unpin", run=run["id"])
    assert "tag pin" not in board.get("/runs")[1].decode()


def test_an_archived_run_leaves_the_lists_and_comes_back(board):
    run = runs(board)["b"]
    post(board, "/manage/archive", run=run["id"])
    assert f'id="tick-{run["id"]}"' not in board.get("/runs")[1].decode()
    assert f'id="tick-{run["id"]}"' in board.get("/runs?archived=1")[1].decode()
    post(board, "/manage/restore", run=run["id"])
    assert f'id="tick-{run["id"]}"' in board.get("/runs")[1].decode()


def test_an_archived_run_is_not_counted_among_those_of_its_experiment_and_says_what_it_is(board):
    run, count = runs(board)["b"], len(runs(board))
    page = board.get(f"/runs/{run['id']}")[1].decode()
    assert '<span class="tag">archived</span>' not in page
    post(board, "/manage/archive", run=run["id"])
    assert '<span class="tag">archived</span>' in board.get(f"/runs/{run['id']}")[1].decode()
    page = board.get(f"/experiments/{run['experiment_id']}")[1].decode()
    assert f"{count - 1} runs · 1 more archived" in page
    assert f"Compare all {count - 1}</a>" in page
    assert f"{count - 1} runs" in board.get("/")[1].decode()
    assert f"with its {count} runs" in board.get(f"/experiments/{run['experiment_id']}/manage")[1].decode()
    post(board, "/manage/restore", run=run["id"])
    assert "more archived" not in board.get(f"/experiments/{run['experiment_id']}")[1].decode()


def test_deleting_takes_a_confirmation_and_leaves_the_log(board, tmp_path):
    run = runs(board)["d"]
    status, _, body = post(board, "/manage/delete", run=run["id"])
    assert status == 400
    assert "Nothing was deleted" in body
    log = next(re.finditer(r"<code>([^<]+d\.log)</code>", board.get(f"/runs/{run['id']}")[1].decode()))[1]
    status, location, _ = post(board, "/manage/delete", run=run["id"], sure="yes")
    assert (status, location) == (303, f"/experiments/{run['experiment_id']}")
    assert board.get(f"/runs/{run['id']}")[0] == 404
    with open(log, "rb") as file:  # noqa: PTH123
        assert file.read() == (LOGS / "trl" / "trl-dpo-redir.log").read_bytes()


@pytest.mark.parametrize("query", ["", "?metric=loss"])
def test_deleting_a_run_from_its_own_page_leads_to_its_experiment(board, query):
    run = runs(board)["c"]
    other = board.database.parent / "logs" / f"gone{len(query)}.log"
    shutil.copyfile(LOGS / "trl" / "trl-dpo-redir.log", other)
    board.wait_for("/api/v1/runs", f'"name":"{other.stem}"')
    ident = runs(board)[other.stem]["id"]
    status, location, _ = post(board, "/manage/delete", run=ident, sure="yes", back=f"/runs/{ident}{query}")
    assert (status, location) == (303, f"/experiments/{run['experiment_id']}")
    assert post(board, "/manage/pin", run=run["id"], back=f"/runs/{run['id']}{query}")[1] == f"/runs/{run['id']}{query}"
    post(board, "/manage/unpin", run=run["id"])


def test_lines_of_notes_end_as_everywhere_on_the_board(board):
    run = runs(board)["a"]
    post(board, "/manage/edit", run=run["id"], name="a", notes="one\r\ntwo\r\n\r\nthree", tags="")
    post(board, f"/experiments/{run['experiment_id']}/manage/edit", name="logs", notes="four\r\nfive")
    assert runs(board)["a"]["notes"] == "one\ntwo\n\nthree"
    page = board.get(f"/experiments/{run['experiment_id']}?run={run['id']}")[1].decode()
    assert "four\nfive" in page
    assert "␍" not in page


@pytest.mark.parametrize(
    "back", ["//evil.com", "/\\evil.com", "https://evil.com/", "/login", "/runs/1/../../x", "javascript:alert(1)", "/runs?a b"]
)
def test_an_action_leads_to_our_own_pages_only(board, back):
    """T52"""
    run = runs(board)["c"]
    assert post(board, "/manage/pin", run=run["id"], back=back)[1] == f"/experiments/{run['experiment_id']}"
    post(board, "/manage/unpin", run=run["id"])


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [
        ("/manage/explode", {"run": 1}, 404),
        ("/manage/pin", {"run": 999999}, 404),
        ("/manage/pin", {}, 404),
        ("/manage/pin", {"run": "1; drop"}, 404),
        ("/experiments/1/manage/explode", {}, 404),
        ("/experiments/999/manage/edit", {"name": "x"}, 404),
    ],
)
def test_what_makes_no_sense_is_refused(board, path, fields, status):
    assert post(board, path, **fields)[0] == status


def test_two_runs_do_not_get_one_name(board):
    known = runs(board)
    assert post(board, "/manage/edit", run=[known["b"]["id"], known["c"]["id"]], name="x")[0] == 400


def test_nothing_changes_by_a_get(board):
    for action in ("pin", "archive", "delete"):
        assert board.get(f"/manage/{action}?run=1&sure=yes")[0] == 405


def test_an_experiment_is_renamed_described_archived_and_restored(board):
    ident = runs(board)["a"]["experiment_id"]
    assert post(board, f"/experiments/{ident}/manage/edit", name="sweep", notes="of learning rates")[:2] == (303, f"/experiments/{ident}")
    page = board.get(f"/experiments/{ident}")[1].decode()
    assert "sweep" in page
    assert "of learning rates" in page
    post(board, f"/experiments/{ident}/manage/archive")
    assert f'href="/experiments/{ident}"' not in board.get("/")[1].decode()
    assert f'href="/experiments/{ident}"' in board.get("/?archived=1")[1].decode()
    post(board, f"/experiments/{ident}/manage/restore")
    assert f'href="/experiments/{ident}"' in board.get("/?q=swee")[1].decode()


def test_deleting_an_experiment_takes_a_confirmation_too(board):
    ident = runs(board)["a"]["experiment_id"]
    assert post(board, f"/experiments/{ident}/manage/delete")[0] == 400
    assert board.get(f"/experiments/{ident}")[0] == 200


def test_the_page_names_runs_that_are_gone(board):
    assert "There is no run 424242" in board.get(f"/manage?run={runs(board)['b']['id']}&run=424242")[1].decode()
    assert "No run to edit" in board.get("/manage")[1].decode()
