"""Find out what is wrong with a deployed stack and its account, and what to do."""
