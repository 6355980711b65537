"""What stands in tables: the same values for the page, report.md and a terminal."""
