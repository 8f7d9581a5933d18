"""SQLite: virtual keys and usage rows."""
