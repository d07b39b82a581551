"""A plugin whose engines have one fault each, chosen with an option."""
