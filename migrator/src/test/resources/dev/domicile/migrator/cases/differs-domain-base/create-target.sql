CREATE DOMAIN small AS bigint;
CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, m small);
