"""Two processes on one machine: DDP and both generations of FSDP give the losses of nn.LSTM."""

import contextlib
import copy
import os
import sys
import warnings
from datetime import timedelta

import pytest
import torch
from torch import distributed, multiprocessing, nn

from lstm_from_scratch import LSTM
from lstm_from_scratch.kernels import choice
from lstm_from_scratch.verify import tolerances
from lstm_from_scratch.verify.compare import twins

pytestmark = pytest.mark.skipif(
    not (distributed.is_available() and distributed.is_gloo_available()),
    reason="this build of PyTorch has no torch.distributed, or no gloo in it",
)
OPTIONS = {"num_layers": 2, "bidirectional": True}
WAYS = ("ddp", "fsdp", "fully_shard")
WHO = {"torch": nn.LSTM, "ours": LSTM, "ours without numba": LSTM}


class Model(nn.Module):
    def __init__(self, cls):
        super().__init__()
        self.lstm = cls(3, 8, **OPTIONS)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        return self.head(self.lstm(x)[0])


def spread(model, way):
    """Wrap a model as a program would that trains it in several processes."""
    if way == "ddp":
        return nn.parallel.DistributedDataParallel(model)
    if way == "fsdp":
        from torch.distributed.fsdp import FullyShardedDataParallel

        return FullyShardedDataParallel(model, device_id=torch.device("cpu"))
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard

    mesh = init_device_mesh("cpu", (2,))
    fully_shard(model.lstm, mesh=mesh)
    fully_shard(model, mesh=mesh)
    return model


def train(way, who, rank):
    """Take four steps, each process on samples of its own; return the losses."""
    torch.manual_seed(0)
    model = spread(Model(WHO[who]), way)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.5)
    torch.manual_seed(7 + rank)
    x, losses = torch.randn(5, 4, 3), []
    for _ in range(4):
        optimiser.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


@contextlib.contextmanager
def together(rank, file):
    """Join the two processes."""
    if sys.platform == "linux":
        os.environ["GLOO_SOCKET_IFNAME"] = "lo"  # the host's name need not be resolvable
    warnings.simplefilter("ignore")  # what FSDP says of a CPU
    distributed.init_process_group(
        "gloo", file.as_uri(), timedelta(seconds=60), world_size=2, rank=rank
    )
    yield
    distributed.barrier()
    distributed.destroy_process_group()


def all_losses(rank, ways, results, file):
    """Be one of the two processes, for every way and every LSTM."""
    with together(rank, file):
        for way in ways:
            for who in WHO:
                choice.compiled_loops.cache_clear()
                os.environ[choice.SWITCH] = "0" if who == "ours without numba" else "1"
                losses = train(way, who, rank)
                if rank == 0:
                    results[way, who] = losses


def run_two(function, *arguments):
    """Run a function in two processes, its rank first, and wait for both."""
    context = multiprocessing.start_processes(
        function, arguments, nprocs=2, join=False, daemon=True
    )
    try:
        assert any(context.join(timeout=1) for _ in range(120)), "they did not end in time"
    finally:
        for process in context.processes:
            process.kill()


@pytest.fixture(scope="module")
def losses(tmp_path_factory):
    """All losses, from one pair of processes: dict from (way, who) to list of floats."""
    ways = [way for way in WAYS if way != "fully_shard" or has_fully_shard()]
    with multiprocessing.get_context("spawn").Manager() as manager:
        results = manager.dict()
        run_two(all_losses, ways, results, tmp_path_factory.mktemp("store") / "file")
        return dict(results)


def has_fully_shard():
    """Tell whether this release has the second generation of FSDP where users import it from."""
    try:
        from torch.distributed.fsdp import fully_shard
    except ImportError:
        return False
    return fully_shard is not None


@pytest.mark.parametrize("who", ("ours", "ours without numba"))
@pytest.mark.parametrize("way", WAYS)
def test_the_losses_are_those_of_nn_lstm(losses, way, who):
    if (way, who) not in losses:
        pytest.skip("this release of PyTorch has no torch.distributed.fsdp.fully_shard")
    expected = losses[way, "torch"]
    assert expected[0] != expected[-1]
    for mine, other in zip(losses[way, who], expected, strict=True):
        assert mine == pytest.approx(other, rel=1e-5)


def half_of_the_batch(rank, module, x, file):
    """Be one process: put the averaged gradients into the shared module's parameters."""
    with together(rank, file):
        replica = nn.parallel.DistributedDataParallel(copy.deepcopy(module))
        output, (h_n, c_n) = replica(x[:, 2 * rank : 2 * rank + 2])
        (output.pow(2).mean() + h_n.mean() + c_n.pow(3).mean()).backward()
        if rank == 0:
            with torch.no_grad():
                for shared, own in zip(module.parameters(), replica.parameters(), strict=True):
                    shared.copy_(own.grad)


def test_two_halves_of_a_batch_give_the_gradient_of_the_whole(tmp_path):
    ours, theirs = twins(3, 5, **OPTIONS, proj_size=2)
    x = torch.randn(6, 4, 3, dtype=torch.float64)
    output, (h_n, c_n) = theirs(x)
    (output.pow(2).mean() + h_n.mean() + c_n.pow(3).mean()).backward()
    ours.share_memory()
    assert all(p.is_shared() for p in ours.parameters())
    run_two(half_of_the_batch, ours, x, tmp_path / "store")
    for name, shared in ours.named_parameters():
        expected = theirs.get_parameter(name).grad
        torch.testing.assert_close(
            shared.detach(), expected, **tolerances.of("d_", torch.float64)
        )
