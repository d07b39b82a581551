"""What was said and what became of it, kept until it is delivered and as long as the user wants it."""
