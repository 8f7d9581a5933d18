"""Vendor JSON as msgspec Structs, no logic. Pure."""
