"""Self-supervised training on somebody's own photos: one file a method, one loop for all."""
