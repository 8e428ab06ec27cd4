-- Where the target checks foreign keys row by row, references that close a circle of tables are filled in when all rows
-- are in. That has a checkpoint of its own, since the chunk has one already.
CREATE TABLE late_checkpoint (
    migration_id bigint NOT NULL,
    table_name   text NOT NULL,
    chunk        int NOT NULL,
    rows         bigint NOT NULL,
    filled_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (migration_id, table_name, chunk),
    FOREIGN KEY (migration_id, table_name, chunk) REFERENCES copy_checkpoint ON DELETE CASCADE
);

COMMENT ON TABLE late_checkpoint IS 'append-only; a row is written in the transaction that filled in the late references of the chunk';
COMMENT ON COLUMN late_checkpoint.rows IS 'how many rows of the chunk have got one';
