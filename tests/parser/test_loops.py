"""Logs of training loops written by hand, as they are found in public repositories: what must come out, at which step or epoch."""

import math

import pytest

from tests.parser.reading import curves, read


def epochs_of(text: str, name: str) -> list[tuple[float, float]]:
    """Epoch and value of every point of a curve."""
    points = read(text).points[name]
    return list(zip(points.epoch.tolist(), points.value.tolist(), strict=True))


def test_numbers_of_any_width_in_padded_columns_are_of_one_record() -> None:
    scores = (5, 15, 5, 115, 15)
    found = curves("".join(f"Episode: {7 + n:<5}Score: {score:<6}Epsilon: 0.0{5 - n}\n" for n, score in enumerate(scores)))
    assert found["Score"] == [(7 + n, score) for n, score in enumerate(scores)]
    assert found["Epsilon"] == [(7 + n, (5 - n) / 100) for n in range(5)]


@pytest.mark.parametrize("mark", [" ✅", " *", " ← new record", " <- best", "  🎯🎯", " ← counter: 1/3"])
def test_a_mark_behind_a_value_makes_it_no_other_record(mark: str) -> None:
    marks = {2: mark}
    found = curves("".join(f"Epoch {n}\n  Val Acc: 0.8{n}{marks.get(n, '')}\n" for n in range(1, 5)))
    assert [value for _, value in found.pop("Val Acc")] == [0.81, 0.82, 0.83, 0.84]
    assert not found


def test_a_metric_that_stands_still_is_shown() -> None:
    text = "".join(f"Epoch {n}/3\nTrain loss: {3 / n:.2f}\nValid Loss: 2.303 Valid Acc: 0.100\n" for n in (1, 2, 3))
    assert epochs_of(text, "eval_loss") == [(1, 2.303), (2, 2.303), (3, 2.303)]
    assert epochs_of(text, "Valid Acc") == [(1, 0.1), (2, 0.1), (3, 0.1)]
    text = "".join(f"Episode {n}    Reward: 0    Epsilon: 0.03\n" for n in (7, 8, 9))
    assert curves(text)["Reward"] == [(7, 0), (8, 0), (9, 0)]


def test_a_metric_that_is_nan_from_the_beginning_is_shown() -> None:
    text = "".join(f"Epoch {n}/3\nTrain loss: nan, Validation loss: nan\n" for n in (1, 2, 3))
    for name in ("loss", "eval_loss"):
        assert [epoch for epoch, value in epochs_of(text, name) if math.isnan(value)] == [1, 2, 3]


def test_a_setting_that_is_said_again_with_every_start_is_no_metric() -> None:
    start = "learning_rate: 0.01\nloss_weight: 1.0\nweight_decay: 0.1\nbeta: 0.9\n"
    found = curves("".join(start + f"step {n}00: loss {3 / n:.3f}\n" for n in (1, 2, 3, 4)))
    assert found == {"loss": [(100, 3), (200, 1.5), (300, 1), (400, 0.75)]}
    assert "Data" not in curves("".join(f"epoch {n}\nData: 4076\nloss: 0.{n}\n" for n in range(1, 9)))


def test_a_learning_rate_that_stands_still_is_shown_once_it_has_stood_long_enough() -> None:
    text = "".join(f"Epoch {n}\nlearning rate = 0.0001000\n" for n in range(1, 12))
    assert epochs_of(text, "learning_rate") == [(n, 0.0001) for n in range(1, 12)]


def test_a_range_of_overlaps_is_part_of_the_name() -> None:
    text = "".join(
        f"SUMMARY OF EPOCH {n}\n├── Train\n│   └── Loss = {3 - n}.5\n"
        f"└── Validation\n    ├── Map@0.50 = 0.3{n}\n    └── Map@0.50:0.95 = 0.1{n}\n"
        for n in range(3)
    )
    found = curves(text)
    assert [value for _, value in found["val/Map@0.50:0.95"]] == [0.1, 0.11, 0.12]
    assert [value for _, value in found["val/Map@0.50"]] == [0.3, 0.31, 0.32]


