"""What the printed tables of a published study say about each other, and about its patients."""
