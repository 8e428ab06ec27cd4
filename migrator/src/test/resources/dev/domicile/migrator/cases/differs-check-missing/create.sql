CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, CHECK (id < 100));