@pytest.mark.parametrize(
    ("line", "steps"),
    [
        ("[epoch:{e}/20] [loss:0.{n}] [Time:[2022-08-28 00:11:3{n}]] [total time:0:02:2{n}]", [(1, 0.1), (2, 0.2), (3, 0.3)]),
        ("[epoch: {e}/20] loss: 0.{n} acc: 0.5", [(1, 0.1), (2, 0.2), (3, 0.3)]),
        ("[step:{e}00/3000] loss:0.{n}", [(100, 0.1), (200, 0.2), (300, 0.3)]),
        ("[Train:{e}/20] loss: 0.{n} acc: 0.5", [(1, 0.1), (2, 0.2), (3, 0.3)]),
        ("[{e}, 50/100] loss: 0.{n}", [(50, 0.1), (150, 0.2), (250, 0.3)]),
        ("[{e}/9, 50/100] loss: 0.{n}", [(50, 0.1), (150, 0.2), (250, 0.3)]),
        ("[train: {e}, 50 / 100] FPS: 46.3 (129.0)  ,  loss: 0.{n}  ,  IoU: 0.5", [(50, 0.1), (150, 0.2), (250, 0.3)]),
        ("[Epoch:{e}/20][Batch:50/100] loss: 0.{n}", [(50, 0.1), (150, 0.2), (250, 0.3)]),
        ("2019-12-01 12:59:29 Steps {e}0, Total time 5.99, data 0.01%. Loss 1.{n}", [(10, 1.1), (20, 1.2), (30, 1.3)]),
    ],
)
def test_a_place_in_brackets_is_no_rank_and_a_total_time_no_summary(line: str, steps: list[tuple[float, float]]) -> None:
    points = read("".join(line.format(e=n, n=n) + "\n" for n in (1, 2, 3)))
    (found,) = (name for name in points.points if "loss" in name)
    counted = curves("".join(line.format(e=n, n=n) + "\n" for n in (1, 2, 3)))[found]
    by_epoch = epochs_of("".join(line.format(e=n, n=n) + "\n" for n in (1, 2, 3)), found)
    assert steps in (counted, by_epoch)
    assert "train" not in points.points


def test_a_step_of_its_own_bracket_is_no_step_of_the_line_before() -> None:
    found = curves(
        "".join(
            f"INFO:root:[1,  {n:>3}/ 2562] - train_losses - Parent Class: 7.{n} - lr 0.1\n"
            f"INFO:root:[1,  {n:>3}] grad_stats: [5.29e-04 3.07e-03] (0.00e+00, 4.16e+00)\n"
            for n in (0, 25, 50)
        )
    )
    assert found["Parent Class"] == [(0, 7.0), (25, 7.25), (50, 7.50)]


def test_several_names_before_as_many_numbers_are_their_names_in_order() -> None:
    assert curves("".join(f"step {n} train loss, val loss: {n}.18 {n}.51\n" for n in (1, 2))) == {
        "loss": [(1, 1.18), (2, 2.18)],
        "eval_loss": [(1, 1.51), (2, 2.51)],
    }
    found = curves("".join(f"step {n}\nloss_a_s,loss_b_s 7.{n}8 5.{n}1\n" for n in (1, 2, 3)))
    assert found == {"loss_a_s": [(1, 7.18), (2, 7.28), (3, 7.38)], "loss_b_s": [(1, 5.11), (2, 5.21), (3, 5.31)]}


def test_names_and_numbers_parted_by_a_slash_are_pairs() -> None:
    text = "".join(f"[Epoch {n}/5] TRAIN acc/loss: 0.{n}60/1.{n}74\n[Epoch {n}/5] VAL   acc/loss: 0.{n}39/1.{n}10\n" for n in (1, 2))
    found = read(text).points
    assert {name: points.value.tolist() for name, points in found.items()} == {
        "TRAIN acc": [0.16, 0.26],
        "loss": [1.174, 1.274],
        "val/acc": [0.139, 0.239],
        "eval_loss": [1.11, 1.21],
    }
    found = curves("".join(f"Updates {n}, mean/median reward 41.{n}/40.{n}, min/max reward {n}.0/6{n}.5\n" for n in (1, 2)))
    assert found == {
        "mean reward": [(1, 41.1), (2, 41.2)],
        "median reward": [(1, 40.1), (2, 40.2)],
        "min reward": [(1, 1), (2, 2)],
        "max reward": [(1, 61.5), (2, 62.5)],
    }


