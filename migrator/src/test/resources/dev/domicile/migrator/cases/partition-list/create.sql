CREATE TABLE event (id int NOT NULL, client_key text NOT NULL, day date NOT NULL, kind text) PARTITION BY LIST (kind);
CREATE TABLE event_x PARTITION OF event FOR VALUES IN ('x', NULL);
CREATE TABLE event_rest PARTITION OF event DEFAULT;

CREATE TABLE part (id int PRIMARY KEY, event int NOT NULL, day date NOT NULL, client_key text);
