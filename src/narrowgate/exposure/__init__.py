"""What an installation with its configuration consists of, and what it could reach: told from what enforces it."""