def test_every_number_of_a_list_of_scores_is_a_curve() -> None:
    found = curves("".join(f"step {n} Pseudo dice [0.18, 0.0, 0.2{n}] lr [0.1, 0.1]\n" for n in (1, 2)))
    assert found == {
        "Pseudo dice": [(1, 0.18), (2, 0.18)],
        "Pseudo dice #2": [(1, 0.0), (2, 0.0)],
        "Pseudo dice #3": [(1, 0.21), (2, 0.22)],
        "learning_rate": [(1, 0.1), (2, 0.1)],
    }
    found = curves("".join(f"step:   {n}/ 3735 loss:0.365{n} 0.3224 2.8433 imps:26.6\n" for n in (1, 2)))
    assert [found[name][0] for name in ("loss", "loss #2", "loss #3", "imps")] == [(1, 0.3651), (1, 0.3224), (1, 2.8433), (1, 26.6)]


def test_the_first_of_a_row_of_unlike_numbers_is_no_value() -> None:
    assert "loss" not in curves("".join(f"INFO     loss:    {n}0 5878 7.90{n} 24056.0\n" for n in range(1, 9)))


def test_a_clock_of_twelve_hours_and_a_time_since_1970_are_no_metrics() -> None:
    text = "".join(f"Epoch {n} @ {n}:29 {half} : 0.97{n} C.E. Loss, 96.{n}% Accuracy\n" for n, half in ((8, "AM"), (9, "AM"), (11, "PM")))
    assert {name: points.value.tolist() for name, points in read(text).points.items()} == {
        "C.E. Loss": [0.978, 0.979, 0.9711],
        "Accuracy": [96.8, 96.9, 96.11],
    }
    assert "time" not in curves("".join(f"time: 159183057{n}.3328292, step: {n}, train loss: 0.{n}\n" for n in (1, 2, 3)))


@pytest.mark.parametrize("place", ["Epoch {n}", "Epoch [{n}/9]", "Epoch {n} |", "Epoch {n} -->"])
@pytest.mark.parametrize("phase", ["{} - Loss", "{}. Loss", "{}; Loss", "<{}> Loss", "{} => Loss", "- {} - Loss", "[{}] Loss", "{}: Loss"])
def test_the_phase_between_the_place_and_the_values_tells_training_and_validation_apart(place: str, phase: str) -> None:
    lines = [
        f"{place.format(n=n)} {phase.format(name)}: {n}.{digit}, Acc: 5{n}.{digit}\n"
        for n in (1, 2)
        for name, digit in (("Train", 1), ("Val", 2))
    ]
    found = read("".join(lines)).points
    assert found["loss"].value.tolist() == [1.1, 2.1]
    assert found["eval_loss"].value.tolist() == [1.2, 2.2]
    assert found["val/Acc"].value.tolist() == [51.2, 52.2]


@pytest.mark.parametrize(
    "stamp",
    [
        "09-02 20:39:1{}",
        "2019-09-02-20:39:1{}",
        "2019-09-02_20-39-1{}",
        "[2019-09-02_20-39-1{}]",
        "2019.09.02 20:39:1{}",
        "02.09.2019 20:39:1{}",
        "02-09-2019 20:39:1{}",
        "2019年09月02日 20:39:1{}",
        "09/02/2019 08:39:1{} PM",
        "Mon, 02 Sep 2019 20:39:1{} train.py[line:271] INFO",
        "INFO - 09/02/19 20:39:1{} - 0:00:05 -",
        "671 2019-09-02 20:39:1{} | INFO |",
    ],
)
def test_time_stamps_of_any_form_are_no_part_of_the_message(stamp: str) -> None:
    text = "2019-09-02 20:39:00 start\n"
    for n in (1, 2):
        at = stamp.format(n)
        text += f"{at} Epoch {n}\n{at} Train - Loss: {n}.1\n{at} Val - Loss: {n}.2\n"
    found = read(text).points
    assert {name: points.value.tolist() for name, points in found.items()} == {"loss": [1.1, 2.1], "eval_loss": [1.2, 2.2]}
    assert found["loss"].time.tolist() == [1567456751.0, 1567456752.0]


