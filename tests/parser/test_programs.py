"""Logs of single programs: what must come out of a few lines of each, at which step."""

import json

import pytest

from tests.parser.reading import curves, points_of, read

AP = " Average Precision  (AP) @[ IoU={iou:<9} | area={area:>6} | maxDets=100 ] = 0.{value}\n"


def coco(value: int) -> str:
    """The lines of one evaluation."""
    scores = [("0.50:0.95", "all", value), ("0.50", "all", value + 100), ("0.75", "all", value + 10), ("0.50:0.95", "small", value + 20)]
    return (
        "Accumulating evaluation results...\nDONE (t=0.12s).\n"
        + "".join(AP.format(iou=iou, area=area, value=score) for iou, area, score in scores)
        + f" Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets=  1 ] = 0.{value + 30}\n"
        + f" Average Recall     (AR) @[ IoU=0.50:0.95 | area=   all | maxDets= 10 ] = 0.{value + 40}\n"
    )


def test_the_scores_of_coco_are_a_series_for_each_overlap_area_and_number_of_detections() -> None:
    train = "Epoch: [{}]  [ 50/100]  eta: 0:00:40  loss: 3.1000 (35.1000)\nIoU metric: bbox\n"
    found = curves("".join(train.format(n) + coco(112 + n) for n in range(3)))
    assert found["val/AP@0.50:0.95 all@100"] == [(50, 0.112), (150, 0.113), (250, 0.114)]
    assert found["val/AP@0.50 all@100"] == [(50, 0.212), (150, 0.213), (250, 0.214)]
    assert found["val/AP@0.75 all@100"] == [(50, 0.122), (150, 0.123), (250, 0.124)]
    assert found["val/AP@0.50:0.95 small@100"] == [(50, 0.132), (150, 0.133), (250, 0.134)]
    assert found["val/AR@0.50:0.95 all@1"] == [(50, 0.142), (150, 0.143), (250, 0.144)]
    assert found["val/AR@0.50:0.95 all@10"] == [(50, 0.152), (150, 0.153), (250, 0.154)]


def test_the_scores_of_masks_are_apart_from_those_of_boxes() -> None:
    found = curves("".join(f"step {n} loss 0.{n}\nIoU metric: bbox\n{coco(112 + n)}IoU metric: segm\n{coco(312 + n)}" for n in (1, 2)))
    assert found["val/AP@0.50:0.95 all@100"] == [(1, 0.113), (2, 0.114)]
    assert found["val/segm/AP@0.50:0.95 all@100"] == [(1, 0.313), (2, 0.314)]


def test_the_scores_of_coco_are_no_points_where_the_log_tells_them_again() -> None:
    line = "2021-10-04 12:22:55,853 - mmdet - INFO - "
    found = curves(f"{line}Epoch [1][50/489]\tlr: 4.945e-04, loss: 0.9\n{coco(112)}{line}Epoch(val) [1][5000]\tbbox_mAP: 0.1120\n")
    assert not [name for name in found if "AP@" in name or "AR@" in name]
    assert found["val/bbox_mAP"] == [(50, 0.112)]


def test_minus_one_is_no_score_of_coco() -> None:
    line = " Average Precision  (AP) @[ IoU=0.50:0.95 | area= small | maxDets=100 ] = -1.000"
    assert curves("step 1 loss 0.5\n" + line + "\n").keys() == {"loss"}


def test_a_table_below_a_header_that_is_marked_as_a_comment_is_read() -> None:
    rows = [(1, 0.51, 0.71), (2, 0.41, 0.72), (3, 0.31, 0.73)]
    for header, blank in (
        ("# epoch loss acc", " "),
        ("#epoch,loss,acc", ","),
        ("# epoch\tloss\tacc", "\t"),
        ("#  epoch     loss    acc", "    "),
    ):
        found = curves(f"{header}\n" + "".join(f"{epoch}{blank}{loss}{blank}{acc}\n" for epoch, loss, acc in rows))
        assert found == {"loss": [(1, 0.51), (2, 0.41), (3, 0.31)], "acc": [(1, 0.71), (2, 0.72), (3, 0.73)]}, header


def test_the_learning_curve_of_deepmd_is_read() -> None:
    found = curves(
        "#  step      rmse_trn    rmse_e_trn    rmse_f_trn         lr\n"
        "# If there is no available reference data, rmse_*_{val,trn} will print nan\n"
        "      0      1.33e+01      1.47e-01      4.05e-01    1.0e-03\n"
        "    100      1.21e+01      1.11e-01      4.11e-01    9.0e-04\n"
    )
    assert found["rmse_trn"] == [(0, 13.3), (100, 12.1)]
    assert found["learning_rate"] == [(0, 0.001), (100, 0.0009)]


