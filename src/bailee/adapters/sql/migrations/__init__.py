"""The migration chain: one step per released change of the schema."""
