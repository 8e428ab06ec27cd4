CREATE TABLE author (id int PRIMARY KEY, client_key text NOT NULL, name text);
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, author int REFERENCES author);
