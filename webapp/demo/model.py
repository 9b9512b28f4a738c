"""A character model after Bengio et al. (2003): embeddings of the last characters, one hidden layer, a softmax over the next one.

Two objectives share its gradient: the likelihood of sentences, and direct preference optimization (Rafailov et al. 2023). Activations have
the range of half precision, as in mixed precision training: with too high a learning rate they overflow, and the loss becomes NaN by
itself. numpy, because the board needs it anyway; a real framework would make the demo a download of gigabytes.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from webapp.demo.sentences import ALPHABET, CONTEXT, Ints

Weights = NDArray[np.float32]

EMBEDDING, HIDDEN = 12, 96
BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8  # Adam's usual values
MAX_HALF = 65504.0  # largest finite float16
MAX_GRAD_NORM = 1.0  # the Trainer's default


def in_half_range(values: Weights) -> Weights:
    """The values, ±inf where half precision cannot hold them, as on a GPU; its rounding is left out, it takes numpy too long."""
    if values.max() <= MAX_HALF and values.min() >= -MAX_HALF:
        return values
    return np.where(np.abs(values) > MAX_HALF, np.copysign(np.float32(np.inf), values), values)


@dataclass(frozen=True, slots=True)
class Reading:
    """One pass over n characters in context: the layers from below, and the log probability of every letter (n, letters)."""

    contexts: Ints
    targets: Ints
    looked_up: Weights
    sums: Weights
    hidden: Weights
    log_probs: Weights

    @property
    def log_prob(self) -> Weights:
        """Log probability (n,) of each target."""
        found: Weights = self.log_probs[np.arange(len(self.targets)), self.targets]
        return found


@dataclass(slots=True)
class Model:
    """The four weight arrays; `gradient` leaves them alone, `Adam.step` changes them in place."""

    embedding: Weights
    hidden: Weights
    bias: Weights
    output: Weights

    @classmethod
    def fresh(cls, rng: np.random.Generator) -> "Model":
        def normal(rows: int, columns: int) -> Weights:
            return rng.standard_normal((rows, columns), np.float32) / np.float32(np.sqrt(rows))

        letters = len(ALPHABET)
        bias = np.zeros(HIDDEN, np.float32)
        return cls(
            normal(letters, EMBEDDING) * np.float32(2), normal(CONTEXT * EMBEDDING, HIDDEN), bias, normal(HIDDEN, letters) / np.float32(4)
        )

    def copy(self) -> "Model":
        return Model(*(weights.copy() for weights in self.weights))

    @property
    def weights(self) -> tuple[Weights, ...]:
        return self.embedding, self.hidden, self.bias, self.output

    def read(self, contexts: Ints, targets: Ints) -> Reading:
        """What the model makes of each context (n, CONTEXT), with the characters (n,) that really follow."""
        looked_up = self.embedding[contexts].reshape(len(contexts), -1)
        sums = in_half_range(looked_up @ self.hidden + self.bias)
        hidden = in_half_range(np.square(sums))
        logits = in_half_range(hidden @ self.output)
        shifted = logits - logits.max(axis=1, keepdims=True)
        log_probs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return Reading(contexts, targets, looked_up, sums, hidden, log_probs)

    def gradient(self, reading: Reading, importance: Weights) -> tuple[Weights, ...]:
        """Gradient of minus the sum of the targets' log probabilities weighted by `importance` (n,)."""
        count = len(reading.targets)
        towards = np.exp(reading.log_probs)
        towards[np.arange(count), reading.targets] -= 1
        towards *= importance[:, None]
        below = (towards @ self.output.T) * 2 * reading.sums  # the slope of the square
        parts = (below @ self.hidden.T).reshape(-1, EMBEDDING)
        letters = reading.contexts.ravel()
        embedding = np.stack([np.bincount(letters, column, len(ALPHABET)) for column in parts.T], axis=1).astype(np.float32)
        return embedding, reading.looked_up.T @ below, below.sum(axis=0), reading.hidden.T @ towards

    def write(self, rng: np.random.Generator, limit: int = 60) -> str:
        """A sentence of the model's own, sampled character by character."""
        text = ""
        while len(text) < limit and not text.endswith("."):
            context = np.array([[ALPHABET.index(letter) for letter in (" " * CONTEXT + text)[-CONTEXT:]]])
            chances = np.exp(self.read(context, context[:, 0]).log_probs[0].astype(np.float64))
            text += ALPHABET[int(rng.choice(len(ALPHABET), p=chances / chances.sum()))]
        return text


class Adam:
    """Adam (Kingma and Ba 2015) with the gradient clipped by its norm."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.first = [np.zeros_like(weights) for weights in model.weights]
        self.second = [np.zeros_like(weights) for weights in model.weights]
        self.steps = 0

    def step(self, gradients: tuple[Weights, ...], learning_rate: float) -> float:
        """One update in place; returns the norm of the gradient before clipping."""
        norm = float(np.sqrt(sum(float(np.square(gradient, dtype=np.float64).sum()) for gradient in gradients)))
        scale = min(1.0, MAX_GRAD_NORM / (norm + 1e-6)) if np.isfinite(norm) else float("nan")
        self.steps += 1
        for weights, gradient, first, second in zip(self.model.weights, gradients, self.first, self.second, strict=True):
            clipped = gradient * np.float32(scale)
            first += (1 - BETA1) * (clipped - first)
            second += (1 - BETA2) * (np.square(clipped) - second)
            rate = learning_rate * np.sqrt(1 - BETA2**self.steps) / (1 - BETA1**self.steps)
            weights -= np.float32(rate) * first / (np.sqrt(second) + np.float32(EPSILON))
        return norm
