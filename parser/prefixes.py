"""What loggers and launchers put in front of a message: time stamps, levels, logger names, ranks.

In: a line as text in which every number token is one mark character (see `parser.numbers`). Out: where the message begins, the token of
the time stamp, and the rank. Refuses to know anything about messages.
"""

import re
from dataclasses import dataclass

from parser.numbers import CLOCK_MARK, NUMBER_MARK, STAMP_MARK

N, C, S = NUMBER_MARK, CLOCK_MARK, STAMP_MARK
ANY = f"[{N}{C}{S}]"

_STAMP = re.compile(rf"(?:ts=|time=|\[|\()?({S}|{C}(?=[\] \t|,:])){N}?(?:\.%f)?[\])]?(?:\s*UTC)?[,:]?")
_GLUE = re.compile(rf"[\s|:>,•]+|[-–—]{{1,40}}(?=[\s{C}{S}{N}])|<stdout>:|<stderr>:")
_LEVEL_NAMES = (
    "INFO|DEBUG|WARNING|WARN|ERROR|CRITICAL|FATAL|TRACE|NOTICE|SUCCESS|info|debug|warning|error|Info|Debug|STDERR|STDOUT|stdout|stderr"
)
_LEVEL = re.compile(  # a blank before a stamp is dropped, so the stamp may stand right behind
    rf"(?:INFO|WARNING|DEBUG|ERROR):(?:\w|{N}(?=[A-Za-z]))[\w.\-{N}]*:|\[(?:{_LEVEL_NAMES})(?:\|[A-Z]{{2}}={N}){{1,6}}(?:\|[\w.\-{N}]{{1,60}})?\]:?|[\[(<]?(?:level=)?(?:{_LEVEL_NAMES})(?:\s{{0,20}}[\])>])?(?=[\s:|,\-\[\]{N}{S}{C}]|$)"
)
_SCORED = rf"[\w.]{{1,80}}\.(?:acc|accuracy|loss|f1|auc|error|score|reward):{N}"  # test.acc:0.98
_LOGGER = re.compile(
    rf"[\[(]?(?:[\w./\-<>]{{1,120}}\.(?:py|cpp|cc|cu|h|go|rs|R)(?:\[line:{N}\]|:{ANY}|:\w{{1,80}}|\[\d{{1,8}}\]|{N})*(?::[\w<>]+)?|[A-Za-z_]\w{{0,80}}:[\w<>]{{1,80}}:{N}(?=\s*[-|])|[A-Za-z_][\w.]{{0,80}}\$:{N}(?=\s*-)|__main__(?::[\w<>]{{0,80}})?(?::{N})?|(?!{_SCORED})[A-Za-z_]\w{{0,80}}(?:\.\w{{1,80}}){{1,12}}(?::[\w<>]{{1,80}}){{0,4}}(?::{N})?|(?:DLL|root|mmengine|mmdet|mmseg|mmcls|mmpose|mmpretrain|mmdet3d|fairseq_cli|train_inner|trainer|main|wandb|titan|PC|PID:{N}|HUGECTR|TRAIN|LightGBM|logging|stderr|stdout))[\])]?(?:\[{N}\])?(?=[\s:|,\-\[\]]|{ANY}|$)"
)
_COUNTS = "epochs?|ep|steps?|iters?|iterations?|it|batch(?:es)?|rounds?|episodes?|train(?:ing)?|val(?:id(?:ation)?)?|test|eval"
_RANK = re.compile(
    rf"\[(?:rank|Rank|RANK|default|GPU|gpu|device|proc|worker)[ :_\-]?(?P<inner>\d+|{N})\]:?"
    rf"|\[{N},(?:mpirank:)?(?P<mpi>\d+|{N})(?:,[\w\-]+\](?:<std\w+>)?:?|\](?:<std\w+>:?|:))"
    rf"|\[(?i:rank)[ :]?(?P<of>\d+|{N})/{N}(?![^\]]{{0,80}}(?i:epoch|step|iter|loss|acc|=))(?: ?[|,][^\[\]]{{0,80}})?\]:?"  # [rank 0/2]
    rf"|\[\w+?(?P<word>\d+)\|\d+\]:?|\[\w+(?P<bar>\d+)\|{N}\]:?"
    rf"|(?:rank|Rank|RANK)[ :=]?(?P<outer>\d+|{N})(?=[\s:|])[:\s|]*"
    rf"|\[(?!(?i:{_COUNTS})[ :])[\w.\-]{{1,60}}:(?P<host>{N})/{N}\]"  # [gpu01:0/2]
    rf"|(?:[Ww]orker|[Pp]rocess|[Dd]evice|GPU|gpu)(?:[ _]?(?P<named>\d+|{N})(?=\s*[:|])[:\s|]*"
    rf"|[ _:]{{0,2}}(?P<device>{N})[\s|,:-]{{1,4}}(?=(?i:epoch|step|iter|batch|train)))"
    rf"|\((?:[\w ]+ )?pid={N}(?:, ip=[^)]*)?\)"
    rf"|\([\w\-{N}]{{1,60}}, rank=(?P<sky>{N}), pid={N}(?:, ip=[^)]*)?\)"  # (worker1, rank=1, pid=22755, ip=172.31.81.91)
    rf"|\[(?:node|host|worker|gpu|server|machine)[\w.\-]{{0,60}}:(?P<local>{N})\]"  # [node1:0]
    rf"|\((?P<share>{N})/{N}\)(?= ?[Ee]poch ?{N})"  # (1/8) Epoch 3, as Icefall prints it
    rf"|\[{N}:{N}\]:"  # [0434:0]: node and task of srun
    rf"|\[{N}\](?=\[(?!{N}/)|: )"
)
_HOST = re.compile(  # [pod/train-0/pytorch], trainer-1  |, gpu-node02.cluster:
    r"\[pod/(?P<pod>[\w.\-]{1,80})(?:/[\w.\-]{1,80})?\]|(?P<host>(?:[A-Za-z][\w.\-]{0,60}[\-_.])?"
    r"(?:workers?|nodes?|host|trainer|learner|launcher|replica|machine|server|master|instance|compute|gpu|tpu|vm|dgx|algo|workerpool)[\-_]?\d{1,5}"
    rf"(?:[\-.][\w.\-]{{1,60}})?|(?!(?i:{_COUNTS})\b)[a-z][\w.\-]{{0,60}}[\-_]\d{{1,3}}(?=\s{{2,40}}\|))(?::|\s+\|)(?=\s|{ANY}|$)"
)
_TAIL = re.compile(r"\s{0,20}[-–:>]{1,2}\s{1,20}(?=[\[(|])")  # INFO - [1, 2000] loss: 2.1
_COMMENT = re.compile(rf"#{{1,6}}>?(?=\s|{ANY})")  # what a document shows of an output
_FIELD = re.compile(rf"\[(?!(?i:{_COUNTS})\b)[A-Za-z_][\w.\-]{{0,60}}(?:\]\s{{0,4}}(?=[\[(])|\s{{1,40}}\])")  # [root      ], [main] [1, 20]
_JAVA = re.compile(rf"[A-Z]\w{{0,60}}[a-z][A-Z]\w{{0,60}}:{N}(?=\s+-)")  # TrainingListener:67 -
_SINCE_START = re.compile(rf"{C}(?= - )")  # INFO - 01/28/26 10:00:00 - 0:00:05 - message
_BEFORE_STAMP = re.compile(rf"(?:{N}|\[[A-Za-z][\w.\-]{{0,40}}\])(?={S})")  # a line number, [titan]
_THREAD = re.compile(rf"(?:\[{N}\]\s*)?\[(?:Main|Thread|Process|Dummy|Worker)[\w\-]*{N}?\]")  # [process] [MainThread]
_PROCESS = re.compile(rf"\[{N}\](?!\s*\[{N})\s*(?=\S)|{N}(?=\s+[A-Za-z\[(])")  # 2024-05-01 12:00:01 [12345] INFO Epoch 1
_TOLD = re.compile(rf"(?i)\b(?:epoch|step|iter|iteration|update)[ :=#\[(]{{0,4}}{N}")
_PRINTED = re.compile(rf"\[{N}\] \"")  # R's print: [1] "Epoch 3 …"
_NAMED = re.compile(rf"[\w.\-/\\{N}]{{1,60}}(?=[ \t]+(?:-[ \t]+)?(?:{_LEVEL_NAMES})\b)")  # ppocr INFO:, log\train.log - INFO -
_PLACED = re.compile(rf"[\w.\-/]{{1,60}}\]\s?\([\w./\-]{{1,80}}\.py ?{N}\):")  # [stamp name](main.py 180):
_GLOG = re.compile(rf"(?:{N} )?[\w.\-]{{1,60}} [\w./\-]{{1,80}}\.py:{N}\]")  # 12345 dinov2 helpers.py:103]
_SYSLOG = re.compile(rf"[\w.-]{{1,64}} [\w./()-]{{1,64}}\[{N}\]:")  # host process[pid]:
_LABEL = re.compile(rf"({N}): +(?=[A-Za-z\[{{:*])")
_PLACE_WORD = re.compile(r"(?i)\b(?:epoch|step|iter|iteration|it|update|batch)\b|\[")


