"""What a family may report, what becomes of it, and every sentence about it. Pure: now and today are arguments."""
