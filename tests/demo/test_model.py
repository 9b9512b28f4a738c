"""The demo's model is no show: its gradients are right, it learns, it learns by heart, and too high a learning rate breaks it."""

import io
import re
from pathlib import Path

import numpy as np
import pytest

from webapp.demo.model import Adam, Model, Weights
from webapp.demo.sentences import ALPHABET, CONTEXT, encode, shuffle_words, write_sentences
from webapp.demo.training import Plan, learning_rate, prefer, train


@pytest.fixture
def sentences() -> list[str]:
    return write_sentences(np.random.default_rng(0), 12)


def test_a_context_is_the_sixteen_characters_before_its_target(sentences: list[str]) -> None:
    contexts, targets, owners = encode(sentences[:2])
    assert len(targets) == len(sentences[0]) + len(sentences[1])
    at = 20  # in the first sentence
    assert "".join(ALPHABET[number] for number in contexts[at]) == sentences[0][at - CONTEXT : at]
    assert ALPHABET[targets[at]] == sentences[0][at]
    first = len(sentences[0])  # the first character of the second sentence sees spaces only
    assert (owners[first - 1], owners[first]) == (0, 1)
    assert set(contexts[first]) == {0}
    assert ALPHABET[targets[first]] == sentences[1][0]


def test_sentences_are_all_different_and_a_shuffled_one_has_the_same_words(sentences: list[str]) -> None:
    assert len(set(sentences)) == len(sentences)
    for sentence in sentences:
        shuffled = shuffle_words(np.random.default_rng(1), sentence)
        assert sorted(shuffled.rstrip(".").split()) == sorted(sentence.rstrip(".").split())


def slope(weights: Weights, place: tuple[int, ...], loss: object, width: float = 1e-2) -> float:
    """The loss's slope by one weight, measured from both sides."""
    kept, losses = weights[place], []
    for side in (width, -width):
        weights[place] = kept + side
        losses.append(loss())  # type: ignore[operator]
    weights[place] = kept
    return float((losses[0] - losses[1]) / (2 * width))


def test_the_gradient_is_the_slope_of_the_loss(sentences: list[str]) -> None:
    model = Model.fresh(np.random.default_rng(3))
    contexts, targets, _ = encode(sentences)
    importance = np.full(len(targets), 1 / len(targets), np.float32)
    gradients = model.gradient(model.read(contexts, targets), importance)
    for weights, gradient in zip(model.weights, gradients, strict=True):
        place = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
        measured = slope(weights, place, lambda: -float(model.read(contexts, targets).log_prob.mean(dtype=np.float64)))
        assert measured == pytest.approx(float(gradient[place]), rel=0.03)


def test_the_preference_gradient_is_the_slope_of_the_preference_loss(sentences: list[str]) -> None:
    reference = Model.fresh(np.random.default_rng(3))
    model = Model(*(weights + np.float32(0.02) for weights in reference.weights))
    rejected = [shuffle_words(np.random.default_rng(1), sentence) for sentence in sentences]
    lesson = prefer(0.5, model, reference, sentences, rejected)
    weights, gradient = model.output, model.gradient(lesson.reading, lesson.importance)[3]
    place = np.unravel_index(int(np.abs(gradient).argmax()), gradient.shape)
    measured = slope(weights, place, lambda: prefer(0.5, model, reference, sentences, rejected).values["loss"], 3e-3)
    assert measured == pytest.approx(float(gradient[place]), rel=0.05)


def dicts(log: str, name: str) -> list[float]:
    """The values of one key over all printed dicts, read as Python would print them."""
    return [float(text) for text in re.findall(rf"'{name}': ([^,}}]+)", log)]


def test_it_learns_and_then_learns_by_heart(tmp_path: Path) -> None:
    out = io.StringIO()
    train(Plan("sft", "sft", 1e-2, seed=1, steps=300), out, tmp_path)
    loss, held_out = dicts(out.getvalue(), "loss"), dicts(out.getvalue(), "eval_loss")
    assert loss[0] > 2.5
    assert loss[-1] < 0.3
    assert held_out[-1] > loss[-1] + 0.1  # the gap
    assert held_out[-1] > min(held_out)  # past its best


def test_too_high_a_learning_rate_makes_nan_by_itself(tmp_path: Path) -> None:
    out = io.StringIO()
    with np.errstate(all="ignore"):
        train(Plan("sft", "sft", 2.0, seed=1, steps=120, log_every=1), out, tmp_path)
    loss = dicts(out.getvalue(), "loss")
    assert np.isfinite(loss[0])
    assert np.isnan(loss[-1])
    with np.errstate(all="ignore"), pytest.raises(FloatingPointError, match="no longer finite"):
        train(Plan("sft", "sft", 2.0, seed=1, steps=120, stop_on_nan=True), io.StringIO(), tmp_path)


def test_preference_training_prefers_good_sentences(tmp_path: Path) -> None:
    taught = train(Plan("sft", "sft", 1e-2, seed=1, steps=120), io.StringIO(), tmp_path)
    out = io.StringIO()
    train(Plan("dpo", "dpo", 1e-3, seed=1, steps=60, log_every=1), out, tmp_path, start=taught)
    assert dicts(out.getvalue(), "loss")[0] == pytest.approx(np.log(2), abs=1e-4)
    assert dicts(out.getvalue(), "rewards/accuracies")[-1] > 0.9


def test_clipping_holds_a_step_to_the_learning_rate() -> None:
    model = Model.fresh(np.random.default_rng(0))
    before = [weights.copy() for weights in model.weights]
    norm = Adam(model).step(tuple(np.full_like(weights, 100) for weights in model.weights), 0.01)
    assert norm == pytest.approx(100 * np.sqrt(sum(weights.size for weights in model.weights)))
    assert max(np.abs(old - new).max() for old, new in zip(before, model.weights, strict=True)) == pytest.approx(0.01, rel=0.02)


def test_the_learning_rate_rises_and_falls_on_straight_lines() -> None:
    plan = Plan("sft", "sft", 1.0, seed=1, steps=200)
    assert [learning_rate(plan, step) for step in (1, 5, 10, 105, 200)] == pytest.approx([0.1, 0.5, 1.0, 0.5, 0.0])
