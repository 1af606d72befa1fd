"""The window from start to end as a person uses it, drawn in memory and on a real X server where there is one."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

WALK = Path(__file__).with_name("window_walk.py")


@pytest.fixture
def display() -> Iterator[str]:
    """An X server of its own."""
    if shutil.which("Xvfb") is None:
        pytest.skip("needs Xvfb")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as told:
        number = told.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait()


def walked(home: Path, samples: Path, **environment: str) -> dict[str, object]:
    """What was seen on the way."""
    shutil.copytree(samples, home / "Pictures")
    whole = os.environ | {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), **environment}
    command = [sys.executable, str(WALK), str(home / "index")]
    done = subprocess.run(command, env=whole, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    seen: dict[str, object] = json.loads(done.stdout)
    return seen


def check(seen: dict[str, object], samples: Path) -> None:
    assert "dog" in str(seen["best"]) or "poodle" in str(seen["best"])
    assert f"/{seen['best']}#" in str(seen["query"])
    assert seen["best"] in seen["like it"]  # type: ignore[operator]


def test_a_whole_walk_in_memory(tmp_path: Path, samples: Path) -> None:
    check(walked(tmp_path, samples, QT_QPA_PLATFORM="offscreen"), samples)


def test_a_whole_walk_on_a_screen(tmp_path: Path, samples: Path, display: str) -> None:
    check(walked(tmp_path, samples, QT_QPA_PLATFORM="xcb", DISPLAY=display), samples)
