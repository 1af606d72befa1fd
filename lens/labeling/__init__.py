"""Regions: things found in photos, named, cut out and looked at by people."""