@pytest.mark.parametrize(
    ("heading", "goes_on", "name"),
    [
        ("testing in eval mode……", "Now continue training……", "eval/acc"),
        (">>>>> RuleE emb: Evaluating on valid", "", "val/acc"),
        ("Evaluating on the test set", "", "test/acc"),
        ("evaluate:dev", "", "val/acc"),
        ("evaluate: test", "", "test/acc"),
    ],
)
def test_a_line_that_announces_an_evaluation_tells_the_phase_of_what_follows(heading: str, goes_on: str, name: str) -> None:
    found = read("".join(f"epoch: {n}, acc: 0.1{n}\n{heading}\nacc: 0.2{n}\n{goes_on}\n" for n in (1, 2, 3))).points
    assert {key: points.value.tolist() for key, points in found.items()} == {"acc": [0.11, 0.12, 0.13], name: [0.21, 0.22, 0.23]}


@pytest.mark.parametrize(("trains", "evaluates"), [("ACTOR -", "EVALUATOR -"), ("[Actor]", "[Evaluator]"), ("[train]", "[eval]")])
def test_who_acts_tells_training_and_evaluation_apart(trains: str, evaluates: str) -> None:
    found = curves(
        "".join(
            f"{trains} Timestep: {n}00 | Episode return: -0.1{n}\n{evaluates} Timestep: {n}00 | Episode return: -0.2{n}\n"
            for n in (1, 2, 3)
        )
    )
    assert found["Episode return"] == [(100, -0.11), (200, -0.12), (300, -0.13)]
    assert found["eval/Episode return"] == [(100, -0.21), (200, -0.22), (300, -0.23)]


def test_the_generations_of_neat_have_their_fitness() -> None:
    found = curves(
        "".join(
            f" ****** Running generation {n} ****** \n\nPopulation's average fitness: -58{n}.5 stdev: 25{n}.8\n"
            f"Best fitness: -9.{n} - size: (1, 2) - species 5 - id 279{n}\n"
            for n in (0, 1, 2)
        )
    )
    assert found["Best fitness"] == [(0, -9.0), (1, -9.1), (2, -9.2)]
    assert found["Population's average fitness"] == [(0, -580.5), (1, -581.5), (2, -582.5)]


def test_the_best_so_far_among_other_values_makes_no_summary_of_them() -> None:
    found = curves("".join(f"Time 08h 36m 42s, Avg Reward 0.0{n}, Avg Accuracy 0.2{n}, Best Reward 0.184\n" for n in (1, 2, 3)))
    assert [value for _, value in found["Avg Reward"]] == [0.01, 0.02, 0.03]
    text = "".join(
        f"Epoch {n}/5 | 训练损失: 0.4{n} | 验证集准确率: 0.87\n新最佳模型已保存! Epoch: {n}, 验证集准确率: 0.87\n" for n in (1, 2)
    )
    assert len(read(text).points["验证集准确率"].value) == 2
    assert epochs_of("".join(f"Epoch  {n} | Final Loss: 16.{n}\n" for n in (1, 2)), "Final Loss") == [(1, 16.1), (2, 16.2)]


def test_a_summary_that_begins_with_its_epoch_places_the_lines_below_it() -> None:
    text = "".join(f"Epoch {n}: improved val_acc=0.4{n} -> saved to /tmp/model.pt\nVal metrics: acc=0.4{n} rec=0.1{n}\n" for n in (1, 2, 3))
    assert epochs_of(text, "val/acc") == [(1, 0.41), (2, 0.42), (3, 0.43)]


def test_a_header_with_other_numbers_places_the_first_line_below_it() -> None:
    text = "".join(f"Epoch {n}/100 | Tiefe: 2 | Daten: 512\ntrain loss: 3.{n}\n" for n in (1, 2, 3))
    assert epochs_of(text, "loss") == [(1, 3.1), (2, 3.2), (3, 3.3)]


