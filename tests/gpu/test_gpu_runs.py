"""Runs on a GPU: an index, trainings that are killed and go on, and what is told of them."""

import shutil
from pathlib import Path

import numpy as np
import pytest

METHODS = (
    *("simclr", "moco-v2", "moco-v3", "dino", "ibot", "dinov2", "mae", "ijepa"),
    *("rotation", "jigsaw", "colorization"),
)


@pytest.fixture(scope="module")
def place(device, samples, tmp_path_factory) -> Path:
    """A folder with the sample photos, an encoder and a backbone."""
    from tests import checkpoints

    folder = tmp_path_factory.mktemp("runs")
    (folder / "photos").mkdir()
    for file in samples.rglob("*.jpg"):
        shutil.copyfile(file, folder / "photos" / file.name)
    checkpoints.transformers_clip(folder / "clip")
    checkpoints.dino(folder / "small")
    return folder


def test_an_index_made_on_a_gpu_has_the_rows_of_one_made_on_the_cpu(place, device):
    import lancedb

    from lens import Library

    tables = []
    for name, on in (("here", "cpu"), ("there", device)):
        library = Library.open(place / name, device=on, precision="float32")
        report = library.index([place / "photos"], str(place / "clip"))
        assert (report.skipped, report.added) == (0, len(list((place / "photos").iterdir())))
        rows = lancedb.connect(place / name).open_table("photos").to_arrow()
        tables.append(rows.sort_by("path"))
    here, there = tables
    vectors = [field.name for field in here.schema if str(field.type).startswith("fixed_size_list<item: float")]
    assert len(vectors) == 1
    for column in here.column_names:
        ours, theirs = here[column].to_pylist(), there[column].to_pylist()
        if column in vectors:
            np.testing.assert_allclose(np.array(theirs), np.array(ours), atol=1e-3)
        elif column not in {"id", "indexed_at"}:
            assert ours == theirs, column


@pytest.fixture(scope="module")
def library(place, device):
    """An index to train on."""
    from lens import Library

    made = Library.open(place / "trained", device=device)
    made.index([place / "photos"], str(place / "clip"))
    return made


def weights_in(folder: Path) -> np.ndarray:
    """All weights of the layers of a vision transformer, one after the other."""
    from safetensors.numpy import load_file

    weights = load_file(folder / "model.safetensors")
    return np.concatenate(
        [weights[each].ravel() for each in sorted(weights) if "layer" in each and "pooler" not in each]
    )


@pytest.mark.parametrize("method", ["simclr", "mae", "dino"])
def test_a_killed_training_goes_on_to_the_same_weights(library, place, device, method):
    pytest.importorskip("lightly")
    pytest.importorskip("peft")
    from lens.models.manifest import models_folder
    from tests.e2e.killed_tuning import BATCH, killed_in, planned

    backbone = str(place / "small")
    whole = library.tuning.train(planned(library, f"whole-{method}", backbone, method=method))
    killed_in(4, library, f"killed-{method}", backbone, method=method, device=device)
    told = []
    resumed = library.tuning.train(
        planned(library, f"killed-{method}", backbone, method=method), lambda progress: told.append(progress.done)
    )
    assert (whole.finished, resumed.finished) == (True, True)
    assert len(told) == whole.total - 3
    assert told[0] == BATCH
    begin, one, other = (
        weights_in(folder)
        for folder in (place / "small", models_folder() / f"whole-{method}", models_folder() / f"killed-{method}")
    )
    moved = np.linalg.norm(one - begin)
    assert moved > 1e-3, "nothing was learned"
    assert np.linalg.norm(one - other) < 0.02 * moved, "a GPU adds up in any order; that may differ, and no more"


@pytest.mark.parametrize("method", METHODS)
def test_every_method_takes_steps_on_a_gpu(place, device, pictures, method, tmp_path):
    pytest.importorskip("lightly")
    pytest.importorskip("peft")
    from lens.selfsup.methods import METHODS as ALL
    from lens.selfsup.training import Recipe, train
    from lens.tuning.networks import start_from

    assert set(METHODS) == set(ALL)
    photos = np.stack([np.asarray(picture.resize((80, 80))) for picture in pictures] * 2)
    made = ALL[method](start_from(str(place / "small"), "all").network(64), 64, 4)
    done = train(made, photos, Recipe(epochs=2, batch=4), tmp_path / "run", device=device)
    assert done.steps == done.total == 6
    assert np.isfinite([each["loss"] for each in done.curve[1:]]).all()


def test_a_dry_run_foresees_the_memory_of_the_gpu(library, place, gpu):
    import torch

    pytest.importorskip("lightly")
    plan = library.tuning.plan(
        "simclr", backbone=str(place / "small"), trained="all", name="foreseen", batch=4, side=64, epochs=2
    )
    foreseen = library.tuning.foresee(plan)
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    report = library.tuning.train(plan)
    assert foreseen.steps == report.total
    assert foreseen.gpu_bytes > 0
    assert 0.7 < torch.cuda.max_memory_reserved() / foreseen.gpu_bytes < 1.4


def test_the_doctor_names_the_gpu(gpu):
    import torch

    from lens.doctor import examine

    (told,) = [finding for finding in examine() if finding.subject == "device"]
    assert told.ok
    assert torch.cuda.get_device_name() in told.detail
