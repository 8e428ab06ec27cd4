CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE UNLOGGED TABLE cache (id int PRIMARY KEY, client_key text NOT NULL);
CREATE UNLOGGED TABLE scratch (id int PRIMARY KEY);
