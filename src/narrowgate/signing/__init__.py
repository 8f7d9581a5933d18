"""Signatures of requests: made for providers that want them, checked for clients that send them. Pure."""
