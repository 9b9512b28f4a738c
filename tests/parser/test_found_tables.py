"""Tables, boxes and blocks that testers found in logs of programs nobody had tried, in words of our own."""

import math

import pytest

from tests.parser.reading import curves


def test_a_time_in_brackets_behind_the_last_column_is_no_cell() -> None:
    table = "epoch  train_loss  valid_loss  f1_micro\n" + "".join(
        f"{n}      0.{n}11    0.{n}22    0.9{n}      (01:0{n})\n" for n in (1, 2, 3)
    )
    assert curves(table) == {
        "loss": [(1, 0.111), (2, 0.211), (3, 0.311)],
        "eval_loss": [(1, 0.122), (2, 0.222), (3, 0.322)],
        "f1_micro": [(1, 0.91), (2, 0.92), (3, 0.93)],
    }


def test_a_table_may_have_the_time_and_the_duration_of_each_row_before_its_counter() -> None:
    table = (
        "     timestamp            duration    number_of_trees    training_rmse    validation_mae\n"
        "--   -------------------  ----------  -----------------  ---------------  ----------------\n"
        "     2021-03-04 10:00:01  0.120 sec   0.0                0.75             NA\n"
        "     2021-03-04 10:00:02  1.250 sec   5.0                0.50             0.4\n"
        "---  ---                  ---         ---                ---              ---\n"
        "     2021-03-04 10:00:09  1 min  2.000 sec  40.0          0.25             0.2\n"
        "     2021-03-04 10:00:10  9.0 sec     45.0               0.2              0.1\n"
    )
    assert curves(table) == {
        "training_rmse": [(0, 0.75), (5, 0.5), (40, 0.25), (45, 0.2)],
        "validation_mae": [(5, 0.4), (40, 0.2), (45, 0.1)],
    }


def test_a_row_may_begin_with_its_number_which_stands_left_of_all_names() -> None:
    table = (
        "            timestamp   duration number_of_trees training_rmse\n"
        "1 2021-03-04 10:00:01  0.120 sec               0            NA\n"
        "2 2021-03-04 10:00:02  0.250 sec               1          41.5\n"
        "3 2021-03-04 10:00:03 10.250 sec               2          40.5\n"
    )
    assert curves(table) == {"training_rmse": [(1, 41.5), (2, 40.5)]}
    table = "   epoch  train_loss  valid_loss\n0      1        0.75         0.9\n1      2        0.50         0.8\n"
    assert curves(table) == {"loss": [(1, 0.75), (2, 0.5)], "eval_loss": [(1, 0.9), (2, 0.8)]}


def test_names_with_blanks_end_where_the_numbers_below_them_end() -> None:
    table = (
        "   Step  Training Loss  Valid. Loss  Valid. Score Training Time Validation Time\n"
        "0   100         0.4500       0.3500        0.6500       0:05:08         0:01:09\n"
        "1   200         0.3500       0.2500        0.7500       0:05:09         0:01:08\n"
    )
    assert curves(table) == {
        "loss": [(100, 0.45), (200, 0.35)],
        "eval_loss": [(100, 0.35), (200, 0.25)],
        "Valid. Score": [(100, 0.65), (200, 0.75)],
    }


def test_columns_of_one_name_have_the_name_of_the_group_above_them() -> None:
    table = (
        "    |      Whole Swarm       |      Best One       |\n"
        "---- ------------------------ --------------------- ----------\n"
        " Gen   Length         Fitness  Length        Fitness  Time Left\n"
        "   0     4.17          0.1275       3            N/A      9.52s\n"
        "   1     3.10          0.3386       5          0.536      1.04m\n"
    )
    assert curves(table) == {
        "Whole Swarm Length": [(0, 4.17), (1, 3.1)],
        "Whole Swarm Fitness": [(0, 0.1275), (1, 0.3386)],
        "Best One Length": [(0, 3), (1, 5)],
        "Best One Fitness": [(1, 0.536)],
    }


def test_words_above_a_header_tell_its_columns_apart() -> None:
    table = (
        "                                 Best            Mean     Stall\n"
        "Iteration     f-count            f(x)            f(x)    Iterations\n"
        "    0              40       8.500e+05       2.500e+06        0\n"
        "    1              80       7.500e+05       1.500e+06        1\n"
    )
    assert curves(table) == {
        "f-count": [(0, 40), (1, 80)],
        "Best f(x)": [(0, 850000), (1, 750000)],
        "Mean f(x)": [(0, 2500000), (1, 1500000)],
        "Stall Iterations": [(0, 0), (1, 1)],
    }


