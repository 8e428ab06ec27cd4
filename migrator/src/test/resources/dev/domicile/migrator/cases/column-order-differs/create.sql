CREATE TABLE item (id int, client_key text NOT NULL, a text, b int, sub smallint, PRIMARY KEY (id, sub));
