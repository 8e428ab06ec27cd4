CREATE TABLE item (id int PRIMARY KEY, client_key text NOT NULL, code text, n int);
CREATE UNIQUE INDEX item_code ON item (lower(code));
CREATE UNIQUE INDEX item_partial ON item (n) WHERE code IS NULL;
CREATE UNIQUE INDEX item_tenant ON item (client_key, n);
