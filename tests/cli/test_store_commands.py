"""Commands on an index on an object store: they say what they say of one in a folder."""

import subprocess
import sys

import pytest

LENS = [sys.executable, "-c", "from lens_cli.app import main; main()"]


@pytest.mark.slow
@pytest.mark.parametrize("store_of", ["bucket", "google_bucket"])
def test_an_index_on_a_store_answers_as_one_in_a_folder(store_of, request, samples, tmp_path):
    bucket = request.getfixturevalue(store_of)
    said = []
    for number, place in enumerate((bucket, str(tmp_path / "index"))):

        def lens(*words: str, place: str = place) -> str:
            done = subprocess.run(
                [*LENS, *words, "--index", place], capture_output=True, text=True, check=False, timeout=200
            )
            assert done.returncode == 0, done.stderr
            return done.stdout

        out = tmp_path / f"export-{number}"
        lens("index", str(samples), "-q")
        told = [lens("search", "poodle", "--top", "3"), lens("tag", "-q"), lens("search", "tag:dog", "--top", "3")]
        lens("label", "dog", "--source", "dogs", "-q")
        told.append(lens("export", "coco", str(out), "--include", "proposed", "--photos", "leave"))
        told.append((out / "lens-photos.csv").read_text())
        said.append([each.replace(str(out), "OUT") for each in told])
    assert "poodle" in said[0][0]
    assert said[0] == said[1]
