"""`kura add`: a table of a live source becomes a contract, a staging model and their documentation."""
