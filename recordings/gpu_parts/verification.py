"""The rows of the verification grid of one kind of arithmetic."""

from lstm_from_scratch import verify


def measure(write, device, tiny, kind):
    rows = [(k, row) for k, row in enumerate(verify.grid(device)) if verify.kind_of(row) == kind]
    for k, row in rows[::48] if tiny else rows:
        write(verify.verify_row(row, device, seed=k))


def summary(rows):
    def worst(part, who):
        return max((row[part][who] for row in rows if row[part][who] is not None), default=0.0)

    failed = sum(not row["passed"] for row in rows)
    errors = [f"{part} {worst(part, 'ours'):.1e}, nn.LSTM {worst(part, 'torch'):.1e}"
              for part in ("outputs", "gradients")]
    return f"{len(rows)} rows, {failed} outside their tolerance; " + "; ".join(errors)
