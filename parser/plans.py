"""What the numbers of one line shape mean: the record that a reader makes once per shape, and every line of the shape then uses."""

from collections.abc import Sequence
from dataclasses import dataclass, field

SLOTS = ("step", "total", "epoch", "epochs", "batch", "batches", "time", "rank", "at", "end")
NOW, AGAIN, OFTEN = 1, 2, 4  # how many lines of a shape are needed before its numbers are believed


@dataclass(slots=True)
class Value:
    """One metric of a line: the number token it is in, its key as printed, and the factor of its magnitude suffix."""

    slot: int
    key: str
    scale: float = 1.0


@dataclass(slots=True)
class Plan:
    """The meaning of the number tokens of a line shape; tokens count from 0, -1 is "not in the line".

    format    name of the format that claimed the shape, "generic", or "" for nobody
    kind      record (has values) | header (step or epoch only) | phase (a heading: `scope` says of what) | summary (numbers that repeat
              others) | noise | unread
    step      token of the step, and `total` of the number after its slash
    epoch     token of the epoch, and `epochs` of the number after its slash
    batch     token of the counter inside the epoch, and `batches` of the number after its slash
    time      token of the time stamp, rank of the rank
    at        token of a counter that is no place, and `end` of the number after its slash: the line counts where the two are the same
    rank_text rank that stands in the literals (`[rank1]:`)
    of_each   what the number of the rank is of, where it is none: `Client 3: loss 0.8`
    scope     "val", "test" … where the whole line says so
    need      how many lines of this shape must come before the first is believed
    """

    format: str = ""
    kind: str = "unread"
    step: int = -1
    total: int = -1
    epoch: int = -1
    epochs: int = -1
    batch: int = -1
    batches: int = -1
    time: int = -1
    rank: int = -1
    at: int = -1
    end: int = -1
    rank_text: str = ""
    of_each: str = ""
    scope: str = ""
    need: int = AGAIN
    values: list[Value] = field(default_factory=list)
    event: str = ""
    text_step: float = float("nan")
    step_scale: float = 1.0
    dict_line: bool = False
    quoted_epoch: bool = False
    base: int = -1  # first epoch of the tool: 0 or 1; -1 where unknown
    shows_epoch: bool = False
    last: bool = False  # the summary that ends a run
    step_key: str = ""
    weak_step: bool = False  # the step is a counter of something (batch, episode, i): it proves less
    rich: bool = False  # many keys with separators: believed at once where the log has told a place
    known: bool = False  # a metric word names the value: it counts even before the log has told a step
    measured: bool = False  # a metric word names a value that is no setting: also one that stands still is evidence
    moving: bool = False  # the log must have moved on between two lines of the shape, for them to count as evidence
    fractional_epoch: bool = False
    trains: bool = False  # a key, or the line, says that it is of training
    heads: bool = False  # the line begins with its step or epoch: where it is no record, the lines below it stand there
    label: str = ""  # what the line is of: Generator: loss 0.8, head: pt_head, node02: loss 0.8
    over: bool = False  # of what has ended: Epoch 1 finished, Time for epoch 1: 12.2s
    sums: bool = False  # Training [@Epoch 6] loss: 0.4, which ends the training of the epoch
    starred: bool = False  # * MAE 3.2: it ends the lines of an evaluation above it
    training: bool = False  # the line says so, and tells no place: the mean of an epoch

    def shift(self, tokens: int) -> None:
        """Moves the meaning behind so many number tokens that stand in front."""
        for name in SLOTS:
            if getattr(self, name) >= 0:
                setattr(self, name, getattr(self, name) + tokens)
        for value in self.values:
            value.slot += tokens

    def tokens(self, nums: Sequence[bytes]) -> list[bytes]:
        """The tokens that the plan takes for numbers: of its place and its values, not of the time."""
        slots = (self.step, self.total, self.epoch, self.epochs, self.batch, self.batches, *(value.slot for value in self.values))
        return [nums[slot] for slot in slots if slot >= 0]

    @property
    def above(self) -> bool:
        """True where the line leads with its epoch and tells its learning rate: the lines below it stand there (`Epoch 1/2 (lr=0.01)`)."""
        return self.heads and self.known and not self.measured and self.epoch >= 0 and self.step < 0 and self.batch < 0

    @property
    def has_place(self) -> bool:
        """True where the line itself says where on the x axis it stands."""
        return self.step >= 0 or self.epoch >= 0 or self.batch >= 0
