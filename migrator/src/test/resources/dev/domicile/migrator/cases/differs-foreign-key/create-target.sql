CREATE TABLE other (id int PRIMARY KEY, client_key text NOT NULL);
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, v int REFERENCES other);
