"""Models of one's own: copied whole or not at all, and never trusted."""

import json
import pickle

import open_clip
import pytest
import torch
from safetensors.torch import save_file

from lens.errors import ModelDamaged, ModelError, ModelMissing
from lens.models import imported
from lens.models.files import find
from lens.models.imported import import_model
from lens.models.manifest import models_folder, read_manifest
from lens.models.removal import remove
from lens.models.verifying import verify

TINY = {
    "embed_dim": 8,
    "vision_cfg": {"image_size": 32, "layers": 1, "width": 64, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 1},
}


@pytest.fixture(autouse=True)
def own_models(tmp_path, monkeypatch):
    monkeypatch.setenv("LENS_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture(scope="module")
def architecture(tmp_path_factory) -> str:
    """A tiny network, known to open_clip by name as ViT-B-32 is."""
    folder = tmp_path_factory.mktemp("configs")
    (folder / "ViT-tiny-32.json").write_text(json.dumps(TINY))
    open_clip.add_model_config(folder)
    return "ViT-tiny-32"


@pytest.fixture(scope="module")
def weights(architecture) -> dict[str, torch.Tensor]:
    torch.manual_seed(3)
    return open_clip.create_model(architecture, require_pretrained=False).state_dict()


@pytest.fixture
def folder(tmp_path, weights):
    """As open_clip saves a model."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY, "preprocess_cfg": {}}))
    save_file(weights, folder / "open_clip_model.safetensors")
    (folder / "notes.txt").write_text("not part of the model")
    return folder


def nothing_is_left() -> bool:
    return not models_folder().exists() or list(models_folder().iterdir()) == []


def test_a_folder_is_copied_and_found_by_its_name(folder):
    made = import_model(folder, "mine")
    files = find("mine")
    assert files.folder == models_folder() / "mine"
    assert files.revision == made.revision
    assert (files.model.dim, files.model.input_side) == (8, 32)
    assert sorted(file.name for file in files.folder.iterdir()) == [
        "open_clip_config.json",
        "open_clip_model.safetensors",
    ]
    assert [result.problems for result in verify("mine")] == [()]


def test_a_folder_is_used_where_it_lies(folder):
    for name in (str(folder), f"local-dir:{folder}"):
        assert (find(name).name, find(name).folder) == ("mine", folder)
    before = find(str(folder)).revision
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": TINY, "preprocess_cfg": {"mean": 0}}))
    assert find(str(folder)).revision != before


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_a_file_becomes_a_folder_that_open_clip_loads(tmp_path, weights, architecture, suffix):
    file = tmp_path / f"epoch_5{suffix}"
    save_file(weights, file) if suffix == ".safetensors" else torch.save({"epoch": 5, "state_dict": weights}, file)
    import_model(file, "epoch-5", architecture)
    files = find("epoch-5")
    assert files.model.architecture == architecture
    loaded = open_clip.create_model(f"local-dir:{files.folder}", require_pretrained=True).state_dict()
    assert all(torch.equal(loaded[key], weights[key]) for key in weights)


class Bomb:
    def __reduce__(self):
        return (print, ("this must never be said",))


def test_a_pickle_with_code_is_refused_and_named(tmp_path, architecture, capsys):
    for name, dump in (
        ("zip.pt", torch.save),
        ("plain.bin", lambda held, file: file.write_bytes(pickle.dumps(held, 2))),
    ):
        file = tmp_path / name
        dump({"weight": Bomb()}, file)
        with pytest.raises(ModelDamaged, match=f"{name} is a pickle with code in it"):
            import_model(file, "bomb", architecture)
    assert "never" not in capsys.readouterr().out
    assert nothing_is_left()


@pytest.mark.parametrize("suffix", [".safetensors", ".pt"])
def test_a_file_cut_short_is_refused(tmp_path, weights, architecture, suffix):
    file = tmp_path / f"cut{suffix}"
    save_file(weights, file) if suffix == ".safetensors" else torch.save(weights, file)
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(ModelDamaged, match=f"cut{suffix} is no whole"):
        import_model(file, "cut", architecture)
    assert nothing_is_left()


def test_weights_of_another_architecture_are_refused(tmp_path, weights, architecture):
    file = tmp_path / "other.safetensors"
    save_file({key: torch.cat([value, value]) if value.ndim > 1 else value for key, value in weights.items()}, file)
    with pytest.raises(ModelDamaged, match=r"other\.safetensors cannot be imported.*size mismatch"):
        import_model(file, "other", architecture)
    assert nothing_is_left()


def test_what_else_cannot_be_imported(tmp_path, folder, weights, architecture):
    file = tmp_path / "weights.safetensors"
    save_file(weights, file)
    (tmp_path / "model.onnx").write_bytes(b"onnx")
    with pytest.raises(ModelError, match="add --architecture"):
        import_model(file, "mine")
    with pytest.raises(ModelError, match="did you mean ViT-B-32"):
        import_model(file, "mine", "ViT-B32")
    with pytest.raises(ModelError, match="needs its tokenizer beside the weights"):
        import_model(file, "mine", "ViT-B-16-SigLIP")
    with pytest.raises(ModelDamaged, match="no format that Lens reads"):
        import_model(tmp_path / "model.onnx", "mine", architecture)
    with pytest.raises(ModelMissing, match="There is nothing at"):
        import_model(tmp_path / "absent", "mine")
    with pytest.raises(ModelError, match="a model of the catalogue"):
        import_model(folder, "clip-b32")
    with pytest.raises(ModelError, match="use lower case"):
        import_model(folder, "../mine")
    (folder / "open_clip_model.safetensors").unlink()
    with pytest.raises(ModelDamaged, match="has no weights that can be read"):
        import_model(folder, "mine")
    assert nothing_is_left()


def test_a_full_disk_leaves_nothing(folder, monkeypatch):
    def full(source, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(imported.shutil, "copyfile", full)
    with pytest.raises(ModelError, match="No space left on device"):
        import_model(folder, "mine")
    assert nothing_is_left()


def test_a_damaged_model_is_told_and_a_removed_one_is_gone(folder):
    import_model(folder, "mine")
    with pytest.raises(ModelError, match="There is a model mine already"):
        import_model(folder, "mine")
    weights = models_folder() / "mine" / "open_clip_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "SHA-256" in verify("mine")[0].problems[0]
    weights.write_bytes(whole[:-1])
    with pytest.raises(ModelDamaged, match="and should have"):
        find("mine")
    remove("mine")
    assert nothing_is_left()
    assert read_manifest("mine") is None
    with pytest.raises(ModelMissing):
        find("mine")
