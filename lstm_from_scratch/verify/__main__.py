"""Run the command: python -m lstm_from_scratch.verify."""

import sys

from . import main

sys.exit(main())
