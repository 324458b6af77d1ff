"""The post room: who is told what, by which channel, and what came back."""