def test_a_bracket_before_both_losses_counts_epochs_where_there_are_few() -> None:
    text = "".join(f"[{n}/100] Train Loss: 0.5{n}, Valid Loss: 0.6{n}\n" for n in (1, 2, 3))
    assert epochs_of(text, "loss") == [(1, 0.51), (2, 0.52), (3, 0.53)]
    assert curves("".join(f"[{n}000/300000] Train loss: 0.5{n}, Valid loss: 0.6{n}\n" for n in (1, 2)))["loss"] == [
        (1000, 0.51),
        (2000, 0.52),
    ]


@pytest.mark.parametrize(
    "name", ["Precision", "Prec@1", "R@10", "P@5", "CF1", "BER", "ADE", "test.acc", "validation mAP is", "NDCG@10", "MAPE", "EER"]
)
def test_the_names_of_scores_are_known(name: str) -> None:
    found = read("".join(f"Epoch {n} loss: 0.{n}\n{name}: 0.6{n}\n" for n in (1, 2, 3))).points
    assert [points.value.tolist() for key, points in found.items() if key != "loss"] == [[0.61, 0.62, 0.63]]


@pytest.mark.parametrize(("names", "keys"), [("Prec@1 {} Prec@5 {}", ["val/Prec@1", "val/Prec@5"]), ("ADE  {} FDE  {}", ["ADE", "FDE"])])
def test_the_results_behind_a_star_are_read(names: str, keys: list[str]) -> None:
    found = curves("".join(f"Epoch: [{n}][10/10] Loss 6.{n}\n * {names.format(f'8{n}.5', f'9{n}.5')}\n" for n in range(3)))
    assert [found[key] for key in keys] == [[(10, 80.5), (20, 81.5), (30, 82.5)], [(10, 90.5), (20, 91.5), (30, 92.5)]]


def test_a_counter_between_a_name_and_its_value_is_no_value() -> None:
    assert "Prec@1" not in curves("".join(f"Prec@1   {n} 83.333 (87.441)\tPrec@5   {n} 91.667 (96.860)\n" for n in range(9)))


def test_the_scores_of_a_class_are_apart_from_those_of_all() -> None:
    row = "{:>15}: precision:  8{}.3{}%; recall:  9{}.3{}%; FB1:  87.56  2005\n"
    text = "".join(
        f"epoch {n} loss: 0.{n}\nevaluate:dev\naccuracy:  98.01%; precision:  85.3{n}%; recall:  86.8{n}%; FB1:  86.06\n"
        + row.format("LOC", 1, n, 1, n)
        + row.format("ORG", 2, n, 2, n)
        for n in (1, 2, 3)
    )
    found = {name: points.value.tolist() for name, points in read(text).points.items()}
    assert found["val/precision"] == [85.31, 85.32, 85.33]
    assert found["val/LOC/precision"] == [81.31, 81.32, 81.33]
    assert found["val/ORG/recall"] == [92.31, 92.32, 92.33]


@pytest.mark.parametrize(
    ("line", "first", "then"),
    [
        ("[batch 140/150, epoch {e}/15]: loss:0.{n}", 140, 290),
        ("iteration:{e} step:140/150, NER loss: 1.{n}", 140, 290),
        ("[epoch:   {e}/100000, batch:  8268/13617, ite: {e}00] train loss: 1.{n}", 100, 200),
    ],
)
def test_the_counter_of_batches_goes_on_with_the_epochs(line: str, first: int, then: int) -> None:
    (found,) = curves("".join(line.format(e=n, n=n) + "\n" for n in (1, 2))).values()
    assert [step for step, _ in found] == [first, then]


def test_a_bracket_below_the_line_of_its_epoch_counts_inside_it() -> None:
    text = "".join(
        f"Epoch: {e}/100 | Learning Rate: 2.0e-0{e}\n" + "".join(f"[{n:04}/3136]| Loss hand:5.{n} object:0.{e}\n" for n in (0, 500))
        for e in (1, 2)
    )
    assert [step for step, _ in curves(text)["object"]] == [0, 500, 3136, 3636]
    text = "".join(
        f"Normalized Epoch {e}/20\n" + "".join(f"Normalized - Batch {n}/563, Loss: 0.4{e}, Acc: 70.{e}%\n" for n in (0, 100))
        for e in (1, 2)
    )
    assert [step for step, _ in curves(text)["Acc"]] == [0, 100, 563, 663]


