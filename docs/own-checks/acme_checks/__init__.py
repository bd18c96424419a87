"""What Acme demands of its authorization servers beyond the specifications."""
