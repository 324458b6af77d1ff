"""The figures of DESIGN §7, measured. Run ``python -m tests.bench`` or ``make bench``; asserted nowhere."""
