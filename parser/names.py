"""Names of metrics: what is a metric word, what never is one, and which spellings mean the same.

In: a key as printed. Out: its canonical name, or a verdict on whether the key can be a metric at all. Only five names are canonical
(`loss`, `eval_loss`, `learning_rate`, `grad_norm`, `epoch`); everything else keeps the spelling of the log, because a name that was
guessed wrong is worse than one that reads odd.
"""

import re

NAME_BYTES = 200  # longer names are cut: a key of this length is prose

CANONICAL = {
    "loss": "loss", "train_loss": "loss", "training_loss": "loss", "lm_loss": "loss", "train/loss": "loss", "avg_loss": "loss",
    "avr_loss": "loss", "total_loss": "loss", "gpt_loss": "loss", "reduced_train_loss": "loss", "average_loss": "loss",
    "eval_loss": "eval_loss", "val_loss": "eval_loss", "valid_loss": "eval_loss", "validation_loss": "eval_loss", "vali_loss": "eval_loss",
    "val/loss": "eval_loss", "eval/loss": "eval_loss", "dev_loss": "eval_loss", "test_loss": "eval_loss",
    "loss_train": "loss", "loss(train)": "loss", "loss_val": "eval_loss", "loss_valid": "eval_loss", "loss(val)": "eval_loss",
    "loss_(train)": "loss", "loss_(val)": "eval_loss", "loss_(valid)": "eval_loss", "loss/train": "loss", "loss/val": "eval_loss",
    "loss/valid": "eval_loss", "loss/eval": "eval_loss",
    "lr": "learning_rate", "learning_rate": "learning_rate", "base_lr": "learning_rate",
    "current_learning_rate": "learning_rate", "train/lr": "learning_rate",
    "grad_norm": "grad_norm", "gnorm": "grad_norm", "gradient_norm": "grad_norm", "gradnorm": "grad_norm", "grad": "grad_norm",
    "val/损失": "eval_loss", "损失": "loss", "训练损失": "loss", "验证损失": "eval_loss", "学习率": "learning_rate",
    "epoch": "epoch",
}  # fmt: skip

METRIC_WORDS = re.compile(
    r"(?:^|[^a-z])(?:"
    r"loss(?:es)?|acc(?:u|uracy|uracies)?\d?|err(?:or)?|lr|learning[ _]?rate|ppl|perplexity|gnorm|grad(?:ient)?[ _]?norm|grad|"
    r"[a-z]?f1|auc|auroc|roc|miou|iou|dice|bleu|rouge\w*|rewards?|returns?|kl|entropy|mse|mae|rmse|logloss|log_loss|psnr|ssim|"
    r"wer|cer|bpb|bpc|bpd|nll|elbo|recall|precision|r2|fid|mrr|mfu|ndcg|objective|likelihood|kappa|crossentropy|advantage|perte|grdn|"
    r"l[12]|binary_logloss|multi_logloss|nrmse|top[-_ ]?[15]|accuracies|margins?|ep_rew_mean|fitness|map50|map50-95|scores?|bbox_map\w*|"
    r"rank-\d+|hits?\d{1,3}|evaluation over|episode[ _]length|noise[ _]std|pearson\w*|spearman\w*|win[ _]?rate|success[ _]?rate|"
    r"(?:error|hit|miss|detection|classification|recognition|acceptance)[ _]rate"
    r"|ber|ade|fde|s?mape|crps|ece|eer|der|chrf|meteor|cider|lpips|pck"
    r")(?:$|[^a-z])|loss|accuracy|^(?:norm|score|map|ap|test|train|valid|val|learn|per|tel|trl|energy|gn|obj|l1|l2|hits@\d+)$|[a-z]@\.?\d|"
    r"(?:val|valid|validation|test|eval|train)[ _/-]map$|"
    r"pérdida|perda|verlust|потер|ошибк|acur[aá]cia|exactitud|genauigkeit|точност|награда|custo|costo|损失|准确率|正确率|精度|误差|奖励|学习率|困惑度|損失|정확도|손실"
)

