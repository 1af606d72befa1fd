"""Full fine-tuning as a protocol: by the split of the other protocols, from the weights of any encoder."""

import numpy as np
import pytest
import torch

from lens import Library
from lens.errors import EvaluationError, TuneError
from lens.tuning import finetuning
from lens.tuning.networks import whole_network
from tests import checkpoints
from tests.fakes import paint_folders

pytest.importorskip("lightly")
pytest.importorskip("peft")


@pytest.fixture
def library(tmp_path, encoder) -> Library:
    """Three folders of noisy photos, each of one colour."""
    paint_folders(tmp_path / "photos", 15)
    library = Library.open(tmp_path / "index", device="cpu")
    library.index([tmp_path / "photos"], encoder)
    return library


def test_a_network_learns_the_classes_of_photos(library, tmp_path, monkeypatch):
    monkeypatch.setattr(finetuning, "LEAST_STEPS", 75)
    dinov2 = str(checkpoints.dinov2(tmp_path / "small"))
    told = []
    found = library.tuning.finetune(dinov2, epochs=1, batch=8, side=32, learning_rate=3e-3, on_progress=told.append)
    by_vectors = library.evaluation.classes("knn")
    assert (found.classes, found.learned, found.chance) == (by_vectors.classes, by_vectors.learned, by_vectors.chance)
    [judged] = found.judgements
    assert (judged.measure, judged.encoder) == ("finetune", dinov2)
    assert judged.share.photos == by_vectors.judgements[0].share.photos
    assert judged.share.value > 0.8 > found.chance + 0.2
    assert told[-1].done == told[-1].total >= finetuning.LEAST_STEPS


def test_few_photos_are_drawn_and_two_networks_compared(library, tmp_path, monkeypatch):
    monkeypatch.setattr(finetuning, "LEAST_STEPS", 2)
    one, other = (str(checkpoints.dinov2(tmp_path / name)) for name in ("one", "other"))
    told = []
    found = library.tuning.finetune(one, against=other, shots=2, epochs=1, side=32, on_progress=told.append)
    assert [each.encoder for each in found.judgements] == [one, other]
    assert set(found.differences) == {"finetune, 2 of each class"}
    trainings = 2 * finetuning.DRAWS
    assert told[-1].done == told[-1].total == trainings * 2


def test_all_weights_of_the_built_in_stages_are_trained():
    network = whole_network("builtin", 64).network
    assert all(each.requires_grad for each in [*network.blocks.parameters(), *network.conv_head.parameters()])


@pytest.mark.slow
def test_the_built_in_network_and_one_that_was_tuned_are_compared(library, tmp_path, monkeypatch):
    monkeypatch.setattr(finetuning, "LEAST_STEPS", 2)
    plan = library.tuning.plan("simclr", epochs=1, batch=4, side=64)
    library.tuning.train(plan)
    found = library.tuning.finetune("builtin", against=plan.name, epochs=1, side=64)
    assert [each.encoder for each in found.judgements] == ["builtin", plan.name]
    fresh, tuned = (whole_network(name, 64) for name in ("builtin", plan.name))
    ends = [torch.cat([each.ravel() for each in network.network.conv_head.parameters()]) for network in (fresh, tuned)]
    assert not torch.equal(*ends)


def test_what_cannot_be_fine_tuned_is_told(library, photos):
    with pytest.raises(EvaluationError, match="at least two are needed"):
        library.tuning.finetune("builtin", labels="tags")
    for file in (photos.parent / "photos").rglob("*.*"):
        file.unlink()
    with pytest.raises((EvaluationError, TuneError), match="mounted"):
        library.tuning.finetune("builtin", side=32)


def test_the_seed_decides(library, tmp_path, monkeypatch):
    monkeypatch.setattr(finetuning, "LEAST_STEPS", 2)
    dinov2 = str(checkpoints.dinov2(tmp_path / "small"))
    shares = [library.tuning.finetune(dinov2, epochs=1, side=32, seed=seed).judgements[0].share for seed in (0, 0)]
    assert shares[0] == shares[1]
    assert np.isfinite(shares[0].value)
