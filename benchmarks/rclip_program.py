"""rclip (https://github.com/yurijmikhalevich/rclip), installed from PyPI in an environment of its own.

Its models are not downloaded: where it looks for them lie networks of the same architecture, inputs and outputs with
random weights, exported to ONNX in float32, as those it publishes are. What it calls them, and its database, it is
asked itself.
"""

import json
import logging
import os
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photos import random_clip

ARCHITECTURE = "ViT-B-32-256"
SIDE, TOKENS = 256, 77
ASK_FILES = """
import json
from rclip import model_download as of
names = [f"{of.MODEL_SUBDIR}/{of.VISUAL_ONNX}", f"{of.MODEL_SUBDIR}/{of.TEXTUAL_ONNX}", of.TOKENIZER_VOCAB]
print(json.dumps(names))
"""
ASK_VERSION = "from importlib.metadata import version; print(version('rclip'))"
FILL = """
import sys
import numpy as np
from rclip.db import DB
from rclip.model import Model
database, folder, count = DB(sys.argv[1]), sys.argv[2], int(sys.argv[3])
random = np.random.default_rng(0)
for number in range(count):
    vector = random.normal(size=Model.VECTOR_SIZE).astype(np.float32)
    vector /= np.linalg.norm(vector)
    row = {"filepath": f"{folder}/{number}.jpg", "modified_at": 1, "size": 1, "hash": str(number)}
    database.upsert_image({**row, "vector": vector.tobytes()}, commit=False)
database.close()
"""
ASK_COUNT = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM images WHERE deleted IS NULL").fetchone()[0])
"""


@dataclass(frozen=True)
class Rclip:
    """The program and its models; everything it writes goes to the data folder it is given."""

    home: Path
    """Holds the virtual environment, the models, and `clip`: the same weights as open_clip saves them."""

    @property
    def program(self) -> str:
        """The command."""
        return str(self.home / "venv" / "bin" / "rclip")

    @property
    def clip(self) -> Path:
        """The folder of the same network for Lens."""
        return self.home / "clip"

    def version(self) -> str:
        """As installed."""
        return self._python(ASK_VERSION)

    def environment(self, data: Path) -> dict[str, str]:
        """The variables for a run with its database in `data`, where its models are linked; no network."""
        data.mkdir(exist_ok=True)
        for models in (self.home / "models").iterdir():
            if not (data / models.name).exists():
                (data / models.name).symlink_to(models)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        return kept | {"RCLIP_DATADIR": str(data), "HF_HUB_OFFLINE": "1"}

    def fill(self, data: Path, folder: Path, count: int) -> None:
        """A database of `count` photos of a folder that do not exist, with random unit vectors."""
        data.mkdir(exist_ok=True)
        self._python(FILL, str(data / "db.sqlite3"), str(folder), str(count))

    def count(self, data: Path) -> int:
        """How many photos its database holds."""
        return int(self._python(ASK_COUNT, str(data / "db.sqlite3")))

    def files(self) -> list[str]:
        """Where, below its data folder, it looks for the networks of photos and of texts and for the tokenizer."""
        names: list[str] = json.loads(self._python(ASK_FILES))
        return names

    def _python(self, code: str, *arguments: str) -> str:
        command = [str(self.home / "venv" / "bin" / "python"), "-I", "-c", code, *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def install(home: Path) -> Rclip:
    """rclip and its random models in a folder; what is there already is taken as it is."""
    rclip = Rclip(home.absolute())
    if not Path(rclip.program).exists():
        print(f"installing rclip in {home}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", rclip.home / "venv"], check=True)
        pip = [rclip.home / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "rclip>=3,<4"]
        subprocess.run(pip, check=True)
    models = rclip.home / "models"
    if not models.exists():
        print(f"exporting {ARCHITECTURE} with random weights", file=sys.stderr)
        being_made = models.with_suffix(".part")
        shutil.rmtree(being_made, ignore_errors=True)
        _export(random_clip(rclip.clip, ARCHITECTURE), [being_made / name for name in rclip.files()])
        being_made.rename(models)
    return rclip


def _export(clip: Path, files: list[Path]) -> None:
    """The two towers and the tokenizer of a folder of open_clip's, as files of rclip's."""
    import open_clip
    import torch

    class Texts(torch.nn.Module):
        def __init__(self, model: Any) -> None:
            super().__init__()
            self.model = model

        def forward(self, text: torch.Tensor) -> torch.Tensor:
            return self.model.encode_text(text)

    for file in files:
        file.parent.mkdir(parents=True, exist_ok=True)
    photos, texts, tokenizer = files
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)
    model = open_clip.create_model_from_pretrained(f"local-dir:{clip}", return_transform=False).eval()
    words = open_clip.get_tokenizer(ARCHITECTURE)(["a dog", "two cats"])
    any_number = torch.export.Dim("n", min=1, max=1024)
    for tower, example, file in (
        (model.visual, torch.rand(2, 3, SIDE, SIDE), photos),
        (Texts(model), words, texts),
    ):
        with warnings.catch_warnings(), torch.inference_mode():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                tower.eval(),
                (example,),
                dynamo=True,
                verbose=False,
                input_names=["input"],
                output_names=["output"],
                dynamic_shapes=({0: any_number},),
            )
        program.save(file, external_data=False)
    shutil.copyfile(Path(open_clip.__file__).parent / "bpe_simple_vocab_16e6.txt.gz", tokenizer)
