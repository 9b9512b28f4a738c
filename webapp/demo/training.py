"""Trains one model by a plan, and prints the log a Transformers Trainer 4 would print: nothing here is drawn by hand.

Supervised training lowers the surprise at sentences of the grammar; preference training starts from a supervised model and moves it
towards good sentences and away from shuffled ones. The plan's pace holds a live run to the speed of a larger model.
"""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal, TextIO

import numpy as np

from webapp.demo.bar import Bar
from webapp.demo.model import Adam, Model, Reading, Weights
from webapp.demo.sentences import encode, shuffle_words, write_sentences

TRAIN, EVALUATION, BATCH = 240, 80, 8  # sentences
WARM_UP = 0.05  # share of the steps in which the learning rate rises


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `pace` is in steps a second, 0 = as fast as it goes; `stop_on_nan` ends it with a traceback, as careful scripts do."""

    name: str
    objective: Literal["sft", "dpo"]
    learning_rate: float
    seed: int
    steps: int = 600
    beta: float = 0.1
    log_every: int = 10
    evaluate_every: int = 50
    pace: float = 0.0
    stop_on_nan: bool = False


@dataclass(slots=True)
class Mean:
    """Means of what several batches told, by name."""

    sums: dict[str, float] = field(default_factory=dict)
    count: int = 0

    def add(self, values: dict[str, float]) -> None:
        self.count += 1
        for name, value in values.items():
            self.sums[name] = self.sums.get(name, 0.0) + value

    def means(self, prefix: str = "") -> dict[str, float]:
        return {prefix + name: value / self.count for name, value in self.sums.items()}


def train(plan: Plan, out: TextIO, checkpoints: Path, start: Model | None = None, alive: Callable[[], bool] = lambda: True) -> Model:
    """Runs the plan, printing to `out`; `start` is the supervised model a preference run begins with. Stops early once not `alive()`."""
    rng = np.random.default_rng(plan.seed)
    sentences = write_sentences(np.random.default_rng(0), TRAIN + EVALUATION)
    model = start.copy() if start else Model.fresh(rng)
    print_header(plan, model, out)
    optimizer, bar = Adam(model), Bar(out, plan.steps)
    began, whole, recent = time.monotonic(), Mean(), Mean()
    bar.draw()
    for step, batch in enumerate(batches(rng, plan.steps), 1):
        if not alive():
            return model
        lesson = learn(plan, model, start, [sentences[i] for i in batch], rng)
        rate = learning_rate(plan, step)
        norm = optimizer.step(model.gradient(lesson.reading, lesson.importance), rate)
        whole.add(lesson.values)
        recent.add(lesson.values)
        bar.advance()
        if plan.stop_on_nan and not np.isfinite(lesson.values["loss"]):
            out.write("\n")
            raise FloatingPointError("the loss is no longer finite")
        epoch = round(step * BATCH / TRAIN, 2)
        if step % plan.log_every == 0:
            bar.write(str({**rounded(recent.means()), "grad_norm": norm, "learning_rate": rate, "epoch": epoch}))
            recent = Mean()
        if step % plan.evaluate_every == 0 or step == plan.steps:
            evaluate(plan, model, start, sentences[TRAIN:], bar, epoch)
            save(model, checkpoints / plan.name / f"checkpoint-{step}.npz", bar)
        if plan.pace:
            time.sleep(max(0.0, began + step / plan.pace - time.monotonic()))
    print_summary(plan, time.monotonic() - began, whole.means()["loss"], bar)
    return model


@dataclass(frozen=True, slots=True)
class Lesson:
    """What one batch told: its values by name, and how much each of its characters is to move the model."""

    values: dict[str, float]
    reading: Reading
    importance: Weights


def learn(plan: Plan, model: Model, start: Model | None, batch: list[str], rng: np.random.Generator) -> Lesson:
    if plan.objective == "dpo" and start:
        return prefer(plan.beta, model, start, batch, [shuffle_words(rng, sentence) for sentence in batch])
    contexts, targets, _ = encode(batch)
    reading = model.read(contexts, targets)
    importance = np.full(len(targets), 1 / len(targets), np.float32)
    return Lesson({"loss": float(-reading.log_prob.mean())}, reading, importance)


def prefer(beta: float, model: Model, reference: Model, chosen: list[str], rejected: list[str]) -> Lesson:
    """Direct preference optimization (Rafailov et al. 2023, eq. 7)."""
    contexts, targets, owners = encode(chosen + rejected)
    half = len(chosen)

    def per_sentence(values: Weights) -> Weights:
        return np.bincount(owners, values, 2 * half).astype(np.float32)

    reading = model.read(contexts, targets)
    own = per_sentence(reading.log_prob)
    reward = beta * (own - per_sentence(reference.read(contexts, targets).log_prob))
    margin = reward[:half] - reward[half:]
    pull = beta * np.exp(-np.logaddexp(0, margin)) / half  # how much each pair still moves the policy
    values = {
        "loss": np.logaddexp(0, -margin).mean(),
        "rewards/chosen": reward[:half].mean(),
        "rewards/rejected": reward[half:].mean(),
        "rewards/accuracies": (margin > 0).mean(),
        "rewards/margins": margin.mean(),
        "logps/chosen": own[:half].mean(),
        "logps/rejected": own[half:].mean(),
    }
    importance = np.concatenate([pull, -pull])[owners].astype(np.float32)
    return Lesson({name: float(value) for name, value in values.items()}, reading, importance)


def evaluate(plan: Plan, model: Model, start: Model | None, sentences: list[str], bar: Bar, epoch: float) -> None:
    """Prints the evaluation's dict, under a bar of its own, and a sentence the model wrote."""
    began, mean, rng = time.monotonic(), Mean(), np.random.default_rng(plan.seed)
    nested = Bar(bar.out, len(sentences) // BATCH, below=1)
    for at in range(0, len(sentences), BATCH):
        mean.add(learn(plan, model, start, sentences[at : at + BATCH], rng).values)
        nested.advance()
    seconds = time.monotonic() - began
    nested.clear()
    speed = {"runtime": seconds, "samples_per_second": len(sentences) / seconds, "steps_per_second": nested.total / seconds}
    told = mean.means("eval_") | {f"eval_{name}": round(value, 4) for name, value in speed.items()}
    bar.write(str(told | {"epoch": epoch}))
    if np.isfinite(told["eval_loss"]):
        bar.write(f"sample: {model.write(rng)}")


def save(model: Model, path: Path, bar: Bar) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, *model.weights)
    bar.write(f"Saving model checkpoint to {path.parent.name}/{path.stem}")


