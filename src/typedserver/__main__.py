"""``python -m typedserver``."""

import sys

from typedserver.cli import main

sys.exit(main())
