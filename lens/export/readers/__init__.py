"""Regions out of the files of other programs: one reader a format."""
