"""The parts of `recordings/gpu.py`, one module each.

`measure(write, device, tiny)` measures and hands every row, a dict, to `write` as soon as it has
it; `tiny` asks for a few rows only. `summary(rows)` says in a line what was found.
"""
