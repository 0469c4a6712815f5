"""The first holding: a client's files, sealed, versioned, given back for a purpose."""
