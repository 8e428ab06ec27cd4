CREATE TABLE item (b int, sub smallint, a text, client_key text NOT NULL, id int, PRIMARY KEY (id, sub));