def test_a_number_sign_that_is_a_column_is_the_step() -> None:
    assert curves("#   loss   acc\n1   0.5   0.7\n2   0.4   0.8\n") == {"loss": [(1, 0.5), (2, 0.4)], "acc": [(1, 0.7), (2, 0.8)]}
    found = curves("#  epoch  loss  acc\n10  1  0.5  0.7\n20  2  0.4  0.8\n")
    assert found["loss"] == [(10, 0.5), (20, 0.4)]


def test_a_batch_in_a_table_counts_inside_the_epoch() -> None:
    found = curves("epoch,batch,loss\n" + "".join(f"{epoch},{batch},0.{epoch}{batch}\n" for epoch in (1, 2) for batch in (20, 40)))
    assert found["loss"] == [(20, 0.12), (40, 0.14), (60, 0.22), (80, 0.24)]


def test_a_row_with_blank_cells_between_bars_is_read() -> None:
    found = curves(
        "|  run   |  epoch  |  train_loss  |  val_acc  |  tta_val_acc  |  time_seconds  |\n"
        "----------------------------------------------------------------------------------\n"
        "|     0  |      0  |      1.5123  |   0.4923  |               |        0.5123  |\n"
        "|     0  |      1  |      1.2123  |   0.5923  |               |        1.0123  |\n"
        "|     0  |      2  |      1.1123  |   0.6923  |       0.9401  |        1.5123  |\n"
        "|     0  |   eval  |              |   0.9323  |       0.9401  |        3.2123  |\n"
    )
    assert found["loss"] == [(0, 1.5123), (1, 1.2123), (2, 1.1123)]
    assert found["val_acc"] == [(0, 0.4923), (1, 0.5923), (2, 0.6923)]
    assert found["tta_val_acc"] == [(2, 0.9401)]
    assert found["time_seconds"] == [(0, 0.5123), (1, 1.0123), (2, 1.5123)]


def test_the_tables_of_nequip_tell_the_batches_of_the_training_and_the_results_of_the_epochs() -> None:
    batches = "# Epoch batch         loss       loss_f        f_mae\n"
    found = curves(
        f"validation\n{batches}      0    10        0.949        0.949         23.1\n\n\n"
        "  Initialization     #    Epoch      wal       LR       loss_f         loss        f_mae\n"
        "! Initial Validation          0    4.302    0.005        0.982        0.982         23.4\n"
        + "".join(
            f"training\n{batches}      {n}    20        0.{9 - n}29        0.929         22.1\n"
            f"      {n}    40        0.{9 - n}19        0.919         22.0\n\n"
            f"validation\n{batches}      {n}    10        0.849        0.849         21.1\n\n"
            "  Train      #    Epoch      wal       LR       loss_f         loss        f_mae\n"
            f"! Train               {n}    9.302    0.005        0.882        0.{9 - n}82         22.4\n"
            f"! Validation          {n}    9.302    0.005        0.782        0.{8 - n}82         21.4\n"
            f"Wall time: {n}9.302741943001\n! Best model        {n}    0.782\n\n"
            for n in (1, 2)
        )
    )
    assert found["loss"] == [(20, 0.829), (40, 0.819), (60, 0.729), (80, 0.719)]
    assert found["eval_loss"] == [(0, 0.982), (40, 0.782), (80, 0.682)]
    assert found["train/loss"] == [(40, 0.882), (80, 0.782)]


def test_a_cell_that_is_a_list_holds_a_value_for_each_of_its_parts() -> None:
    found = curves(
        "Step      Train loss              Test loss               Test metric   \n"
        "0         [1.23e+00, 3.45e-01]    [1.33e+00, 3.55e-01]    [9.91e-01]    \n"
        "1000      [1.13e-01, 3.35e-02]    [1.23e-01, 3.45e-02]    [8.91e-01]    \n"
    )
    assert found["loss"] == [(0, 1.23), (1000, 0.113)]
    assert found["Train loss #2"] == [(0, 0.345), (1000, 0.0335)]
    assert found["eval_loss"] == [(0, 1.33), (1000, 0.123)]
    assert found["Test metric"] == [(0, 0.991), (1000, 0.891)]


