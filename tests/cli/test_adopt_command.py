"""`lens encoders adopt` and `rollback` as people and scripts meet them."""

import json

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from lens.models.encoders.builtin import load_builtin
from lens.models.encoders.image_tower import reference_network
from lens.models.entry import TUNED
from lens.tuning.saving import save
from tests.cli.test_commands import fails, ok, run

NOT_ADOPTED = 4


@pytest.fixture(scope="module")
def at(tmp_path_factory, samples) -> tuple[str, str]:
    """An index of the sample photos."""
    folder = tmp_path_factory.mktemp("adopt")
    ok("index", str(samples), "--index", str(folder / "index"))
    return "--index", str(folder / "index")


def test_what_cannot_be_adopted_is_one_line(at):
    assert "Searches use builtin already" in fails("encoders", "adopt", "builtin", *at)
    assert "nothing" in fails("encoders", "adopt", "nothing", *at)
    assert "no vectors of a default encoder before builtin" in fails("encoders", "rollback", *at)


def keep(name: str, network) -> None:
    base = load_builtin().info
    facts = {"base": base.revision, "about": "made for a test", "run": name, "finished": True}

    def write(folder):
        save_file(network.state_dict(), folder / "model.safetensors")

    save(name, TUNED, write, facts | {"embed_dim": base.dim, "image_size": base.min_side})


@pytest.mark.slow
def test_only_what_is_better_is_adopted(tmp_path, samples):
    torch.manual_seed(0)
    worse = reference_network()
    with torch.no_grad():
        for parameter in worse.blocks.parameters():
            parameter.add_(torch.randn_like(parameter) * parameter.std().nan_to_num() * 0.7)
    keep("worse", worse)
    keep("same", reference_network())
    for file in samples.rglob("*.jpg"):
        (tmp_path / "photos" / file.stem).mkdir(parents=True)
        with Image.open(file) as image:
            for number in range(6):
                left, top = (image.width // 3 * (number % 2), image.height // 3 * (number // 3))
                part = image.crop((left, top, left + image.width * 2 // 3, top + image.height * 2 // 3 - number))
                part.save(tmp_path / "photos" / file.stem / f"{number}.jpg")
    at = "--index", str(tmp_path / "index")
    ok("index", str(tmp_path / "photos"), "--encoder", "worse", *at)
    before = ok("search", "a dog", "--all", "--json", *at)

    done = run("encoders", "adopt", "same", "--labels", "folders", "--dry-run", "--json", *at)
    verdict = json.loads(done.stdout)
    assert (done.returncode, verdict["better"], verdict["adopted"]) == (0, True, False), verdict["reasons"]
    assert ok("encoders", "list", *at).startswith("* worse")
    done = run("encoders", "adopt", "builtin", "--labels", "folders", *at)
    assert done.returncode == 0, done.stderr
    assert "knn  builtin: " in done.stdout
    assert "Adopted: searches now use builtin. Back: lens encoders rollback" in done.stderr
    found = ok("search", "a dog", "--all", "--json", *at)
    assert found == ok("search", "a dog", "--all", "--encoder", "builtin", "--json", *at) != before

    done = run("encoders", "adopt", "same", "--labels", "folders", *at)
    assert done.returncode == NOT_ADOPTED
    assert "Not adopted, searches still use builtin: knn: +0.0 points" in done.stderr
    assert ok("search", "a dog", "--all", "--json", *at) == found
    assert "same" not in ok("encoders", "list", *at)

    assert json.loads(ok("encoders", "rollback", "--dry-run", "--json", *at)) == {"default": "worse", "changed": False}
    assert "Searches use worse again." in run("encoders", "rollback", *at).stderr
    assert ok("search", "a dog", "--all", "--json", *at) == before
