CREATE TABLE event (client_key text NOT NULL, id int NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (client_key, at, id)) PARTITION BY LIST (client_key);
CREATE TABLE event_a PARTITION OF event FOR VALUES IN ('tenant-a') PARTITION BY RANGE (at);
CREATE TABLE event_a_old PARTITION OF event_a FOR VALUES FROM (MINVALUE) TO ('2021-01-01');
CREATE TABLE event_a_new (at timestamptz NOT NULL, extra text, id int NOT NULL, client_key text NOT NULL);
ALTER TABLE event_a_new DROP extra;
ALTER TABLE event_a ATTACH PARTITION event_a_new FOR VALUES FROM ('2021-01-01') TO (MAXVALUE);
CREATE TABLE event_rest PARTITION OF event DEFAULT;
