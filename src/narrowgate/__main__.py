"""`python -m narrowgate`: the command line."""

import sys

from narrowgate.cli import main

sys.exit(main())
