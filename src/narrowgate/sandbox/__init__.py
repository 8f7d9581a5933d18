"""A process gives up what it does not need: no_new_privs, limits, Landlock, seccomp. Standard library only."""
