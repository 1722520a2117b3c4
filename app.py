"""The Space's entry, and `python app.py` in a checkout: serves the explorer."""

import sys

from explorer.__main__ import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