CONFIG = {
    "type": "sd_trainer",
    "trigger_word": "p3r{5}on",
    "network": {"type": "lora", "linear": 16, "linear_alpha": 16},
    "datasets": [{"folder_path": "/data/img", "caption_dropout_rate": 0.05, "resolution": [512, 768]}],
    "train": {"batch_size": 1, "steps": 2000, "gradient_accumulation": 1, "lr": 0.0001, "ema_config": {"use_ema": True, "ema_decay": 0.99}},
    "sample": {"sample_every": 250, "seed": 42, "guidance_scale": 4},
}


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        {key: value for key, value in CONFIG.items() if key != "datasets"},
        {"train": {"steps": 2000, "lr": 0.0001, "batch_size": 1}},
        {"optimizer": {"steps": 500, "lr": 0.001, "loss_weight": 2.0}, "loss": 1.0},
        {"steps": 500, "lr": 0.001, "batch_size": 8},
    ],
)
@pytest.mark.parametrize("indent", [2, 4])
def test_a_configuration_over_several_lines_is_no_record_and_its_values_are_parameters(config: object, indent: int) -> None:
    log = read(json.dumps(config, indent=indent) + "\nstep 1 loss 2.5\nstep 2 loss 2.4\n")
    assert points_of(log) == {"loss": [(1, 2.5), (2, 2.4)]}
    assert log.params["lr"] in ("0.0001", "0.001")


def test_an_object_over_several_lines_that_counts_its_steps_is_a_record() -> None:
    text = "".join(json.dumps({"steps": step, "loss": 1 / step, "lr": 0.001}, indent=2) + "\n" for step in (10, 20, 40))
    assert curves(text)["loss"] == [(10, 0.1), (20, 0.05), (40, 0.025)]


def test_a_box_of_hyperparameters_is_no_record() -> None:
    log = read(
        "┏━━━━━━━━━━━━━━━┳━━━━━━━━━┓\n┃ Hyperparameter┃ Value   ┃\n┡━━━━━━━━━━━━━━━╇━━━━━━━━━┩\n"
        "│ learning_rate │ 0.0003  │\n│ steps         │ 2000    │\n│ loss_scale    │ 1.0     │\n└───────────────┴─────────┘\n"
        "step 1 loss 2.5\nstep 2 loss 2.4\n"
    )
    assert points_of(log) == {"loss": [(1, 2.5), (2, 2.4)]}
    assert log.params["steps"] == "2000"


def test_the_bar_of_llama_cpp_counts_over_the_epochs_and_its_evaluation_stands_at_its_end() -> None:
    bar = "{}: [====>   ] data={:07}/{:07} loss={:.5f}±0.04000 acc=4{}.50±0.97% t=00:00:05 ETA=00:01:10 \r"
    log = read(
        "".join(
            bar.format("train", 10, 140, 2.7 - n, n)
            + bar.format("train", 140, 140, 2.5 - n, n)
            + "\n"
            + bar.format("val", 4, 8, 2.9 - n, n)
            + bar.format("val", 8, 8, 2.6 - n, n)
            + "\n"
            for n in (0, 1)
        )
    )
    found = points_of(log)
    assert found["loss"] == [(10, 2.7), (140, 2.5), (150, 1.7), (280, 1.5)]
    assert found["acc"] == [(10, 40.5), (140, 40.5), (150, 41.5), (280, 41.5)]
    assert found["eval_loss"] == [(140, 2.6), (280, 1.6)]
    assert found.keys() == {"loss", "acc", "eval_loss", "val/acc"}


def test_the_lines_of_a_loggable_bar_stand_at_its_count() -> None:
    stamp = "2024-05-01 10:02:00,100 - 0 - tqdm_loggable.tqdm_logging - tqdm_logging.py:145 - INFO :: "
    line = "Progress on:{} {}it/{}it rate:1.2it/s remaining:2:10:00 elapsed:01:20 postfix:loss={}\n"
    training = [("1.00", 10.9), ("12.0", 9.8), ("24.0", 8.7), ("1.20k", 5.7)]
    log = "".join(stamp + line.format("train", count, "10.0k", loss) for count, loss in training)
    evaluation = "".join(stamp + line.format("eval", count, "20.0", loss) for count, loss in (("10.0", 5.9), ("20.0", 5.8)))
    assert curves(log + evaluation) == {"loss": [(1, 10.9), (12, 9.8), (24, 8.7), (1200, 5.7)], "eval_loss": [(1200, 5.8)]}


def test_wenet_3_counts_batches_and_keeps_its_development_set_apart() -> None:
    found = curves(
        "".join(
            f"2024-04-26 11:40:59,107 DEBUG {what} | steps/sec 1.2{epoch}0| Batch {epoch}/{batch} loss {9 - epoch}.{batch} "
            f"{'lr 4.0e-06 grad_norm 110.234' if what == 'TRAIN' else 'history loss 99.1'} rank 0\n"
            for epoch in (0, 1)
            for what, batch in (("TRAIN", 100), ("TRAIN", 200), ("CV", 100))
        )
        + "2024-04-26 11:44:59,107 INFO Epoch 1 Step 300 CV info lr 1.2e-05 cv_loss 7.1 rank 0 acc 0.05\n"
    )
    assert found["loss"] == [(100, 9.1), (200, 9.2), (300, 8.1), (400, 8.2)]
    assert found["eval_loss"] == [(200, 9.1), (400, 8.1)]
    assert found["steps/sec"] == [(100, 1.2), (200, 1.2), (300, 1.21), (400, 1.21)]
    assert found["val/cv_loss"] == [(400, 7.1)]