@dataclass(slots=True)
class Prefix:
    """Where the message begins (index in the text), the index of the stamp's mark or -1, the rank as text and the index of its mark, and
    the name of the machine."""

    end: int = 0
    stamp: int = -1
    rank: str = ""
    rank_at: int = -1
    host: str = ""


def peel(text: str) -> Prefix:
    """The prefix of a line. Only what stands in front of the message is peeled; a message that begins with a number keeps it."""
    found = Prefix()
    at = 0
    while at < len(text):
        if glue := _GLUE.match(text, at):
            at = glue.end()
            continue
        if stamp := _STAMP.match(text, at):
            found.stamp = stamp.start(1) if found.stamp < 0 else found.stamp  # the launcher's, before the logger's
            at = stamp.end()
        elif (found.stamp >= 0 and (part := _SINCE_START.match(text, at))) or (at == 0 and (part := _BEFORE_STAMP.match(text))):
            at = part.end()
        elif rank := _RANK.match(text, at):
            _take_rank(found, rank)
            at = rank.end()
        elif at == 0 and (host := _HOST.match(text)):
            found.host = host["pod"] or host["host"]
            at = host.end()
        elif (
            (found.end and ((part := _FIELD.match(text, at)) or (part := _JAVA.match(text, at))))
            or (part := _LEVEL.match(text, at))
            or (part := _LOGGER.match(text, at))
            or (part := _THREAD.match(text, at))
            or (at == 0 and (part := _PRINTED.match(text)))
            or (not found.end and (part := _COMMENT.match(text, at)))
            or (
                found.stamp >= 0
                and (
                    (part := _PLACED.match(text, at))
                    or (part := _GLOG.match(text, at))
                    or (part := _SYSLOG.match(text, at))
                    or (part := _NAMED.match(text, at))
                )
            )
        ) or ((part := _PROCESS.match(text, at)) and (found.end or part[0][0] == "[") and _TOLD.search(text, part.end())):
            at = part.end()
        elif (at == 0 or found.rank_at >= 0 or found.rank) and (label := _LABEL.match(text, at)) and _PLACE_WORD.search(text, label.end()):
            found.rank_at = label.start(1) if at == 0 else found.rank_at  # behind a launcher's rank it says the same again
            at = label.end()
        else:
            break
        found.end = at
    if found.end and (tail := _TAIL.match(text, found.end)):
        found.end = tail.end()
    return found


def _take_rank(found: Prefix, match: re.Match[str]) -> None:
    for name in ("inner", "mpi", "of", "word", "bar", "outer", "host", "named", "device", "sky", "local", "share"):
        value = match.group(name)
        if value is None:
            continue
        if value.isdigit():
            found.rank = value
        else:
            found.rank_at = match.start(name)
