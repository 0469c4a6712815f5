"""The key tree: the one room that holds keys in memory.

Root and turn secret give the key of a generation; under it lie client keys, bucket keys, leaves.
Who asks gets a sealer, which cannot open, or, against a grant that covers the thing, an opener;
nobody is ever given key bytes.  Deleting a leaf replaces the bucket key above it; the next turn
makes that final in every older copy.  spec/keys.md
"""
