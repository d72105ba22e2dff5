"""Tests of stage train on a processor."""
