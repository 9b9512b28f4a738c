"""Debiased exponential moving average, as TensorBoard draws it (`data_transformer.ts`), over all points and fast enough for millions.

No scipy: one recursive filter is not worth 100 MB. The recurrence is unrolled inside blocks, which numpy does at once, and carried from
block to block in Python.
"""

import math

import numpy as np

from parser.points import Floats

REACH = 1e140  # a block ends before 1 / weight**length passes this, far from where doubles overflow
LARGE = 1e100  # values beyond are divided by their size first
LONGEST_BLOCK = 4096  # points; longer ones save nothing
CHUNK = 65_536  # points worked on at once: what fits into the cache


def smooth_values(values: Floats, weight: float) -> Floats:
    """`values` smoothed: last = weight·last + (1 − weight)·y from 0, shown = last / (1 − weight^n), n counting finite values so far.

    values  (n,) any; nan and ±inf pass through and leave the average alone
    weight  0 (nothing changes) up to, not including, 1
    Returns (n,). A series whose finite values are all equal comes back untouched.
    """
    if not 0 <= weight < 1:
        raise ValueError(f"weight is {weight}; expected 0 <= weight < 1")
    finite = np.isfinite(values)
    whole = bool(finite.all())
    known = values if whole else values[finite]
    if weight == 0 or not len(known):
        return values.copy()
    low, high = float(known.min()), float(known.max())
    if low == high:
        return values.copy()
    size = max(-low, high)
    shown = _average(known, weight) if size < LARGE else _average(known / size, weight) * size
    if whole:
        return shown
    out = values.copy()
    out[finite] = shown
    return out


def _average(values: Floats, weight: float) -> Floats:
    """The debiased average of finite values: in a block, last_k = weight^k · (weight · carry + Σ_{j<=k} (1 − weight) · y_j / weight^j)."""
    count = len(values)
    length = max(1, min(count, LONGEST_BLOCK, int(math.log(REACH) / -math.log(weight))))
    powers = weight ** np.arange(length)
    shares = (1 - weight) / powers
    whole_block = float(powers[-1]) * weight
    out = np.zeros(-(-count // length) * length)
    out[:count] = values
    blocks = out.reshape(-1, length)
    carry, rows = 0.0, max(1, CHUNK // length)
    for begin in range(0, len(blocks), rows):
        chunk = blocks[begin : begin + rows]
        chunk *= shares
        np.cumsum(chunk, axis=1, out=chunk)
        carries = []
        for end in (chunk[:, -1] * powers[-1]).tolist():
            carries.append(weight * carry)
            carry = whole_block * carry + end
        chunk += np.array(carries)[:, None]
        chunk *= powers
    out = out[:count]
    # weight**n is below the last bit of 1 from here on, so dividing further would change nothing
    unsettled = min(count, int(math.log(1e-17) / math.log(weight)) + 1)
    out[:unsettled] /= -np.expm1(np.arange(1, unsettled + 1) * math.log(weight))
    return out
