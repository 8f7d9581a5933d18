"""The egress process: holds provider keys and connections, moves bytes. Standard library only."""
