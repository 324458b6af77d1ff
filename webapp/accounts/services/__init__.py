"""The verbs of sign-in: ask and check a code, choose who one is, begin and end sessions, give out and use links."""
