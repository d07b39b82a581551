"""Dictations and their status, kept until they are delivered and for as long as configured."""
