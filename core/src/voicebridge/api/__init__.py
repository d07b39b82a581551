"""The Python API: the functions of the command line, for paths, arrays and texts."""
