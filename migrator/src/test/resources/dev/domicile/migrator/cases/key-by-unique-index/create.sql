CREATE TABLE item (client_key text NOT NULL, code text NOT NULL, maybe int UNIQUE, v text);
CREATE UNIQUE INDEX item_code ON item (client_key, code) INCLUDE (v);
CREATE UNIQUE INDEX item_lower ON item (lower(code), client_key);
CREATE UNIQUE INDEX item_some ON item (code) WHERE v IS NULL;
