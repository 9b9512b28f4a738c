"""Names of values as programs print them, found in logs nobody here had seen: the name, and whether a number is a value at all."""

import pytest

from tests.parser.reading import curves, read


def names(text: str) -> set[str]:
    return set(curves(text))


def test_an_abbreviated_phase_belongs_to_the_name_behind_it() -> None:
    found = curves("".join(f"Epoch: 00{n}, Train Loss: 0.{n}, Val. Loss: 1.{n}, Val. Acc.: 0.7{n}\n" for n in (1, 2)))
    assert found["eval_loss"] == [(1, 1.1), (2, 1.2)]
    assert found["val/Acc"] == [(1, 0.71), (2, 0.72)]


def test_the_types_of_numpy_are_no_part_of_a_name() -> None:
    line = "step:{n} - actor/loss:0.{n} - turns/min:np.int32({n}) - turns/mean:np.float64({n}.5)\n"
    found = curves("".join(line.format(n=n) for n in (1, 2)))
    assert found["turns/min"] == [(1, 1), (2, 2)]
    assert found["turns/mean"] == [(1, 1.5), (2, 2.5)]


def test_a_line_of_numpy_values_that_comes_once_is_read() -> None:
    first = "step:0 - val-core/acc/mean@1:np.float64(0.5) - val-aux/turns/min:np.int32(2) - val-aux/turns/mean:np.float64(2.5)\n"
    found = curves(first + "".join(f"step:{n} - actor/loss:0.{n} - actor/kl:0.0{n}\n" for n in (1, 2)))
    assert found["val-core/acc/mean@1"] == [(0, 0.5)]


def test_a_loss_is_no_identity() -> None:
    found = curves("".join(f"Iter [{n}/9], G/loss_id: 0.{n}, G/loss_cd: 0.0{n}, run_id: {n}\n" for n in (1, 2)))
    assert found.keys() == {"G/loss_id", "G/loss_cd"}


def test_of_how_many_is_no_metric() -> None:
    assert names("".join(f"iteration: {n} of max_iter: 5, perplexity: 1{n}.5\n" for n in (1, 2, 3))) == {"perplexity"}


def test_a_bar_between_a_name_and_its_value_separates_them() -> None:
    lines = (
        "Step {n}0: train CrossEntropyLoss |  1{n}.5\nStep {n}0: eval  CrossEntropyLoss |  2{n}.5\nStep {n}0: eval     Accuracy |  0.{n}\n"
    )
    found = curves("".join(lines.format(n=n) for n in (1, 2, 3)))
    assert found["train CrossEntropyLoss"] == [(10, 11.5), (20, 12.5), (30, 13.5)]
    assert found["eval CrossEntropyLoss"] == [(10, 21.5), (20, 22.5), (30, 23.5)]
    assert found["eval Accuracy"] == [(10, 0.1), (20, 0.2), (30, 0.3)]


def test_a_call_has_the_name_of_its_function() -> None:
    found = curves("".join(f"[ Info: Epoch {n}\nloss(x, y_hot) = {n}7.79f0\n" for n in (1, 2, 3)))
    assert found == {"loss": [(1, 17.79), (2, 27.79), (3, 37.79)]}


def test_the_index_in_a_list_of_pairs_is_no_value() -> None:
    pair = "[2022-11-30 19:48:2{n},166][07494] Total num frames: {n}000. Throughput: 0: 5085.4.\n"
    pair += "[2022-11-30 19:48:2{n},166][07494] Avg episode reward: [(0, '0.{n}24')]\n"
    found = curves("".join(pair.format(n=n) for n in (1, 2, 3)))
    assert [value for _, value in found["Avg episode reward"]] == [0.124, 0.224, 0.324]
    assert 7494 not in [step for step, _ in found["Avg episode reward"]]


def test_all_values_between_slashes_are_read() -> None:
    found = curves("".join(f"Iter [{n}0/100], avg: 0.{n}1/0.{n}2/0.{n}3, loss: 0.5{n}\n" for n in (1, 2)))
    assert (found["avg"], found["avg #2"], found["avg #3"]) == (
        [(10, 0.11), (20, 0.21)],
        [(10, 0.12), (20, 0.22)],
        [(10, 0.13), (20, 0.23)],
    )


def test_a_name_in_brackets_is_that_of_the_value_in_brackets() -> None:
    found = curves("".join(f"step {n} Critic Accuracy (Loss): 0.5{n} (1.36{n})\n" for n in (1, 2)))
    assert found == {"Critic Accuracy": [(1, 0.51), (2, 0.52)], "Critic Loss": [(1, 1.361), (2, 1.362)]}