def batches(rng: np.random.Generator, steps: int) -> Iterator[list[int]]:
    """`steps` batches of sentence numbers, every sentence once an epoch."""
    waiting: list[int] = []
    for _ in range(steps):
        waiting = waiting or [int(number) for number in rng.permutation(TRAIN)]
        yield waiting[:BATCH]
        waiting = waiting[BATCH:]


def learning_rate(plan: Plan, step: int) -> float:
    """Linear warm-up, then linear decay to 0, as `lr_scheduler_type="linear"`."""
    warm = int(plan.steps * WARM_UP)
    return plan.learning_rate * min(step / warm, (plan.steps - step) / (plan.steps - warm))


def rounded(values: dict[str, float]) -> dict[str, float]:
    """The Trainer rounds the loss to four digits and nothing else."""
    return values | {"loss": round(values["loss"], 4)}


def print_header(plan: Plan, model: Model, out: TextIO) -> None:
    """The arguments, as scripts print them, and the block the Trainer logs before it trains; the names are its own."""
    facts = {
        "Num examples": TRAIN,
        "Num Epochs": -(-plan.steps * BATCH // TRAIN),
        "Instantaneous batch size per device": BATCH,
        "Total train batch size (w. parallel, distributed & accumulation)": BATCH,
        "Gradient Accumulation steps": 1,
        "Total optimization steps": plan.steps,
        "Number of trainable parameters": sum(weights.size for weights in model.weights),
    }
    out.write(f"{Namespace(**asdict(plan))}\n")
    out.write("***** Running training *****\n" + "".join(f"  {name} = {value:,}\n" for name, value in facts.items()))


def print_summary(plan: Plan, seconds: float, loss: float, bar: Bar) -> None:
    told = {
        "train_runtime": round(seconds, 4),
        "train_samples_per_second": round(plan.steps * BATCH / seconds, 3),
        "train_steps_per_second": round(plan.steps / seconds, 3),
        "train_loss": loss,
        "epoch": round(plan.steps * BATCH / TRAIN, 2),
    }
    bar.write(str(told))
    bar.out.write("\nTraining completed.\n")
    bar.out.flush()
