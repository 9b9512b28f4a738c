"""Logs of single programs: what must come out of a few lines of each, at which step."""

from parser import LogParser
from parser.log import joined
from parser.points import ParsedLog
from parser.steps import steps_of

Curves = dict[str, list[tuple[float, float]]]


def read(text: str) -> ParsedLog:
    """The log, read as a whole; byte by byte, with the state saved and restored after each, it must read the same."""
    parser = LogParser()
    whole = joined([parser.feed(text.encode()), parser.finish()], parser)
    parser, parts = LogParser(), []
    for byte in text.encode():
        parts.append(parser.feed(bytes([byte])))
        parser = LogParser.from_state(parser.state())
    again = joined([*parts, parser.finish()], parser)
    assert points_of(again) == points_of(whole)
    return whole


def points_of(log: ParsedLog) -> Curves:
    """Step and value of every point."""
    return {
        name: list(zip(steps_of(points, log.series[name].rule).tolist(), points.value.tolist(), strict=True))
        for name, points in log.points.items()
    }


def curves(text: str) -> Curves:
    return points_of(read(text))


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
