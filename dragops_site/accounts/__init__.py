"""People: the user, known by e-mail address, and what each role may do."""
