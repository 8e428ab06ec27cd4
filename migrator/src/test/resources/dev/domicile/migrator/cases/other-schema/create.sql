CREATE SCHEMA extra;
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE extra.item (id int PRIMARY KEY, client_key text NOT NULL);
