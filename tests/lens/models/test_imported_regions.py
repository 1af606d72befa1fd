"""Detectors and segmenters of one's own: imported, found by their name, and never trusted."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from lens.errors import ModelDamaged, ModelError, ModelMissing
from lens.models import load
from lens.models.detectors.loading import load_detector
from lens.models.files import find
from lens.models.imported import import_model
from lens.models.listing import listed
from lens.models.manifest import models_folder
from lens.models.removal import remove
from lens.models.segmenters.loading import load_segmenter
from lens.models.verifying import verify
from tests import region_checkpoints
from tests.mask_parity import prompts_of


@pytest.fixture
def checkpoint(tmp_path):
    return region_checkpoints.sam_checkpoint(tmp_path / "sam_tiny.pth", side=96)


def nothing_is_left() -> bool:
    return not models_folder().exists() or list(models_folder().iterdir()) == []


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_checkpoint_of_sam_is_imported_and_cuts_as_the_file_does(tmp_path, checkpoint, odd_photos, suffix):
    file = tmp_path / f"mine{suffix}"
    weights = torch.load(checkpoint, weights_only=True)
    save_file(weights, file) if suffix == ".safetensors" else torch.save(weights, file)
    import_model(file, "my-sam")
    assert (find("my-sam").model.task, find("my-sam").model.input_side) == ("segmenter", 96)
    assert [(model.task, model.installed) for model in listed() if model.name == "my-sam"] == [("segmenter", "yes")]
    assert [result.problems for result in verify("my-sam")] == [()]
    asked = prompts_of(odd_photos[1])["boxes"]
    cut = []
    for name in ("my-sam", str(file)):
        segmenter = load_segmenter(name)
        segmenter.set_image(odd_photos[1])
        cut.append(segmenter.segment(**asked))
    assert cut[0].masks.any()
    assert np.array_equal(cut[0].masks, cut[1].masks)
    with pytest.raises(ModelMissing, match="my-sam is a segmenter and makes no vectors"):
        load("my-sam")
    remove("my-sam")
    assert nothing_is_left()


class Bomb:
    def __reduce__(self):
        return (print, ("this must never be said",))


def test_a_checkpoint_that_is_not_what_it_seems_is_refused(tmp_path, checkpoint, capsys):
    weights = torch.load(checkpoint, weights_only=True)
    torch.save(weights | {"image_encoder.pos_embed": Bomb()}, tmp_path / "code.pth")
    with pytest.raises(ModelDamaged, match=r"code\.pth is a pickle with code in it"):
        import_model(tmp_path / "code.pth", "sam")
    assert "never" not in capsys.readouterr().out
    (tmp_path / "cut.pth").write_bytes(checkpoint.read_bytes()[:-1000])
    with pytest.raises(ModelDamaged, match=r"cut\.pth is no whole torch checkpoint"):
        import_model(tmp_path / "cut.pth", "sam")
    weights.pop("mask_decoder.iou_token.weight")
    torch.save(weights, tmp_path / "lacking.pth")
    with pytest.raises(ModelDamaged, match=r"lacking\.pth cannot be imported.*iou_token"):
        import_model(tmp_path / "lacking.pth", "sam")
    torch.save({"weight": torch.ones(3)}, tmp_path / "other.pth")
    with pytest.raises(ModelError, match="add --architecture"):
        import_model(tmp_path / "other.pth", "sam")
    assert nothing_is_left()


def test_folders_of_transformers_are_imported_for_what_they_are(tmp_path):
    import_model(region_checkpoints.owlv2(tmp_path / "owl"), "owl")
    import_model(region_checkpoints.sam2(tmp_path / "hiera"), "hiera")
    assert {name: find(name).model.task for name in ("owl", "hiera")} == {"owl": "detector", "hiera": "segmenter"}
    assert load_detector("owl").info.name == "owl"
    assert load_segmenter("hiera").info.name == "hiera"
    with pytest.raises(ModelMissing, match="hiera is no detector"):
        load_detector("hiera")
    (tmp_path / "hiera" / "preprocessor_config.json").unlink(missing_ok=True)
    (tmp_path / "hiera" / "processor_config.json").unlink(missing_ok=True)
    with pytest.raises(ModelDamaged, match="hiera cannot be imported"):
        import_model(tmp_path / "hiera", "other")


def test_an_encoder_of_open_clips_is_no_detector_and_no_segmenter(tmp_path):
    from tests import checkpoints

    folder = checkpoints.open_clip_clip(tmp_path / "clip")
    for load_one in (load_detector, load_segmenter):
        with pytest.raises(ModelMissing, match="of no known kind"):
            load_one(str(folder))