def test_the_losses_of_vits_stand_in_one_list_with_step_and_learning_rate() -> None:
    found = curves(
        "".join(
            f"INFO:ljs_base:Train Epoch: {n} [0%]\nINFO:ljs_base:[2.{n}, 5.9, 0.082, 100.9, 2.9, 207.8, {200 * n}, 0.0002]\n"
            for n in (0, 1, 2)
        )
    )
    assert found["loss_disc"] == [(0, 2.0), (200, 2.1), (400, 2.2)]
    assert found["loss_kl"] == [(0, 207.8), (200, 207.8), (400, 207.8)]
    assert found["learning_rate"] == [(0, 0.0002), (200, 0.0002), (400, 0.0002)]
    assert len(found) == 7


def test_every_loss_of_so_vits_svc_is_read() -> None:
    found = curves(
        "".join(
            f"INFO:44k:Train Epoch: {n} [0%]\n"
            f"INFO:44k:Losses: [2.{n}, 2.5, 8.9, 35.2, 1.6], step: {200 * n}, lr: 9.9e-05, reference_loss: 50.{n}\n"
            for n in (1, 2)
        )
    )
    assert found["loss_disc"] == [(200, 2.1), (400, 2.2)]
    assert found["loss_mel"] == [(200, 35.2), (400, 35.2)]
    assert found["reference_loss"] == [(200, 50.1), (400, 50.2)]
    assert len(found) == 7


def test_an_evaluation_of_olmo_core_stands_at_the_last_step_of_the_training() -> None:
    prefix = "2025-03-01 10:00:10.123\tgpu01:0\tolmo_core.train.callbacks.console_logger:60\tINFO\t"
    found = curves(
        "".join(
            f"{prefix}[step={step}/1000,epoch=1,eta=5:10:10]\n    optim/LR (group 0)={lr}\n    optim/LR (group 1)=1.0E-07\n"
            f"    train/CE loss=1{step}.12\n    train/PPL=67,507\n"
            f"{prefix}Running lm evals...\n{prefix}[eval=lm,step=5/10]\n{prefix}[eval=lm,step=10/10]\n"
            f"{prefix}Finished lm evals in 4.1 seconds. Metrics:\n    c4_en-validation/CE loss=9.{step}\n"
            for step, lr in ((50, "4.00E-07"), (100, "8.00E-07"))
        )
    )
    assert found["train/CE loss"] == [(50, 150.12), (100, 1100.12)]
    assert found["optim/LR (group_0)"] == [(50, 4e-7), (100, 8e-7)]
    assert found["optim/LR (group_1)"] == [(50, 1e-7), (100, 1e-7)]
    assert found["c4_en-validation/CE loss"] == [(50, 9.5), (100, 9.1)]


def test_flashy_keeps_the_batches_the_validation_and_the_results_of_an_epoch_apart() -> None:
    prefix = "[05-01 10:00:00][demucs.solver][INFO] - "
    found = curves(
        "".join(
            f"{prefix}Train | Epoch {n} | 160/800 | 2.8 it/sec | Loss 0.{n}812\n"
            f"{prefix}Train | Epoch {n} | 320/800 | 2.8 it/sec | Loss 0.{n}612\n"
            f"{prefix}Train Summary | Epoch {n} | Loss=0.{n}512 | Grad=0.1{n}12\n"
            f"{prefix}Valid | Epoch {n} | 7/14 | 1.2 s/it | Loss 0.9 | Nsdr 3.9\n"
            f"{prefix}Valid | Epoch {n} | 14/14 | 1.2 s/it | Loss 0.{n}412 | Nsdr 3.112\n"
            f"{prefix}Valid Summary | Epoch {n} | Loss=0.{n}402 | Nsdr=3.{n}23 | Best=0.2402 | Compressed=12.1MB\n"
            for n in (1, 2)
        )
    )
    assert found["loss"] == [(160, 0.1812), (320, 0.1612), (960, 0.2812), (1120, 0.2612)]
    assert found["train/Loss"] == [(320, 0.1512), (1120, 0.2512)]
    assert found["eval_loss"] == [(320, 0.1402), (1120, 0.2402)]
    assert found["val/Nsdr"] == [(320, 3.123), (1120, 3.223)]


