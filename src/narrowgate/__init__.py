"""Narrowgate: an AI gateway with few dependencies and few privileges."""

__version__ = "0.1.0"
