"""What the report says and shows, and the caveats it draws from the results."""
