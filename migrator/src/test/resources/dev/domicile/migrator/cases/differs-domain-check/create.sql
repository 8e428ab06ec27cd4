CREATE DOMAIN small AS int CHECK (VALUE < 9);
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, m small);
