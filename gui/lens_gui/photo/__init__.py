"""The photo screen."""