def trial(name: str, iteration: int, loss: float) -> str:
    """What Ray Tune prints when an iteration of a trial is over."""
    return (
        f"Trial {name} finished iteration {iteration} at 2024-05-01 10:00:10. Total running time: {iteration}0s\n"
        "╭────────────────────────────────────────────╮\n"
        f"│ Trial {name} result           │\n"
        "├────────────────────────────────────────────┤\n"
        "│ checkpoint_dir_name                        │\n"
        "│ time_total_s                       8.23    │\n"
        f"│ training_iteration                       {iteration} │\n"
        f"│ loss                                {loss} │\n"
        "╰────────────────────────────────────────────╯\n"
    )


def test_the_results_of_ray_tune_stand_at_their_iteration() -> None:
    found = curves("".join(trial("train_fn_a1b2_00000", n, 1.6123 - n) for n in (1, 2, 3)))
    assert found["loss"] == [(1, pytest.approx(0.6123)), (2, pytest.approx(-0.3877)), (3, pytest.approx(-1.3877))]
    assert found.keys() == {"loss", "time_total_s"}


def test_each_trial_of_ray_tune_has_curves_of_its_own() -> None:
    found = curves("".join(trial(name, n, loss + n) for n in (1, 2) for name, loss in (("a_0", 1.5), ("a_1", 5.5))))
    assert found["loss"] == [(1, 2.5), (2, 3.5)]
    assert found["a_1/loss"] == [(1, 6.5), (2, 7.5)]


def test_the_learning_rate_of_open_clip_is_read() -> None:
    found = curves(
        "".join(
            f"2024-05-01,10:00:20 | INFO | Train Epoch: 0 [ {n}1200/100000 ({n}1%)] Data (t): 0.123 Batch (t): 0.4, 484.12/s, 60.02/s/gpu "
            f"LR: 0.0000{n}0 Logit Scale: 14.276 Contrastive_loss: 7.5123 (7.5623) Loss: 7.5{n}23 (7.5623)\n"
            for n in (2, 5)
        )
    )
    assert found["learning_rate"] == [(21200, 0.00002), (51200, 0.00005)]
    assert found["loss"] == [(21200, 7.5223), (51200, 7.5523)]
    assert found["Logit Scale"] == [(21200, 14.276), (51200, 14.276)]


def test_the_evaluations_of_td3_bc_stand_at_the_time_steps_above_them() -> None:
    ruler = "---------------------------------------\n"
    found = curves(
        "".join(f"{ruler}Time steps: {n}000\n{ruler}Evaluation over 10 episodes: {n}123.456 , D4RL score: {n}7.412\n" for n in (5, 10))
    )
    assert found == {"eval/reward": [(5000, 5123.456), (10000, 10123.456)], "eval/D4RL score": [(5000, 57.412), (10000, 107.412)]}


def test_the_hits_of_a_knowledge_graph_are_read_beside_the_mean_reciprocal_rank() -> None:
    found = curves(
        "".join(
            f"2024-05-01 10:00:29 INFO     Valid MRR at step {n}00: 0.{n}12345\n"
            f"2024-05-01 10:00:29 INFO     Valid HITS@1 at step {n}00: 0.{n}5\n"
            f"2024-05-01 10:00:29 INFO     Valid HITS@10 at step {n}00: 0.{n}7\n"
            for n in (1, 2)
        )
    )
    assert found["Valid HITS@1"] == [(100, 0.15), (200, 0.25)]
    assert found["Valid HITS@10"] == [(100, 0.17), (200, 0.27)]
    assert found["Valid MRR"] == [(100, 0.112345), (200, 0.212345)]


def test_the_lines_of_cellpose_begin_with_their_epoch() -> None:
    found = curves(
        "".join(f"2024-05-01 10:00:12,102 [INFO] {n}, train_loss=1.5{n}, test_loss=1.4{n}, LR=0.0000{n}, time 2.12s\n" for n in (0, 5, 10))
    )
    assert found["loss"] == [(0, 1.50), (5, 1.55), (10, 1.510)]
    assert found["eval_loss"] == [(0, 1.40), (5, 1.45), (10, 1.410)]


def test_tesseract_counts_its_iterations() -> None:
    found = curves(
        "".join(
            f"At iteration {n}99/{n + 1}00/{n + 1}00, mean rms={4 - n}.123%, delta=12.345%, BCER train=4{n}.123%, BWER train=70.123%, "
            f"skip ratio=0.000%, New {'worst' if n == 1 else 'best'} BCER = 45.123 wrote checkpoint.\n"
            for n in (0, 1, 2)
        )
    )
    assert found["BCER train"] == [(100, 40.123), (200, 41.123), (300, 42.123)]
    assert found["mean rms"] == [(100, 4.123), (200, 3.123), (300, 2.123)]


