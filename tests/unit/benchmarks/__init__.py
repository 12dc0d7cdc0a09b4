"""The benchmarks' own arithmetic: a wrong ruler would measure everything as right."""
