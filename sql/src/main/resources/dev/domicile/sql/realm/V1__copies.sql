-- The realm-side schema: what a migration has written into this database. Bounds of chunks are key
-- values of the tenant, so they rest here, in the realm, and never in the control database.

CREATE TABLE copy (
    migration_id bigint PRIMARY KEY,
    client_key   text NOT NULL,
    epoch        bigint NOT NULL DEFAULT 1
);

COMMENT ON TABLE copy IS 'one row for each migration that writes here';
COMMENT ON COLUMN copy.epoch IS 'grows when a process takes the copy over; the one before it can write no more';

CREATE TABLE copy_chunk (
    migration_id bigint NOT NULL REFERENCES copy (migration_id),
    table_name   text NOT NULL,
    chunk        int NOT NULL,
    lower_bound  text[],
    upper_bound  text[],
    rows         bigint NOT NULL,
    bytes        bigint NOT NULL,
    PRIMARY KEY (migration_id, table_name, chunk)
);

COMMENT ON TABLE copy_chunk IS 'the planned chunks of a table, written all at once';
COMMENT ON COLUMN copy_chunk.lower_bound IS 'key of the source, exclusive; null: no bound';
COMMENT ON COLUMN copy_chunk.upper_bound IS 'key of the source, inclusive; null: no bound';
COMMENT ON COLUMN copy_chunk.rows IS 'how many rows it held when it was planned';

CREATE TABLE copy_checkpoint (
    migration_id bigint NOT NULL,
    table_name   text NOT NULL,
    chunk        int NOT NULL,
    rows         bigint NOT NULL,
    bytes        bigint NOT NULL,
    digest       text NOT NULL,
    copied_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration_id, table_name, chunk),
    FOREIGN KEY (migration_id, table_name, chunk) REFERENCES copy_chunk
);

COMMENT ON TABLE copy_checkpoint IS 'append-only; a row is written in the transaction that wrote the chunk';
COMMENT ON COLUMN copy_checkpoint.digest IS 'of the chunk''s rows, equal on both ends when it was written';
