"""The words that count: which keys name a step, an epoch or a counter inside the epoch, and how much each of them proves.

In: a key in small letters. Out: its weight; where a line has several, the heaviest is the step.
"""

import re

_STEP_KEYS = {  # by what they prove
    9: ("global_step", "global step", "globalstep", "num_updates", "current_steps"),
    8: ("total_timesteps", "total timesteps", "num_timesteps", "num timesteps", "total num timesteps", "total t", "t_env", "timesteps",
        "timestep", "env_steps", "env steps", "num_env_steps", "num env steps", "total_env_steps", "total env steps", "environment steps",
        "env_step", "env step", "completed step", "eval num_timesteps", "nupdates", "nsamp"),
    7: ("step", "steps", "train step", "train_step", "_step", "step_i", "training step", "étape", "paso", "passo", "шаг", "schritt", "步",
        "训练次数", "步数", "训练步数", "ステップ", "스텝"),
    6: ("updates", "update", "iteration", "iterations", "iteration times", "training iteration", "training_iteration", "iteración",
        "iteração", "itération", "итерация", "iteracion", "迭代", "迭代次数", "イテレーション"),
    5: ("iter", "iters", "it", "ite", "itr", "training round", "communication round", "global round", "train iter", "n_iter",
        "round", "tree"),
    4: ("episode", "game", "cycle", "simulation", "generation", "running generation", "gen", "эпизод"),
    3: ("s", "trial", "rollout", "t", "frame", "frames", "num_steps"),
    2: ("batch", "batch_idx", "batch_id", "minibatch", "mini-batch", "batches", "i", "batch i"),
    1: ("episodes",),
}  # fmt: skip
STEP_KEYS = {key: weight for weight, keys in _STEP_KEYS.items() for key in keys}
EPOCH_KEYS = {
    "epoch", "ep", "epoches", "epoch number", "epoch_end", "current_epoch", "epoch progress", "train epoch", "training epoch", "epoch_num",
    "val epoch", "test epoch", "cur_epoch",
    "end of epoch", "train in epoch", "train_epoch", "val_epoch", "valid_epoch", "test_epoch", "epch", "epoca", "époque", "epoche",
    "época", "epocha", "epoka", "epok", "dönem", "эпоха", "епоха", "回合",
    "轮", "轮次", "轮数", "训练轮次", "训练轮数", "エポック", "에포크", "에폭",
}  # fmt: skip
EPOCH_WORDS = ("epoch", "epochs", "ep", "epoch(train)", "epoch(val)", "epoch(test)")
EPOCH_SLASH = {"epoch/iter": "step", "epoch/step": "step", "epoch/iteration": "step", "epoch/batch": "batch"}
BATCH_KEYS = ("batch", "batches", "minibatch", "mini-batch", "i", "batch_idx", "batch_id")
OUTER = ("iteration", "round", "cycle")  # where a step with its total stands behind them, these are what begins it again
MEMBERS = (  # of a federation, a game
    *("client", "client_id", "client id", "agent", "agent_id", "agent id", "player", "party", "peer", "learner"),
)
RANKS = ("rank", "local_rank", "local rank", "global_rank", "global rank")
EPISODE = re.compile(r"(?i)reward|return|score")  # on a line that tells what an episode brought
SINCE_1970 = re.compile(r"1[4-9]\d{8}(?:\.\d+)?")  # seconds: a time and no step
STATES = ("status", "progress", "count", "number")  # behind the word that counts
_OF_TRAINING = re.compile(  # train/global_step, as W&B names it; valid_num_updates of fairseq
    r"^(?:train(?:er)?/(?=(?:global_)?(?:step|epoch|iteration|iter)$)|(?:train|valid)_(?=num_updates$))"
)
_PHASED = re.compile(r"^(epoch|step|iter|iteration|batch)[ _](?:train|training|val|valid|validation|test|eval)$")  # Step train: [1/92]
_MEASURED = re.compile(r"\b(?:fps|speed|time|rate|per)\b")  # of the step, not which


def step_weight(lower: str, place: str, word: str) -> int:
    """How much a key proves that its number is the step; 0 where it is none. `word` is the last one of the key."""
    lower = _PHASED.sub(r"\1", _OF_TRAINING.sub("", lower))
    if ("/" in lower and "max_steps" not in place) or _MEASURED.search(lower):
        return 0
    if lower in STEP_KEYS:
        return STEP_KEYS[lower]
    if (
        word in ("step", "iter", "iteration", "update", "batch", "it", "global_step", "steps")
        and len(lower) < 40
        and re.search(r"\b(?:at|in|after|train|training|global|step|iteration|actor|learner)\b|^\W*\w+$", lower)
    ):
        return STEP_KEYS[word]
    tail = re.split(r"[^\w]+", place)[-1] if place else ""
    if place.endswith(tail) and tail in ("step", "iter", "iteration", "batch", "update", "global_step", "it"):
        return STEP_KEYS[tail]
    if re.search(r"global_step/max_steps", place):
        return 9
    return 0


def is_epoch(lower: str) -> bool:
    """True for a key in small letters that names the epoch."""
    return _PHASED.sub(r"\1", _OF_TRAINING.sub("", lower)) in EPOCH_KEYS


def ends_with_word(place: str, words: tuple[str, ...]) -> bool:
    """True where the text before a number ends with one of these words."""
    return any(
        place == word or (place.endswith(word) and not (place[-len(word) - 1].isalnum() or place[-len(word) - 1] in "_-"))
        for word in words
        if len(place) >= len(word)
    )
