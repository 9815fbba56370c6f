"""What a mistake in sizes.json was probably meant to be; imported for mistakes only."""
