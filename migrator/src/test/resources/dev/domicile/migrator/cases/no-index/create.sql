CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, v text);
CREATE TABLE part (id int PRIMARY KEY, item int NOT NULL REFERENCES item, v text);
CREATE TABLE found (id int PRIMARY KEY, client_key text NOT NULL, v text);
CREATE INDEX found_by_tenant ON found (client_key, id);
