"""The control process: admin API, key sets for the edges."""
