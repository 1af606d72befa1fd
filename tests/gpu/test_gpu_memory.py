"""What happens when the memory of a GPU runs out, for which little of it is allowed."""

import numpy as np
import pytest

SIDE, CHANNELS = 512, 64
A_PHOTO = SIDE * SIDE * CHANNELS * 4
"""Bytes that the network needs for each photo."""


@pytest.fixture
def room(gpu):
    """Allows this process so many bytes of the GPU."""
    import torch

    def allow(size: int) -> None:
        torch.cuda.empty_cache()
        _, whole = torch.cuda.mem_get_info()
        torch.cuda.set_per_process_memory_fraction((torch.cuda.memory_reserved() + size) / whole)

    torch.zeros(1, device=gpu)
    yield allow
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


@pytest.fixture
def network(gpu):
    import torch
    from torch import nn

    from lens.models.device import Compute
    from lens.models.encoders.network import Network

    torch.manual_seed(0)
    module = nn.Sequential(nn.Conv2d(3, CHANNELS, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    return Network(module, Compute(gpu, "float32", 32))


def inputs(count: int) -> list:
    rng = np.random.default_rng(0)
    return [{"input": rng.normal(size=(3, SIDE, SIDE)).astype(np.float32)} for _ in range(count)]


def test_the_batch_is_halved_until_it_fits(network, room, caplog):
    whole = network.encode(network.module, inputs(32), CHANNELS)
    assert network.batch == 32
    room(12 * A_PHOTO)
    found = network.encode(network.module, inputs(32), CHANNELS)
    assert network.batch in {4, 8}
    assert caplog.records[0].getMessage() == ("Out of memory with 32 at once on cuda: going on with 16.")
    np.testing.assert_allclose(found, whole, atol=1e-3)


def test_a_gpu_too_small_for_one_photo_is_one_line(network, room):
    from lens.errors import DeviceError

    room(A_PHOTO // 4)
    with pytest.raises(DeviceError, match="The memory of cuda is too small for this model"):
        network.encode(network.module, inputs(2), CHANNELS)
