"""Scan, read, encode, store: how photos come into the index."""

from lens.indexing.report import IndexReport, Progress

__all__ = ["IndexReport", "Progress"]
