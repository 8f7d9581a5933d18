"""Append-only journal segments: writer and reader."""
