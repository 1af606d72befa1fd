"""What a network took for one large batch does not stay taken."""

import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np
from lens.models.encoders.image_tower import ImageTower
from lens.models.encoders.onnx import SHRINK_EVERY

def held():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) // 1024

photo = np.zeros((256, 256, 3), np.uint8)
tower = ImageTower()
tower.encode([photo])
first = held()
tower.encode([photo] * 16)
large = held()
for _ in range(SHRINK_EVERY):
    tower.encode([photo])
print(large - first, held() - first)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_the_memory_of_a_large_batch_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    taken, kept = map(int, done.stdout.split())
    assert taken > 60, "MB that a batch of sixteen takes beyond one photo; else this shows nothing"
    assert kept < taken / 4
