"""The comparison over HTTP: what the URL says is what is shown, and what it cannot show it names."""

import re
import urllib.request
from xml.etree import ElementTree

import pytest

LOW, MIDDLE, HIGH = "sft-lr0.001-seed1", "sft-lr0.003-seed1", "sft-lr0.01-seed1"


def charts(page: str) -> list[str]:
    return re.findall(r'<svg class="chart" id="[^"]+".*?</figure>', page, re.S)


def labels(page: str) -> list[str]:
    return re.findall(r'id="title-[^"]+">([^<]+)<', page)


def test_runs_share_a_chart_for_each_metric_with_training_and_evaluation(compared):
    page = compared.page(compared.compare(LOW, HIGH))
    assert labels(page)[:3] == ["loss", "learning_rate", "grad_norm"]
    loss = charts(page)[0]
    colors = {compared.runs[name] % 10 for name in (LOW, HIGH)}
    for color in colors:
        assert f'class="c{color} d0"' in loss
        assert f'class="c{color} d1"' in loss, "the evaluation has another dash"


def test_a_run_has_the_same_colour_in_the_table_of_runs_and_in_every_comparison(compared):
    color = compared.runs[LOW] % 10
    table = compared.page(f"/experiments/{compared.experiments['seeds']}")
    row = next(part for part in table.split("<tr") if f">{LOW}</a>" in part and "tick-" in part)
    assert f'class="c{color}"' in row
    for other in (MIDDLE, HIGH):
        page = compared.page(compared.compare(LOW, other))
        assert re.search(rf'class="c{color} d0"[^>]*/></svg><a href="/runs/{compared.runs[LOW]}">', page)


def test_a_whole_experiment_is_compared_by_its_number(compared):
    page = compared.page(f"/compare?experiment={compared.experiments['seeds']}&metric=loss")
    assert "Compare 6 runs" in page
    assert labels(page) == ["loss"]


def test_parameters_that_differ_stand_beside_the_names(compared):
    page = compared.page(compared.compare(LOW, HIGH))
    head = page[page.index('class="run-table compared') :].split("</thead>")[0]
    assert re.findall(r'<th scope="col">([a-z_]+)</th>', head) == ["learning_rate"]
    rows = page[page.index('id="params"') :]
    assert "learning_rate" in rows
    assert "Num examples" not in rows
    everything = compared.page(compared.compare(LOW, HIGH, params="all"))
    assert "Num examples" in everything[everything.index('id="params"') :]


def test_groups_become_means_with_an_area(compared):
    page = compared.page(f"/compare?experiment={compared.experiments['seeds']}&metric=loss&group=learning_rate&band=sd")
    (loss,) = charts(page)
    assert loss.count('class="area ') == 6, "loss and eval_loss of three learning rates"
    assert "learning_rate=0.003 (2 runs)" in loss or "learning_rate=0.003 (2 runs)" in page
    assert "one standard deviation" in loss
    assert 'class="area ' not in compared.page(
        f"/compare?experiment={compared.experiments['seeds']}&metric=loss&group=learning_rate&band=none"
    )


def test_a_baseline_makes_differences(compared):
    page = compared.page(compared.compare(LOW, HIGH, base=compared.runs[LOW], metric="loss"))
    assert f"loss − {LOW}" in labels(page)
    assert f"difference to {LOW} at the same x" in page
    assert re.search(r"-0\.\d+", page[page.index('id="summary"') :])


def test_a_level_tells_when_each_run_reached_it(compared):
    page = compared.page(compared.compare(LOW, HIGH, MIDDLE, level=1.5, metric="loss"))
    assert '<g class="level">' in page
    table = page[page.index("loss down to 1.5") :].split("</table>")[0]
    assert re.findall(r'href="/runs/(\d+)">', table) == [str(compared.runs[name]) for name in (HIGH, MIDDLE, LOW)]
    steps = [int(step) for step in re.findall(r'#terminal">(\d+)</a>', table)]
    assert steps == sorted(steps)
    assert len(steps) == 3
    assert "×" in table


def test_a_level_nobody_reached_is_told(compared):
    assert compared.page(compared.compare(LOW, HIGH, level=-7, metric="loss")).count("not reached") == 4


def test_the_numbers_are_sorted_by_the_url(compared):
    page = compared.page(compared.compare(LOW, HIGH, MIDDLE, metric="loss", sort="last"))
    table = page[page.index('id="summary"') :].split("</table>")[0]
    assert re.findall(r'<a href="/runs/(\d+)">', table) == [str(compared.runs[name]) for name in (HIGH, MIDDLE, LOW)]
    turned = compared.page(compared.compare(LOW, HIGH, MIDDLE, metric="loss", sort="-last"))
    assert 'aria-sort="descending"' in turned[turned.index('id="summary"') :]


