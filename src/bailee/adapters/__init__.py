"""What implements ports: SQL, objects, key custody.  Adapters know ports, never services."""
