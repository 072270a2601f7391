"""Helpers of the end-to-end tests, one idea per file."""
