"""The numbers of a run that lists show: which series is its loss, and whether its steps or its epochs tell how far it is."""

from parser.points import Progress, StepRule
from tests.store.made import Log, parsed, points
from webapp.store.database import Database
from webapp.store.rows import RunRow
from webapp.store.runs import get_run

EPOCHS = StepRule("epoch")
RANKED = ("eval_loss [rank 7]", "loss [rank 7]", "aux_loss [rank 7]")


def run_of(database: Database, rule: StepRule, progress: Progress, *, epochs: list[float], metric: str = "box_loss") -> RunRow:
    log = Log(database)
    log.write(parsed({metric: points([float("nan")] * len(epochs), [0.5] * len(epochs), epochs)}, rule, progress=progress))
    run = get_run(database, log.run_id)
    assert run is not None
    return run


def test_the_bar_of_an_epoch_is_not_how_far_the_run_is(database: Database) -> None:
    for step in (0, 12, 26):  # also while the bar stands where the run does
        run = run_of(database, EPOCHS, Progress(step, 26, 12, 26), epochs=[10, 11, 12])
        assert (run.last_step, run.total_steps, run.last_epoch, run.total_epochs) == (12, None, 12, 26)


def test_steps_tell_how_far_a_run_is_whose_epochs_are_parts_of_a_whole(database: Database) -> None:
    run = run_of(database, EPOCHS, Progress(30, 30, 3, 3), epochs=[0.1, 1.5, 3])
    assert (run.last_step, run.total_steps) == (30, 30)


def test_steps_tell_how_far_a_run_is_where_no_number_of_epochs_is_known(database: Database) -> None:
    run = run_of(database, EPOCHS, Progress(12, 26, 12), epochs=[11, 12])
    assert (run.last_step, run.total_steps) == (12, 26)


def test_the_series_that_counts_as_the_loss_of_a_run_is_named(database: Database) -> None:
    found = {}
    for metrics in (("loss", "eval_loss"), ("eval_loss", "box_loss"), ("critic/vf_loss", "Actor/PG_Loss"), ("accuracy",), RANKED):
        log = Log(database, b"/logs/runs/%s.log" % metrics[0].replace("/", " ").encode())
        log.write(parsed({name: points([1], [n + 0.5]) for n, name in enumerate(metrics)}))
        run = get_run(database, log.run_id)
        assert run is not None
        found[metrics[0]] = (run.loss_metric, run.last_loss)
    assert found == {
        "loss": ("loss", 0.5),
        "eval_loss": ("eval_loss", 0.5),
        "critic/vf_loss": ("Actor/PG_Loss", 1.5),
        "accuracy": ("", None),
        "eval_loss [rank 7]": ("loss [rank 7]", 1.5),
    }


def test_the_best_loss_of_a_run_that_only_another_rank_prints_is_that_rank_s(database: Database) -> None:
    log = Log(database)
    log.write(parsed({name: points([1, 2], [2.5, 2.25 + n]) for n, name in enumerate(RANKED)}))
    run = get_run(database, log.run_id)
    assert run is not None
    assert (run.best_metric, run.best_loss) == ("eval_loss [rank 7]", 2.25)
