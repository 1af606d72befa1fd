"""A CLIP trained here, saved as open_clip saves it, and used as anyone's: it finds what it never saw, by words."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests import scenes

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]


def lens(*arguments: str) -> str:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([*LENS, *arguments], capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def rendered(tmp_path: Path) -> Path:
    """Two pictures of every scene, none of which was trained on, named after what they show."""
    folder = tmp_path / "rendered"
    folder.mkdir()
    rng = np.random.default_rng(99)
    for scene in scenes.all_scenes():
        for number in range(2):
            scene.render(rng).save(folder / f"{scene.colour}-{scene.shape}-{scene.place}-{number}.png")
    return folder


def found_at_once(encoder: str, wanted: list[scenes.Scene], tmp_path: Path) -> float:
    """The share of scenes whose picture is the first that a search for its caption finds."""
    queries = tmp_path / "queries.txt"
    queries.write_text("".join(f"{scene.caption()}\n" for scene in wanted))
    answers = lens(
        "search", "--queries", str(queries), "--encoder", encoder, "-t", "1", "--all", "--jsonl"
    ).splitlines()
    first = {answer["query"]: Path(answer["path"]).stem for answer in map(json.loads, answers)}
    right = [first[scene.caption()].startswith(f"{scene.colour}-{scene.shape}-{scene.place}-") for scene in wanted]
    return float(np.mean(right))


@pytest.mark.slow
def test_combinations_never_seen_are_found_by_words(tmp_path, rendered):
    seen, unseen = scenes.split()
    assert len(unseen) == 24
    for part in ("colour", "shape", "place"):  # it has met every word, but not together
        assert {getattr(scene, part) for scene in unseen} <= {getattr(scene, part) for scene in seen}
    trained, untrained = scenes.train(tmp_path / "trained"), scenes.train(tmp_path / "untrained", steps=1)
    lens("models", "import", str(trained), "--name", "scenes")
    lens("models", "import", str(untrained), "--name", "chance")
    lens("index", str(rendered), "--encoder", "scenes", "--encoder", "chance", "--quiet")
    assert found_at_once("scenes", unseen, tmp_path) >= 0.75
    assert found_at_once("chance", unseen, tmp_path) <= 0.25
