"""Encoders by name, in a library and by themselves; what is wrong with their files is one line."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

from lens import Library
from lens.errors import DeviceError, EncoderMismatch, ModelDamaged, ModelMissing
from lens.models import load
from lens.models.files import encoder_name, repo_of
from lens.models.imported import import_model
from tests import checkpoints


def test_the_python_of_the_readme(tmp_path):
    import_model(checkpoints.transformers_clip(tmp_path / "clip"), "mine")
    vectors = load("mine").encode_texts(["a red cube", "a dog"])
    assert vectors.shape == (2, 32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_several_encoders_in_one_index_each_photo_read_once(tmp_path, photos, library):
    clip, dinov2 = checkpoints.open_clip_clip(tmp_path / "clip"), checkpoints.dinov2(tmp_path / "dinov2")
    report = library.index([photos], [str(clip), str(dinov2)])
    assert (report.added, report.encoders) == (4, ["clip", "dinov2"])
    assert len(library.search("a red photo", encoder=str(clip))) == 4
    found = library.similar(photos / "red.png", encoder=str(dinov2))
    assert {match.path.name for match in found} == {"green.jpg", "blue.png", "orange.png"}
    assert library.similar(photos / "red.png", encoder=str(clip))[0].score != found[0].score


def test_an_index_whose_encoder_lies_in_a_folder_says_how_to_name_it(tmp_path, photos):
    folder = checkpoints.open_clip_clip(tmp_path / "my-clip")
    Library.open(tmp_path / "index").index([photos], str(folder))
    with pytest.raises(ModelMissing, match=r"lens models import FOLDER --name my-clip"):
        Library.open(tmp_path / "index").search("red")
    import_model(folder, "my-clip")
    assert len(Library.open(tmp_path / "index").search("red")) == 4


def test_other_weights_under_the_same_name_are_not_mixed_in(tmp_path, photos, library):
    folder = checkpoints.open_clip_clip(tmp_path / "clip")
    library.index([photos], str(folder))
    weights = load_file(folder / "open_clip_model.safetensors")
    weights["logit_scale"] += 1
    save_file(weights, folder / "open_clip_model.safetensors")
    again = Library.open(library.uri)
    with pytest.raises(EncoderMismatch):
        again.search("red", encoder=str(folder))
    with pytest.raises(EncoderMismatch):
        again.index([photos], str(folder))


def test_open_clips_own_names_lead_to_their_repositories():
    assert repo_of("open-clip:ViT-B-32/laion2b_s34b_b79k") == "laion/CLIP-ViT-B-32-laion2B-s34B-b79K"
    assert encoder_name("open-clip:ViT-B-32/laion2b_s34b_b79k") == "open-clip-vit-b-32-laion2b-s34b-b79k"
    with pytest.raises(ModelMissing, match="lens models pull open-clip:ViT-B-32/openai"):
        load("open-clip:ViT-B-32/openai")
    with pytest.raises(ModelMissing, match="did you mean ViT-B-32/laion2b"):
        load("open-clip:ViT-B-32/laion2b_s34b")
    with pytest.raises(ModelMissing, match="as a bare file"):
        load("open-clip:ViTamin-B/datacomp1b")


# What is wrong with a folder -------------------------------------------------------------------------------------


def lacks_a_weight(folder):
    for file in folder.glob("*.safetensors"):
        weights = load_file(file)
        weights.pop(sorted(key for key in weights if key.endswith("weight"))[0])
        save_file(weights, file, metadata={"format": "pt"})


def has_other_shapes(folder):
    for file in folder.glob("*.safetensors"):
        wider = {key: torch.cat([value] * 2) if value.ndim == 2 else value for key, value in load_file(file).items()}
        save_file(wider, file, metadata={"format": "pt"})


def has_no_configuration_to_speak_of(folder):
    for name in ("config.json", "open_clip_config.json"):
        if (folder / name).exists():
            (folder / name).write_text("{}")


def is_of_an_unknown_kind(folder):
    for name, content in (("config.json", {"model_type": "nothing"}), ("open_clip_config.json", {"model_cfg": {}})):
        if (folder / name).exists():
            (folder / name).write_text(json.dumps(content))


@pytest.mark.parametrize(
    "harm", [lacks_a_weight, has_other_shapes, has_no_configuration_to_speak_of, is_of_an_unknown_kind]
)
@pytest.mark.parametrize("write", [checkpoints.open_clip_clip, checkpoints.transformers_siglip, checkpoints.dinov2])
def test_a_folder_that_does_not_fit_together_is_one_line(tmp_path, write, harm):
    folder = write(tmp_path / "model")
    load(str(folder))
    harm(folder)
    with pytest.raises(ModelDamaged) as told:
        load(str(folder))
    assert "\n" not in str(told.value)
    assert "model" in str(told.value)


def test_a_folder_without_its_image_processor_or_tokenizer_is_refused(tmp_path):
    folder = checkpoints.transformers_siglip(tmp_path / "model")
    shutil.copytree(folder, tmp_path / "mute")
    for file in (tmp_path / "mute").glob("token*"):
        file.unlink()
    with pytest.raises(ModelDamaged):
        load(str(tmp_path / "mute"))
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(ModelDamaged):
        load(str(folder))


def test_a_model_of_texts_alone_is_no_encoder(tmp_path):
    import transformers

    config = transformers.BertConfig(**checkpoints.TOWER, vocab_size=20)
    transformers.BertModel(config).save_pretrained(tmp_path / "bert")
    with pytest.raises(ModelDamaged, match="no image tower"):
        load(str(tmp_path / "bert"))


def test_encoders_take_photos_of_any_shape_and_none(tmp_path):
    for write in (checkpoints.open_clip_clip, checkpoints.transformers_siglip2, checkpoints.dinov3):
        encoder = load(str(write(tmp_path / write.__name__)))
        odd = [Image.new("RGB", size, "red") for size in ((1, 1), (3, 700), (900, 2))]
        assert encoder.encode_images(odd).shape == (3, encoder.info.dim)
        assert encoder.encode_images([]).shape == (0, encoder.info.dim)


def test_an_onnx_folder_is_imported_whole_or_not_at_all(tmp_path):
    folder = checkpoints.onnx_siglip(tmp_path / "siglip")
    (folder / "model.safetensors").unlink()
    import_model(folder, "mine")
    assert load("mine").encode_texts(["a dog"]).shape == (1, 48)
    with pytest.raises(DeviceError, match="runs on the CPU, in the precision it was made in"):
        load("mine", precision="bfloat16")
    text = folder / "onnx" / "text_model.onnx"
    text.write_bytes(text.read_bytes()[:2000])
    with pytest.raises(ModelDamaged, match=r"text_model\.onnx is no whole ONNX file"):
        import_model(folder, "broken")
    text.write_bytes(b"")
    with pytest.raises(ModelDamaged, match=r"text_model\.onnx is no ONNX file with a network in it"):
        import_model(folder, "broken")


@pytest.mark.parametrize("wish", [{"precision": "half"}, {"backend": "bar"}, {"device": "gpu"}], ids=str)
def test_the_built_in_encoder_too_refuses_what_there_is_not(wish):
    with pytest.raises(DeviceError, match=r"There is no .* choose"):
        load("builtin", **wish)
