"""What comparing by inventory tables takes, with DuckDB in place of Athena."""
