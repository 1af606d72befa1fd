"""The command line: one face of the library. Every command parses, calls `lens`, and prints."""
