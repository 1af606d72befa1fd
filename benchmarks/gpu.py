"""What a GPU gains, beside the processors of the same machine.

    python benchmarks/gpu.py [FOLDER] [--photos N] [--only PART …] [--device cuda] [--tiny] [--json FILE]

Networks have their real sizes and random weights (networks.py), in files as the hub has them, and the code is that of
the commands. Measured are `lens index` as a whole command (photos a second with all that starting takes, and without),
in half precision, in float32, and on the processors; its stages one by one; boxes and masks a second; and steps a
second of `lens tune`, with the memory and the time that a dry run foresees. A part that fails is told and left out.
Photos are copies of a folder's in turn. `--tiny` tries it all with tiny networks.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeAlias

from photos import copies, default_folder

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("index", "tower", "detect", "segment", "tune")
ENCODERS = ("clip", "siglip", "dinov2")
NETWORKS: dict[str, Sequence[str]] = {"detect": ("grounding_dino", "owlv2"), "segment": ("sam",), "tune": ()}
TRAININGS = (("simclr", "timm:resnet18"), ("dino", "timm:vit_small_patch16_224"), ("mae", "timm:vit_small_patch16_224"))
LIMIT = 60
"""Seconds that a part, and what a process takes to start, may take."""
Part: TypeAlias = tuple[str, str, dict[str, Any]]
"""A title, which function of `gpu_parts.py`, and what it is called with."""


class Bench:
    """Carries out parts, and keeps and tells what they found."""

    def __init__(self, device: str, tiny: bool, file: Path | None, encoders: Sequence[str]) -> None:
        self.encoders = encoders
        self.device, self.tiny, self.file = device, tiny, file
        self.found: dict[str, Any] = {"machine": machine(device)}
        self.half = "float16" if device.startswith("cuda") else "bfloat16"

    def carry_out(self, parts: Sequence[Part]) -> None:
        """Measure some parts in one process, and tell of each as it is done; what fails is told and left out."""
        command = [sys.executable, str(Path(__file__).with_name("gpu_parts.py")), json.dumps(parts)]
        environment = os.environ | {"HF_HUB_OFFLINE": "1"}
        began = time.perf_counter()
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            end = threading.Timer(LIMIT * (1 + len(parts)), process.kill)
            end.start()
            for line in process.stdout or ():
                if line.startswith("PART "):
                    title, found = json.loads(line.removeprefix("PART "))
                    self.found[title] = found | {"process seconds": time.perf_counter() - began}
                    print(f"{title}: {json.dumps(rounded(self.found[title]))}", flush=True)
            end.cancel()
        for title in (title for title, *_ in parts if title not in self.found):
            self.found[title] = {"failed": f"its process ended with {process.returncode}"}
            print(f"{title}: {self.found[title]}", flush=True)
        if self.file:
            self.file.write_text(json.dumps(dict(self.found), indent=1))

    def write(self, names: Sequence[str], folder: Path) -> dict[str, str]:
        """The files of some networks."""
        parts = [
            (f"write {each}", "write", {"name": each, "folder": f"{folder / each}", "tiny": self.tiny})
            for each in names
        ]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda part: self.carry_out([part]), parts))
        return {
            name: self.found[f"write {name}"]["file"] for name in names if "file" in self.found.get(f"write {name}", {})
        }

    def index(self, files: dict[str, str], folders: dict[str, str]) -> None:
        """Whole commands, by encoder, device and precision; the first of an encoder also makes its words ready."""
        for name in (each for each in self.encoders if each in files):
            runs = [("first", self.device, None), ("default", self.device, None), ("float32", self.device, "float32")]
            for kind, on, precision in [*runs, ("float32", "cpu", "float32")]:
                title, folder = (
                    f"index {name} {on} {kind}",
                    folders["many" if on != "cpu" and kind != "first" else "few"],
                )
                asked = {"model": files[name], "folder": folder, "device": on, "precision": precision}
                self.carry_out([(title, "index", asked)])
                found = self.found.get(title, {})
                if "added" in found:
                    found["photos/s"] = found["added"] / (found["seconds"] - found["stages"].get("mirror", 0.0))
                    found["photos/s, command"] = found["added"] / found["process seconds"]

    def rest(self, files: dict[str, str], folders: dict[str, str], wanted: Sequence[str]) -> None:
        """Stages of an index run one by one, detectors, a segmenter and trainings."""
        on, kinds, parts = self.device, [self.half, "float32"], list[Part]()
        for name in (each for each in self.encoders if each in files and "tower" in wanted):
            batches = [8] if self.tiny else [32, 128, 512]
            asked: dict[str, Any] = {"model": files[name], "folder": folders["many"]}
            parts.append((f"tower {name}", "tower", asked | {"device": on, "precisions": kinds, "batches": batches}))
        for part, most, least in (("detect", 64, 3), ("segment", 20, 3)):
            for name in (each for each in NETWORKS[part] if each in files and part in wanted):
                for there, precisions, photos in ((on, kinds, most), ("cpu", ["float32"], least)):
                    asked = {"model": files[name], "folder": folders["few"], "photos": 2 if self.tiny else photos}
                    parts.append((f"{part} {name} {there}", part, asked | {"device": there, "precisions": precisions}))
        size = {"batch": 4, "side": 64} if self.tiny else {"batch": 64, "side": 224}
        for method, network in TRAININGS if "tune" in wanted else ():
            tiny = "timm:test_vit" if "vit" in network else "timm:test_resnet"
            asked = {"method": method, "backbone": tiny if self.tiny else network} | size
            many, few = {"photos": 8 * size["batch"], "epochs": 6}, {"photos": 3 * size["batch"], "epochs": 1}
            for there, precisions, length in ((on, ["bfloat16", "float32"], many), ("cpu", ["float32"], few)):
                told = {"device": there, "kinds": precisions}
                parts.append((f"tune {method} {network} {there}", "tune", asked | told | length))
        self.carry_out(parts)


def machine(device: str) -> dict[str, Any]:
    """What it is measured on."""
    import torch

    found: dict[str, Any] = {
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }
    if device.startswith("cuda") and shutil.which("nvidia-smi"):
        asked = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
        found["gpu"] = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    return found


def rounded(found: Any) -> Any:
    """To four digits, for people."""
    if isinstance(found, dict):
        return {key: rounded(value) for key, value in found.items()}
    return float(f"{found:.4g}") if isinstance(found, float) else found


def table(found: dict[str, Any], device: str) -> list[str]:
    """Lines of what was found, each beside the processors."""
    lines = []

    def line(title: str, rate: str, there: dict[str, Any], here: dict[str, Any]) -> None:
        if rate in there:
            beside = f"{there[rate] / here[rate]:7.1f} ×" if rate in here else f"{'':9}"
            lines.append(f"{title:44} {there[rate]:9.1f} {rate:19}{beside}  {there.get('gpu_bytes', 0) / 1e9:6.2f} GB")

    for title, row in found.items():
        kind, *words = title.split()
        if kind == "index" and words[1] == device:
            for rate in ("photos/s", "photos/s, command"):
                line(title, rate, row, found.get(f"index {words[0]} cpu float32", {}))
        elif kind in {"detect", "segment", "tune"} and words[-1] == device:
            cpu = found.get(" ".join([kind, *words[:-1], "cpu"]), {}).get("float32", {})
            for precision, each in row.items():
                for rate in ("photos/s", "masks/s", "steps/s") if isinstance(each, dict) else ():
                    line(f"{title} {precision}", rate, each, cpu)
    return lines


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder())
    parser.add_argument("--photos", type=int, default=4000, help="for the GPU; an eighth of them for the processors")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--encoders", nargs="+", choices=ENCODERS, default=ENCODERS)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    bench = Bench(options.device, options.tiny, options.json, options.encoders)
    print(json.dumps(bench.found["machine"]), flush=True)
    with tempfile.TemporaryDirectory() as made:
        few = max(16, options.photos // 8)
        folders = {
            name: str(copies(options.folder, Path(made) / name, count))
            for name, count in (("many", options.photos), ("few", few))
        }
        named = {part: options.encoders if part in {"index", "tower"} else NETWORKS[part] for part in options.only}
        needed = list(dict.fromkeys(name for names in named.values() for name in names))
        files = bench.write(needed, Path(made))
        if "index" in options.only:
            bench.index(files, folders)
        bench.rest(files, folders, options.only)
    if options.json:
        options.json.write_text(json.dumps(bench.found, indent=1))
    print("\n".join(table(bench.found, options.device)))


if __name__ == "__main__":
    main()
