"""Learn to read handwritten digits row by row. It needs torch, numpy and data/digits.csv.gz."""
from pathlib import Path

import numpy
import torch
from torch.nn import LSTM  # or, with the same results: from lstm_from_scratch import LSTM

table = numpy.loadtxt(Path(__file__).parent / "data" / "digits.csv.gz", "float32", delimiter=",")
images = torch.from_numpy(table[:, :64]).reshape(-1, 8, 8) / 16  # (N, L, H_in), from 0 to 1
digits = torch.from_numpy(table[:, 64]).long()  # (N)

class DigitReader(torch.nn.Module):
    def __init__(self, hidden_size):
        super().__init__()
        self.lstm = LSTM(input_size=8, hidden_size=hidden_size)
        self.to_scores = torch.nn.Linear(hidden_size, 10)
    def forward(self, some_images):  # (N, L, H_in)
        x = some_images.transpose(0, 1)  # (L, N, H_in)
        output, (h_n, c_n) = self.lstm(x)  # (L, N, H_cell)
        return self.to_scores(output[-1])  # (N, 10), after the last row

def train_one_epoch(model, optimizer, rows):
    for batch in rows[torch.randperm(len(rows))].split(64):
        loss = torch.nn.functional.cross_entropy(model(images[batch]), digits[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

def accuracy(model, rows):
    with torch.no_grad():
        return (model(images[rows]).argmax(dim=1) == digits[rows]).float().mean().item()
if __name__ == "__main__":
    torch.manual_seed(0)
    training, validation, test = torch.randperm(1797).split([1077, 360, 360])
    model = DigitReader(hidden_size=32)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for epoch in range(1, 21):
        train_one_epoch(model, optimizer, training)
        print(f"epoch {epoch}: validation accuracy {accuracy(model, validation):.3f}")
    print(f"test accuracy {accuracy(model, test):.3f}")
