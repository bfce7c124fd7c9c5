"""Read digits with onnxruntime, without PyTorch:

    python serve_digits.py reader.onnx
"""
import sys
from pathlib import Path

import numpy
import onnxruntime

session = onnxruntime.InferenceSession(
    sys.argv[1], providers=["CPUExecutionProvider"])

data = Path(__file__).parent / "data" / "digits.csv.gz"
table = numpy.loadtxt(data, "float32", delimiter=",")
images = table[:, :64].reshape(-1, 8, 8) / 16  # as in the training
digits = table[:, 64]

for rows in (8, 5):  # whole images, and their first rows
    scores = session.run(None, {"images": images[:, :rows]})[0]
    right = (scores.argmax(axis=1) == digits).mean()
    print(f"{rows} rows: ~{right:.2f} of {len(digits)} images are right")
print("torch was imported:", "torch" in sys.modules)