def test_a_record_that_two_handlers_print_is_one_point() -> None:
    line = "INFO:tensorflow:Step {n}00 per-step time 0.8{n}s loss=1.{n}\n"
    line += "I0912 11:41:{n:02}.976096 139735407601536 model_lib.py:652] Step {n}00 per-step time 0.8{n}s loss=1.{n}\n"
    found = curves("".join(line.format(n=n) for n in range(1, 10)))
    assert found["loss"] == [(100 * n, float(f"1.{n}")) for n in range(1, 10)]
    same = "".join(f"step {n} loss 1.{n} lr 0.1\n" * 3 for n in range(1, 20))  # the ranks of a training, one after another
    assert curves(same)["loss"][-1] == (19, 1.19)
    many = curves("".join(line.format(n=n) for n in range(10, 60)))
    assert len(many["loss"]) == 50


def test_source_code_sets_no_parameter() -> None:
    code = (
        "learning_rate: float = 0.1\nattn_scale: float\nbeta = beta\ncos: torch.Tensor\nbatch_size: int\nhidden = [p for n, p in named]\n"
    )
    assert read(code + 'beta: "Tensor"\n' + "step 1 loss 0.5\n").params == {}


def test_the_summary_of_a_keras_model_says_how_many_parameters_it_has() -> None:
    text = 'Model: "sequential"\nTotal params: 5,130 (20 KB)\nTrainable params: 5,120 (20 KB)\nNon-trainable params: 10 (40 B)\nEpoch 1/2\n'
    assert read(text).params == {"parameters": "5,120"}


def test_the_error_that_ends_a_traceback_is_an_event() -> None:
    trace = 'Traceback (most recent call last):\n  File "train.py", line 3, in <module>\n    main()\n'
    log = read("step 1 loss 0.5\nstep 2 loss 0.4\n" + trace + "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB\n")
    assert [event.text[:27] for event in log.events] == ["Traceback (most recent call", "torch.cuda.OutOfMemoryError"]
    assert [event.kind for event in log.events] == ["traceback", "out of memory"]
    log = read("step 1 loss 0.5\n[rank0]: " + trace + "[rank0]: ValueError: a shape is wrong\nValueError: again\n")
    assert [event.text for event in log.events][1:] == ["[rank0]: ValueError: a shape is wrong"]
    assert read("step 1 loss 0.5\nValueError: it was caught\n").events == ()


@pytest.mark.parametrize("name", ["Avg Reward (100)", "reward[100]", "avg(50)"])
def test_the_window_in_brackets_behind_a_mean_is_part_of_its_name(name: str) -> None:
    found = curves("".join(f"Episode {n}0 | Reward: {n}.0 | {name}: 1.{n} | Epsilon: 0.{9 - n}\n" for n in (1, 2, 3)))
    assert found == {
        "Reward": [(10, 1), (20, 2), (30, 3)],
        name: [(10, 1.1), (20, 1.2), (30, 1.3)],
        "Epsilon": [(10, 0.8), (20, 0.7), (30, 0.6)],
    }


@pytest.mark.parametrize("line", ["Epoch {}: loss = {}; acc = 0,5", "Epoch {}, loss: {}, acc: 0,5", "Epoch {} loss {} acc 0,5"])
def test_one_and_two_decimals_behind_a_comma_are_decimals(line: str) -> None:
    found = curves("".join(line.format(n, value) + "\n" for n, value in ((1, "12,51"), (2, "1,4"), (3, "0,33"))))
    assert found == {"loss": [(1, 12.51), (2, 1.4), (3, 0.33)], "acc": [(1, 0.5), (2, 0.5), (3, 0.5)]}


@pytest.mark.parametrize("line", ["Epoch {},{} loss {}", "epoch={},{} | loss: {}"])
def test_a_comma_between_two_counters_is_no_decimal_one(line: str) -> None:
    found = curves("".join(line.format(9, n, value) + "\n" for n, value in ((1, "2.5"), (2, "2.4"), (3, "2.3"))))
    assert [value for _, value in found["loss"]] == [2.5, 2.4, 2.3]
    assert {step for step, _ in found["loss"]} <= {9, 1, 2, 3}


def test_the_phase_in_brackets_behind_a_name_is_part_of_it_also_without_a_colon() -> None:
    found = curves("".join(f"Epoch {n}\tLoss (train) 0.{n}\tAcc (train) 0.5{n}\tLoss (val) 1.{n}\n" for n in (1, 2)))
    assert found == {"loss": [(1, 0.1), (2, 0.2)], "Acc (train)": [(1, 0.51), (2, 0.52)], "eval_loss": [(1, 1.1), (2, 1.2)]}


