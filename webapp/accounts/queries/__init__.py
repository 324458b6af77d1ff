"""Read-only shapes of sign-in: the viewer of a page, who holds a number, devices and links."""
