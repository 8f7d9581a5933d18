"""All I/O."""