@pytest.mark.parametrize("gap", [" || ", ", ", " - ", "; "])
def test_a_number_that_leads_a_line_of_metrics_is_the_step_whatever_sign_follows_it(gap: str) -> None:
    found = curves("".join(f"{50 * n}{gap}loss: 0.{n}{gap}acc: 0.5{n}\n" for n in (1, 2)))
    assert found == {"loss": [(50, 0.1), (100, 0.2)], "acc": [(50, 0.51), (100, 0.52)]}


def test_two_letters_may_count_the_epoch_and_the_batch_in_it() -> None:
    found = curves("".join(f"E{epoch} B{batch} | loss: {epoch}.{batch}\n" for epoch in (1, 2) for batch in (1, 2, 3)))
    assert found == {"loss": [(1, 1.1), (2, 1.2), (3, 1.3), (4, 2.1), (5, 2.2), (6, 2.3)]}


@pytest.mark.parametrize("name", ["Average Reward (100 eps)", "Avg score (last 50)"])
@pytest.mark.parametrize("parted", [":", ""])
def test_the_window_of_a_mean_may_have_a_unit_and_no_colon_behind_it(name: str, parted: str) -> None:
    found = curves("".join(f"Episode {n}0 | {name}{parted} 1.{n} | Loss{parted} 0.{n}\n" for n in (1, 2, 3)))
    assert found == {name: [(10, 1.1), (20, 1.2), (30, 1.3)], "loss": [(10, 0.1), (20, 0.2), (30, 0.3)]}


@pytest.mark.parametrize("place", ["Ep {}", "Epoch {}:", "Episode {}/500", "Game {}"])
def test_the_steps_and_the_length_of_an_episode_are_not_where_it_stands(place: str) -> None:
    log = "".join(f"{place.format(n)} | Reward: {n}.5 | Steps: {90 - 10 * n} | Length: {91 - 10 * n}\n" for n in (1, 2, 3))
    assert curves(log) == {"Reward": [(1, 1.5), (2, 2.5), (3, 3.5)], "Length": [(1, 81), (2, 71), (3, 61)]}


@pytest.mark.parametrize("key", ["num_env_steps", "Total env steps", "Environment steps"])
def test_the_steps_of_an_environment_are_steps(key: str) -> None:
    found = curves("".join(f"{key}: {n}000, Avg return: {n}.5, Entropy: 0.{n}\n" for n in (1, 2)))
    assert found == {"Avg return": [(1000, 1.5), (2000, 2.5)], "Entropy": [(1000, 0.1), (2000, 0.2)]}


@pytest.mark.parametrize(("first", "second"), [("student: acc=", "teacher: acc="), ("net A [acc: ", "net B [acc: ")])
def test_a_key_that_comes_again_is_named_by_what_it_is_of(first: str, second: str) -> None:
    end = "]" if "[" in first else ""
    found = curves("".join(f"Epoch {n} | {first}0.5{n}{end} | {second}0.6{n}{end}\n" for n in (1, 2)))
    name = second.replace(" [", ":").split(":")[0]
    assert found == {"acc": [(1, 0.51), (2, 0.52)], f"{name}/acc": [(1, 0.61), (2, 0.62)]}


def test_a_change_in_brackets_is_no_mean() -> None:
    found = curves("".join(f"epoch {n} loss: 0.5{n} (-0.1{n}) acc 90.{n}% (+0.5{n})\n" for n in (1, 2, 3)))
    assert found == {"loss": [(n, float(f"0.5{n}")) for n in (1, 2, 3)], "acc": [(n, float(f"90.{n}")) for n in (1, 2, 3)]}
    assert set(curves("".join(f"epoch {n} log_prob: -0.5{n} (-0.6{n})\n" for n in (1, 2, 3)))) == {"log_prob", "log_prob (avg)"}


def test_the_two_phases_of_a_pair_stand_behind_its_name() -> None:
    found = curves("".join(f"epoch {n} loss (train/val): 0.5{n} / 0.6{n}\n" for n in (1, 2, 3)))
    assert found == {"loss": [(n, float(f"0.5{n}")) for n in (1, 2, 3)], "eval_loss": [(n, float(f"0.6{n}")) for n in (1, 2, 3)]}


def test_the_phase_before_a_bracket_is_no_part_of_the_first_name() -> None:
    found = curves("".join(f"epoch {n}, train [loss 0.5{n}, acc 0.8{n}], valid [loss 0.6{n}, acc 0.7{n}]\n" for n in (1, 2, 3)))
    assert {name: curve[0] for name, curve in found.items()} == {
        "loss": (1, 0.51),
        "acc": (1, 0.81),
        "eval_loss": (1, 0.61),
        "val/acc": (1, 0.71),
    }
