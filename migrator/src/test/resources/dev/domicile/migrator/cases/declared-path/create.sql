CREATE TABLE space (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE page (id int PRIMARY KEY, space int NOT NULL REFERENCES space, made_in int NOT NULL REFERENCES space);
CREATE TABLE hit (id int PRIMARY KEY, page_id bigint);
CREATE TABLE setting (space int, name text, PRIMARY KEY (space, name));
