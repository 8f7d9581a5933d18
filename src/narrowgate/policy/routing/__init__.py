"""Which target a model name means. Pure."""
