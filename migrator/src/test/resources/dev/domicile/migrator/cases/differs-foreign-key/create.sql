CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, v int); CREATE TABLE other (id int PRIMARY KEY, client_key text NOT NULL);
