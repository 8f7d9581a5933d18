"""Framing: HTTP/1.1, SSE, JSON splice, multipart, the edge-egress link. Pure."""