def test_the_exponents_of_fortran_are_read() -> None:
    found = curves(
        "At iterate    0    f=  2.30259D+00    |proj g|=  1.23456D+00\n\nAt iterate    1    f=  2.10259D+00    |proj g|=  8.34560D-01\n"
        "\nAt iterate    2    f=  1.90259D-10    |proj g|=  6.34560D-01\n"
    )
    assert found["f"] == [(0, 2.30259), (1, 2.10259), (2, 1.90259e-10)]
    assert found["proj g"] == [(0, 1.23456), (1, 0.83456), (2, 0.63456)]


def test_phases_that_are_the_columns_of_a_box_are_kept_apart() -> None:
    found = curves(
        "".join(
            f"Running evaluation for step: {n}00, epoch: 0\n"
            "Evaluation valid: 100%|██████████| 10/10 [00:00<00:00, 30.1it/s]\n"
            "╒═══════════════════════╤════════════╤══════════════╕\n"
            "│                       │      train │   validation │\n"
            "╞═══════════════════════╪════════════╪══════════════╡\n"
            f"│ loss                  │     0.{n}912 │       0.{n}012 │\n"
            "├───────────────────────┼────────────┼──────────────┤\n"
            f"│ accuracy              │     0.{n}112 │       0.{n}212 │\n"
            "╘═══════════════════════╧════════════╧══════════════╛\n"
            for n in (3, 6)
        )
    )
    assert found["loss"] == [(300, 0.3912), (600, 0.6912)]
    assert found["eval_loss"] == [(300, 0.3012), (600, 0.6012)]
    assert found["accuracy"] == [(300, 0.3112), (600, 0.6112)]
    assert found["val/accuracy"] == [(300, 0.3212), (600, 0.6212)]


def test_a_result_that_is_cut_off_leaves_nothing_to_the_next() -> None:
    cut = trial("a_0", 1, 1.5).split("│ training_iteration")[0] + "Traceback (most recent call last):\n"
    found = curves(cut + trial("a_0", 2, 1.25).replace("│ time_total_s                       8.23    │\n", "│ epoch       7    │\n"))
    assert found == {"loss": [(2, 1.25)]}


def test_a_box_with_columns_that_are_no_phases_is_none_of_phases() -> None:
    box = "│         │   first │   second │\n│ loss    │    0.31 │     0.32 │\n"
    assert curves("step 1 loss 2.5\n" + box + "step 2 loss 2.4\n") == {"loss": [(1, 2.5), (2, 2.4)]}


def test_a_range_of_batches_is_placed_at_its_end() -> None:
    line = "[host] 2026-01-02 10:00:00,123 (trainer:754) INFO: {}epoch:train:{}batch: iter_time=0.01, loss={}\n"
    log = "".join(
        line.format(*row) for row in [(1, "1-50", 6.5), (1, "51-100", 6.1), (1, "101-120", 5.9), (2, "1-50", 5.5), (2, "51-100", 5.1)]
    )
    assert curves(log)["loss"] == [(50, 6.5), (100, 6.1), (120, 5.9), (170, 5.5), (220, 5.1)]


def test_an_evaluation_of_litgpt_stands_where_the_training_is() -> None:
    log = "".join(f"Epoch 1 | iter {4 * n} step {n} | loss train: 2.{9 - n}, val: n/a | iter time: 45.79 ms (step)\n" for n in (1, 2))
    log += "iter 8: val loss 2.3456, val time: 3456.78 ms\n"
    assert curves(log)["eval_loss"] == [(2, 2.3456)]


def test_the_evaluations_of_brax_stand_at_their_number_of_steps() -> None:
    log = "".join(f"num_steps: {n * 983040}, reward: {n}.5, reward_std: 0.{n}\n" for n in (0, 1, 2))
    assert curves(log)["reward"] == [(0, 0.5), (983040, 1.5), (1966080, 2.5)]
    log = "".join(f"{n * 983040} {{'eval/episode_reward': {n}.5, 'training/sps': 90{n}.0}}\n" for n in (0, 1, 2))
    assert curves(log)["eval/episode_reward"] == [(0, 0.5), (983040, 1.5), (1966080, 2.5)]


def test_a_number_of_steps_among_settings_is_no_step() -> None:
    settings = "num_steps: 128, learning_rate: 0.0003, gamma: 0.99, clip_range: 0.2\n"
    assert curves(settings + settings) == {}


def test_an_epoch_may_be_told_in_korean() -> None:
    found = curves("".join(f"에폭 {n}/9 - 훈련 손실: 0.{9 - n}, 검증 손실: 1.{n}\n" for n in (3, 4)))
    assert found == {"훈련 손실": [(3, 0.6), (4, 0.5)], "검증 손실": [(3, 1.3), (4, 1.4)]}


