"""`python -m lens_gui`."""

import sys

from lens_gui.app import main

sys.exit(main())
