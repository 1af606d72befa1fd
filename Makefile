# `make PYTHON=…` for another interpreter.
PYTHON ?= .venv/bin/python

.PHONY: format lint types contracts test test-gpu slow check bench bench-index bench-search bench-export bench-labelling bench-gui bench-tune bench-gpu bench-words bench-adapt bench-ray bench-rclip heads quality bands quality-dups quality-labels screenshots wheel

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

lint:
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .

types:
	$(PYTHON) -m mypy

contracts:
	$(PYTHON) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

test:
	$(PYTHON) -m pytest -n auto

# On a machine with a GPU; `make test` skips these elsewhere.
test-gpu:
	$(PYTHON) -m pytest -n 4 tests/gpu

slow:
	$(PYTHON) -m pytest -n auto -m slow

check: lint types contracts test

# Speed, printed as tables; add ARGS=--json for numbers.
bench:
	$(PYTHON) benchmarks/decoding.py $(ARGS)
	$(PYTHON) benchmarks/indexing.py $(ARGS)
	$(PYTHON) benchmarks/searching.py $(ARGS)

# Indexing alone: the built-in encoder and a ViT-B/32 with random weights, small and large photos, memory. Takes a while.
bench-index:
	$(PYTHON) benchmarks/indexing.py $(ARGS)
	$(PYTHON) benchmarks/indexing.py --large $(ARGS)
	$(PYTHON) benchmarks/indexing.py --encoder random-clip --backends $(ARGS)
	$(PYTHON) benchmarks/indexing.py --encoder random-clip --backends --large $(ARGS)
	$(PYTHON) benchmarks/memory.py $(ARGS)

# Searches of many photos, and the nearest of up to a million vectors beside numpy, faiss and usearch (pip install '.[bench]').
bench-search:
	$(PYTHON) benchmarks/searching.py $(ARGS)
	$(PYTHON) benchmarks/neighbours.py $(ARGS)

# Exports of a hundred thousand regions: seconds and memory.
bench-export:
	$(PYTHON) benchmarks/exporting.py $(ARGS)
# Labelling: photos a second and peak memory, with a trivial detector, a tiny OWLv2 and the built-in one. Hours.
bench-labelling:
	$(PYTHON) benchmarks/labelling.py --detector colours $(ARGS)
	$(PYTHON) benchmarks/labelling.py --detector tiny-owlv2 $(ARGS)
	$(PYTHON) benchmarks/labelling.py --detector builtin $(ARGS)

# What photos cost a training step; self-supervised methods from scratch on few photos, beside untrained networks and raw pixels
# (pip install '.[tune]'). Hours.
bench-tune:
	$(PYTHON) benchmarks/training.py
	$(PYTHON) benchmarks/tuning.py $(ARGS)

# On a machine with a GPU: networks of their real sizes with random weights, beside the processors of the same machine. Minutes.
bench-gpu:
	$(PYTHON) benchmarks/gpu.py $(ARGS)

# The built-in encoder tuned on photos of clothing, before and after, and rolled back; with ARGS=--slice the settings are looked at on
# training photos alone (pip install '.[tune]'). Half an hour.
bench-adapt:
	$(PYTHON) benchmarks/adapting.py --data ../shared/data $(ARGS)

# Index runs on a cluster of Ray that begins on this machine, beside those without (pip install '.[ray]').
bench-ray:
	$(PYTHON) benchmarks/cluster.py $(ARGS)

# What captions teach a tiny CLIP from scratch, and the built-in heads (pip install '.[tune]'). An hour.
bench-words:
	$(PYTHON) benchmarks/words.py $(ARGS)

# The window with a hundred thousand photos: when it shows something, and how long it ever answers nothing.
bench-gui:
	$(PYTHON) benchmarks/window.py $(ARGS)
	$(PYTHON) benchmarks/window.py --indexing $(ARGS)
	$(PYTHON) benchmarks/window.py --photos 10000 --rows 1000000 $(ARGS)
	$(PYTHON) benchmarks/window_labels.py $(ARGS)

# Side by side with rclip, which gets an environment of its own, once. Minutes; leave the machine alone meanwhile.
RCLIP_ENV ?= .rclip
bench-rclip:
	$(PYTHON) benchmarks/rclip.py --env $(RCLIP_ENV) $(ARGS)

# Retrieval and zero-shot tables of the built-in encoder on the validation photos; AND, OR and NOT beside plain words.
quality:
	$(PYTHON) benchmarks/quality.py --data ../shared/data $(ARGS)
	$(PYTHON) benchmarks/operators.py --data ../shared/data $(ARGS)

# The heads that come with the built-in encoder, trained again.
HEADS ?= lens/models/assets/builtin_heads.safetensors
heads:
	$(PYTHON) benchmarks/heads.py --data ../shared/data --out $(HEADS) $(ARGS)

# Where the relevance bands begin: judged on the validation photos; with ARGS=--fit fitted again on the training photos.
bands:
	$(PYTHON) benchmarks/bands.py --data ../shared/data $(ARGS)

# Near duplicates beside imagededup's hashes, which get an environment of their own, once.
DEDUP_ENV ?= .imagededup
quality-dups:
	$(PYTHON) benchmarks/duplicates.py --data ../shared/data --env $(DEDUP_ENV) $(ARGS)
	$(PYTHON) benchmarks/choosing.py --data ../shared/data $(ARGS)

# What the built-in models label, on the COCO photos with instances: tags, boxes, masks, objects.
quality-labels:
	$(PYTHON) benchmarks/tagging.py --data ../shared/data $(ARGS)
	$(PYTHON) benchmarks/regions.py --data ../shared/data $(ARGS)

# Pictures of the window's screens, light and dark, in screenshots/.
screenshots:
	$(PYTHON) docs/screenshots.py $(ARGS)

wheel:
	$(PYTHON) -m build --wheel --outdir dist
	$(PYTHON) -m zipfile -l dist/*.whl
