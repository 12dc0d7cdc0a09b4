"""Tools for people: the command line, the local runtime, the platform simulator. Never shipped to Lambda."""
