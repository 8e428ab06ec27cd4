CREATE TABLE note (
    id         uuid PRIMARY KEY,
    client_key varchar(255) NOT NULL,
    text       text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE INDEX note_client_key_idx ON note (client_key, created_at);
