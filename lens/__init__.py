"""Lens: find, name and label the photos on your own disk.

The library both faces (the command line and the window) stand on. `Library` is the one object to start from:

    from lens import Library

    library = Library.open()
    library.index(["~/Photos"])
    for match in library.search("a dog on a beach", top=5):
        print(match.score, match.path)
"""

__version__ = "0.1.0"
