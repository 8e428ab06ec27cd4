CREATE TABLE item (id int NOT NULL, client_key text NOT NULL);
