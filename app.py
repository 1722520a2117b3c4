"""The Space's entry, and `python app.py` in a checkout: serves the explorer."""

import sys

from explorer import garbage

if __name__ == "__main__":
    with garbage.put_off(stays=True):
        from explorer.__main__ import main
    sys.exit(main(sys.argv[1:]))
