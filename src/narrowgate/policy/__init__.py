"""What may pass. Pure."""