def test_unknown_runs_metrics_and_values_are_named_beside_what_can_be_shown(compared):
    page = compared.page(
        compared.compare(LOW, metric="lss", x="banana", base=77, group="colour", sort="size") + "&run=9999&run=abc&metric=loss"
    )
    notes = re.findall(r'<p class="note" role="alert">(.*?)</p>', page)
    for words in ("There is no run 9999", "run=abc", "metric “lss”", "x=banana", "Run 77 is not among", "parameter “colour”", "sort=size"):
        assert [note for note in notes if words in note], words
    assert "loss" in labels(page)


def test_no_runs_at_all_get_a_way_out(compared):
    page = compared.page("/compare")
    assert "No runs to compare" in page


def test_runs_of_different_programs_are_drawn_together(compared):
    page = compared.page(compared.compare("lightgbm-every", "nanogpt-real-redir", HIGH))
    assert len(labels(page)) >= 2
    assert "No metric found" not in page


def test_sft_and_dpo_share_what_both_print_and_the_shared_charts_come_first(compared):
    page = compared.page(compared.compare("trl-sft-redir", "trl-dpo-redir"))
    names = labels(page)
    assert names[:3] == ["loss", "learning_rate", "grad_norm"]
    assert "rewards/chosen" not in names[:3]


def test_tokens_are_an_axis_where_they_are_printed(compared):
    page = compared.page(compared.compare("trl-sft-redir", "trl-dpo-redir", x="tokens", metric="loss"))
    (loss,) = charts(page)
    end = float(re.findall(r'data-full1="([^"]+)"', loss)[0])
    assert end > 1000
    without = compared.page(compared.compare("trl-sft-redir", LOW, x="tokens", metric="loss"))
    assert f"No count of tokens is printed by “{LOW}”." in without


def test_the_fragment_is_empty_until_a_run_changes(compared):
    path = compared.compare(LOW, HIGH).replace("/compare?", "/compare/charts?")
    status, body = compared.board.get(path)
    assert status == 200
    assert b"<html" not in body
    page = compared.page(compared.compare("lightgbm-every"))
    poll = re.search(r'hx-get="(/compare/charts\?[^"]*seen=[0-9a-f]{8})"', page)
    if poll:  # live while its log is young
        assert compared.board.get(poll[1].replace("&amp;", "&"))[0] in (200, 204)
    seen = re.search(r"seen=([0-9a-f]{8})", compared.page(compared.compare("nanogpt-real-redir"))) if poll else None
    assert (
        seen is None
        or compared.board.get(compared.compare("nanogpt-real-redir").replace("/compare?", "/compare/charts?") + f"&seen={seen[1]}")[0]
        == 204
    )


def test_the_first_chart_is_a_picture_of_its_own(compared):
    url = (
        compared.board.url
        + compared.compare(LOW, HIGH, metric="loss", group="learning_rate").replace("/compare?", "/compare.svg?")
        + "&w=900"
    )
    with urllib.request.urlopen(url) as answer:
        body, tag = answer.read(), answer.headers["etag"]
    root = ElementTree.fromstring(body)
    assert root.get("width") == "900"
    assert b"learning_rate=0.001" in body
    with pytest.raises(urllib.error.HTTPError) as same:
        urllib.request.urlopen(urllib.request.Request(url, headers={"If-None-Match": tag}))
    assert same.value.code == 304


def test_the_texts_of_two_runs_stand_side_by_side(compared):
    page = compared.page(f"/compare/logs?run={compared.runs[LOW]}&run={compared.runs[HIGH]}")
    assert page.count('class="pair"') > 50
    assert "step 150" in page
    only = page[page.index("Only in") :]
    assert "sample:" in only
    later = compared.page(f"/compare/logs?run={compared.runs[LOW]}&run={compared.runs[HIGH]}&from=290")
    assert re.findall(r'class="pair-step">step (\d+)<', later) == ["290", "300"]


def test_one_run_alone_has_nothing_to_stand_beside(compared):
    assert "Two runs are needed" in compared.page(f"/compare/logs?run={compared.runs[LOW]}")


