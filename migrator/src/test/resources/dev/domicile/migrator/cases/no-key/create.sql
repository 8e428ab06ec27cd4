CREATE TABLE item (client_key text NOT NULL, v text, n float8);
CREATE TABLE late (id int PRIMARY KEY DEFERRABLE, client_key text NOT NULL);
CREATE TABLE maybe (id int UNIQUE, client_key text NOT NULL);
