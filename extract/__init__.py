"""From a store to a raw partition: a source delivers files, they land unchanged, one load job makes them a partition.

    contract              what is extracted, and what a raw table holds; contract_file reads it
    window                the interval that a run covers
    source                what every kind of source does; dynamodb, aurora, stripe and sheets are the kinds
    modes                 a kind that is extracted in several ways, as aurora is by aurora_query as well
    delivery, landing     what a source hands over, and the bucket where it lies
    chain, replay         what changes build on, and loading again what has landed
    raw, receipts         the raw tables, and the record of what each load did
    transfer              the same load carried by BigQuery Data Transfer Service; transfer_config is what that needs
    run                   all of it for the tables of one source, concurrently
    inspection            looking at a table of a live source, to propose a contract for it
    errors                Terminal and Transient

Nothing here knows an orchestrator or reads an environment variable; the clients of AWS and Google honour their own.
"""
