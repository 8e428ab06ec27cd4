CREATE TABLE item (id smallserial PRIMARY KEY, client_key text NOT NULL);
