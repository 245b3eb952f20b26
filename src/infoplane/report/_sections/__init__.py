"""The parts of the page, one a file: plain data that the templates lay out."""
