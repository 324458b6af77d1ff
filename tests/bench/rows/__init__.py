"""The measurements, a module a subject, each with ``measure(env) -> list[Row]``; run in the order of their names."""
