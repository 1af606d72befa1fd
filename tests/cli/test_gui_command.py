"""`lens gui`, as a process."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()", "gui"]
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@pytest.fixture
def env() -> dict[str, str]:
    """Without any screen."""
    return {name: value for name, value in os.environ.items() if name not in SCREENS} | {
        "PYTHONPATH": os.pathsep.join(sys.path)
    }


@pytest.fixture
def opened(env: dict[str, str]) -> Iterator["subprocess.Popen[bytes]"]:
    """A window that nobody sees."""
    process = subprocess.Popen(LENS, env=env | {"QT_QPA_PLATFORM": "offscreen"}, stderr=subprocess.DEVNULL)
    yield process
    process.kill()
    process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_without_a_screen_it_says_so_in_one_line(env: dict[str, str]) -> None:
    done = subprocess.run(LENS, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no screen" in done.stderr and done.stderr.count("\n") == 1


def test_a_second_start_ends_at_once_since_the_first_has_the_window(
    env: dict[str, str], opened: "subprocess.Popen[bytes]"
) -> None:
    offscreen = env | {"QT_QPA_PLATFORM": "offscreen"}
    for _ in range(20):  # until the first listens, a second would open a window of its own, and stay
        second = subprocess.Popen(LENS, env=offscreen, stderr=subprocess.DEVNULL)
        try:
            assert second.wait(6) == 0
            break
        except subprocess.TimeoutExpired:
            second.kill()
            second.wait()
            time.sleep(0.5)
    else:
        pytest.fail("no second start found the first window")
    assert opened.poll() is None
