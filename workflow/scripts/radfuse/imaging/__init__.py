"""Images: read, checked on their grids, cut, controlled, and judged at the gate."""
