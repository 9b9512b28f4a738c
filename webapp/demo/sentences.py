"""What the demo's model learns: sentences of a small grammar, as arrays of character numbers.

Few enough sentences to be learnt by heart and many enough possible ones that others follow the same rules: the gap between training and
evaluation loss is a real one. A rejected sentence, for preference training, is a good one with its words in another order.
"""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

DETERMINERS = ("the", "a", "every", "no")
ADJECTIVES = ("old", "quiet", "brave", "grey", "hungry", "clever", "lazy", "tall")
PEOPLE = ("miller", "sailor", "widow", "baker", "doctor", "smith", "weaver", "judge")
THINGS = ("horse", "lamp", "boat", "letter", "bridge", "violin", "ladder", "clock")
VERBS = ("sold", "broke", "found", "hid", "painted", "carried", "lost", "mended")
PLACES = ("in the harbour", "at night", "behind the mill", "for nothing", "after the storm", "with great care")

ALPHABET = " .abcdefghijklmnopqrstuvwxyz"  # the space is number 0: it fills the context before a sentence begins
CONTEXT = 16  # characters the model sees before the one it predicts
NUMBER_OF = np.array([max(ALPHABET.find(chr(code)), 0) for code in range(128)])


def write_sentences(rng: np.random.Generator, count: int) -> list[str]:
    """`count` different sentences, about 48 characters each."""
    found: dict[str, None] = {}
    while len(found) < count:
        pick = [str(rng.choice(words)) for words in (DETERMINERS, ADJECTIVES, PEOPLE, VERBS, DETERMINERS, THINGS, PLACES)]
        found[" ".join(pick) + "."] = None
    return list(found)


def shuffle_words(rng: np.random.Generator, sentence: str) -> str:
    """The sentence with two neighbouring words exchanged, so that it breaks the grammar."""
    words = sentence.rstrip(".").split(" ")
    at = int(rng.integers(len(words) - 1))
    words[at], words[at + 1] = words[at + 1], words[at]
    return " ".join(words) + "."


def encode(sentences: list[str]) -> tuple[Ints, Ints, Ints]:
    """Contexts (n, CONTEXT), next characters (n,) and the sentence each belongs to (n,), over all characters of all sentences."""
    lengths = [len(sentence) for sentence in sentences]
    padded = "".join(" " * CONTEXT + sentence for sentence in sentences)
    numbers = NUMBER_OF[np.frombuffer(padded.encode("ascii"), np.uint8)]
    owners = np.repeat(np.arange(len(sentences)), lengths)
    at = np.arange(len(owners)) + (owners + 1) * CONTEXT  # where each character stands in the padded text
    return np.lib.stride_tricks.sliding_window_view(numbers, CONTEXT)[at - CONTEXT], numbers[at], owners
