"""The pages, a folder each: `page.py` draws and wires, `view.py` reads and writes its address, `words.py` is what it says."""
