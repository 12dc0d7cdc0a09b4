"""How an installation is told to be."""
