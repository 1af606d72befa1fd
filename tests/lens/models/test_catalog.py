"""The catalogue says only what is so, and names lead to files without the network."""

import re

import open_clip
import pytest

import lens.models
from lens.errors import ModelDamaged, ModelMissing
from lens.models.catalog import DEFAULT_ENCODER, MODELS, OPEN_CLIP
from lens.models.files import encoder_name, find, installed, is_path
from lens.models.formats import needed, weights_among
from lens.models.speed import measured_speed, record_speed


@pytest.fixture(autouse=True)
def nothing_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("LENS_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.mark.parametrize("name", MODELS)
def test_names_can_be_columns_and_figures_have_a_source(name):
    model = MODELS[name]
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]*", name)
    assert encoder_name(name) == name
    assert (model.zero_shot is None) == (model.zero_shot_source == "")
    assert model.zero_shot is None or 1 < model.zero_shot < 100  # percent, not a fraction
    assert model.repo is None or model.source == f"https://huggingface.co/{model.repo}"


@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.loader == OPEN_CLIP])
def test_open_clip_knows_each_architecture_and_where_its_weights_are(name):
    model = MODELS[name]
    config = open_clip.get_model_config(model.architecture)
    assert (config["embed_dim"], config["vision_cfg"]["image_size"]) == (model.dim, model.input_side)
    tags = open_clip.list_pretrained_tags_by_model(model.architecture)
    repos = {open_clip.get_pretrained_cfg(model.architecture, tag)["hf_hub"].rstrip("/") for tag in tags}
    assert model.repo in repos


def test_builtin_needs_no_files():
    files = find(DEFAULT_ENCODER)
    assert files.folder is None
    assert installed(DEFAULT_ENCODER)
    assert lens.models.load("builtin").info.dim == MODELS["builtin"].dim


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("clip-b32", "The model clip-b32 is not on this machine. Get it (605 MB from laion/CLIP-ViT-B-32-laion2B-"),
        ("dinov3-s", "lens models pull dinov3-s"),
        ("mobileclip2-s0", "(299 MB from timm/MobileCLIP2-S0-OpenCLIP): lens models pull mobileclip2-s0"),
        ("hf:org/repo", "lens models pull hf:org/repo"),
        ("CLIP-B32", "did you mean clip-b32"),
        ("clop-b32", "did you mean clip-b32"),
        ("nothing like it", "there are: builtin, clip-b32"),
        ("org/repo", "type hf:org/repo"),
        ("./nowhere", "There is no folder nowhere"),
        ("bad\x1b[2Jname", "'bad?[2Jname'"),
    ],
)
def test_a_missing_model_says_what_to_type(name, said):
    assert not installed(name)
    with pytest.raises(ModelMissing, match=re.escape(said)):
        lens.models.load(name)


def test_paths_are_told_from_names(tmp_path):
    for path in ("./a", "/a/b", "~/a", "local-dir:a", "a/b", "..\\a"):
        assert is_path(path)
    for name in ("clip-b32", "hf:org/repo"):
        assert not is_path(name)
    with pytest.raises(ModelDamaged, match=r"neither open_clip_config\.json nor config\.json"):
        find(str(tmp_path))


def test_one_format_of_weights_is_needed_and_safetensors_come_first():
    there = ["README.md", "config.json", "pytorch_model.bin", "tf_model.h5", "tokenizer.json", "onnx/model.onnx"]
    transformers = MODELS["dinov2-s"].loader
    assert needed(there, transformers) == ["config.json", "tokenizer.json", "pytorch_model.bin"]
    assert needed([*there, "model.safetensors"], transformers)[-1] == "model.safetensors"
    shards = [f"model-0000{n}-of-00002.safetensors" for n in (2, 1)]
    index = "model.safetensors.index.json"
    assert weights_among([*there, *shards, index], transformers) == [index, *sorted(shards)]
    assert weights_among(["config.json"], transformers) == []


def test_speeds_are_remembered():
    assert measured_speed("builtin") is None
    record_speed("builtin", 31.26)
    record_speed("clip-b32", 12)
    assert (measured_speed("builtin"), measured_speed("clip-b32")) == (31.3, 12.0)
