"""The listener: HTTP/1.1 towards clients."""
