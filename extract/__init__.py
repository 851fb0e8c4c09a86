"""From a store to a raw partition: sources deliver files, the files land, one load job makes them one partition."""
