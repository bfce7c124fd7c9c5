"""Train the digit reader in several processes, each on a part of every batch.

    torchrun --nproc-per-node=2 two_processes.py digit_reader.pt

It needs first_lstm.py and its data beside it, and writes the weights to the
file that is named last.
"""
import copy
import os
import sys

import torch
from first_lstm import DigitReader, accuracy, digits, images
from torch import distributed
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.nn.functional import cross_entropy
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DistributedSampler


def join():
    """Meet the other processes, and return the device of this one."""
    if torch.cuda.device_count() >= int(os.environ["LOCAL_WORLD_SIZE"]):
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
        distributed.init_process_group("nccl")  # between GPUs
    else:
        device = torch.device("cpu")
        distributed.init_process_group("gloo")  # between CPUs
    return device


def say(*words):
    if distributed.get_rank() == 0:  # or each line comes from every process
        print(*words)


def mean_of_all(losses):
    """The mean of the losses of all processes, written so that DDP is right.

    DDP adds the gradients of the processes and divides by their number,
    however many losses each of them has.
    """
    count = torch.tensor(len(losses), device=losses.device)
    distributed.all_reduce(count)  # now of all processes
    return losses.sum() * distributed.get_world_size() / count


def losses_of(model, x, y, device):
    """One loss for each image."""
    scores = model(x.to(device))
    return cross_entropy(scores, y.to(device), reduction="none")


def compare_gradients(model, device):
    """Compare the gradient of all processes with that of one process alone."""
    parts = []  # of the batch: each process has another number and length
    for rank in range(distributed.get_world_size()):
        rows = slice(100 * rank, 100 * rank + 10 * (rank + 1))
        parts.append((images[rows, rank % 4 :], digits[rows]))
    say("parts of the batch:", *(tuple(x.shape) for x, _ in parts))

    alone = copy.deepcopy(model.module)  # reads all parts here
    losses = [losses_of(alone, x, y, device) for x, y in parts]
    torch.cat(losses).mean().backward()
    expected = [parameter.grad for parameter in alone.parameters()]

    x, y = parts[distributed.get_rank()]
    for mean in (torch.mean, mean_of_all):
        model.zero_grad()
        mean(losses_of(model, x, y, device)).backward()
        found = [parameter.grad for parameter in model.parameters()]
        same = all(map(close, found, expected))
        say(f"{mean.__name__}: the gradient of one process: {same}")
    assert same  # with mean_of_all


def close(found, expected):
    return torch.allclose(found, expected, rtol=1e-4, atol=1e-6)


def train(model, rows, device, epochs):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    sampler = DistributedSampler(rows, seed=0)  # the rows of this process
    size = 64 // distributed.get_world_size()
    for epoch in range(epochs):
        sampler.set_epoch(epoch)  # or every epoch has the same order
        mine = rows[torch.tensor(list(sampler))]
        for batch in mine.split(size):
            x, y = images[batch], digits[batch]
            loss = mean_of_all(losses_of(model, x, y, device))
            optimizer.zero_grad()
            loss.backward()  # here the gradients are exchanged
            optimizer.step()


def shard(model, device):
    """FSDP: each process keeps a part of each weight. Collect them again."""
    mesh = init_device_mesh(device.type, (distributed.get_world_size(),))
    sharded = copy.deepcopy(model.module)
    for part in (sharded.lstm, sharded.to_scores, sharded):
        fully_shard(part, mesh=mesh)
    weight = sharded.lstm.weight_hh_l0
    here = weight.to_local()
    say("weight_hh_l0:", tuple(weight.shape), "here:", tuple(here.shape))
    x = images[:5].to(device)
    torch.testing.assert_close(sharded(x), model.module(x))
    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    weights = get_model_state_dict(sharded, options=options)  # a call of all
    say("collected:", len(weights), "tensors")  # only process 0 has them


def main(path, epochs=10):
    device = join()
    say(distributed.get_world_size(), "processes")
    torch.manual_seed(distributed.get_rank())  # other first weights in each
    model = DigitReader(hidden_size=32).to(device)
    model = DistributedDataParallel(model)  # now all have those of process 0
    say("first name:", next(iter(model.state_dict())))
    compare_gradients(model, device)

    same_everywhere = torch.Generator().manual_seed(0)
    order = torch.randperm(1797, generator=same_everywhere)
    training, validation, test = order.split([1077, 360, 360])
    train(model, training, device, epochs)
    shard(model, device)
    trained = model.module.cpu()
    say(f"test accuracy ~{accuracy(trained, test):.3f}")
    if distributed.get_rank() == 0:  # one writer
        torch.save(trained.state_dict(), path)
    distributed.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1])
