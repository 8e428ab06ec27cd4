CREATE TABLE event (client_key text NOT NULL, id int NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (client_key, at, id)) PARTITION BY LIST (client_key);
CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('tenant-a');
CREATE TABLE event_rest PARTITION OF event DEFAULT;
