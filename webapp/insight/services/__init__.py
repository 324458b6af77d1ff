"""Use cases of insight: noting what was seen and shown, answering who asks for their data, deleting what is due."""
