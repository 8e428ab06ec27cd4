CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE cache (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE queue (id int PRIMARY KEY);
