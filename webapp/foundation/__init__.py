"""What everything stands on: configuration, clocks, the two database doors, work, events, trail, files, ids."""
