"""Code: a few lines of Python, in a sandbox."""
