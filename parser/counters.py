"""The words that count: which keys name a step, an epoch or a counter inside the epoch, and how much each of them proves.

In: a key in small letters. Out: its weight; where a line has several, the heaviest is the step.
"""

import re

STEP_KEYS = {
    "global_step": 9, "global step": 9, "globalstep": 9, "num_updates": 9, "current_steps": 9, "total_timesteps": 8, "total timesteps": 8,
    "num_timesteps": 8,
    "num timesteps": 8, "total num timesteps": 8, "total t": 8, "t_env": 8, "timesteps": 8, "timestep": 8, "env_steps": 8, "env steps": 8,
    "completed step": 8, "step": 7, "steps": 7, "s": 3, "train step": 7, "train_step": 7,
    "_step": 7, "training step": 7, "updates": 6, "update": 6, "iteration": 6, "iterations": 6, "iter": 5, "iters": 5, "it": 5, "itr": 5,
    "training round": 5, "communication round": 5, "global round": 5,
    "training iteration": 6, "training_iteration": 6, "train iter": 5, "eval num_timesteps": 8,
    "n_iter": 5, "batch": 2, "batch_idx": 2, "batch_id": 2,
    "minibatch": 2, "batches": 2, "i": 2, "round": 5, "tree": 5, "episode": 4, "episodes": 1,
    "trial": 3, "generation": 4, "gen": 4, "rollout": 3, "t": 3, "frame": 3, "frames": 3, "étape": 7, "paso": 7, "passo": 7, "шаг": 7,
    "iteración": 6, "iteração": 6, "itération": 6, "итерация": 6, "эпизод": 4, "schritt": 7, "iteracion": 6,
    "步": 7, "训练次数": 7, "nupdates": 8, "步数": 7, "训练步数": 7, "迭代": 6, "迭代次数": 6, "ステップ": 7,
    "イテレーション": 6, "스텝": 7,
}  # fmt: skip
EPOCH_KEYS = {
    "epoch", "ep", "current_epoch", "train epoch", "training epoch", "epoch_num", "val epoch", "test epoch", "cur_epoch",
    "end of epoch", "train in epoch", "train_epoch", "val_epoch", "valid_epoch", "test_epoch", "epch", "epoca", "époque", "epoche",
    "época", "epocha", "epoka", "epok", "dönem", "эпоха", "епоха", "回合",
    "轮", "轮次", "轮数", "训练轮次", "训练轮数", "エポック", "에포크",
}  # fmt: skip
EPOCH_WORDS = ("epoch", "epochs", "ep", "epoch(train)", "epoch(val)", "epoch(test)")
EPOCH_SLASH = {"epoch/iter": "step", "epoch/step": "step", "epoch/iteration": "step", "epoch/batch": "batch"}
BATCH_KEYS = ("batch", "batches", "minibatch", "i", "batch_idx", "batch_id")
STATES = ("status", "progress", "count", "number")  # behind the word that counts
_MEASURED = re.compile(r"\b(?:fps|speed|time|rate|per)\b")  # of the step, not which


def step_weight(lower: str, place: str, word: str) -> int:
    """How much a key proves that its number is the step; 0 where it is none. `word` is the last one of the key."""
    if ("/" in lower and "max_steps" not in place) or _MEASURED.search(lower):
        return 0
    if lower in STEP_KEYS:
        return STEP_KEYS[lower]
    if (
        word in ("step", "iter", "iteration", "update", "batch", "it", "global_step", "steps")
        and len(lower) < 40
        and re.search(r"\b(?:at|in|after|train|training|global|step|iteration)\b|^\W*\w+$", lower)
    ):
        return STEP_KEYS[word]
    tail = re.split(r"[^\w]+", place)[-1] if place else ""
    if place.endswith(tail) and tail in ("step", "iter", "iteration", "batch", "update", "global_step", "it"):
        return STEP_KEYS[tail]
    if re.search(r"global_step/max_steps", place):
        return 9
    return 0


def ends_with_word(place: str, words: tuple[str, ...]) -> bool:
    """True where the text before a number ends with one of these words."""
    return any(
        place == word or (place.endswith(word) and not (place[-len(word) - 1].isalnum() or place[-len(word) - 1] in "_-"))
        for word in words
        if len(place) >= len(word)
    )
