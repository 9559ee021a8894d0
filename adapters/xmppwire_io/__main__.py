"""`python -m xmppwire_io` is the command `xmppwire`."""

import sys

from .cli import main

sys.exit(main())
