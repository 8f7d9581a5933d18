"""What the configuration file may say, and what is made of it. Pure."""
