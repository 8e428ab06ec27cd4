CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE part (id int PRIMARY KEY, item int REFERENCES item);
CREATE TABLE note (id int PRIMARY KEY, client_key text NOT NULL);
