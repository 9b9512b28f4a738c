"""Debiased exponential moving average, as TensorBoard draws it (`data_transformer.ts`), over all points and fast enough for millions.

No scipy: one recursive filter is not worth 100 MB. The recurrence is unrolled inside blocks, which numpy does at once, and carried from
block to block in Python.
"""

import math

import numpy as np

from parser.points import Floats, Ints

REACH = 1e140  # a block ends before 1 / weight**length passes this, far from where doubles overflow
LARGE = 1e100  # values beyond are divided by their size first
LONGEST_BLOCK = 4096  # points; longer ones save nothing
SMALL_STEP, TERMS = 1e-3, 7  # a carry that fades faster than this is a sum of so few terms, to the last bit
PACE = 32  # values in one step of the carried average where only few places are asked for
GATHERED = 512  # places worked out at once, 128 KB
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


def smooth_at(values: Floats, weight: float, places: Ints) -> Floats:
    """`smooth_values(values, weight)[places]`, in less than half the time where the places are few.

    The average is carried from one block of `PACE` values to the next by a product with fixed shares, and only at the places worked out
    value by value; the sums are those of the whole recurrence, so nothing is left out.
    """
    blocks = len(values) // PACE
    few = len(places) * PACE <= len(values)
    if not 0 < weight < 1 or blocks < 2 or not few:
        return smooth_values(values, weight)[places]
    powers = weight ** np.arange(PACE)
    shares = (1 - weight) * powers[::-1]
    step = float(powers[-1]) * weight
    ends = np.einsum("ij,j->i", values[: blocks * PACE].reshape(blocks, PACE), shares)
    if not math.isfinite(ends.sum() + values[blocks * PACE :].sum()):  # nan and ±inf stay what they are in every sum they are part of
        return smooth_values(values, weight)[places]
    carries = np.zeros(blocks + 1)
    if step > SMALL_STEP:
        # the same recurrence, a block a step; _average divides by what early values lack, which is put back
        carries[1:] = _average(ends / (1 - step), step) * -np.expm1(np.arange(1, blocks + 1) * math.log(step))
    else:
        for back in range(min(TERMS, blocks)):  # what a block still weighs `back` blocks later
            carries[1 + back :] += step**back * ends[: blocks - back]
    block, inner = np.divmod(places, PACE)
    table = np.array([np.concatenate([shares[PACE - 1 - n :], np.zeros(PACE - 1 - n)]) for n in range(PACE)])
    rows, rest = values[: blocks * PACE].reshape(-1, PACE), np.append(values[blocks * PACE :], np.zeros(PACE))[None, :PACE]
    sums = np.empty(len(places))
    for begin in range(0, len(places), GATHERED):  # in pieces that stay in the cache, and for which no memory has to be asked
        part = slice(begin, begin + GATHERED)
        near = rows[np.minimum(block[part], blocks - 1)]
        near[block[part] == blocks] = rest
        np.einsum("ij,ij->i", near, table[inner[part]], out=sums[part])
    shown: Floats = (sums + powers[inner] * weight * carries[block]) / -np.expm1((places + 1) * math.log(weight))
    return shown


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