def test_a_count_before_the_episode_is_the_step() -> None:
    found = curves("".join(f"  {n}9160/50000: episode: 56{n}, episode reward: 1{n}.000, loss: 78.{n}\n" for n in (1, 2)))
    assert found["episode reward"] == [(19160, 11), (29160, 12)]


@pytest.mark.parametrize(("head", "places"), [("update: {}0\tfps: 30.9", [10, 20, 30]), ("batch i:{}, episode_len:30", [1, 2, 3])])
def test_the_line_that_counts_places_the_lines_below_it_from_the_first_on(head: str, places: list[int]) -> None:
    found = curves("".join(f"{head.format(n)}{n}\nAverage window size 11 reward: -0.0{n}5\n" for n in (1, 2, 3)))
    (reward,) = (points for name, points in found.items() if "reward" in name)
    assert [step for step, _ in reward] == places


def test_an_epoch_before_its_word_is_read() -> None:
    text = "".join(f"2020-04-27 19:05:46,639 - root - INFO - {n} epoch, loss: 0.0{n}, time: 0:11:54\n" for n in (1, 2, 3))
    assert epochs_of(text, "loss") == [(1, 0.01), (2, 0.02), (3, 0.03)]


def test_numbers_of_devices_and_tasks_are_no_metrics() -> None:
    found = curves("".join(f"| Training Device=xla:0/2 Step={n}0 Loss=2.{n} Rate=2269.54\n" for n in (1, 2)))
    assert found == {"loss": [(10, 2.1), (20, 2.2)], "Rate": [(10, 2269.54), (20, 2269.54)]}
    found = curves("".join(f"[0434:0]:11/01/2024 11:05:18 [INFO|DP=0|PP=0|TP=0|node]: iteration: {n} / 17 | loss: 2.{n}\n" for n in (1, 2)))
    assert found == {"loss": [(1, 2.1), (2, 2.2)]}


def test_the_result_at_the_end_of_each_fold_is_read() -> None:
    found = read(
        "".join(
            f"--- Fold {fold} ---\n"
            + "".join(f"Epoch {n} | Train Loss: 0.{fold}{n}, Val Acc: 0.6\n" for n in (1, 5))
            + f"Test Accuracy: 0.5{fold}\n\n"
            for fold in (1, 2)
        )
    ).points
    assert found["Test Accuracy"].value.tolist() == [0.51, 0.52]


def test_the_loss_for_an_epoch_is_said_in_words() -> None:
    assert epochs_of("".join(f"The training loss for Epoch {n} is 7.{n}\nlr: 0.{n}\n" for n in (1, 2)), "loss") == [(1, 7.1), (2, 7.2)]


def test_lengths_among_the_metrics_of_a_json_line_make_it_no_configuration() -> None:
    line = (
        '{{"loss": 0.{n}, "reward": 0.6{n}, "completions/min_length": 13.0, "completions/max_length": 39.0, "epoch": 0.{n}, "step": {n}}}\n'
    )
    assert curves(line.format(n=1) + line.format(n=2))["reward"] == [(1, 0.61), (2, 0.62)]


def test_names_that_differ_in_their_numbers_alone_are_read() -> None:
    found = curves("".join(f"Epoch{n} [10/10] Stage 0 = 32.{n}(8.4)\tStage 1 = 19.{n}(5.1)\n" for n in (1, 2)))
    assert found["Stage 0"] == [(10, 32.1), (20, 32.2)]
    assert found["Stage 1"] == [(10, 19.1), (20, 19.2)]
    found = read("".join(f"Epoch {n}: IoU class 0: 0.5{n} class 1: 0.6{n}\n" for n in (1, 2))).points
    assert {name: points.value.tolist() for name, points in found.items()} == {"IoU class 0": [0.51, 0.52], "class 1": [0.61, 0.62]}


