"""Narrowgate beside Debian's nginx, on pinned cores, against the same mock upstream, over loopback."""
