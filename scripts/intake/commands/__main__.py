"""`python -m intake.commands` is `intake`."""

import sys

from intake.commands import main

sys.exit(main())
