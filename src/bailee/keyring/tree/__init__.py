"""Key tree: formulas, wrapping keys of a generation, epoch keys, unwrapped keys in memory."""