def test_a_confusion_matrix_is_no_curve() -> None:
    found = curves("".join(f"step {n} val acc=0.4{n} cm=[[2, {n}], [2, 0]]\n" for n in (1, 2, 3)))
    assert found == {"val acc": [(1, 0.41), (2, 0.42), (3, 0.43)]}


@pytest.mark.parametrize("head", ["Epoch 1/20\n", "Epoch: 1\n", "Epoch 0/0\n----------\n"])
def test_a_log_that_ends_in_its_first_epoch_shows_what_it_has(head: str) -> None:
    found = read(head + "train Loss: 0.9 Acc: 0.5\nval Loss: 0.8 Acc: 0.6\n").points
    assert {name: points.value.tolist() for name, points in found.items()} == {
        "loss": [0.9],
        "Acc": [0.5],
        "eval_loss": [0.8],
        "val/Acc": [0.6],
    }
    assert read(head + "Loss: 4.11\nLoss: 4.17\nLoss: 4.0\n").points["loss"].value.tolist() == [4.11, 4.17, 4.0]


def test_limits_of_a_metric_make_its_line_no_configuration() -> None:
    text = "".join(f"epoch {n} loss 0.{n}\nmin_ade:2.{n},min_fde:5.{n},mr:0.8{n}, val_loss:1.{n}\n" for n in (1, 2, 3))
    assert epochs_of(text, "min_ade") == [(1, 2.1), (2, 2.2), (3, 2.3)]
    assert epochs_of(text, "eval_loss") == [(1, 1.1), (2, 1.2), (3, 1.3)]


def test_a_place_with_its_phase_is_a_place() -> None:
    found = curves("".join(f"Epoch train: [{e}/14], Step train: [{n}/92], Loss train: 8.{n}\n" for e in (0, 1) for n in (1, 2)))
    assert found == {"loss": [(1, 8.1), (2, 8.2), (93, 8.1), (94, 8.2)]}


def test_a_named_set_is_evaluated() -> None:
    text = "".join(
        f"Train Ep: {n} lr0.0096 \t Loss T 0.1{n}\nLabeled Target set: Average loss: 2.{n}, F1 (42.{n}%)\nTest set: Average loss: 3.{n}\n"
        for n in (1, 2)
    )
    found = {name: points.value.tolist() for name, points in read(text).points.items()}
    assert found["eval/Average loss"] == [2.1, 2.2]
    assert found["test/Average loss"] == [3.1, 3.2]


def test_a_remark_behind_the_values_makes_it_no_other_record() -> None:
    tail = {1: "         > saved as best model!", 3: "  > saved"}
    found = curves("".join(f"{n}       train loss=0.3{n}        valid loss=2.7{n}{tail.get(n, '')}\n" for n in (1, 2, 3, 4)))
    assert found["loss"] == [(1, 0.31), (2, 0.32), (3, 0.33), (4, 0.34)]


def test_a_date_is_no_value() -> None:
    assert "Time" not in curves("".join(f"step {n} loss: 0.{n} Time: 02/05/2018--11:41 Frames: 17{n}\n" for n in (1, 2, 3)))


def test_a_name_may_begin_with_a_digit() -> None:
    assert curves("".join(f"step {n} 2d_loss: 6.{n} 3d_loss: 7.{n}\n" for n in (1, 2))) == {
        "2d_loss": [(1, 6.1), (2, 6.2)],
        "3d_loss": [(1, 7.1), (2, 7.2)],
    }


def test_a_number_behind_blanks_in_quotes_has_no_name() -> None:
    assert curves("   '''=2=7 z\n") == {}


