"""Lens side by side with rclip (https://github.com/yurijmikhalevich/rclip), on this machine, in one run.

    python benchmarks/rclip.py --env DIR [FOLDER] [--photos N] [--rounds N] [--vectors N] [--query-rounds N] [--json]

Compared are whole commands, as typed: indexing a folder of new photos, and one query in a new process. Both run the
same network, ViT-B-32-256, with the same random weights, and read the same files with all processors. rclip indexes and
searches in one command, so one query is part of its indexing time. Beside the rate of the whole command stands the one
without its start: (N − 1) ÷ (seconds for N photos − seconds for 1). The commands take turns, so that what else the
machine does hits all; processor seconds tell more than wall seconds where it does much. The query runs rclip with
`--no-indexing`, as Lens never looks for new photos when it searches, over random vectors of photos that do not exist.

Not compared are: what is found (the weights are random; the published ones are of the same shape), memory, large
photos, other machines, an Apple's (where rclip uses CoreML) or a GPU (which rclip does not use on Linux). Not counted
is what is made once: rclip's models, and the networks that Lens exports on its first run with onnxruntime, which is
told by itself. The built-in encoder of Lens is another, smaller network, far weaker than the one rclip downloads: its
query is shown as what a user of each waits by default.
"""

import argparse
import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from commands import Taken, median, run
from photos import copies, default_folder
from rclip_program import ARCHITECTURE, Rclip, install
from searching import LENS, fill

from lens.models import load
from lens.models.backends import calibrate
from lens.models.imported import import_model
from lens.photos import read_photo

QUERY, TOP = "dog", 10
IMPORTED = "rclip-vit-b-32-256"
WAYS = {
    "lens, torch float32": ("torch", "float32"),
    "lens, torch bfloat16": ("torch", "bfloat16"),
    "lens, onnx int8": ("onnx", "int8"),
}
SAMPLE = 64
AIMS = {"index": 2.5, "search": 0.7}
"""Photos a second at least, and seconds of a query at most, of rclip's."""


def index_with_rclip(rclip: Rclip, photos: Path) -> Taken:
    """A first run over a folder, with an empty database."""
    with tempfile.TemporaryDirectory() as data:
        taken, _ = run([rclip.program, "--top", "1", QUERY], rclip.environment(Path(data)), photos)
        check(rclip.count(Path(data)), photos)
    return taken


def index_with_lens(way: tuple[str, str], photos: Path) -> Taken:
    """A first run over a folder, with no index yet; the backend is named, so that nothing remembered decides."""
    backend, precision = way
    with tempfile.TemporaryDirectory() as index:
        options = ["--encoder", IMPORTED, "--backend", backend, "--precision", precision, "--json", "--quiet"]
        taken, printed = run([*LENS, "index", str(photos), "--index", index, *options], dict(os.environ), photos)
        check(json.loads(printed)["added"], photos)
    return taken


def check(count: int, photos: Path) -> None:
    """No photo was left out."""
    if count != (there := len(list(photos.iterdir()))):
        raise SystemExit(f"{count} of {there} photos were indexed: nothing can be compared.")


def indexing(rclip: Rclip, source: Path, made: Path, count: int, rounds: int) -> dict[str, Any]:
    """Program → photos a second of its whole command and without its start; and the seconds of what is made once."""
    one, many = copies(source, made / "one", 1), copies(source, made / "many", count)
    programs: dict[str, Callable[[Path], Taken]] = {"rclip": lambda photos: index_with_rclip(rclip, photos)}
    for name, way in WAYS.items():
        programs[name] = lambda photos, way=way: index_with_lens(way, photos)
    first = {name: work(one) for name, work in programs.items()}
    alone: dict[str, list[Taken]] = {name: [] for name in programs}
    whole: dict[str, list[Taken]] = {name: [] for name in programs}
    for _ in range(rounds):
        for name, work in programs.items():
            alone[name].append(work(one))
            whole[name].append(work(many))
            print(f"{name}: {whole[name][-1]}, one photo {alone[name][-1]}", file=sys.stderr)
    rows = {}
    for name in programs:
        start, all_of_it = median(alone[name]), median(whole[name])
        rows[name] = {
            "taken": asdict(all_of_it),
            "one_photo": asdict(start),
            "made_once_seconds": max(0.0, first[name].wall - start.wall),
            "photos_per_second": count / all_of_it.wall,
            "photos_per_second_without_start": (count - 1) / (all_of_it.wall - start.wall),
            "photos_per_processor_second": count / all_of_it.processor,
        }
    return rows


