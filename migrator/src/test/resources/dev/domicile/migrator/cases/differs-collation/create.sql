CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, t text COLLATE "C");
