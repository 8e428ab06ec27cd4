CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, code text);
CREATE UNIQUE INDEX item_code ON item (code) NULLS NOT DISTINCT;