def test_a_title_above_a_header_names_no_column() -> None:
    table = "      The summary of this run\nepoch  step  batch  loss\n1      10    1      0.5\n1      20    2      0.4\n"
    assert curves(table)["loss"] == [(10, 0.5), (20, 0.4)]
    assert "The summary of this run batch" not in curves(table)


def test_columns_of_one_name_with_nothing_above_them_are_numbered() -> None:
    assert curves("epoch,loss,acc,loss\n1,0.5,0.7,0.4\n2,0.3,0.8,0.2\n") == {
        "loss": [(1, 0.5), (2, 0.3)],
        "acc": [(1, 0.7), (2, 0.8)],
        "loss #2": [(1, 0.4), (2, 0.2)],
    }


def test_chapters_of_a_logbook_name_their_columns_and_lists_in_cells_need_no_commas() -> None:
    table = (
        "   \t      \t           cost            \t   size   \n"
        "   \t      \t---------------------------\t----------\n"
        "gen\tnevals\tavg          \tmin        \tavg \tmin\n"
        "0  \t25    \t[ 1.5   -2. ]\t[ 0.5  1. ]\t24.5\t2  \n"
        "1  \t24    \t[ 1.25  -1. ]\t[ 0.25 1. ]\t27.5\t3  \n"
    )
    assert curves(table) == {
        "nevals": [(0, 25), (1, 24)],
        "cost avg": [(0, 1.5), (1, 1.25)],
        "cost avg #2": [(0, -2), (1, -1)],
        "cost min": [(0, 0.5), (1, 0.25)],
        "cost min #2": [(0, 1), (1, 1)],
        "size avg": [(0, 24.5), (1, 27.5)],
        "size min": [(0, 2), (1, 3)],
    }


def test_a_header_that_says_its_first_column_again_is_folded_and_of_classes() -> None:
    box = "| class | AP    | class | AP    |\n|:------|:------|:------|:------|\n| tram  | 7.250 | bus   | 8.250 |\n"
    assert curves("Epoch 3\n" + box + "Epoch 4\n" + box.replace("7.", "8.")) == {}


def test_a_counter_in_a_box_needs_no_word_of_a_metric_beside_it_once_two_rows_came() -> None:
    box = "|   iter    |  target   |     n     |\n-------------------------------------\n"
    rows = (
        "| 1         | 1.5e+05   | 4.25e+03  |\n n : 4250\n| 2         | 2.5e+05   | 12.25     |\n| 3         | 1.25e+05  | 11.0      |\n"
    )
    assert curves(box + rows) == {
        "target": [(1, 150000), (2, 250000), (3, 125000)],
        "n": [(1, 4250), (2, 12.25), (3, 11)],
    }
    assert curves(box + rows.split("\n", 1)[0]) == {}
    assert curves("| # | layer | params |\n|---|-------|--------|\n| 0 | 128   | 1000   |\n| 1 | 64    | 2000   |\n") == {}
    assert curves("| step | name | size |\n| 1 | unpack | 1.5 |\n| 2 | build | 2.5 |\n") == {}


def test_one_blank_between_columns_and_a_header_of_two_columns_in_one_cell() -> None:
    table = (
        "Iterat #Fevals   function value  axis ratio  sigma  min&max std  t[m:s]\n"
        "    1     10 4.410000000000000e+01 1.0e+00 4.90e-01  5e-01  6e-01 0:00.0\n"
        "  100   1000 2.110000000000000e+01 2.5e+00 1.90e-01  2e-01  3e-01 0:01.5\n"
    )
    assert curves(table) == {
        "#Fevals": [(1, 10), (100, 1000)],
        "function value": [(1, 44.1), (100, 21.1)],
        "axis ratio": [(1, 1), (100, 2.5)],
        "sigma": [(1, 0.49), (100, 0.19)],
        "min std": [(1, 0.5), (100, 0.2)],
        "max std": [(1, 0.6), (100, 0.3)],
    }


