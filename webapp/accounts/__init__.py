"""Who may enter: sign-in codes, sessions and devices, single-task links."""
