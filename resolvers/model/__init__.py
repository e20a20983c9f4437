"""Records of the mesh, their ids, the error tree, the clock, and what a caller may do."""