def test_a_row_that_lacks_its_last_cell_keeps_its_step() -> None:
    table = (
        "                                            First-order      Norm of\n"
        " Iter F-count            f(x)  Feasibility   optimality         step\n"
        "    0       1    5.226202e+00    0.000e+00    1.250e-01\n"
        "    1       2    4.923764e+00    0.000e+00    1.125e-01    5.500e-01\n"
        "    2       3    3.577178e+00    0.000e+00    7.500e-02    2.500e+00\n"
    )
    assert curves(table) == {
        "F-count": [(0, 1), (1, 2), (2, 3)],
        "f(x)": [(0, 5.226202), (1, 4.923764), (2, 3.577178)],
        "Feasibility": [(0, 0), (1, 0), (2, 0)],
        "optimality": [(0, 0.125), (1, 0.1125), (2, 0.075)],
        "Norm of step": [(1, 0.55), (2, 2.5)],
    }


def test_a_step_of_a_table_is_a_whole_number() -> None:
    assert curves("f(x)   loss   cost   step\n1.5    0.5    2.5    0.125\n1.4    0.4    2.4    0.25\n") == {}
    assert curves("timesteps  reward  loss\n1.5k       0.5     2.5\n3k         0.4     2.4\n")["reward"] == [(1500, 0.5), (3000, 0.4)]


def boxed(*rows: str) -> str:
    rule = "─" * 20 + "┼" + "─" * 30
    return f"╒{rule}╕\n" + f"├{rule}┤\n".join(f"{row}\n" for row in rows) + f"╘{rule}╛\n"


