"""Surroundings of a home on this machine: rights, disks, custodians, backups."""
