"""Starts, watches, reloads and drains the other processes."""
