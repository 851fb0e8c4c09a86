"""Looking at a table of a live source, to propose a contract for it.

| module | what it knows |
| --- | --- |
| `found` | what a look yields: columns, types, key, and what a person should know |
| `names` | how a source's names become names of columns |
| `fitting` | which declared type a sample of values fits, as staging decodes it |
| `personal`, `shapes` | which columns look personal, by their names and by their values |
| `documents` | JSON-like values, nested to any depth |
| `keys` | which columns could be the key of a table that states none |
| `dynamodb`, `stripe`, `sheets`, `aurora` | one kind of source each |

A look reads a bounded number of rows and never writes. Values of rows stay inside: what comes out are names, types,
counts and reasons in words.
"""
