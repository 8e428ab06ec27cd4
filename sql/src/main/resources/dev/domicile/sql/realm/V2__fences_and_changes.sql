-- The fence of a tenant that is being moved, at either end of the move, and the note of what is written meanwhile.
-- Triggers on the tenant's tables, made for each migration, lead every write of the tenant to pass_fence.

CREATE TABLE fence (
    migration_id  bigint PRIMARY KEY,
    client_key    text NOT NULL,
    side          text NOT NULL CHECK (side IN ('SOURCE', 'TARGET')),
    state         text NOT NULL CHECK (state IN ('OPEN', 'FROZEN', 'CLOSED', 'PURGING', 'LOWERED')),
    epoch         bigint NOT NULL,
    capture_until timestamptz,
    -- Makes a change of the state one of a key: it conflicts with FOR KEY SHARE, as a change of the epoch does not.
    CONSTRAINT fence_state_is_a_key UNIQUE (migration_id, state)
);

COMMENT ON TABLE fence IS 'one row for each migration that has this database as an end; it stays, so that a latecomer finds its epoch';
COMMENT ON COLUMN fence.state IS 'OPEN: writes are noted; FROZEN, CLOSED, PURGING: they are refused; LOWERED: they are nobody''s business';
COMMENT ON COLUMN fence.epoch IS 'the migration''s epoch of the process that has the fence; one with an earlier epoch can change it no more';
COMMENT ON COLUMN fence.capture_until IS 'when noting changes ends; null: not by itself';

CREATE TABLE fence_table (
    migration_id bigint NOT NULL,
    table_name   text NOT NULL,
    relations    text[] NOT NULL,
    PRIMARY KEY (migration_id, table_name)
);

COMMENT ON TABLE fence_table IS 'the tables that the fence stands on';
COMMENT ON COLUMN fence_table.relations IS 'the table, its partitions and their files: a statement that rewrites rows without firing triggers changes them';

CREATE TABLE change_log (
    id           bigint GENERATED ALWAYS AS IDENTITY,
    migration_id bigint NOT NULL,
    table_name   text NOT NULL,
    key          text[],
    transaction  bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration_id, id)
);

CREATE INDEX change_log_whole_table_idx ON change_log (migration_id, id) WHERE key IS NULL;

COMMENT ON TABLE change_log IS 'rows that may have changed since they were copied; they are read again when they are taken along, so that order and repetition do not matter';
COMMENT ON COLUMN change_log.key IS 'values of the tenant''s row, as texts; null: any row of the table may have changed';
COMMENT ON COLUMN change_log.transaction IS 'the transaction that wrote the row';

-- Lets a write of the tenant pass, or refuses it; says whether the write is to be noted.
--
-- The lock, shared among writers and held until their transactions end, is what a freeze waits for. It is fair: whoever
-- freezes stands in the queue before writers that come later. The state is read in a statement of its own, after the
-- lock, so that READ COMMITTED sees a freeze that the lock has waited for. An older snapshot would not; there the row is
-- locked as well, which fails to serialize if the state has changed since the snapshot.
CREATE FUNCTION pass_fence(migration bigint, in_schema text, in_table text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    state_now text;
    until     timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(1685024105, (migration % 2147483648)::int);
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        SELECT state INTO state_now FROM domicile.fence WHERE migration_id = migration FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the transaction is older than the fence of a tenant; repeat it'
                USING ERRCODE = 'serialization_failure';
        END IF;
    ELSE
        SELECT state, capture_until INTO state_now, until FROM domicile.fence WHERE migration_id = migration;
    END IF;
    IF state_now = 'OPEN' THEN
        -- A minute more than anybody relies on, since clocks are set back.
        RETURN until IS NULL OR clock_timestamp() < until + interval '1 minute';
    ELSIF state_now = 'LOWERED' THEN
        RETURN false;
    END IF;
    RAISE EXCEPTION 'this realm takes no more writes of the tenant, which is being moved or has moved'
        USING ERRCODE = 'DM001', SCHEMA = in_schema, TABLE = in_table,
              HINT = 'Look up the tenant''s route again and repeat the transaction there.';
END
$$;

-- Whether to note a row whose owner cannot be told, since the row that it hangs from is gone. If that one was the
-- tenant's, its own deletion passes the fence in the same statement, or is refused there.
CREATE FUNCTION fence_is_open(migration bigint) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    open boolean;
BEGIN
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        SELECT state = 'OPEN' INTO open FROM domicile.fence WHERE migration_id = migration FOR KEY SHARE;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the transaction is older than the fence of a tenant; repeat it'
                USING ERRCODE = 'serialization_failure';
        END IF;
    ELSE
        SELECT state = 'OPEN' INTO open FROM domicile.fence WHERE migration_id = migration;
    END IF;
    RETURN coalesce(open, false);
END
$$;

-- The end of every trigger against TRUNCATE. Its arguments are the migration and the table's name in the plan.
CREATE FUNCTION pass_truncate() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF domicile.pass_fence(TG_ARGV[0]::bigint, TG_TABLE_SCHEMA, TG_TABLE_NAME) THEN
        INSERT INTO domicile.change_log (migration_id, table_name) VALUES (TG_ARGV[0]::bigint, TG_ARGV[1]);
    END IF;
    RETURN NULL;
END
$$;

DROP FUNCTION refuse_write();
