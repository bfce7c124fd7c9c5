"""To and from PyTorch's modules, and to ONNX."""
