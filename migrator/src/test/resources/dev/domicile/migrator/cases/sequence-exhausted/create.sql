CREATE TABLE item (id serial PRIMARY KEY, client_key text NOT NULL);
