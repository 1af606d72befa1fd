"""A search by words or filters imports nothing heavy: no torch, and no LanceDB once the index has its mirror."""

import json
import os
import subprocess
import sys

from lens_indexes import Index, TagRow

HEAVY = {"torch", "lancedb", "pyarrow", "pandas", "transformers", "timm", "open_clip", "onnx"}
PROGRAM = """
import sys
from lens_cli.app import main
try:
    main()
finally:
    import json
    print("MODULES", json.dumps(sorted({name.split(".")[0] for name in sys.modules})), file=sys.stderr)
"""


def imported(*arguments: str) -> set[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=False, env=environment
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    line = next(line for line in done.stderr.splitlines() if line.startswith("MODULES "))
    return set(json.loads(line.removeprefix("MODULES ")))


def test_a_search_by_words_imports_nothing_heavy(samples, library):
    library.index([samples / "food"], "builtin")
    library.search("a pizza")  # the text tower is in the cache from now on
    index = ("--index", library.uri)
    assert imported("search", "a pizza", *index) & HEAVY == set()
    assert imported("search", "a pizza", "--json", "-t", "3", *index) & HEAVY == set()
    assert imported("search", str(next((samples / "food").iterdir())), *index) & HEAVY == set()
    assert imported("search", "a pizza folder:food -camera:nikon -date:..1950", "--all", *index) & HEAVY == set()
    assert imported("search", "folder:food -camera:nikon -date:2030..", *index) & HEAVY == set()
    assert imported("search", "orientation:landscape OR rating:>=4", "--json", *index) & HEAVY == set()
    assert "lancedb" in imported("status", *index)  # the measure works


def test_filters_by_other_tables_import_nothing_heavy_from_the_second_time_on(samples, library):
    library.index([samples / "food"], "builtin")
    [photo, *_] = library.search("format:jpeg")
    Index.open(library.uri).tags.put("a" * 32, "mine", "none", [TagRow(photo.id, "pizza", 1.0, photo.content_hash)])
    library.albums.add("best", f"id:{photo.id}")
    library.saved.add("first", "album:best -has:dog")
    arguments = ("search", "saved:first tag:pizza", "--index", library.uri)
    assert "lancedb" in imported(*arguments)
    assert imported(*arguments) & HEAVY == set()