def test_a_row_of_a_box_may_hold_several_names_each_with_its_number() -> None:
    def step(epoch: int, batch: int, step: int) -> str:
        head = f"[Trail] 20250102-10:00:0{step}.250 RunLogger INFO: "
        return (
            f"{head}Epoch {epoch}/2 Step {batch}/2 Train step {step}/4 done.\n{head}\n"
            + boxed(
                f"│ actor/reward/avg  │ {step}.0000e-01 │ actor/grad_norm │  2.{step}000e-01 │",
                f"│ timeperf/step     │ 1.2000e+01 │ rollout/reward  │ -{step}.5000e-01 │",
                "│ actor/kl/avg      │ 0.0000e+00 │                 │             │",
            )
            + "\n"
        )

    assert curves("".join(step((n + 1) // 2, 1 + (n + 1) % 2, n) for n in (1, 2, 3, 4))) == {
        "actor/reward/avg": [(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)],
        "actor/grad_norm": [(1, 0.21), (2, 0.22), (3, 0.23), (4, 0.24)],
        "timeperf/step": [(n, 12) for n in (1, 2, 3, 4)],
        "rollout/reward": [(1, -0.15), (2, -0.25), (3, -0.35), (4, -0.45)],
        "actor/kl/avg": [(n, 0) for n in (1, 2, 3, 4)],
    }
    classes = boxed("│ cup or mug │ 7.698 │ bird │ 33.738 │", "│ person     │ 6.395 │ dog  │ 48.804 │")
    assert curves(f"Epoch 1\n{classes}Epoch 2\n{classes.replace('6.', '7.')}") == {}
    assert curves(boxed("│ learning_rate │ 0.001 │ batch_size │ 32 │", "│ max_grad_norm │ 1.0 │ lr │ 0.1 │")) == {}


def test_a_rare_line_of_names_and_values_between_slashes_under_a_step_needs_no_second_copy() -> None:
    def at(step: int, line: str) -> str:
        return f"--------------------[Step {step}]--------------------\n{line}\n"

    log = (
        at(1000, "run/score 3.5 / run/length 50 / rate/policy 0.5")
        + at(2000, "run/score 4.5 / run/length 60 / rate/policy 0.6")
        + at(3000, "rate/policy 0.7 / train/loss/dyn 1.5")
        + at(4000, "run/score 5.5 / run/length 60 / rate/policy 0.8 / train/loss/dyn 1.25 / report/loss/rep 1")
    )
    assert curves(log) == {
        "run/score": [(1000, 3.5), (2000, 4.5), (4000, 5.5)],
        "run/length": [(1000, 50), (2000, 60), (4000, 60)],
        "rate/policy": [(1000, 0.5), (2000, 0.6), (3000, 0.7), (4000, 0.8)],
        "train/loss/dyn": [(3000, 1.5), (4000, 1.25)],
        "report/loss/rep": [(4000, 1)],
    }
    assert curves("Found checks/loss 3 / checks/score 4\nFound checks/loss 3 / checks/score 4\n") == {}


def test_texts_in_a_table_inside_a_panel_are_no_record() -> None:
    panel = (
        "╭──────────────────── Step {0} ────────────────────╮\n"
        "│ ┃ Question      ┃ Answer          ┃ Reward ┃ │\n"
        "│ │ Add 4 and {0}.  │ at step: 7      │   0.50 │ │\n"
        "│ │               │ loss: {0} epoch…  │        │ │\n"
        "│ │               │ 9               │        │ │\n"
        "╰──────────────────────────────────────────────────╯\n"
        "{{'loss': 0.{0}5, 'reward': 0.{0}, 'epoch': 0.0{0}}}\n"
    )
    assert [value for _, value in curves("".join(panel.format(n) for n in (1, 2, 3)))["loss"]] == [0.15, 0.25, 0.35]


def test_a_row_of_a_wide_table_may_have_one_value_and_else_blank_cells() -> None:
    """As loggers write CSV that train and validate at other steps."""
    table = "epoch,step,train_loss,val_acc,val_f1,val_loss\n0,49,2.41,,,\n0,99,1.95,,,\n0,99,,0.52,0.48,1.87\n1,149,1.62,,,\n"
    found = curves(table)
    assert found["loss"] == [(49, 2.41), (99, 1.95), (149, 1.62)]
    assert found["eval_loss"] == [(99, 1.87)]
    assert found["val_acc"] == [(99, 0.52)]


def test_a_remark_behind_the_cells_of_a_row_is_no_cell() -> None:
    table = " Epoch   Train Loss   Val Loss   Time\n   1       2.45         2.5        12.3s\n   2       2.25         2.4        12.1s  *\n"
    table += "   3       2.15         2.3        12.2s  <- best\n"
    found = curves(table)
    assert found["loss"] == [(1, 2.45), (2, 2.25), (3, 2.15)]
    assert found["eval_loss"] == [(1, 2.5), (2, 2.4), (3, 2.3)]


def test_the_index_of_a_data_frame_is_the_step_where_no_other_column_is() -> None:
    assert curves(",loss,accuracy,val_loss\n0,0.9,0.5,1.1\n1,0.8,0.6,1.0\n") == {
        "loss": [(0, 0.9), (1, 0.8)],
        "accuracy": [(0, 0.5), (1, 0.6)],
        "eval_loss": [(0, 1.1), (1, 1.0)],
    }
    assert curves(",epoch,loss\n0,1,0.9\n1,2,0.8\n") == {"loss": [(1, 0.9), (2, 0.8)]}


def test_cells_parted_by_semicolons_have_decimal_commas() -> None:
    found = curves("Epoch;Train Loss;Val Acc\n1;2,345;0,61\n2;1,5e-03;61\n")
    assert found == {"loss": [(1, 2.345), (2, 0.0015)], "Val Acc": [(1, 0.61), (2, 61)]}


def test_values_that_a_board_or_a_monitor_wrote_are_read() -> None:
    assert curves("Wall time,Step,Value\n1717236000.1,10,2.5\n1717236010.1,20,2.25\n") == {"Value": [(10, 2.5), (20, 2.25)]}
    found = curves('#{"t_start": 1717236000.123, "env_id": "CartPole-v1"}\nr,l,t\n12.0,12,0.5\n23.0,23,0.75\n')
    assert [value for _, value in found["r"]] == [12, 23]
    assert [value for _, value in found["l"]] == [12, 23]


@pytest.mark.parametrize("mark", [",", ";", ", "])
@pytest.mark.parametrize("name", ["step", "epoch", "episode", "Iteration"])
def test_a_csv_of_a_place_and_one_metric_is_read(mark: str, name: str) -> None:
    text = "".join(f"{mark.join(row)}\n" for row in ((name, "loss"), ("10", "2.5"), ("20", "2"), ("30", "1.75")))
    assert curves(text) == {"loss": [(10, 2.5), (20, 2), (30, 1.75)]}


def test_words_with_a_comma_are_no_header_of_what_follows() -> None:
    assert curves("Epoch, loss\nsaved, done\n1,234 files\nseeds 1,2\nshapes 12, 13\n") == {}
    assert curves("Steps, as usual\n10,20\n30,40\n") == {}


def test_a_table_that_names_the_metric_in_a_cell_has_a_curve_for_each() -> None:
    text = "run,experiment,metric,step,epoch,value,timestamp,offset\na,e,loss,1,,2.5,,0\na,e,loss,2,,NaN,,23\na,e,eval_loss,2,,3.5,,48\n"
    found = curves(text + "b,e,loss,1,0.5,4.5,2026-01-28T10:00:00Z,0\nb,e,loss,2,1,4.25,,30\n")
    assert found.keys() == {"loss", "eval_loss", "b/loss"}
    assert found["loss"][0] == (1, 2.5)
    assert math.isnan(found["loss"][1][1])
    assert (found["eval_loss"], found["b/loss"]) == ([(2, 3.5)], [(1, 4.5), (2, 4.25)])
    assert curves("step,tag,value\n1,reward,5\n2,reward,6\n2,length,90\n") == {"reward": [(1, 5), (2, 6)], "length": [(2, 90)]}


def test_the_csv_of_stable_baselines_stands_at_the_time_steps() -> None:
    rows = "".join(f"{n},{10 + n}.5,{2048 * n},{'' if n == 1 else 1 / n}\n" for n in (1, 2, 4))
    assert curves("time/iterations,rollout/ep_rew_mean,time/total_timesteps,train/loss\n" + rows) == {
        "time/iterations": [(2048, 1), (4096, 2), (8192, 4)],
        "rollout/ep_rew_mean": [(2048, 11.5), (4096, 12.5), (8192, 14.5)],
        "loss": [(4096, 0.5), (8192, 0.25)],
    }


def test_the_bounds_in_an_export_of_wandb_are_no_metrics() -> None:
    head = '"trainer/global_step","run-1 - train/loss","run-1 - train/loss__MIN","run-1 - train/loss__MAX"\n'
    found = curves(head + "".join(f'"{n}0","{1 / n}","{1 / n}","{1 / n}"\n' for n in (1, 2, 4)))
    assert found == {"run-1 - train/loss": [(10, 1), (20, 0.5), (40, 0.25)]}


BOX = "╭────────────┬────────────╮\n│ actor/loss │ 1.{n}000e-01 │\n│ reward     │ 0.{n}        │\n│ seqlen     │ 12{n}.0      │\n"
BOX += "╰────────────┴────────────╯\n"


@pytest.mark.parametrize(
    "head", ["Step {n}\n", "20240101-00:00:0{n}.123 Stats INFO: Epoch 1/10 Step {n}/233 Train step {n}/2330 done.\n", "Epoch {n}:\n"]
)
def test_a_box_without_a_step_stands_where_the_line_above_it_says(head: str) -> None:
    found = curves("".join((head + BOX).format(n=n) for n in (1, 2, 3)))
    assert found == {
        "actor/loss": [(1, 0.11), (2, 0.12), (3, 0.13)],
        "reward": [(1, 0.1), (2, 0.2), (3, 0.3)],
        "seqlen": [(1, 121), (2, 122), (3, 123)],
    }


def test_a_box_is_no_record_where_no_line_above_it_tells_a_place_or_its_names_are_no_metrics() -> None:
    step = "step {n}: loss 0.{n}\n"
    loss = {"loss": [(1, 0.1), (2, 0.2), (3, 0.3)]}
    assert curves("".join((step + BOX).format(n=n) for n in (1, 2, 3))) == loss
    parts = "Epoch {n}\n+-----------+------+\n| embedding | 1.{n}  |\n| decoder   | 2.{n}  |\n+-----------+------+\nloss 0.{n}\n"
    assert curves("".join(parts.format(n=n) for n in (1, 2, 3))) == loss


def test_the_step_of_a_box_may_stand_above_a_ruler_of_its_own() -> None:
    ruler = "+-----------+-----+\n"
    box = f"{ruler}| Iteration | {{n}}   |\n{ruler}| loss      | 0.{{n}} |\n| reward    | 1.{{n}} |\n{ruler}"
    found = curves("".join(box.format(n=n) for n in (1, 2, 3)))
    assert (found["loss"], found["reward"]) == ([(1, 0.1), (2, 0.2), (3, 0.3)], [(1, 1.1), (2, 1.2), (3, 1.3)])