def test_losses_that_two_handlers_of_tensorflow_print_are_one_point() -> None:
    losses = "{{'Loss/localization_loss': 0.{n},\n 'Loss/total_loss': 1.{n},\n 'learning_rate': 0.01}}\n"
    line = "INFO:tensorflow:Step {n}00 per-step time 0.5s\nI0128 10:00:0{n}.000001 140 lib.py:705] Step {n}00 per-step time 0.5s\n"
    line += f"INFO:tensorflow:{losses}I0128 10:00:0{{n}}.000002 140 lib.py:708] {losses}"
    found = curves("".join(line.format(n=n) for n in (1, 2, 3)))
    assert found["Loss/localization_loss"] == [(100, 0.1), (200, 0.2), (300, 0.3)]
    assert found["Loss/total_loss"] == [(100, 1.1), (200, 1.2), (300, 1.3)]


def test_the_history_that_keras_prints_in_the_end_is_the_training_where_nothing_else_tells_it() -> None:
    history = "{'loss': [1.2, 0.9], 'accuracy': [0.5, np.float64(0.6)], 'val_loss': [1.3, 1.1]}\n"
    told = {"loss": [(1, 1.2), (2, 0.9)], "accuracy": [(1, 0.5), (2, 0.6)], "eval_loss": [(1, 1.3), (2, 1.1)]}
    assert curves(history) == told
    lines = "".join(f"Epoch {n}/2\n9/9 - 2s - loss: {loss} - val_loss: {val}\n" for n, loss, val in ((1, 1.2, 1.3), (2, 0.9, 1.1)))
    assert curves(lines + history) == {name: told[name] for name in ("loss", "eval_loss")}
    assert curves("{'precision': [0.5, 0.6], 'recall': [0.5, 0.7]}\n{'loss_weights': [1.0, 0.5], 'betas': [0.9, 0.95]}\n") == {}


def test_a_long_history_is_read_whole() -> None:
    history = repr({"loss": [1 / n for n in range(1, 1001)], "val_loss": [2 / n for n in range(1, 1001)]})
    found = read(history + "\n")
    assert [len(points) for points in found.points.values()] == [1000, 1000]
    assert found.account.dropped == {}


@pytest.mark.parametrize("prefix", ["", "10/14/2019 12:03:11 - INFO - __main__ -   ", "INFO:__main__:"])
def test_results_of_bert_stand_at_the_step_that_is_among_them(prefix: str) -> None:
    """As pytorch-pretrained-bert and the examples after it print them: sorted by name."""
    lines = "***** Eval results  *****\n  acc = 0.8{0}\n  eval_loss = 0.4{0}\n  global_step = {1}\n  loss = 0.3{0}\n***** Running *****\n"
    text = "".join(prefix + line for n in (1, 2) for line in lines.format(n, 115 * n).splitlines(keepends=True))
    assert curves(text) == {
        "eval/acc": [(115, 0.81), (230, 0.82)],
        "eval_loss": [(115, 0.41), (230, 0.42)],
        "loss": [(115, 0.31), (230, 0.32)],
    }


def test_results_without_a_step_are_read_where_they_stand() -> None:
    line = "step {0}: loss {1}\n***** Eval results *****\n  acc = 0.{1}\n  f1 = 0.{0}\n"
    assert curves("".join(line.format(n, n + 1) for n in (1, 2, 3))) == {
        "loss": [(1, 2), (2, 3), (3, 4)],
        "eval/acc": [(1, 0.2), (2, 0.3), (3, 0.4)],
        "eval/f1": [(1, 0.1), (2, 0.2), (3, 0.3)],
    }


def test_the_last_line_of_an_evaluation_of_timm_is_its_result() -> None:
    train = "Train: {} [  97/97 (100%)]  Loss: 6.7{} (6.8)  Time: 0.4s,  312.0/s  (0.5s,  250.0/s)  LR: 1.000e-06  Data: 0.0 (0.1)\n"
    test = "Test: [{:>4}/30]  Time: 0.2 (0.3)  Loss:   6.70 ( 6.{}5)  Acc@1:  0.59 ( 0.4{})  Acc@5:  1.9 (1.{})\n"
    log = curves("".join(train.format(e, e) + "".join(test.format(i, e, e, e) for i in (0, 15, 30)) for e in range(3)))
    assert log["eval_loss"] == [(97, 6.05), (194, 6.15), (291, 6.25)]
    assert log["val/Acc@1"] == [(97, 0.40), (194, 0.41), (291, 0.42)]
    assert log["val/Acc@5"] == [(97, 1.0), (194, 1.1), (291, 1.2)]


