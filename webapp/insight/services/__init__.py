"""Answering a person who asks for their data, and deleting what is kept no longer."""
