"""What lies around the rows of a home on this machine: rights, disks, custodians, backups."""
