CREATE TABLE country (code text PRIMARY KEY, name text);
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, country text REFERENCES country);
