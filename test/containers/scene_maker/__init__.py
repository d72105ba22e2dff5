"""Photographs of made-up places whose cameras are known, the same for the same seed."""
