"""What is told of a database that is looked at: rules, plans, profiles, findings, differences."""
