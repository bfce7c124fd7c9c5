"""Sigmoid and tanh for numba's loops: exp by range reduction and a Taylor series.

A library's exp would be called for one number at a time; these are written out, so that the
compiler can compute several at once. Largest relative errors measured over the range that counts:
1.6e-7 in float32 and 3.2e-16 in float64.

Source: the reduction x = k log(2) + r with log(2) in two parts, and the constants of those parts,
    are those of the Cephes library, expf.c and exp.c, https://www.netlib.org/cephes/.
Checked by: tests/unit/test_compiled.py.
"""

import math

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic, overload

if numba.config.DISABLE_JIT:
    raise ImportError("numba compiles nothing here: NUMBA_DISABLE_JIT is set")

# contract: a*b + c in one instruction. Nothing that lets NaN or infinity be ignored.
OPTIONS = {"fastmath": {"contract"}, "error_model": "numpy", "nogil": True}
F = np.float32
inlined = numba.njit(forceinline=True, **OPTIONS)


@intrinsic
def _float_of(context, bits):
    """Read the bits of an int32 or int64 as a float32 or float64."""
    result = types.float32 if bits == types.int32 else types.float64

    def generate(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(result))

    return result(bits), generate


@inlined
def parts32(x):
    """Split exp(x) into 2^k and exp(r) - 1 with x = k log(2) + r; 2^k ends at 0 and infinity."""
    x = F(89) if x > F(89) else x
    x = F(-88) if x < F(-88) else x
    k = (x * F(1 / math.log(2)) + F(1.5 * 2**23)) - F(1.5 * 2**23)  # rounds to an integer
    r = (x - k * F(0.693359375)) + k * F(2.12194440e-4)  # log(2) in two parts
    p = F(1 / 720) + r * F(1 / 5040)  # the Taylor series: |r| < 0.35
    p = F(1 / 6) + r * (F(1 / 24) + r * (F(1 / 120) + r * p))
    p = r + r * r * (F(1 / 2) + r * p)
    return _float_of(np.int32((np.int32(k) + 127) << 23)), p


@inlined
def parts64(x):
    """Do as `parts32` for float64."""
    x = 710.0 if x > 710.0 else x
    x = -709.0 if x < -709.0 else x
    k = (x * (1 / math.log(2)) + 1.5 * 2.0**52) - 1.5 * 2.0**52
    r = (x - k * 6.93145751953125e-1) - k * 1.42860682030941723212e-6
    p = 1 / 479001600 + r * (1 / 6227020800)
    p = 1 / 3628800 + r * (1 / 39916800 + r * p)
    p = 1 / 40320 + r * (1 / 362880 + r * p)
    p = 1 / 720 + r * (1 / 5040 + r * p)
    p = 1 / 6 + r * (1 / 24 + r * (1 / 120 + r * p))
    p = r + r * r * (0.5 + r * p)
    return _float_of((np.int64(k) + 1023) << 52), p


@inlined
def sigmoid32(x):
    """Compute 1 / (1 + exp(-x)) in float32."""
    scale, p = parts32(-x)
    return F(1) / (F(1) + scale * (F(1) + p))


@inlined
def sigmoid64(x):
    """Compute 1 / (1 + exp(-x)) in float64."""
    scale, p = parts64(-x)
    return 1.0 / (1.0 + scale * (1.0 + p))


@inlined
def tanh32(x):
    """Compute tanh(x) in float32."""
    scale, p = parts32(F(-2) * abs(x))
    e = scale * p + (scale - F(1))  # exp(-2|x|) - 1: near 0 no digits are lost
    return math.copysign(e / (F(2) + e), x)


@inlined
def tanh64(x):
    """Compute tanh(x) in float64."""
    scale, p = parts64(-2.0 * abs(x))
    e = scale * p + (scale - 1.0)
    return math.copysign(e / (2.0 + e), x)


def sigmoid(x):
    """Compute 1 / (1 + exp(-x)); for compiled functions."""


def tanh(x):
    """Compute tanh(x); for compiled functions."""


@overload(sigmoid, jit_options={"forceinline": True, **OPTIONS})
def _sigmoid(x):
    return (lambda x: sigmoid32(x)) if x == types.float32 else (lambda x: sigmoid64(x))


@overload(tanh, jit_options={"forceinline": True, **OPTIONS})
def _tanh(x):
    return (lambda x: tanh32(x)) if x == types.float32 else (lambda x: tanh64(x))
