"""`lens gui`, as a process."""

import os
import subprocess
import sys
import time

import pytest

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()", "gui"]
SCREENS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")


@pytest.fixture
def env() -> dict[str, str]:
    """Without any screen."""
    return {name: value for name, value in os.environ.items() if name not in SCREENS} | {
        "PYTHONPATH": os.pathsep.join(sys.path)
    }


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_without_a_screen_it_says_so_in_one_line(env: dict[str, str]) -> None:
    done = subprocess.run(LENS, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no screen" in done.stderr and done.stderr.count("\n") == 1


def test_of_two_started_at_once_one_has_the_window_and_the_other_ends(env: dict[str, str]) -> None:
    """Nobody sees it."""
    offscreen = env | {"QT_QPA_PLATFORM": "offscreen"}
    both = [subprocess.Popen(LENS, env=offscreen, stderr=subprocess.DEVNULL) for _ in range(2)]
    try:
        for _ in range(900):
            ended = [process.returncode for process in both if process.poll() is not None]
            if ended:
                break
            time.sleep(0.1)
        time.sleep(1)
        assert sorted(str(process.poll()) for process in both) == ["0", "None"]
    finally:
        for process in both:
            process.kill()
            process.wait()
