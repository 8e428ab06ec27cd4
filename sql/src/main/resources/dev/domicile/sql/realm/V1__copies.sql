-- The realm-side schema: what a migration has written into this database. Bounds of chunks are key
-- values of the tenant, so they rest here, in the realm, and never in the control database.

CREATE TABLE copy (
    migration_id bigint PRIMARY KEY,
    client_key   text NOT NULL,
    epoch        bigint NOT NULL DEFAULT 1
);

COMMENT ON TABLE copy IS 'one row for each migration that writes here';
COMMENT ON COLUMN copy.epoch IS 'the migration''s epoch of the process that has the copy; one with an earlier epoch can write no more';

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

-- The end of every fence: the triggers that a cutover sets on the tenant's tables lead here. A
-- migration's own purge names itself in domicile.migration to be let past its fence.
CREATE FUNCTION refuse_write() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('domicile.migration', true) = TG_ARGV[0] THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'this realm takes no more writes of the tenant, which is being moved or has moved'
        USING ERRCODE = 'DM001', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA,
              HINT = 'Look up the tenant''s route again and repeat the transaction there.';
END
$$;