def searching(rclip: Rclip, made: Path, count: int, rounds: int) -> dict[str, Any]:
    """Program → seconds of one query in a new process; the first, which fills the caches, is not counted."""
    photos, data = made / "photos", made / "data"
    photos.mkdir()
    rclip.fill(data, photos, count)
    here, there = dict(os.environ), rclip.environment(data)
    commands = {"rclip": ([rclip.program, "--no-indexing", "--filepath-only", "--top", str(TOP), QUERY], there)}
    for encoder in ("builtin", IMPORTED):
        fill(str(made / encoder), count, encoder)
        index = ["--index", str(made / encoder)]
        commands[f"lens, {encoder}"] = ([*LENS, "search", QUERY, "--files", "--all", "--top", str(TOP), *index], here)
    for name, (command, env) in commands.items():
        _, printed = run(command, env, photos)
        if len(printed.splitlines()) != TOP:
            raise SystemExit(f"{name} found {len(printed.splitlines())} photos, not {TOP}: nothing can be compared.")
    taken: dict[str, list[Taken]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, (command, env) in commands.items():
            taken[name].append(run(command, env, photos)[0])
            print(f"{name}: {taken[name][-1]}", file=sys.stderr)
    return {name: {"taken": asdict(median(rows)), "all": [each.wall for each in rows]} for name, rows in taken.items()}


def calibration(source: Path) -> dict[str, Any]:
    """What Lens would choose for a long run; every candidate is told on stderr."""
    log = logging.getLogger("lens.models.backends")
    log.addHandler(logging.StreamHandler())
    log.setLevel(logging.DEBUG)
    log.propagate = False
    encoder: Any = load(IMPORTED, device="cpu")
    files = sorted(source.rglob("*.jpg"))[:SAMPLE]
    sample = [encoder.prepare(read_photo(file, min_side=encoder.info.min_side).image) for file in files]
    choice = calibrate(encoder, sample)
    return asdict(choice) | {"backend": str(choice.backend)}


def features() -> list[str]:
    """What the processor has for eight-bit and bfloat16 products; empty where the system does not say."""
    try:
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return []
    return sorted(set(re.findall(r"\b(?:amx_\w+|avx512_vnni|avx_vnni|avx512_bf16)\b", told)))


def show(found: dict[str, Any]) -> None:
    """The tables."""
    print(f"rclip {found['rclip']}, {ARCHITECTURE} with random weights, {found['processors']} processors", end="")
    print(f" with {', '.join(found['features']) or 'neither AMX nor VNNI'}, load {found['load']:.1f} before")
    index, search = found["index"], found["search"]
    print(f"\nindexing {found['photos']} photos (aim: {AIMS['index']} × rclip's rate where there is AMX or VNNI)")
    heads = {"photos_per_second": "photos/s", "photos_per_second_without_start": "without start"}
    heads |= {"photos_per_processor_second": "per CPU s"}
    print(f"{'':32}" + "".join(f"{head:>14} {'÷ rclip':>8}" for head in heads.values()) + f"{'made once':>11}")
    for name, row in index.items():
        cells = "".join(f"{row[key]:14.1f} {row[key] / index['rclip'][key]:8.2f}" for key in heads)
        print(f"{name:32}{cells}{row['made_once_seconds']:9.0f} s")
    best = found["calibrated"]
    print(
        f"a run of 2,000 photos or more would choose {best['backend']}: {best['photos_per_second']:.1f} photos/s,",
        end="",
    )
    print(f" torch float32 {best['reference_per_second']:.1f}")
    print(f"\ncold query for {QUERY!r} over {found['vectors']:,} photos (aim: at most {AIMS['search']} × rclip's time)")
    print(f"{'':32}{'seconds':>14} {'÷ rclip':>8}{'CPU s':>14} {'÷ rclip':>8}")
    for name, row in search.items():
        cells = (
            f"{row['taken'][key]:14.2f} {row['taken'][key] / search['rclip']['taken'][key]:8.2f}"
            for key in ("wall", "processor")
        )
        print(f"{name:32}{''.join(cells)}")


def main() -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=default_folder(), help="JPEGs to make copies of")
    parser.add_argument("--env", type=Path, required=True, help="folder for rclip and its models, made once")
    parser.add_argument("--photos", type=int, default=984, help="how many photos to index (default: 984)")
    parser.add_argument("--rounds", type=int, default=3, help="index runs of each program (default: 3)")
    parser.add_argument("--vectors", type=int, default=100_000, help="photos to search among (default: 100000)")
    parser.add_argument("--query-rounds", type=int, default=5, help="queries to each program (default: 5)")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    logging.getLogger().setLevel(logging.ERROR)  # open_clip tells that the weights are random, which is meant
    rclip = install(options.env)
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        os.environ |= {"LENS_CACHE": str(made / "cache"), "LENS_MODELS": str(made / "models")}
        import_model(rclip.clip, IMPORTED)
        found = {
            "rclip": rclip.version(),
            "weights": "random",
            "processors": os.cpu_count(),
            "features": features(),
            "load": os.getloadavg()[0],
            "photos": options.photos,
            "vectors": options.vectors,
            "index": indexing(rclip, options.folder, made, options.photos, options.rounds),
            "search": searching(rclip, made, options.vectors, options.query_rounds),
            "calibrated": calibration(options.folder),  # last: what it remembers changes later runs
        }
    if options.json:
        print(json.dumps(found, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()
