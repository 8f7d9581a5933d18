"""Providers that speak a dialect of their own, as data."""
