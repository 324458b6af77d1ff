"""The rules of sign-in, as pure values: codes, limits, sessions, devices, persons and links."""
