"""Tests of stage `view`."""
