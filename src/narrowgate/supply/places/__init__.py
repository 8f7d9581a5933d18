"""Where distributions are kept: environments, folders of wheels, locks. The only files here that do I/O."""
