-- How far the comparison of both ends of a migration is, and what was deleted. Nothing here is a value of a row.

CREATE TABLE verification (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    migration_id bigint NOT NULL REFERENCES copy (migration_id),
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    finished_at  timestamptz,
    chunks       int NOT NULL DEFAULT 0,
    rows         bigint NOT NULL DEFAULT 0,
    differing    int NOT NULL DEFAULT 0,
    digest       text
);

-- Whoever compares goes on with the comparison that was stopped.
CREATE UNIQUE INDEX verification_open_idx ON verification (migration_id) WHERE finished_at IS NULL;

COMMENT ON TABLE verification IS 'comparisons of both ends, kept in the target; one that is not finished goes on';
COMMENT ON COLUMN verification.digest IS 'of all chunks of the source together, once it is finished';

CREATE TABLE verified_chunk (
    verification_id bigint NOT NULL REFERENCES verification (id) ON DELETE CASCADE,
    table_name      text NOT NULL,
    chunk           int NOT NULL,
    rows            bigint NOT NULL,
    digest          text NOT NULL,
    PRIMARY KEY (verification_id, table_name, chunk)
);

COMMENT ON TABLE verified_chunk IS 'chunks that were equal on both ends; forgotten when the comparison is finished';

CREATE TABLE removal (
    migration_id bigint NOT NULL,
    table_name   text NOT NULL,
    rows         bigint NOT NULL,
    hash_sum     numeric NOT NULL,
    hash_xor     bigint NOT NULL,
    PRIMARY KEY (migration_id, table_name)
);

COMMENT ON TABLE removal IS 'what a rollback or a purge has deleted here so far, written in the transactions that deleted it';
COMMENT ON COLUMN removal.hash_sum IS 'of the hashes of the deleted rows; with hash_xor it is the digest that a comparison of these rows gives';

ALTER TABLE copy ADD COLUMN purged_at timestamptz;

COMMENT ON COLUMN copy.purged_at IS 'when the old copy at the source was gone and the chunks were forgotten; null: not yet';