def test_the_columns_of_allennlp_are_training_and_validation() -> None:
    head = "2021-01-01 10:00:00,123 - INFO - allennlp.training.tensorboard_writer - "
    rows = "                       Training |  Validation\naccuracy            |     0.{0}50  |     0.{0}40\n"
    rows += "gpu_0_memory_MB     |  1234.000  |       N/A\nloss                |     1.{1}00  |     1.{1}50\n"
    epochs = [f"Epoch {e}/4\n{rows.format(e, 9 - e)}" for e in range(3)]
    found = curves("".join(head + line for epoch in epochs for line in epoch.splitlines(keepends=True)))
    assert {name: found[name] for name in ("train_accuracy", "val_accuracy", "loss", "eval_loss")} == {
        "train_accuracy": [(0, 0.05), (1, 0.15), (2, 0.25)],
        "val_accuracy": [(0, 0.04), (1, 0.14), (2, 0.24)],
        "loss": [(0, 1.9), (1, 1.8), (2, 1.7)],
        "eval_loss": [(0, 1.95), (1, 1.85), (2, 1.75)],
    }


def test_a_verb_before_a_count_is_no_metric() -> None:
    """Of Trax."""
    text = "Step {0:>6}: Ran {0} train steps in 3.1 secs\nStep {0:>6}: train CrossEntropyLoss |  2.{0}\n"
    assert curves("".join(text.format(n) for n in (100, 200, 300))) == {"train CrossEntropyLoss": [(100, 2.1), (200, 2.2), (300, 2.3)]}


def test_the_history_of_the_trainer_as_one_list_is_the_training_where_nothing_else_tells_it() -> None:
    history = [
        {"loss": 1.5, "epoch": 0.5, "step": 10},
        {"eval_loss": 1.6, "epoch": 0.5, "step": 10},
        {"loss": 1.25, "epoch": 1.0, "step": 20},
    ]
    told = {"loss": [(10, 1.5), (20, 1.25)], "eval_loss": [(10, 1.6)], "epoch": [(10, 0.5), (10, 0.5), (20, 1.0)]}
    assert curves(json.dumps(history) + "\n") == curves(f"log_history = {history}\n") == told
    lines = "".join(f"step {n}: loss {loss}\n" for n, loss in ((10, 1.5), (20, 1.25)))
    assert curves(lines + repr(history) + "\n") == {"loss": told["loss"]}
    assert curves("[{'name': 'a', 'lr': 0.1}, {'name': 'b', 'lr': 0.2}]\n") == {}


def test_the_last_of_a_range_of_batches_is_the_step() -> None:
    """Of CNTK, whose lines name no epoch."""
    block = (
        " Minibatch[   1- 100]: loss = 2.{e}1 * 6400, metric = 8{e}.00% * 6400;\n"
        " Minibatch[ 101- 200]: loss = 2.{e}2 * 6400, metric = 7{e}.00% * 6400;\n"
        "Finished Epoch[{e}]: [Training] loss = 0.5{e} * 60000, metric = 1{e}.00% * 60000 5.3s (11320.0 samples/s);\n"
    )
    found = curves("".join(block.format(e=e) for e in (1, 2, 3)))
    assert found["loss"] == [(100, 2.11), (200, 2.12), (300, 2.21), (400, 2.22), (500, 2.31), (600, 2.32)]
    assert found["loss (epoch)"] == [(1, 0.51), (2, 0.52), (3, 0.53)]


def test_the_norm_of_the_gradient_between_bars_has_its_name() -> None:
    """Of LIBLINEAR."""
    line = "iter  {n} act 2.{n}e+01 pre 2.1e+01 delta 1.0e+00 f 3.{n}e+01 |g| 4.{n}e+00 CG   {n}\n"
    found = curves("".join(line.format(n=n) for n in (1, 2, 3)))
    assert found["|g|"] == [(1, 4.1), (2, 4.2), (3, 4.3)]
    assert found["CG"] == [(1, 1), (2, 2), (3, 3)]


def test_the_line_of_a_program_in_a_text_is_no_metric() -> None:
    """Of Go's zap."""
    line = '{{"level":"info","ts":1700000000.123,"caller":"train/main.go:42","msg":"step","step":{n},"loss":0.{n}}}\n'
    assert curves("".join(line.format(n=n) for n in (1, 2, 3))) == {"loss": [(1, 0.1), (2, 0.2), (3, 0.3)]}


def test_what_a_metric_was_round_by_round_is_no_point_of_the_end() -> None:
    """Of Flower's summary."""
    rounds = "".join(f"round {n}: loss 0.{n}\n" for n in (1, 2, 3))
    assert curves(f"{rounds}{{'accuracy': [(1, 0.51), (2, 0.52), (3, 0.53)]}}\n" * 2).keys() == {"loss"}


@pytest.mark.parametrize("step", ["step_i: {n}00", "nsamp = {n}00"])
def test_a_program_names_its_steps_otherwise(step: str) -> None:
    found = curves("".join(f"{step.format(n=n)}, training loss: 0.{n}\n" for n in (1, 2, 3)))
    assert found == {"loss": [(100, 0.1), (200, 0.2), (300, 0.3)]}
