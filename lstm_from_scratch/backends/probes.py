"""What this machine's PyTorch can do, asked once through names that PyTorch calls private.

Each question is guarded: where a name is missing, the answer is the one that is always right.

Checked by: tests/unit/test_autocast.py.
"""

import torch


def _onednn_dtypes():
    """Return the dtypes that oneDNN's LSTM computes in on this processor.

    bfloat16 takes AVX-512 or the like, float16 a newer processor still. Without the private names
    the answer is float32 alone; the dtypes of autocast's results may then differ from PyTorch's.
    """
    if not torch.backends.mkldnn.is_available():
        return ()
    names = {
        torch.bfloat16: "_is_mkldnn_bf16_supported",
        torch.float16: "_is_mkldnn_fp16_supported",
    }
    dtypes = [torch.float32]
    for dtype, name in names.items():
        try:
            dtypes += [dtype] * getattr(torch.ops.mkldnn, name)()
        except (AttributeError, RuntimeError):
            pass
    return tuple(dtypes)


ONEDNN_DTYPES = _onednn_dtypes()