NOT_METRIC = re.compile(
    r"^(?:(?!.*loss).*[ _](?:pid|port|id|seed)|of \w+|(?:eval|val|valid|test|train\w*)[ _](?:samples|steps)|"
    r"eta|remaining(?:[_ ]time)?|elapsed(?:[_ ]time)?|time[ _]remaining|remaining|pid|rank|local[_ ]rank|world[_ ]size|seed|port|"
    r"v_num|version|line|session|id|uuid|job|jobid|job_id|node|host|gpu|gpus|device|cuda|total[_ ](?:steps?|iters?|epochs?)|"
    r"max[_ ](?:steps?|epochs?|"
    r"iters?)|num[_ ](?:workers|proc|epochs|steps|gpus|classes|examples|samples|layers|heads|params|parameters)|batch[_ ]?size|bs|epochs|"
    r"n_epochs|progress|date|timestamp|ts|year|month|day|best[_ ]epoch|best[_ ]iter\w*|best[_ ]step|patience|worker|"
    r"gradient accumulation steps|total batch size|params|parameters|total[_ ]params|params?[_ ]\w+|flops|size|shape|length|hidden|layers?|"
    r"done|finished|phase|stage|after|from|to|at|in|of|for|with|than|over|and|or|the|a|is|was|took|prev|previous|current|last|first|by|on|about|"
    r"[kmgt]i?b|model|"
    r"ran|running|trained|processed|processing|loaded|loading|found|using|evaluated|"
    r"only|up to|since|until|next|every|per|page|section|chapter|table|figure|item|python|torch|cuda|gcc|warning|error code|"
    r"new scale|std|run|fold|trial|maxdets|sigmas?|(?:\w+ )?range|exit|code|status|signal|errno|file|http|https|step|steps|iter|iteration|"
    r"iterations|epoch|global_step|global step|(?-i:[abcefh-zBCEH-KM-OS-UW-Z])|-+)$",
    re.IGNORECASE,
)

SHAPE = re.compile(
    r"^(?!.*(?:--|\?))(?!.*\b(?:to|of|in|is|are|was|with|for|at|on|by|from|than|the|and|or|out| step)$)(?!N/A|usr/|"
    r"torch\.)(?!.*\.(?:py|cc|cpp|cu|h|c|sh|yaml|json|txt|pt|pth)$)[^\W\d_∇∂σμΔ]?[^@\[{<>\"\\]*[^\W\d_]"
)

CONFIG_WORDS = re.compile(
    r"(?i)\b(?:batch_?size|seed|num_\w+|hidden\w*|dropout|weight_decay|epochs|max_\w+|n_\w+|vocab\w*|warmup\w*|beta\d?|betas|momentum|"
    r"optimizer|scheduler|workers|\w+_dim|\w+_size|\w+_steps|\w+_ratio|\w+_interval|\w+_thr(?:eshold)?|min_\w+|"
    r"decay_\w+|base_lr|remain_\w+|\w+_coef(?:f|ficient)?|tokenizer\w*|pad_\w+|attention\w*|intermediate\w*)\b"
)

_LIMIT = re.compile(r"(?i)(?:min|max)_(?!lr$|learning|score|iou|[^_]{0,80}_)")  # min_ade and max_acc are measured
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # AverageReturn
_SPACES = re.compile(r"[\s\-]+")


def canonical(printed: str) -> str:
    """The canonical name of a printed key, or the key itself where none is."""
    return CANONICAL.get(_SPACES.sub("_", printed.strip().replace(". ", " ")).lower(), printed)


def is_metric_word(key: str) -> bool:
    """True where the key holds a word that names a training metric (`hard_loss_metric`, `Acc@1`, `val ppl`)."""
    return METRIC_WORDS.search(_CAMEL.sub(" ", key).lower()) is not None or METRIC_WORDS.search(key.lower()) is not None


def can_be_metric(key: str) -> bool:
    """False for keys that count, identify or configure (seed, pid, eta, batch_size), and for text that is no key at all."""
    return (
        0 < len(key) <= NAME_BYTES and NOT_METRIC.match(key) is None and SHAPE.match(key) is not None and key.count("(") == key.count(")")
    )


def is_config_word(key: str) -> bool:
    """True for names of settings, which configs print beside a learning rate."""
    return CONFIG_WORDS.search(key) is not None and not (_LIMIT.match(key) is not None and is_metric_word(_LIMIT.sub("", key)))