def test_a_precision_is_a_score_where_it_is_a_fraction_and_else_a_setting() -> None:
    log = read("".join(f"Epoch {n} loss 0.{n}\n Recall:   0.63{n}\n Precision:       0.63{n}9\n" for n in (1, 2, 3)))
    assert log.params == {}
    assert log.points["Precision"].value.tolist() == [0.6319, 0.6329, 0.6339]
    assert read("precision: 16\nstep 1 loss 0.5\n").params == {"precision": "16"}


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("worker-{}: [2024-01-01 10:00:0{}] ", "worker-2"),
        ("gpu-node0{}.cluster: ", "gpu-node02.cluster"),
        ("trainer-{}  | ", "trainer-2"),
        ("[pod/train-{}/pytorch] ", "train-2"),
    ],
)
def test_what_several_machines_print_into_one_log_are_several_curves(prefix: str, name: str) -> None:
    lines = [prefix.format(host, n) + f"step {n} loss {host}.{n}\n" for n in (1, 2, 3) for host in (1, 2)]
    assert curves("".join(lines)) == {"loss": [(1, 1.1), (2, 1.2), (3, 1.3)], f"{name}/loss": [(1, 2.1), (2, 2.2), (3, 2.3)]}
    claimed = [prefix.format(host, n) + f"{{'loss': {host}.{n}, 'grad_norm': 1.5, 'epoch': 0.{n}}}\n" for n in (1, 2) for host in (1, 2)]
    assert [name for name in curves("".join(claimed)) if "loss" in name] == ["loss", f"{name}/loss"]


def test_a_name_of_a_machine_alone_changes_no_name() -> None:
    assert curves("".join(f"node02: iteration {n}/ 9 | lm loss: 1.{n} |\n" for n in (1, 2))) == {"loss": [(1, 1.1), (2, 1.2)]}


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Accuracy of the network on the 10000 test images: {} %", "Accuracy on test images"),
        ("Test Accuracy of the model on the 10000 test images: {} %", "Test Accuracy on test images"),
        ("Accuracy of our CNN on the 5000 validation samples is {}%", "Accuracy on validation samples"),
        ("Accuracy of the model on the test images: {} %", "Accuracy on test images"),
        ("Accuracy on all 400 sentences: {}", "Accuracy on sentences"),
    ],
)
def test_how_many_a_score_is_of_is_no_part_of_its_name(line: str, name: str) -> None:
    log = "".join(f"[{epoch},  500] loss: 0.{9 - epoch}\n{line.format(40.5 + epoch)}\n" for epoch in (1, 2, 3))
    assert curves(log) == {"loss": [(500, 0.8), (1000, 0.7), (1500, 0.6)], name: [(500, 41.5), (1000, 42.5), (1500, 43.5)]}


@pytest.mark.parametrize(
    "pairs", ["OrderedDict([('loss', {0}), ('acc', 0.8)])", "[('loss', {0}), ('acc', 0.8)]", "(('loss', '{0}'), ('acc', '0.8'))"]
)
def test_names_and_values_in_pairs_are_read(pairs: str) -> None:
    found = curves("".join(f"Epoch {n}: {pairs.format(2.5 - n / 10)}\n" for n in (1, 2, 3)))
    assert found["loss"] == [(1, 2.4), (2, 2.3), (3, 2.2)]
    assert found["acc"] == [(1, 0.8), (2, 0.8), (3, 0.8)]


def test_settings_in_pairs_are_no_metrics() -> None:
    assert (
        curves("optimizer [('lr', 0.001), ('momentum', 0.9)]\nargs [('epochs', 10), ('batch_size', 32), ('loss_weight', 0.1)]\n" * 2) == {}
    )


def test_the_unit_of_a_step_is_no_part_of_the_name_behind_it() -> None:
    assert curves("iter 1k loss 2.3\niter 2k loss 2.1\niter 3k loss 2.0\n") == {"loss": [(1000, 2.3), (2000, 2.1), (3000, 2.0)]}


def test_the_phases_of_a_workflow_are_no_metrics() -> None:
    workflow = "2026-03-04 12:21:31,712 - mmdet - INFO - workflow: [('train', {0})], max: {1} epochs\n"
    train = "2026-03-04 12:22:{0}1,712 - mmdet - INFO - Epoch [{0}][50/100]\tlr: 0.01, loss: 1.{0}\n"
    assert set(curves(workflow.format(1, 48) + "".join(train.format(n) for n in (1, 2, 3)) + workflow.format(1, 36))) == {
        "loss",
        "learning_rate",
    }
