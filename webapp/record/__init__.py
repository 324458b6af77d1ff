"""The register: codes, marks, registers, arrivals, expectations, where each child is, and the sums."""
