"""Debiased exponential moving average, as TensorBoard draws it (`data_transformer.ts`), over all points and fast enough for millions.

No scipy: one recursive filter is not worth 100 MB. The recurrence is unrolled inside blocks, which numpy does at once, and carried from
block to block in Python.
"""

import math

import numpy as np

from parser.points import Floats

REACH = 1e140  # a block ends before 1 / weight**length passes this, far from where doubles overflow
LONGEST_BLOCK = 4096  # points; longer ones save nothing and leave the cache


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
    if weight == 0 or len(known) == 0 or known.min() == known.max():
        return values.copy()
    size = float(np.abs(known).max())
    scale = size if size > 1e100 else 1.0
    shown = _average(known / scale, weight) * scale
    if whole:
        return shown
    out = values.copy()
    out[finite] = shown
    return out


def _average(values: Floats, weight: float) -> Floats:
    """The debiased average of finite values: within a block, last_k = weight^(k+1)·carry + weight^k · Σ (1 − weight)·y_j / weight^j."""
    count = len(values)
    length = max(1, min(count, LONGEST_BLOCK, int(math.log(REACH) / -math.log(weight))))
    blocks = -(-count // length)
    padded = np.zeros(blocks * length)
    np.multiply(values, 1 - weight, out=padded[:count])
    grid = padded.reshape(blocks, length)
    powers = weight ** np.arange(length + 1)
    grid /= powers[:-1]
    np.cumsum(grid, axis=1, out=grid)
    grid *= powers[:-1]
    whole_block = float(powers[-1])
    carry, carries = 0.0, []
    for end in grid[:, -1].tolist():
        carries.append(carry)
        carry = whole_block * carry + end
    grid += np.multiply.outer(np.array(carries), powers[1:])
    out = padded[:count]
    # weight**n is below the last bit of 1 from here on, so dividing further would change nothing
    unsettled = min(count, int(math.log(1e-17) / math.log(weight)) + 1)
    out[:unsettled] /= -np.expm1(np.arange(1, unsettled + 1) * math.log(weight))
    return out
