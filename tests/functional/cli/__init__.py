"""The command line as ops runs it."""