@pytest.mark.parametrize(
    "query", ["run=" + "9" * 17, "experiment=12345678", "level=1e400", "group=%3Cscript%3E", "metric=" + "x" * 300, "from=5&to=1&run=1"]
)
def test_no_query_string_breaks_the_page(compared, query):
    for path in ("/compare?", "/compare/charts?", "/compare/logs?"):
        status, body = compared.board.get(path + query)
        assert status == 200
        assert b"<script>" not in body
    assert compared.board.get("/compare.svg?" + query)[0] in (200, 404)


def test_a_run_of_epochs_beside_one_of_steps_has_its_own_axis_and_words(start_board, tmp_path):
    logs = tmp_path / "runs"
    logs.mkdir()
    (logs / "steps.log").write_text("".join(f"step {n}000: loss 2.{n}\n" for n in range(1, 9)))
    (logs / "epochs.log").write_text("".join(f"Epoch {n} - accuracy: 0.{n}\n" for n in range(1, 9)))
    board = start_board(logs)
    board.wait_for("/api/v1/runs", r'("points":[1-9].*){2}')
    page = board.get("/compare?run=1&run=2")[1].decode()
    ends = dict(zip(labels(page), re.findall(r'data-full1="([^"]+)"', page), strict=True))
    assert (float(ends["loss"]), float(ends["accuracy"])) == (8000, 8)

    def head(metric: str, level: float) -> list[str]:
        page = board.get(f"/compare?run=1&run=2&metric={metric}&level={level}")[1].decode()
        return re.findall(r'<th scope="col"[^>]*>([^<]+)<', page[page.index(f"<h3>{metric} up to") :])[:7]

    assert head("loss", 2.4) == ["Run", "Step", "against the first", "Time since start", "against the fastest", "Epoch", "Value"]
    assert head("accuracy", 0.5)[:6] == ["Run", "Epoch", "against the first", "Time since start", "against the fastest", "Value"]
    assert 'scope="col" class="num">Epoch<' in board.get("/compare/report?run=1&run=2&metric=accuracy&level=0.5")[1].decode()


def test_a_run_that_flattens_the_others_is_named_over_the_chart(start_board, tmp_path):
    logs = tmp_path / "runs"
    logs.mkdir()
    for name, end in (("good", 1), ("fine", 1.5), ("bad", 500)):
        (logs / f"{name}.log").write_text("".join(f"step {n}: loss {loss}\n" for n, loss in enumerate([3, 2, 1.5, end])))
    board = start_board(logs)
    board.wait_for("/api/v1/runs", r'("points":[1-9].*){3}')
    page = board.get("/compare?experiment=1")[1].decode()
    hint = page.split('<p class="hint">')[1].split("</p>")[0]
    assert "“bad” rises to 500, half of the lines stay at 3 or below" in " ".join(hint.split())
    ways = dict(re.findall(r'href="([^"]+)"[^>]*>([^<]+)<', hint))
    assert list(ways.values()) == ["log scale y", "hide outliers", "leave out bad"]
    for way in ways:
        assert '<p class="hint">' not in board.get(way.replace("&amp;", "&"))[1].decode() or "clip" in way
    grouped = board.get("/compare?experiment=1&base=1")[1].decode()
    assert '<p class="hint">' not in grouped


def test_of_many_runs_the_best_are_compared_and_the_way_to_all_stands_beside_the_title(start_board, tmp_path):
    logs = tmp_path / "many"
    logs.mkdir()
    for run in range(12):
        (logs / f"run{run:02}.log").write_text("".join(f"step {n}: loss {12 - run + 1 / n:.3f}\n" for n in range(1, 9)))
    board = start_board(logs)
    board.wait_for("/api/v1/runs", r'("points":[1-9].*){12}')
    page = board.get("/compare?experiment=1")[1].decode()
    assert "<h1>Compare 10 of 12 runs</h1>" in page
    head = page.split("</h1>")[1].split("</div>")[0]
    assert "the best by loss" in head
    assert '<a href="/compare?experiment=1&amp;show=all">Show all 12</a>' in head
    table = page[page.index('class="run-table compared') :].split("</table>")[0]
    assert sorted(re.findall(r">(run\d\d)</a>", table)) == [f"run{run:02}" for run in range(2, 12)]
    button = re.search(r'href="([^"]*)">Compare all 12</a>', board.get("/experiments/1")[1].decode())
    assert button
    everything = board.get(button[1].replace("&amp;", "&"))[1].decode()
    assert "<h1>Compare 12 runs</h1>" in everything
    assert "Show all" not in everything
    assert re.search(r"<h1>Compare run\d\d</h1>", board.get("/compare?run=4")[1].decode())
