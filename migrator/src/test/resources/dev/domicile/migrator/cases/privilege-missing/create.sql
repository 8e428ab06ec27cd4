CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL); CREATE TABLE part (id int PRIMARY KEY, item int NOT NULL REFERENCES item);
