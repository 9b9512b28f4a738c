"""The one error people see, in four parts. The command line prints it and leaves with its exit code, a page shows the same text.

Not a frozen dataclass: Python itself assigns to an exception while it travels (`__traceback__`), and pickles it by `args`.
"""


class UserError(Exception):
    """Something the reader of the message can understand or repair; a fault of ours is never one of these.

    what   what happened, one sentence: "No metric found in this log."
    why    the reason in numbers or names: "None of 412 lines matched …"; "" if `what` says it all
    where  file, setting or address; "" if there is none
    hint   what to do next; "" if nothing helps
    """

    exit_code = 2

    def __init__(self, what: str, why: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(what, why, where, hint)
        self.what = what
        self.why = why
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.why, self.where, self.hint) if part)
