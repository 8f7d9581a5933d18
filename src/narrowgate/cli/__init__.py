"""The narrowgate command, one subcommand a file."""
