"""Our own scanner as the evaluator sees a scanner: bytes in, (start, end, kind) out."""
