"""The walls: what must hold in every file of the house, each with a planted fault that shows it can fail."""
